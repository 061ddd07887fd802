"""Groups, measurement circuits, tables and estimates against dense matrices and enumeration."""

import itertools
import math
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit.quantum_info import Clifford, Pauli, Statevector
from strategies import circuits, pauli_sums

from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import pauli_matrix
from qrl.circuits.measurement import (
    GROUPINGS,
    Group,
    allocate,
    apply_readout_errors,
    counts_from_bitstrings,
    diagonalise,
    estimate_dephased_purity,
    estimate_expectation,
    estimate_probability,
    group,
    mean_and_variance,
    outcome_values,
    predict_expectation,
    sample_counts,
)
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.registry import get_task

SUMS = st.integers(1, 4).flatmap(lambda n: pauli_sums(n, max_terms=12))
METHODS = pytest.mark.parametrize("method", GROUPINGS)
CLIFFORDS = ("h", "s", "cx", "cz", "swap")
TOTAL = PauliSum(
    ("III", "ZZI", "IZZ", "XXI", "IYY", "XIX", "ZIY", "YXZ"),
    (0.7, 1.0, -0.8, 0.6, 0.5, -0.4, 0.3, 0.2),
)
STATE = (
    Circuit(3)
    .append("ry", 0, angle=0.9)
    .append("rx", 1, angle=0.7)
    .append("cx", 0, 1)
    .append("ry", 2, angle=-0.5)
    .append("cx", 1, 2)
    .append("rx", 0, angle=0.3)
)


@st.composite
def commuting_groups(draw: st.DrawFn) -> Group:
    """Draw commuting strings: Z-strings, dependent ones too, seen through a random Clifford."""
    basis = draw(circuits(max_qubits=4, max_gates=20, names=CLIFFORDS))
    n = basis.n_qubits
    masks = draw(st.sets(st.integers(0, 2**n - 1), min_size=1) | st.just(set(range(2**n))))
    clifford = Clifford(basis.qiskit())
    strings = [Pauli(format(mask, f"0{n}b").replace("1", "Z").replace("0", "I")) for mask in masks]
    labels = tuple(p.evolve(clifford).to_label().lstrip("-") for p in strings)
    weights = draw(st.lists(st.floats(-2, 2), min_size=len(labels), max_size=len(labels)))
    return Group(labels, tuple(weights))


def z_string(mask: int, n_qubits: int) -> NDArray[np.complex128]:
    return pauli_matrix("".join("Z" if mask >> q & 1 else "I" for q in reversed(range(n_qubits))))


def commute(a: str, b: str, method: str) -> bool:
    if method == "qubit-wise":
        return all(commute(p, q, "general") for p, q in zip(a, b, strict=True))
    p, q = pauli_matrix(a), pauli_matrix(b)
    return np.allclose(p @ q, q @ p)


def sorted_insertion(total: PauliSum, method: str) -> list[list[str]]:
    groups: list[list[str]] = []
    for label, weight in sorted(total.terms(), key=lambda term: -abs(term[1])):
        if not weight or not label.strip("I"):
            continue
        for members in groups:
            if all(commute(label, other, method) for other in members):
                members.append(label)
                break
        else:
            groups.append([label])
    return groups


