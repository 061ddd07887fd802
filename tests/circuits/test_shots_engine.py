"""The shots engine against dense matrices, closed forms and its own error bars."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from strategies import circuits

from qrl.circuits import Circuit, PauliSum, TuneOptions, dense
from qrl.circuits.engines import Engine, shots
from qrl.circuits.engines.check import check_engine
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.engines.expansion import expand
from qrl.circuits.engines.probabilities import ExactOutcomes, read_out, read_success
from qrl.circuits.engines.shots import ShotsEngine
from qrl.circuits.gates import pauli_matrix
from qrl.circuits.measurement import apply_readout_errors
from qrl.circuits.noise import NoiseModel, Readout, Rule, depolarizing
from qrl.circuits.objectives import (
    Classification,
    CodeOverlap,
    DephasingGap,
    Expectation,
    ExpectationRatio,
    Infidelity,
    Objective,
    ProcessInfidelity,
)
from qrl.circuits.program import lower
from qrl.errors import InputError
from qrl.tasks import get_task

REPETITIONS = 400
HAMILTONIAN = PauliSum(
    ("III", "ZZI", "IZZ", "XXI", "IYY", "XIX", "ZIY"), (0.7, 1.0, -0.8, 0.6, 0.5, -0.4, 0.3)
)
CIRCUIT = (
    Circuit(3)
    .append("ry", 0, angle=0.9)
    .append("rx", 1, angle=0.7)
    .append("cx", 0, 1)
    .append("ry", 2, angle=-0.5)
    .append("rzz", 1, 2, angle=0.8)
    .append("rx", 0, angle=0.3)
)


def random_states(count: int, n_qubits: int, seed: int) -> NDArray[np.complex128]:
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(count, 1 << n_qubits, 2)) @ [1.0, 1j]
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def mixture(n_qubits: int, seed: int) -> NDArray[np.complex128]:
    states = random_states(3, n_qubits, seed)
    return np.einsum("k,ki,kj->ij", [0.6, 0.3, 0.1], states, states.conj())


STATES = random_states(3, 3, 1)
Z0, Z1, X2 = (PauliSum((x,), (1.0,)) for x in ("IIZ", "IZI", "XII"))
LABELS = [[0.5, -0.2], [-1.0, 1.0], [0.1, 0.3]]
SIGNS = [[1, -1], [-1, -1], [1, 1]]
SHARES = [[0.5, 0.5], [1.0, 0.0], [0.2, 0.8]]
WEIGHTS = [0.5, 0.2, 0.3]
OBJECTIVES: dict[str, Objective] = {
    "expectation": Expectation(HAMILTONIAN),
    "expectation of inputs": Expectation(HAMILTONIAN, STATES, WEIGHTS),
    "weight 0": Expectation(HAMILTONIAN, STATES, [0.7, 0.0, 0.3]),
    "code": CodeOverlap.encoder(("ZZI", "IZZ"), "XXX", "ZZZ"),
    "infidelity": Infidelity(random_states(1, 3, 2)[0]),
    "infidelity of inputs": Infidelity(random_states(3, 3, 3), STATES, WEIGHTS),
    "process": ProcessInfidelity(np.diag(np.exp(1j * np.arange(8)))),
    "dephasing": DephasingGap(mixture(3, 4)),
    "squared": Classification(STATES, LABELS, (Z0, X2), weights=WEIGHTS),
    "logistic": Classification(STATES, SIGNS, (Z0, Z1), "logistic", scale=2.0),
    "softmax": Classification(STATES, SHARES, (Z0, X2), "softmax", scale=3.0, weights=WEIGHTS),
    "ratio": ExpectationRatio(
        PauliSum(("III", "IZX", "ZZI"), (1.0, 0.4, 0.3)), PauliSum(("III", "XIX"), (2.5, 0.8))
    ),
}
EVERY = pytest.mark.parametrize("name", OBJECTIVES)


def exact_cost(objective: Objective, circuit: Circuit) -> float:
    return objective.cost(objective.inputs @ dense.unitary(circuit).T)


def exact_gradient(objective: Objective, circuit: Circuit) -> NDArray[np.float64]:
    angles, step = np.array(circuit.angles), 1e-5
    return np.array(
        [
            exact_cost(objective, circuit.with_angles(angles + turn))
            - exact_cost(objective, circuit.with_angles(angles - turn))
            for turn in step * np.eye(angles.size)
        ]
    ) / (2 * step)


def check_errors(
    values: NDArray[np.float64], errors: NDArray[np.float64], truth: NDArray[np.float64] | float
) -> None:
    """Check mean, spread and coverage of repeated estimates, shape (repetitions, ...)."""
    count = len(values)
    spread = values.std(axis=0, ddof=1)
    assert (np.abs(values.mean(axis=0) - truth) <= 4.5 * spread / math.sqrt(count)).all()
    # The relative error of a standard deviation is 1 / sqrt(2 * repetitions) for a normal one.
    assert np.sqrt((errors**2).mean(axis=0)) == pytest.approx(spread, rel=0.2)
    for width, share in ((1.0, 0.683), (2.0, 0.954)):
        inside = (np.abs(values - truth) <= width * errors).mean(axis=0)
        tolerance = 4.5 * math.sqrt(share * (1 - share) / count)
        # Estimates take few values, and small samples are not quite normal.
        assert (np.abs(inside - share) <= tolerance + 0.02).all(), (width, inside)


# -- costs and gradients -----------------------------------------------------------------------


@EVERY
def test_estimates_are_unbiased_and_their_error_bars_cover(name: str) -> None:
    engine = ShotsEngine(OBJECTIVES[name], 3000, seed=5)
    found = [engine.estimate(CIRCUIT) for _ in range(REPETITIONS)]
    assert {e.shots for e in found} == {3000}
    values, errors = np.array([(e.value, e.standard_error) for e in found]).T
    check_errors(values, errors, exact_cost(OBJECTIVES[name], CIRCUIT))
    assert engine.total_shots == 3000 * REPETITIONS


@EVERY
def test_gradients_are_unbiased_and_their_error_bars_cover(name: str) -> None:
    engine = ShotsEngine(OBJECTIVES[name], 3000, seed=6)
    found = [engine.estimate_gradient(CIRCUIT) for _ in range(REPETITIONS // 2)]
    values = np.array([e.gradient for e in found])
    errors = np.array([e.standard_errors for e in found])
    exact = exact_gradient(OBJECTIVES[name], CIRCUIT)
    moving = values.std(axis=0) > 0  # an angle may turn nothing that is measured
    assert exact[~moving] == pytest.approx(0.0, abs=1e-8)
    check_errors(values[:, moving], errors[:, moving], exact[moving])
    n_values = 2 * len(CIRCUIT.angles) + 1
    assert found[0].shots == n_values * 3000
    assert engine.total_shots == n_values * 3000 * len(found)


@pytest.mark.parametrize("name", ["squared", "dephasing"])
def test_few_shots_do_not_bias_quadratic_costs(name: str) -> None:
    objective = OBJECTIVES[name]
    engine = ShotsEngine(objective, 2 * ShotsEngine(objective).n_settings, seed=3)
    values = np.array([engine.value(CIRCUIT) for _ in range(6000)])
    error = values.std() / math.sqrt(len(values))
    assert values.mean() == pytest.approx(exact_cost(objective, CIRCUIT), abs=4.5 * error)
    assert error < 0.03


@EVERY
def test_errors_fall_as_one_over_the_root_of_the_shots(name: str) -> None:
    exact = exact_cost(OBJECTIVES[name], CIRCUIT)
    rms = []
    for n in (1000, 64000):
        engine = ShotsEngine(OBJECTIVES[name], n, seed=7)
        rms.append(
            math.sqrt(np.mean([(engine.value(CIRCUIT) - exact) ** 2 for _ in range(REPETITIONS)]))
        )
    assert rms[0] / rms[1] == pytest.approx(8.0, rel=0.2)


def term_by_term(observable: PauliSum, circuit: Circuit, shots: int) -> float:
    """Return the variance where each string has its own shots, in proportion to its weight."""
    rest = [(label, w) for label, w in observable.terms() if set(label) != {"I"}]
    total = sum(abs(w) for _, w in rest)
    psi = dense.statevector(circuit)
    means = [float((psi.conj() @ pauli_matrix(label) @ psi).real) for label, _ in rest]
    return total / shots * sum(abs(w) * (1 - m**2) for (_, w), m in zip(rest, means, strict=True))


def test_groups_have_smaller_errors_than_single_strings() -> None:
    objective: Any = get_task("vqe/h2-4q").objective
    circuit = Circuit(4).append("ry", 0, angle=0.4).append("rx", 1, angle=2.0).append("cx", 0, 2)
    variances = []
    for grouping in ("general", "qubit-wise"):
        engine = ShotsEngine(objective, 2000, seed=1, grouping=grouping)
        variances.append(np.var([engine.value(circuit) for _ in range(800)], ddof=1))
    assert engine.n_settings == 5
    # Closed form of the other extreme; the sampled variances are known to 5 %.
    assert max(variances) < 0.8 * term_by_term(objective.observable, circuit, 2000)


def test_standard_errors_are_those_of_the_closed_form() -> None:
    # Two groups, Z and X, of weights 3 and 1: with 400 shots 300 and 100.
    objective = Expectation(PauliSum(("Z", "X", "I"), (3.0, 1.0, -2.0)))
    angle = 0.7
    circuit = Circuit(1).append("ry", 0, angle=angle)
    predicted = math.sqrt(9 * math.sin(angle) ** 2 / 300 + math.cos(angle) ** 2 / 100)
    engine = ShotsEngine(objective, 400, seed=2)
    values = [engine.value(circuit) for _ in range(2000)]
    assert np.std(values) == pytest.approx(predicted, rel=0.07)
    assert np.mean(values) == pytest.approx(3 * math.cos(angle) + math.sin(angle) - 2, abs=0.02)
    uniform = ShotsEngine(objective, 400, seed=2, allocation="uniform")
    predicted = math.sqrt(9 * math.sin(angle) ** 2 / 200 + math.cos(angle) ** 2 / 200)
    assert np.std([uniform.value(circuit) for _ in range(2000)]) == pytest.approx(
        predicted, rel=0.07
    )


def test_what_needs_no_shot_gets_none() -> None:
    engine = ShotsEngine(Expectation(PauliSum(("II",), (1.5,))), 10)
    found = engine.estimate(Circuit(2))
    assert (found.value, found.standard_error, found.shots) == (1.5, 0.0, 0)


def test_error_bars_hold_where_the_slope_of_the_loss_vanishes() -> None:
    # Points that are classified without loss: what is left of the errors is of second order.
    plain: Any = OBJECTIVES["squared"]
    z = plain.values(STATES @ dense.unitary(CIRCUIT).T)
    engine = ShotsEngine(Classification(STATES, z, (Z0, X2)), 90, seed=9)
    found = [engine.estimate_gradient(CIRCUIT) for _ in range(600)]
    costs = np.array([e.cost.value for e in found])
    reported = math.sqrt(np.mean([e.cost.standard_error**2 for e in found]))
    # Variances that come out below their second-order part are raised to it.
    assert 0.95 < reported / costs.std() < 1.3
    gradients = np.array([e.gradient for e in found])
    errors = np.sqrt(np.mean([e.standard_errors**2 for e in found], axis=0))
    moving = gradients.std(axis=0) > 0
    assert errors[moving] == pytest.approx(gradients.std(axis=0)[moving], rel=0.12)


def test_one_shot_has_the_largest_error_that_there_can_be() -> None:
    # Groups {Z} and {X}, values +-3 and +-1, of which nothing is known from one shot each.
    objective = Expectation(PauliSum(("Z", "X"), (3.0, 1.0)))
    found = ShotsEngine(objective, 2).estimate(Circuit(1))
    assert abs(found.value) in (2.0, 4.0)
    assert found.standard_error == pytest.approx(math.sqrt(9 + 1))
    single = ShotsEngine(OBJECTIVES["infidelity"], 1).estimate(CIRCUIT)
    assert (single.value in (0.0, 1.0), single.standard_error) == (True, 0.5)


def test_eigenstates_have_no_error() -> None:
    found = ShotsEngine(Expectation(PauliSum(("ZZ", "IZ"), (1.0, 0.5))), 10).estimate(Circuit(2))
    assert (found.value, found.standard_error) == (1.5, 0.0)


@pytest.mark.parametrize("name", ["squared", "logistic", "softmax"])
@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_expansions_are_the_losses_and_their_derivatives(name: str, data: st.DataObject) -> None:
    objective: Any = OBJECTIVES[name]
    numbers = data.draw(st.lists(st.floats(-1, 1), min_size=6, max_size=6))
    z, head, step = np.array(numbers).reshape(3, 2), objective.head(), 1e-5
    at = expand(head, head.weights, z)
    assert at.value == pytest.approx(objective.loss_of(z), abs=1e-12)
    assert at.curvature is not None
    for k, j in np.ndindex(3, 2):
        turn = np.zeros_like(z)
        turn[k, j] = step
        ahead, behind = expand(head, head.weights, z + turn), expand(head, head.weights, z - turn)
        assert at.slope[k, j] == pytest.approx((ahead.value - behind.value) / (2 * step), abs=1e-6)
        assert at.curvature[k, j] == pytest.approx(
            (ahead.slope[k] - behind.slope[k]) / (2 * step), abs=1e-6
        )


# -- probabilities and readout -----------------------------------------------------------------


@given(circuit=circuits(max_qubits=4), basis=circuits(max_qubits=4, names=("h", "s", "cx", "cz")))
@settings(deadline=None, max_examples=60)
def test_probabilities_are_those_of_dense_states(circuit: Circuit, basis: Circuit) -> None:
    n = circuit.n_qubits
    fitting = tuple(g for g in basis.gates if max(g.qubits) < n)
    basis = Circuit(n, fitting)
    change = dense.unitary(basis) @ dense.unitary(circuit)
    for count in (0, 1, 3):
        states = random_states(count, n, 8) if count else None
        inputs = np.eye(1, 1 << n) if states is None else states
        outcomes = ExactOutcomes(states, n)
        for _ in range(2):
            found = outcomes.probabilities(circuit, basis)
            assert found == pytest.approx(np.abs(inputs @ change.T) ** 2, abs=1e-12)
        plain = np.abs(inputs @ dense.unitary(circuit).T) ** 2
        assert outcomes.probabilities(circuit) == pytest.approx(plain, abs=1e-12)


ERRORS = [(0.1, 0.02), (0.0, 0.3), (0.05, 0.0)]


def test_readout_errors_are_those_of_one_row() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(8), size=4)
    rows = [apply_readout_errors(row, dict(enumerate(ERRORS))) for row in p]
    assert read_out(p, np.array(ERRORS)) == pytest.approx(np.array(rows))


@pytest.mark.parametrize("wrong", [[0.5, 0.4], [1.1, -0.1], [math.nan, 1.0]])
def test_wrong_probabilities_are_refused(wrong: list[float]) -> None:
    with pytest.raises(InputError, match="sum to 1"):
        read_out(np.array([[0.5, 0.5], wrong]), None)


def test_overlap_readout_is_the_mean_over_all_orders_of_the_other_outcomes() -> None:
    p = np.array([0.4, 0.3, 0.25, 0.05])
    errors = np.array(ERRORS[:2])
    orders = [[0, *order] for order in itertools.permutations([1, 2, 3])]
    read = np.mean([read_out(p[None, order], errors)[0, 0] for order in orders])
    assert read_success(np.array(0.4), errors, 4) == pytest.approx(read)


# -- noise: a stand-in made of dense matrices ---------------------------------------------------


class DenseNoise:
    """Outcome probabilities and costs from dense density matrices."""

    def __init__(self, objective: Objective, noise: NoiseModel) -> None:
        self.objective, self.noise = objective, noise
        self.known: dict[Circuit, NDArray[np.complex128]] = {}

    def densities(self, circuit: Circuit) -> NDArray[np.complex128]:
        if circuit not in self.known:
            self.known[circuit] = self._densities(circuit)
        return self.known[circuit]

    def _densities(self, circuit: Circuit) -> NDArray[np.complex128]:
        n = circuit.n_qubits
        inputs = self.objective.inputs
        rho = np.einsum("ki,kj->kij", inputs, inputs.conj())
        for gate, angle in circuit.placed():
            u = dense.unitary(Circuit(n, (gate,), () if angle is None else (angle,)))
            rho = u @ rho @ u.conj().T
            for channel, on in self.noise.after(gate):
                kraus = [dense.embed(k, on, n) for k in channel.kraus]
                rho = sum(k @ rho @ k.conj().T for k in kraus)
        return rho

    def probabilities(self, circuit: Circuit, basis: Circuit | None = None) -> NDArray[np.float64]:
        rho = self.densities(circuit)
        u = dense.unitary(basis or Circuit(circuit.n_qubits))
        return np.einsum("kii->ki", u @ rho @ u.conj().T).real

    def value(self, circuit: Circuit) -> float:
        assert isinstance(self.objective, Infidelity)
        target = self.objective.target
        fidelity = np.einsum("ki,kij,kj->k", target.conj(), self.densities(circuit), target).real
        return float(1.0 - self.objective.weights @ fidelity)


LAB = NoiseModel(
    "lab",
    rules=(
        Rule("1q", ((depolarizing(0.05), (0,)),)),
        Rule("2q", ((depolarizing(0.1, 2), (0, 1)),)),
    ),
    readout=tuple(Readout(*pair, qubit=q) for q, pair in enumerate(ERRORS)),
)


@pytest.fixture
def dense_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    from qrl.circuits.engines import local_paulis
    from qrl.circuits.engines import measured_settings as of_engines

    def outcomes_of(inputs: Any, n_qubits: int, noise: NoiseModel, threads: Any) -> DenseNoise:
        return DenseNoise(Expectation(PauliSum(("Z" * n_qubits,), (1.0,)), inputs), noise)

    for module in (of_engines, local_paulis):
        monkeypatch.setattr(module, "outcomes_of", outcomes_of)
    monkeypatch.setattr(of_engines, "scores_of", lambda o, noise, threads: DenseNoise(o, noise))


def check_mean(engine: ShotsEngine, truth: float, count: int = 200) -> None:
    values = [engine.value(CIRCUIT) for _ in range(count)]
    assert np.mean(values) == pytest.approx(truth, abs=4.5 * np.std(values) / math.sqrt(count))


@pytest.mark.usefixtures("dense_noise")
@pytest.mark.parametrize("states", [None, STATES])
def test_noise_and_readout_enter_expectation_values(states: Any) -> None:
    observable = PauliSum(("ZZI", "IXX", "XIX", "III"), (1.0, 0.7, -0.5, 0.2))
    objective = Expectation(observable, states)
    # A letter P reads as (1 - e - d) P + (d - e), with e to read 1 for 0 and d to read 0 for 1.
    read = np.zeros((8, 8), dtype=complex)
    for label, weight in observable.terms():
        term = np.eye(1)
        for letter, (e, d) in zip(label, ERRORS[::-1], strict=True):
            here = (1 - e - d) * pauli_matrix(letter) + (d - e) * np.eye(2)
            term = np.kron(term, np.eye(2) if letter == "I" else here)
        read += weight * term
    rho = DenseNoise(objective, LAB).densities(CIRCUIT).mean(axis=0)
    truth = float(np.trace(read @ rho).real)
    assert abs(truth - exact_cost(objective, CIRCUIT)) > 0.05
    engine = ShotsEngine(objective, 5000, noise=LAB, grouping="qubit-wise", seed=4)
    check_mean(engine, truth)


@pytest.mark.usefixtures("dense_noise")
def test_noise_and_readout_enter_overlaps_and_purities() -> None:
    errors = np.array(ERRORS)
    objective = OBJECTIVES["infidelity of inputs"]
    fidelity = 1.0 - DenseNoise(objective, LAB).value(CIRCUIT)
    truth = 1.0 - float(read_success(np.array(fidelity), errors, 8))
    check_mean(ShotsEngine(objective, 2000, noise=LAB, seed=2), truth)
    gap: Any = OBJECTIVES["dephasing"]
    values, vectors = np.linalg.eigh(gap.density)
    outcomes = DenseNoise(Infidelity(vectors.T, vectors.T), LAB).probabilities(CIRCUIT)
    confusion = np.eye(1)
    for e, d in ERRORS:
        confusion = np.kron(np.array([[1 - e, d], [e, 1 - d]]), confusion)
    truth = gap.purity - np.sum((confusion @ (values @ outcomes)) ** 2)
    check_mean(ShotsEngine(gap, 2000, noise=LAB, seed=2), truth)


@pytest.mark.usefixtures("dense_noise")
def test_local_paulis_are_read_with_errors() -> None:
    ops, theta = lower(Circuit(3))
    engine = ShotsEngine(OBJECTIVES["expectation"], 40_000, noise=LAB)
    found = engine.local_paulis(ops[None], np.array([0]), theta[None])[0]
    assert found[:, 2] == pytest.approx([1 - 2 * e for e, _ in ERRORS], abs=0.02)


# -- randomness, checkpoints, tuning -----------------------------------------------------------


def test_equal_seeds_give_equal_numbers_and_others_do_not() -> None:
    def run(seed: int, **options: Any) -> list[float]:
        engine = ShotsEngine(OBJECTIVES["expectation"], 100, seed=seed, **options)
        return [engine.value(CIRCUIT) for _ in range(3)]

    assert run(1) == run(1) == run(1, threads=1)
    assert len({*run(1), *run(2)}) == 6


def test_a_restored_engine_goes_on_with_the_same_numbers() -> None:
    first, second = (ShotsEngine(OBJECTIVES["squared"], 100, seed=3) for _ in range(2))
    first.value_and_gradient(CIRCUIT)
    kept = first.state()
    rest = [first.value(CIRCUIT), *first.value_and_gradient(CIRCUIT)[1]]
    second.restore(kept)
    assert [second.value(CIRCUIT), *second.value_and_gradient(CIRCUIT)[1]] == rest
    assert second.state() == first.state()


def test_with_shots_shares_the_counter() -> None:
    engine = ShotsEngine(OBJECTIVES["expectation"], 100)
    other = engine.with_shots(10_000)
    assert (engine.shots, other.shots) == (100, 10_000)
    assert other.estimate(CIRCUIT).standard_error < engine.estimate(CIRCUIT).standard_error / 5
    assert engine.total_shots == other.total_shots == 10_100
    assert engine.evaluations == 2


def exact_paulis(objective: Objective, circuit: Circuit) -> NDArray[np.float64]:
    """Return X, Y, Z of each qubit, averaged over the inputs as the head weighs them."""
    n, inputs = circuit.n_qubits, objective.head().inputs
    outputs = (np.eye(1, 1 << n) if inputs is None else inputs) @ dense.unitary(circuit).T
    rho = np.einsum("ki,kj->ij", outputs, outputs.conj())
    letters = [[dense.embed(pauli_matrix(p), (q,), n) for p in "XYZ"] for q in range(n)]
    means: NDArray[np.float64] = np.einsum("qpij,ji->qp", letters, rho / np.trace(rho)).real
    return means


@EVERY
def test_local_paulis_are_sampled_means_over_the_inputs(name: str) -> None:
    ops, theta = lower(CIRCUIT)
    rows = ops[None], np.array([len(ops)]), theta[None]
    engine = ShotsEngine(OBJECTIVES[name], 10_000, seed=1)
    found = engine.local_paulis(*rows)
    assert found.shape == (1, 3, 3)
    assert found[0] == pytest.approx(exact_paulis(OBJECTIVES[name], CIRCUIT), abs=0.05)
    assert engine.total_shots == 30_000
    assert not np.array_equal(found, engine.local_paulis(*rows))


@pytest.mark.parametrize("name", ["infidelity of inputs", "squared"])
def test_exact_local_paulis_are_means_over_the_inputs(name: str) -> None:
    ops, theta = lower(CIRCUIT)
    found = ExactEngine(OBJECTIVES[name]).local_paulis(ops[None], np.array([len(ops)]), theta[None])
    assert found[0] == pytest.approx(exact_paulis(OBJECTIVES[name], CIRCUIT))


def layers(n_qubits: int) -> Circuit:
    circuit = Circuit(n_qubits)
    for q in range(n_qubits):
        circuit = circuit.append("ry", q, angle=0.4)
    for q in range(n_qubits - 1):
        circuit = circuit.append("cx", q, q + 1)
    for q in range(n_qubits):
        circuit = circuit.append("ry", q, angle=-0.3)
    return circuit


@pytest.mark.parametrize("task", ["vqe/h2-2q", "vqe/h2-4q"])
@pytest.mark.parametrize("tuner", ["lbfgs", "rotosolve"])
def test_tuning_with_shots_lowers_the_true_cost(task: str, tuner: str) -> None:
    objective = get_task(task).objective
    circuit = layers(objective.n_qubits)
    engine: Engine = ShotsEngine(objective, 1000, seed=1)
    options = TuneOptions(tuner=tuner, max_gradients=400)
    tuned = engine.tune(circuit, options=options)
    exact = ExactEngine(objective)
    # What no angles of this circuit can do better than.
    best = exact.tune(circuit).cost
    start, end = exact.value(circuit), exact.value(tuned.circuit)
    assert end - best < 0.25 * (start - best)
    assert tuned.evaluations <= 400
    per_gradient = 2 * len(circuit.angles) + 1
    plain = tuned.evaluations - tuned.gradients
    assert tuned.shots == 1000 * (plain + per_gradient * tuned.gradients)
    assert engine.total_shots == tuned.shots  # type: ignore[attr-defined]
    again = ShotsEngine(objective, 1000, seed=1).tune(circuit, options=options)
    assert again.circuit == tuned.circuit


def test_tuning_many_is_tuning_one_after_the_other() -> None:
    objective = get_task("vqe/h2-2q").objective
    circuit = layers(2)
    one, many = (ShotsEngine(objective, 200, seed=8) for _ in range(2))
    options = TuneOptions(max_gradients=40)
    expected = [one.tune(circuit, options=options), one.tune(circuit, fresh=2, options=options)]
    ops, theta = lower(circuit)
    angles = np.stack([theta, theta])
    rows = np.stack([ops, ops]), np.full(2, len(ops))
    out = many.tune_arrays(
        *rows, angles, np.full(2, theta.size), np.array([-1, 2]), np.zeros(2), options
    )
    assert angles.tolist() == [list(t.circuit.angles) for t in expected]
    assert out[:, 0].tolist() == [t.cost for t in expected]


@EVERY
def test_engines_keep_the_laws_of_engines(name: str) -> None:
    check_engine(ShotsEngine(OBJECTIVES[name], 200, seed=1), circuits=3)


def test_the_state_is_that_of_the_exact_engine() -> None:
    engine = ShotsEngine(OBJECTIVES["expectation"])
    assert engine.statevector(CIRCUIT) == pytest.approx(dense.statevector(CIRCUIT))
    assert engine.total_shots == 0


# -- bad input ---------------------------------------------------------------------------------


def make(**options: Any) -> Callable[[], object]:
    return lambda: ShotsEngine(OBJECTIVES["expectation"], **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (make(shots=0), "Shots must be a whole number"),
        (make(shots=2.5), "Shots must be a whole number"),
        (make(shots=1), r"at least \d+ shots; got 1"),
        (lambda: ShotsEngine(OBJECTIVES["dephasing"], 1), "at least 2 shots; got 1"),
        (lambda: ShotsEngine(OBJECTIVES["expectation"]).with_shots(1), "give at least"),
        (make(seed=-1), "seed must be a whole number"),
        (make(seed=0.5), "seed must be a whole number"),
        (make(grouping="genral"), "Did you mean 'general'"),
        (make(allocation="weights"), "Did you mean 'weight'"),
        (make(noise=NoiseModel("small", n_qubits=2)), "device of 2 qubits"),
        (lambda: ShotsEngine(OBJECTIVES["expectation"]).value(Circuit(2)), "has 3 qubits"),
        (lambda: ShotsEngine(OBJECTIVES["expectation"]).tune(Circuit(2)), "has 3 qubits"),
        (lambda: ShotsEngine(OBJECTIVES["expectation"]).restore({"evaluations": 1}), "total_shots"),
        (
            lambda: ShotsEngine(OBJECTIVES["expectation"]).restore(
                {"evaluations": -1, "total_shots": 0}
            ),
            "whole numbers",
        ),
    ],
)
def test_bad_input_is_told(call: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_the_default_tuner_is_one_for_sampled_costs() -> None:
    circuit = layers(2)
    objective = get_task("vqe/h2-2q").objective
    named = TuneOptions(tuner=shots.DEFAULT_TUNER, max_gradients=20)
    found = [
        ShotsEngine(objective, 100).tune(circuit, options=o).circuit
        for o in (TuneOptions(max_gradients=20), named)
    ]
    assert found[0] == found[1]
