"""Answers without a search, and the fidelity with the space of lowest energy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import pauli_sums

from qrl.circuits import Circuit, Expectation, PauliSum, dense
from qrl.tasks import Baseline, Task, basis_state, get_task, task_ids
from qrl.tasks.baseline import timed
from qrl.tasks.fidelity import fidelity
from qrl.tasks.ground_states import heisenberg, tfim
from qrl.tasks.spectrum import basis_energies, ground_space, lowest_levels

# Compiling the kernels, or a busy machine, must not fail a test.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Best basis state minus ground energy, hartree, as published systems should have printed it.
HF_ERRORS = {
    "vqe/h2-4q": 2.059e-2,
    "vqe/h2-4q-2.63": 2.77e-3,
    "vqe/lih-4q-1.2": 1.51e-2,
    "vqe/lih-4q-2.2": 3.69e-2,
    "vqe/lih-4q-3.4": 1.19e-1,
    "vqe/lih-6q-3.4": 7.08e-2,
    "vqe/beh2-6q": 3.04e-3,
    "vqe/beh2-6q-published": 5.92e-3,
    "vqe/h2o-8q": 7.81e-3,
    "vqe/h2o-8q-published": 2.63e-3,
    "vqe/h2o-10q": 3.04e-3,
    "vqe/h2o-10q-published": 4.69e-3,
    "vqe/lih-12q-published": 2.45e-2,
    "vqe/h4-8q-1.5": 1.67e-1,
    "vqe/tfim-6q": 5.0e-3,
}


# -- basis states -----------------------------------------------------------------------------


@given(data=st.data())
@settings(UNHURRIED, max_examples=50)
def test_energies_of_basis_states_are_the_diagonal(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    observable = data.draw(pauli_sums(n))
    diagonal = dense.operator(observable).diagonal().real
    energies = basis_energies(observable.labels, observable.weights)
    np.testing.assert_allclose(energies, diagonal, rtol=0, atol=1e-12)
    task = Task("t", Expectation(observable))
    for index in range(1 << n):
        label = format(index, f"0{n}b")
        assert task.basis_state_cost(label) == pytest.approx(diagonal[index], abs=1e-12)


@given(data=st.data())
@settings(UNHURRIED, max_examples=50)
def test_baselines_against_the_dense_diagonal(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    observable = data.draw(pauli_sums(n))
    label = data.draw(st.none() | st.text("01", min_size=n, max_size=n))
    found = Task("t", Expectation(observable), initial_state=label).trivial()
    lowest = dense.operator(observable).diagonal().real.min()
    assert set(found) <= {"initial-state", "best-basis-state"}
    assert ("initial-state" in found) == (label is not None)
    assert min(one.cost for one in found.values()) == pytest.approx(lowest, abs=1e-11)
    if label is not None:
        assert found["initial-state"].circuit == basis_state(label)
    for one in found.values():
        assert one.cost == pytest.approx(dense.expectation(one.circuit, observable), abs=1e-11)
        assert (one.cnots, one.depth) == (0, one.circuit.depth)
        assert set(one.circuit.counts) <= {"x"}
    assert len({one.circuit for one in found.values()}) == len(found)


@pytest.mark.parametrize("name", HF_ERRORS)
def test_the_best_basis_state_is_off_by_the_known_error(name: str) -> None:
    task = get_task(name)
    assert task.reference is not None
    best = min(one.cost for one in task.trivial().values())
    assert best - task.reference == pytest.approx(HF_ERRORS[name], rel=6e-3)


@pytest.mark.parametrize("name", task_ids())
def test_bundled_tasks_have_a_baseline_that_can_be_run(name: str) -> None:
    task = get_task(name)
    found = task.trivial()
    assert found
    assert ("hartree-fock" in found) == (task.unit == "Ha")
    assert (task.reference is None) == (task.family == "classify")
    lowest = task.objective.lower_bound if task.reference is None else task.reference
    for one in found.values():
        if one.circuit is None:
            assert (task.family, one.cost) == ("classify", None)
            continue
        assert one.cost >= lowest - 1e-9
        assert one.circuit.n_qubits == task.n_qubits
        assert one.depth <= 1


def test_of_equally_good_states_the_initial_one_stands() -> None:
    observable = PauliSum(("ZZ",), (1.0,))  # 01 and 10 tie
    for label in ("01", "10"):
        found = Task("t", Expectation(observable), initial_state=label).trivial()
        assert list(found) == ["initial-state"]
        assert found["initial-state"].circuit == basis_state(label)
    found = Task("t", Expectation(observable), initial_state="11").trivial()
    assert (found["initial-state"].cost, found["best-basis-state"].cost) == (1.0, -1.0)


def test_without_an_initial_state_the_best_basis_state_stands_alone() -> None:
    found = tfim(4).trivial()
    assert list(found) == ["best-basis-state"]
    assert found["best-basis-state"].cost == -3.0
    assert found["best-basis-state"].circuit in (Circuit(4), basis_state("1111"))


def test_beyond_twenty_qubits_no_table_is_made() -> None:
    observable = PauliSum(("Z" * 40, "X" * 40), (2.0, 1.0))
    assert Task("t", Expectation(observable)).trivial() == {}
    found = Task("t", Expectation(observable), initial_state="0" * 39 + "1").trivial()
    assert list(found) == ["initial-state"]
    assert found["initial-state"].cost == -2.0


# -- time -------------------------------------------------------------------------------------


def test_a_timed_baseline_tells_its_seconds_and_keeps_the_rest() -> None:
    @timed
    def method(cost: float, *, evaluations: int) -> Baseline:
        """Say what was given."""
        return Baseline(cost, basis_state("01"), {"a": 1}, evaluations)

    found = method(-1.5, evaluations=3)
    assert found.seconds is not None
    assert found.seconds >= 0.0
    expected = Baseline(-1.5, basis_state("01"), {"a": 1}, 3, found.seconds)
    assert found == expected
    assert method.__name__ == "method"


@pytest.mark.parametrize(
    "name", ["state/w-3q", "diag/random-2q-1", "maxcut/ring-4q", "linear/ising-3q",
             "compile/swap-2q", "vqe/h2-2q"],
)  # fmt: skip
def test_every_rival_that_is_made_tells_its_seconds(name: str) -> None:
    task = get_task(name)
    rivals = task.rivals(Circuit(task.n_qubits).append("cx", 0, 1))
    assert len(rivals) >= 2
    for key, rival in rivals.items():
        assert (rival.seconds is None) == (key == "known-circuit")


def test_beyond_twelve_qubits_no_layout_is_tuned_for_ground_states() -> None:
    assert "hardware-efficient" in tfim(3).rivals(Circuit(3))
    assert tfim(13).rivals(Circuit(13)) == {}


# -- the lowest levels ------------------------------------------------------------------------


@given(data=st.data())
@settings(UNHURRIED, max_examples=50)
def test_levels_against_dense_eigenvalues(data: st.DataObject) -> None:
    observable = data.draw(pauli_sums(data.draw(st.integers(1, 4))))
    expected = np.linalg.eigvalsh(dense.operator(observable))[:2]
    levels = lowest_levels(observable.labels, observable.weights, count=2)
    np.testing.assert_allclose(levels, expected, rtol=0, atol=1e-9)


@given(data=st.data())
@settings(UNHURRIED, max_examples=50)
def test_the_ground_space_against_dense_eigenvectors(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    observable = data.draw(pauli_sums(n))
    matrix = dense.operator(observable)
    values = np.linalg.eigvalsh(matrix)
    space = ground_space(observable)
    assert space.shape == (1 << n, int(np.sum(values <= values[0] + 1e-9)))
    np.testing.assert_allclose(space.conj().T @ space, np.eye(space.shape[1]), atol=1e-10)
    np.testing.assert_allclose(matrix @ space, values[0] * space, atol=1e-8)


@pytest.mark.parametrize("n", [3, 5, 8, 10, 11])
def test_two_ground_states_of_the_ising_chain_without_field(n: int) -> None:
    space = ground_space(tfim(n, 0.0).objective.observable)
    assert space.shape == (1 << n, 2)
    expected = np.zeros((1 << n, 2))
    expected[0, 0] = expected[-1, 1] = 1.0
    np.testing.assert_allclose(space @ space.conj().T, expected @ expected.T, atol=1e-9)


@pytest.mark.parametrize("free", range(7))
@pytest.mark.parametrize("n", [7, 10])
def test_no_ground_state_is_missed(n: int, free: int) -> None:
    """Fields on all but `free` qubits leave 2**free ground states."""
    labels = tuple("I" * (n - 1 - q) + "Z" + "I" * q for q in range(n - free))
    space = ground_space(PauliSum(labels, (1.0,) * len(labels)))
    assert space.shape == (1 << n, 1 << free)
    np.testing.assert_allclose(np.abs(space[-1]) @ np.abs(space[-1]), 1.0)  # |1...1> is inside


@pytest.mark.parametrize("weight", [0.0, -3.0])
@pytest.mark.parametrize("n", [2, 10])
def test_where_every_state_is_a_ground_state(n: int, weight: float) -> None:
    space = ground_space(PauliSum(("I" * n,), (weight,)))
    assert space.shape == (1 << n, 1 << n)


@pytest.mark.parametrize("name", ["vqe/h2-4q", "vqe/lih-4q-3.4", "vqe/beh2-6q", "vqe/h2o-10q"])
def test_the_ground_space_has_the_reference_energy(name: str) -> None:
    task = get_task(name)
    observable = task.objective.observable
    space = ground_space(observable)
    energies = np.linalg.eigvalsh(space.conj().T @ (observable.sparse() @ space))
    np.testing.assert_allclose(energies, task.reference, rtol=0, atol=2e-9)


def test_a_ground_space_is_kept_and_cannot_be_altered() -> None:
    first = ground_space(PauliSum(("ZZ", "XI"), (1.0, 0.5)))
    assert ground_space(PauliSum(("ZZ", "XI"), (1.0, 0.5))) is first
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 2.0


# -- fidelity ---------------------------------------------------------------------------------


def test_fidelity_by_hand() -> None:
    up, down = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    tilted = np.array([np.cos(0.3), 1j * np.sin(0.3)])
    assert fidelity(up, up[:, None]) == 1.0
    assert fidelity(up, down[:, None]) == 0.0
    assert fidelity(tilted, up[:, None]) == pytest.approx(np.cos(0.3) ** 2)
    assert fidelity(1j * tilted, tilted[:, None]) == pytest.approx(1.0)
    assert fidelity(tilted, np.eye(2)) == pytest.approx(1.0)


def test_any_state_of_a_degenerate_level_is_right() -> None:
    space = ground_space(tfim(3, 0.0).objective.observable)
    cat = np.zeros(8)
    cat[0], cat[7] = 0.6, -0.8
    assert fidelity(cat, space) == pytest.approx(1.0)
    mixed = np.zeros(8)
    mixed[0] = mixed[1] = np.sqrt(0.5)
    assert fidelity(mixed, space) == pytest.approx(0.5)
    assert fidelity(np.eye(8)[2], space) == pytest.approx(0.0, abs=1e-15)


def test_a_low_energy_is_not_yet_the_right_state() -> None:
    """LiH at 3.4 Å has a gap of 8.4e-3 hartree."""
    observable = get_task("vqe/lih-4q-3.4").objective.observable
    values, vectors = np.linalg.eigh(dense.operator(observable))
    assert values[1] - values[0] == pytest.approx(8.4e-3, rel=0.01)
    space = ground_space(observable)
    assert fidelity(vectors[:, 0], space) == pytest.approx(1.0)
    assert fidelity(vectors[:, 1], space) == pytest.approx(0.0, abs=1e-10)


@given(seed=st.integers(0, 1000), n=st.integers(1, 4))
@settings(UNHURRIED, max_examples=30)
def test_fidelity_is_a_probability(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    state = rng.normal(size=1 << n) + 1j * rng.normal(size=1 << n)
    state /= np.linalg.norm(state)
    space = ground_space(heisenberg(max(n, 2)).objective.observable)
    if n >= 2:
        value = fidelity(state, space)
        assert 0.0 <= value <= 1.0
        projector = space @ space.conj().T
        assert value == pytest.approx((state.conj() @ projector @ state).real, abs=1e-12)