def setting(
    total: PauliSum, state: Circuit, method: str = "general"
) -> tuple[tuple[Group, ...], list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Return groups, their tables and the dense probabilities of their outcomes."""
    groups = group(total, method)
    diagonals = [diagonalise(g) for g in groups]
    psi = dense.statevector(state)
    outcomes = [np.abs(dense.unitary(d.circuit) @ psi) ** 2 for d in diagonals]
    return groups, [outcome_values(d) for d in diagonals], outcomes


def all_counts(p: NDArray[np.float64], shots: int) -> Iterator[tuple[NDArray[np.int64], float]]:
    """Yield every vector of counts with its multinomial probability."""
    for counts in itertools.product(range(shots + 1), repeat=len(p)):
        if sum(counts) == shots:
            ways = math.factorial(shots) / math.prod(map(math.factorial, counts))
            yield np.array(counts), ways * math.prod(p ** np.array(counts))


# Groups


@METHODS
@given(total=SUMS)
@settings(deadline=None, max_examples=60)
def test_groups_are_those_of_sorted_insertion(method: str, total: PauliSum) -> None:
    groups = group(total, method)
    assert [list(g.labels) for g in groups] == sorted_insertion(total, method)
    terms = dict(total.terms())
    assert all(terms[a] == w for g in groups for a, w in zip(g.labels, g.weights, strict=True))
    for g in groups:
        assert all(commute(a, b, method) for a, b in itertools.combinations(g.labels, 2))


def test_identity_and_weight_zero_are_not_measured() -> None:
    assert group(PauliSum(("II", "XZ"), (2.0, 0.0))) == ()
    assert group(PauliSum(("II", "XZ"), (2.0, 1.0))) == (Group(("XZ",), (1.0,)),)


def test_general_groups_hold_more_than_qubit_wise() -> None:
    bell = PauliSum(("XX", "YY", "ZZ"), (1.0, 1.0, 1.0))
    assert [len(group(bell, m)) for m in GROUPINGS] == [3, 1]


def test_lithium_hydride_is_grouped_fast_and_nearly_as_small_as_qiskits_colouring() -> None:
    total = get_task("vqe/lih-12q-published").objective.observable
    for method, ours in zip(GROUPINGS, (147, 40), strict=True):
        start = time.perf_counter()
        groups = group(total, method)
        tables = [outcome_values(diagonalise(g)) for g in groups]
        assert time.perf_counter() - start < 2.0  # about 0.05 s
        assert len(tables) == len(groups) == ours
        theirs = total.to_qiskit().group_commuting(qubit_wise=method == "qubit-wise")
        assert len(groups) <= 1.15 * len(theirs)
        # What sorted insertion is for: fewer shots for the same error, arXiv 1908.06942.
        their_norms = [np.linalg.norm([w for a, w in g.to_list() if a.strip("I")]) for g in theirs]
        assert sum(g.norm for g in groups) < sum(their_norms)


def test_tables_give_the_energy_of_lithium_hydride() -> None:
    total = get_task("vqe/lih-12q-published").objective.observable
    rng = np.random.default_rng(3)
    psi = rng.normal(size=2**12) + 1j * rng.normal(size=2**12)
    psi /= np.linalg.norm(psi)
    energy = total.identity_weight
    for g in group(total):
        d = diagonalise(g)
        p = np.abs(Statevector(psi).evolve(d.circuit.qiskit()).data) ** 2
        energy += p @ outcome_values(d)
    assert energy == pytest.approx((psi.conj() @ (total.sparse() @ psi)).real, abs=1e-10)


# Measurement circuits


@given(commuting_groups())
@settings(deadline=None, max_examples=150)
def test_measurement_circuit_makes_signed_z_strings(g: Group) -> None:
    d = diagonalise(g)
    u = dense.unitary(d.circuit)
    assert d.weights.tolist() == list(g.weights)
    for label, mask, sign in zip(g.labels, d.z_masks, d.signs, strict=True):
        expected = sign * z_string(int(mask), g.n_qubits)
        assert np.allclose(u @ pauli_matrix(label) @ u.conj().T, expected, atol=1e-12)


@given(SUMS)
@settings(deadline=None, max_examples=40)
def test_qubit_wise_groups_need_single_qubit_gates_only(total: PauliSum) -> None:
    for g in group(total, "qubit-wise"):
        assert all(len(gate.qubits) == 1 for gate in diagonalise(g).circuit.gates)


def test_measurement_circuits_of_known_groups() -> None:
    assert len(diagonalise(Group(("ZIZ", "IZZ"), (1.0, 1.0))).circuit) == 0
    bell = diagonalise(Group(("XX", "YY", "ZZ"), (1.0, 1.0, 1.0)))
    assert bell.circuit.two_qubit_count == 1


def test_strings_that_do_not_commute_are_refused() -> None:
    with pytest.raises(InputError, match="'IX' and 'ZZ' do not"):
        diagonalise(Group(("XX", "IX", "ZZ"), (1.0, 1.0, 1.0)))


# Tables


@given(commuting_groups())
@settings(deadline=None, max_examples=60)
def test_values_are_the_sum_over_parities(g: Group) -> None:
    d = diagonalise(g)
    signed = sum(
        w * s * z_string(int(m), g.n_qubits).diagonal().real
        for w, s, m in zip(d.weights, d.signs, d.z_masks, strict=True)
    )
    assert np.allclose(outcome_values(d), signed, atol=1e-12)


@METHODS
@given(data=st.data(), state=circuits(max_qubits=3))
@settings(deadline=None, max_examples=40)
def test_exact_probabilities_give_the_dense_expectation(
    method: str, data: st.DataObject, state: Circuit
) -> None:
    total = data.draw(pauli_sums(state.n_qubits))
    groups, values, outcomes = setting(total, state, method)
    shots = [5] * len(groups)
    result = predict_expectation(values, outcomes, shots, constant=total.identity_weight)
    assert result.value == pytest.approx(dense.expectation(state, total), abs=1e-10)
    psi = dense.statevector(state)
    variance = 0.0
    for g in groups:
        image = dense.operator(PauliSum(g.labels, g.weights)) @ psi
        variance += (np.vdot(image, image).real - np.vdot(psi, image).real ** 2) / 5
    assert result.standard_error**2 == pytest.approx(variance, abs=1e-10)


# Estimates


@pytest.mark.parametrize("shots", [2, 3, 5])
def test_mean_and_variance_are_unbiased(shots: int) -> None:
    p, values = np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.0, -0.5, 2.0, 0.25])
    counts, chance = zip(*all_counts(p, shots), strict=True)
    mean, variance = mean_and_variance(values, np.array(counts))
    true = p @ values
    assert chance @ mean == pytest.approx(true, abs=1e-12)
    assert chance @ variance == pytest.approx(p @ (values - true) ** 2 / shots, abs=1e-12)
    assert chance @ (mean - true) ** 2 == pytest.approx(chance @ variance, abs=1e-12)


def test_one_shot_has_the_largest_possible_error() -> None:
    values = np.array([3.0, -1.0, 0.0, 0.0])
    result = estimate_expectation([values], [np.array([0, 0, 1, 0])], constant=2.0)
    assert (result.value, result.standard_error, result.shots) == (2.0, 2.0, 1)
    half = np.array([0.5, 0.5, 0.0, 0.0])
    assert predict_expectation([values], [half], [1]).standard_error == pytest.approx(2.0)


@pytest.mark.parametrize("allocation", ["weight", "uniform"])
def test_intervals_cover_the_expectation_as_often_as_they_should(allocation: str) -> None:
    rng, repetitions, constant = np.random.default_rng(11), 2000, TOTAL.identity_weight
    groups, values, outcomes = setting(TOTAL, STATE)
    shots = allocate(groups, 1500, allocation)
    true = dense.expectation(STATE, TOTAL)
    predicted = predict_expectation(values, outcomes, shots, constant=constant)
    found = [
        estimate_expectation(
            values,
            [sample_counts(p, int(n), rng) for p, n in zip(outcomes, shots, strict=True)],
            constant=constant,
        )
        for _ in range(repetitions)
    ]
    off = np.array([f.value for f in found]) - true
    errors = np.array([f.standard_error for f in found])
    assert {f.shots for f in found} == {1500}
    assert abs(off.mean()) < 4 * predicted.standard_error / math.sqrt(repetitions)
    assert off.std() == pytest.approx(predicted.standard_error, rel=4 / math.sqrt(2 * repetitions))
    for sigmas in (1, 2):
        chance = math.erf(sigmas / math.sqrt(2))
        tolerance = 4 * math.sqrt(chance * (1 - chance) / repetitions)
        assert np.mean(np.abs(off) < sigmas * errors) == pytest.approx(chance, abs=tolerance)


def test_error_falls_with_the_root_of_the_shots() -> None:
    rng = np.random.default_rng(5)
    _, values, outcomes = setting(TOTAL, STATE)
    spread = []
    for shots in (50, 800):
        counts = [np.array([sample_counts(p, shots, rng) for _ in range(1000)]) for p in outcomes]
        means = [mean_and_variance(v, c)[0] for v, c in zip(values, counts, strict=True)]
        spread.append(np.sum(means, axis=0).std())
    assert spread[0] / spread[1] == pytest.approx(4.0, rel=0.12)


# Shots


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=30), st.integers(0, 500), st.booleans())
@settings(deadline=None, max_examples=200)
def test_shots_are_all_given_and_near_their_share(
    weights: list[float], extra: int, uniform: bool
) -> None:
    groups = [Group(("X",), (w,)) for w in weights]
    shots = len(groups) + extra
    result = allocate(groups, shots, "uniform" if uniform else "weight")
    assert result.sum() == shots
    assert result.min() >= 1
    norms = np.ones(len(groups)) if uniform or not any(weights) else np.array(weights)
    assert (np.diff(result[np.argsort(norms, kind="stable")]) >= -1).all()
    if (norms * shots >= norms.sum()).all():
        assert (np.abs(result - shots * norms / norms.sum()) < 1 + 1e-6).all()


def test_shots_follow_the_norm_of_the_weights() -> None:
    groups = [Group(("XI", "IX"), (3.0, 4.0)), Group(("ZI",), (-5.0,)), Group(("YY",), (0.001,))]
    assert allocate(groups, 1001).tolist() == [500, 500, 1]
    assert allocate(groups, 10, "uniform").tolist() == [4, 3, 3]
    assert allocate([], 10).tolist() == []
    with pytest.raises(InputError, match="at least 3 shots; got 2"):
        allocate(groups, 2)


def test_counts_follow_the_probabilities() -> None:
    p = np.array([0.5, 0.0, 0.3, 0.2 + 1e-10, -1e-10, 0.0, 0.0, 0.0])
    counts = sample_counts(p, 100_000, np.random.default_rng(1))
    assert counts.sum() == 100_000
    assert not counts[p <= 0].any()
    p = p.clip(0)
    assert (np.abs(counts - 1e5 * p) <= 5 * np.sqrt(1e5 * p * (1 - p))).all()
    assert (counts == sample_counts(p, 100_000, np.random.default_rng(1))).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4), st.data())
@settings(deadline=None, max_examples=40)
def test_readout_errors_are_a_kronecker_product(
    pairs: list[tuple[float, float]], data: st.DataObject
) -> None:
    n = len(pairs)
    p = np.random.default_rng(data.draw(st.integers(0, 99))).dirichlet(np.ones(2**n))
    given_qubits = data.draw(st.sets(st.integers(0, n - 1)))
    full = np.eye(1)
    for q in reversed(range(n)):
        a, b = pairs[q] if q in given_qubits else (0.0, 0.0)
        full = np.kron(full, [[1 - a, b], [a, 1 - b]])
    assert np.allclose(apply_readout_errors(p, {q: pairs[q] for q in given_qubits}), full @ p)


def test_bit_strings_are_read_as_qiskit_writes_them() -> None:
    state = Statevector(Circuit(3).append("x", 0).append("h", 1).qiskit())
    state.seed(2)
    counts = counts_from_bitstrings(state.sample_counts(400), 3)
    assert counts.sum() == 400
    assert set(np.flatnonzero(counts)) == set(np.flatnonzero(state.probabilities() > 1e-12))


# Overlaps and dephased purity


@pytest.mark.parametrize("shots", [2, 3, 6])
def test_probability_and_its_variance_are_unbiased(shots: int) -> None:
    p, rows = 0.3, range(shots + 1)
    chance = [math.comb(shots, k) * p**k * (1 - p) ** (shots - k) for k in rows]
    found = [estimate_probability(k, shots) for k in rows]
    assert np.dot(chance, [f.value for f in found]) == pytest.approx(p)
    variance = np.dot(chance, [f.standard_error**2 for f in found])
    assert variance == pytest.approx(p * (1 - p) / shots)
    assert estimate_probability(1, 1).standard_error == 0.5


@pytest.mark.parametrize("shots", [2, 3, 4, 7])
@pytest.mark.parametrize("p", [(0.1, 0.2, 0.3, 0.4), (0.25, 0.25, 0.25, 0.25), (0.9, 0.1, 0, 0)])
def test_dephased_purity_is_unbiased_and_its_error_conservative(
    shots: int, p: tuple[float, ...]
) -> None:
    true = np.dot(p, p)
    mean = variance = squared_error = 0.0
    for counts, chance in all_counts(np.array(p), shots):
        found = estimate_dephased_purity(counts)
        mean += chance * found.value
        variance += chance * (found.value - true) ** 2
        squared_error += chance * found.standard_error**2
    assert mean == pytest.approx(true, abs=1e-12)
    assert squared_error >= variance - 1e-12


@given(st.lists(st.integers(0, 6), min_size=4, max_size=4).filter(lambda c: sum(c) >= 3))
@settings(deadline=None)
def test_dephased_purity_has_the_error_of_the_jackknife(counts: list[int]) -> None:
    found = estimate_dephased_purity(counts)
    samples = np.repeat(np.arange(4), counts)
    n = len(samples)
    same = samples[:, None] == samples
    np.fill_diagonal(same, False)
    assert found.value == pytest.approx(same.sum() / (n * (n - 1)))
    left_out = np.array(
        [np.delete(np.delete(same, k, 0), k, 1).sum() / ((n - 1) * (n - 2)) for k in range(n)]
    )
    jackknife = math.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    expected = jackknife if same.any() else 2 / (n * (n - 1))
    assert found.standard_error == pytest.approx(expected, abs=1e-12)


def test_dephased_purity_covers_the_truth() -> None:
    rng, p = np.random.default_rng(8), np.array([0.4, 0.3, 0.2, 0.05, 0.05, 0.0, 0.0, 0.0])
    found = [estimate_dephased_purity(sample_counts(p, 500, rng)) for _ in range(2000)]
    off = np.abs([f.value - p @ p for f in found])
    errors = np.array([f.standard_error for f in found])
    assert np.mean(off < errors) == pytest.approx(0.683, abs=0.042)
    assert np.mean(off < 2 * errors) == pytest.approx(0.954, abs=0.02)


# Bad input


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: group(TOTAL, "qubitwise"), "Did you mean 'qubit-wise'"),
        (lambda: group("ZZ"), "needs a PauliSum; got str"),
        (lambda: group(PauliSum(("X" * 63,), (1.0,))), "at most 62 qubits; got 63"),
        (lambda: outcome_values(diagonalise(Group(("X" * 25,), (1.0,)))), "24 qubits; got 25"),
        (lambda: allocate(group(TOTAL), 100, "weights"), "Did you mean 'weight'"),
        (lambda: allocate(group(TOTAL), 0), "whole number of at least 1; got 0"),
        (lambda: sample_counts([0.5, math.nan], 10, np.random.default_rng()), "entry 1 is nan"),
        (lambda: sample_counts([1.1, -0.1], 10, np.random.default_rng()), "entry 1 is -0.1"),
        (lambda: sample_counts([0.5, 0.4], 10, np.random.default_rng()), "sum to 0.9"),
        (lambda: sample_counts([0.5, 0.25, 0.25], 9, np.random.default_rng()), r"got \(3,\)"),
        (lambda: sample_counts([0.5, 0.5], 2.0, np.random.default_rng()), "got 2.0"),
        (lambda: apply_readout_errors([0.5, 0.5], {1: (0.1, 0.1)}), "qubits 0 to 0; got 1"),
        (lambda: apply_readout_errors([0.5, 0.5], {0: (0.1, 1.5)}), "must be probabilities"),
        (lambda: counts_from_bitstrings({"01": 3, "0x10": 1}, 2), "got '0x10'"),
        (lambda: counts_from_bitstrings({"01": -3}, 2), "whole numbers from 0"),
        (lambda: estimate_expectation([np.ones(2)], []), "1 groups and 0 of these"),
        (lambda: estimate_expectation([np.ones(2)], [[1, 0, 0, 0]]), "2 outcomes; got counts of 4"),
        (lambda: estimate_expectation([np.ones(2)], [[[1, 0]]]), r"got \(1, 2\)"),
        (lambda: estimate_expectation([np.ones(2)], [[0, 0]]), "at least 1 shots; got 0"),
        (lambda: estimate_expectation([np.ones(2)], [[0.5, 0.5]]), "whole numbers"),
        (lambda: estimate_probability(4, 3), "from 0 to 3, the shots; got 4"),
        (lambda: estimate_dephased_purity([1, 0]), "at least 2 shots; got 1"),
        (lambda: estimate_dephased_purity([[1, 1]]), r"got \(1, 2\)"),
    ],
)
def test_bad_input_is_told(action: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        action()
