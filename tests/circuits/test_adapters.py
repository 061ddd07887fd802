"""Engines on other simulators against dense matrices, Kraus sums and the exact engine."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import circuits

from qrl.circuits import Circuit, PauliSum, Status, TuneOptions, dense
from qrl.circuits.dense import embed
from qrl.circuits.engines import memory
from qrl.circuits.engines.aer import AerEngine
from qrl.circuits.engines.densities import (
    cost_of_densities,
    density_inputs,
    readout_observable,
)
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.engines.pennylane import PennylaneEngine
from qrl.circuits.engines.plain_engine import PlainEngine, output_states
from qrl.circuits.gates import gate_spec
from qrl.circuits.noise import (
    NoiseModel,
    Readout,
    Rule,
    amplitude_damping,
    depolarizing,
    noise_model,
    phase_damping,
)
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

pytest.importorskip("qiskit_aer")
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RNG = np.random.default_rng(20)


def random_states(count: int, n_qubits: int = 2) -> Any:
    shape = (count, 1 << n_qubits)
    states = RNG.normal(size=shape) + 1j * RNG.normal(size=shape)
    return states / np.linalg.norm(states, axis=1, keepdims=True)


def random_density() -> Any:
    states = random_states(3)
    return np.einsum("k,ki,kj->ij", [0.5, 0.3, 0.2], states, states.conj())


TILTED = PauliSum(("ZI", "XY", "IX", "II"), (0.7, -1.1, 0.4, 0.3))
LOCAL = (PauliSum(("IZ",), (1.0,)), PauliSum(("ZI", "XX"), (0.6, 0.4)))
LABELS = ((0.2, -0.4), (1.0, 0.5), (-1.0, 0.1))
SIGNS = ((1, -1), (-1, -1), (-1, 1))
SHARES = ((1, 0), (0, 1), (0.25, 0.75))
UNITARY = np.linalg.qr(RNG.normal(size=(4, 4)) + 1j * RNG.normal(size=(4, 4)))[0]
DENOMINATOR = PauliSum(("II", "ZZ", "XI"), (2.0, 0.5, 0.4))

OBJECTIVES: dict[str, Objective] = {
    "expectation": Expectation(TILTED),
    "expectation of inputs": Expectation(TILTED, random_states(3), (1, 2, 3)),
    "infidelity": Infidelity(random_states(1)),
    "infidelity of inputs": Infidelity(random_states(2), random_states(2), (1, 3)),
    "process": ProcessInfidelity(UNITARY),
    "dephasing": DephasingGap(random_density()),
    "code": CodeOverlap.encoder(("ZZ",), "XX", "ZI"),
    "squared": Classification(random_states(3), LABELS, LOCAL, weights=(1, 2, 2)),
    "logistic": Classification(random_states(3), SIGNS, LOCAL, "logistic", 1.7),
    "softmax": Classification(random_states(3), SHARES, LOCAL, "softmax", 2.3),
    "ratio": ExpectationRatio(PauliSum(("II", "ZX"), (0.5, 0.5)), DENOMINATOR),
}
CIRCUIT = (
    Circuit(2)
    .append("ry", 0, angle=0.4).append("h", 1).append("cx", 1, 0).append("rzz", 0, 1, angle=-0.8)
    .append("t", 0).append("rx", 1, angle=1.3).append("rz", 1, angle=0.5).append("ry", 1, angle=0.2)
)  # fmt: skip


class Dense(PlainEngine):
    """An engine with the one method that a user must write."""

    def value(self, circuit: Circuit) -> float:
        self.check_size(circuit)
        outputs = self.objective.inputs @ dense.unitary(circuit).T
        return self.objective.cost(outputs)


ENGINES: dict[str, Any] = {
    "plain": Dense,
    "aer": AerEngine,
    "default.qubit": PennylaneEngine,
    "lightning.qubit": lambda objective: PennylaneEngine(objective, device="lightning.qubit"),
}

by_objective = pytest.mark.parametrize("what", OBJECTIVES)
by_engine = pytest.mark.parametrize("which", ENGINES)


def packed(*drawn: Circuit) -> Any:
    """Return circuits as the arrays of `tune_arrays`, padded."""
    lowered = [lower(circuit) for circuit in drawn]
    n_ops = np.array([len(ops) for ops, _ in lowered])
    n_theta = np.array([len(theta) for _, theta in lowered])
    ops = np.zeros((len(drawn), n_ops.max(), 4), dtype=np.int32)
    theta = np.zeros((len(drawn), n_theta.max()))
    for k, (rows, angles) in enumerate(lowered):
        ops[k, : len(rows)], theta[k, : len(angles)] = rows, angles
    return ops, n_ops, theta, n_theta


# -- without noise ----------------------------------------------------------------------------


@given(data=st.data())
@settings(UNHURRIED, max_examples=60)
def test_states_gate_by_gate_against_dense_matrices(data: st.DataObject) -> None:
    circuit = data.draw(circuits(4))
    inputs = np.eye(1 << circuit.n_qubits, dtype=complex)
    expected = dense.unitary(circuit).T
    np.testing.assert_allclose(output_states(circuit, inputs), expected, rtol=0, atol=1e-12)


@by_engine
@by_objective
def test_value_and_gradient_against_dense_and_exact(which: str, what: str) -> None:
    objective = OBJECTIVES[what]
    engine = ENGINES[which](objective)
    outputs = objective.inputs @ dense.unitary(CIRCUIT).T
    value, gradient = engine.value_and_gradient(CIRCUIT)
    assert engine.value(CIRCUIT) == value
    assert value == pytest.approx(objective.cost(outputs), abs=1e-12)
    exact_value, exact_gradient = ExactEngine(objective, threads=1).value_and_gradient(CIRCUIT)
    assert value == pytest.approx(exact_value, abs=1e-12)
    # Central differences, where nothing better is known, are good to about 1e-10.
    np.testing.assert_allclose(gradient, exact_gradient, rtol=0, atol=1e-9)
    if objective.head().kind != "smooth":
        np.testing.assert_allclose(gradient, exact_gradient, rtol=0, atol=1e-12)


@pytest.mark.parametrize("which", ["aer", "default.qubit", "lightning.qubit"])
@given(data=st.data())
@settings(UNHURRIED, max_examples=15)
def test_states_of_random_circuits(which: str, data: st.DataObject) -> None:
    circuit = data.draw(circuits(3, 8))
    engine = ENGINES[which](Expectation(PauliSum(("Z" * circuit.n_qubits,), (1.0,))))
    state = engine.statevector(circuit)
    np.testing.assert_allclose(state, dense.statevector(circuit), rtol=0, atol=1e-12)


@by_engine
@pytest.mark.parametrize("what", ["expectation of inputs", "process", "code", "dephasing"])
def test_states_are_scaled_as_those_of_the_exact_engine(which: str, what: str) -> None:
    ours = ENGINES[which](OBJECTIVES[what]).statevector(CIRCUIT)
    exact = ExactEngine(OBJECTIVES[what], threads=1).statevector(CIRCUIT)
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-12)


@by_engine
@pytest.mark.parametrize("what", ["expectation", "expectation of inputs", "process", "dephasing"])
def test_local_paulis_against_the_exact_engine(which: str, what: str) -> None:
    drawn = (CIRCUIT, Circuit(2), Circuit(2).append("x", 1).append("sx", 0))
    ops, n_ops, theta, _ = packed(*drawn)
    ours = ENGINES[which](OBJECTIVES[what]).local_paulis(ops, n_ops, theta)
    exact = ExactEngine(OBJECTIVES[what], threads=1).local_paulis(ops, n_ops, theta)
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-12)


@pytest.mark.parametrize("what", ["infidelity of inputs", "squared"])
def test_local_paulis_of_the_exact_engine_stay_expectation_values(what: str) -> None:
    ops, n_ops, theta, _ = packed(CIRCUIT)
    ours = Dense(OBJECTIVES[what]).local_paulis(ops, n_ops, theta)
    exact = ExactEngine(OBJECTIVES[what], threads=1).local_paulis(ops, n_ops, theta)
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-12)


@by_engine
def test_tuning_finds_the_ground_state(which: str) -> None:
    engine = ENGINES[which](Expectation(PauliSum(("Z", "X"), (1.0, 1.0))))
    start = Circuit(1).append("ry", 0, angle=0.3)
    tuned = engine.tune(start)
    assert tuned.cost == pytest.approx(-math.sqrt(2.0), abs=1e-9)
    assert tuned.cost == engine.value(tuned.circuit)
    assert tuned.status == Status.CONVERGED
    one = engine.tune(start, fresh=0, options=TuneOptions(tuner="none"))
    assert one.circuit.angles[0] == pytest.approx(-0.75 * np.pi, abs=1e-9)


@by_engine
def test_many_at_once_is_one_by_one(which: str) -> None:
    engine = ENGINES[which](OBJECTIVES["expectation"])
    options = TuneOptions(max_gradients=12)
    drawn = (CIRCUIT, Circuit(2).append("cx", 0, 1), Circuit(2).append("ry", 1, angle=0.3))
    ops, n_ops, theta, n_theta = packed(*drawn)
    fresh = np.array([3, -1, -1])
    out = engine.tune_arrays(ops, n_ops, theta, n_theta, fresh, np.full(3, np.inf), options)
    for k, circuit in enumerate(drawn):
        tuned = engine.tune(circuit, fresh=3 if k == 0 else None, options=options)
        assert (out[k, 0], Status(int(out[k, 1]))) == (tuned.cost, tuned.status)
        assert out[k, 2] + out[k, 3] == tuned.evaluations
        assert tuple(theta[k, : n_theta[k]]) == tuned.circuit.angles


@pytest.mark.parametrize("degree_two", ["dephasing", "squared"])
def test_four_values_an_angle_are_exact(degree_two: str) -> None:
    """Central differences at this step would be off by far more."""
    engine = Dense(OBJECTIVES[degree_two])
    engine.step = 1.0
    _, gradient = engine.value_and_gradient(CIRCUIT)
    exact = ExactEngine(OBJECTIVES[degree_two], threads=1).value_and_gradient(CIRCUIT)[1]
    np.testing.assert_allclose(gradient, exact, rtol=0, atol=1e-12)


# -- with noise -------------------------------------------------------------------------------

NOISE = NoiseModel(
    "lab",
    (
        Rule("1q", ((amplitude_damping(0.07), (0,)),)),
        Rule("t", ((phase_damping(0.2), (0,)),)),
        Rule("2q", ((depolarizing(0.06, 2), (0, 1)), (amplitude_damping(0.15), (1,)))),
        Rule("cx", ((phase_damping(0.3), (0,)), (depolarizing(0.1), (1,))), (1, 0)),
    ),
    (Readout(0.03, 0.08), Readout(0.11, 0.02, qubit=1)),
)
GATES_ONLY = NoiseModel("lab", NOISE.rules)


def kraus_sum(circuit: Circuit, rho: Any, model: NoiseModel, width: int) -> Any:
    """Evolve a density matrix of `width` qubits, the circuit on the lowest of them."""
    for gate, angle in circuit.placed():
        full = embed(gate_spec(gate.name).matrix(angle or 0.0), gate.qubits, width)
        rho = full @ rho @ full.conj().T
        for channel, qubits in model.after(gate):
            operators = [embed(k, qubits, width) for k in channel.kraus]
            rho = sum(k @ rho @ k.conj().T for k in operators)
    return rho


def noisy_outputs(circuit: Circuit, objective: Objective, model: NoiseModel) -> Any:
    starts = [np.outer(s, s.conj()) for s in objective.inputs]
    return np.array([kraus_sum(circuit, rho, model, circuit.n_qubits) for rho in starts])


@by_objective
def test_aer_under_noise_against_kraus_sums(what: str) -> None:
    objective = OBJECTIVES[what]
    engine = AerEngine(objective, GATES_ONLY)
    value = engine.value(CIRCUIT)
    if what == "process":
        # Linear in both places of |i><j|, each evolved by itself: no Choi state.
        size, total = 4, 0.0
        for i, j in product(range(size), repeat=2):
            unit = np.zeros((size, size), dtype=complex)
            unit[i, j] = 1.0
            image = kraus_sum(CIRCUIT, unit, GATES_ONLY, 2)
            total += (UNITARY[:, i].conj() @ image @ UNITARY[:, j]).real
        assert value == pytest.approx(1.0 - total / size**2, abs=1e-12)
        return
    rho = noisy_outputs(CIRCUIT, objective, GATES_ONLY)
    np.testing.assert_allclose(engine.densities(CIRCUIT), rho, rtol=0, atol=1e-12)
    assert value == pytest.approx(by_definition(objective, rho), abs=1e-12)
    assert value != pytest.approx(AerEngine(objective).value(CIRCUIT), abs=1e-3)


def by_definition(objective: Any, rho: Any, readout: Any = lambda o: dense.operator(o)) -> float:
    """Return the cost of mixed outputs from each class's own words, with dense operators."""

    def mean(observable: PauliSum, k: int) -> float:
        return float(np.trace(readout(observable) @ rho[k]).real)

    points = range(len(rho))
    if isinstance(objective, Expectation):
        return float(objective.weights @ [mean(objective.observable, k) for k in points])
    if isinstance(objective, CodeOverlap):
        return float(1 - objective.weights @ [mean(objective.observables[k], k) for k in points])
    if isinstance(objective, Infidelity):
        pure = [t.conj() @ r @ t for t, r in zip(objective.target, rho, strict=True)]
        return float(1 - objective.weights @ np.real(pure))
    if isinstance(objective, DephasingGap):
        values, vectors = np.linalg.eigh(objective.density)
        kept = values > 1e-12
        assert kept.sum() == len(rho)
        np.testing.assert_allclose(objective.inputs, vectors[:, kept].T)
        mixed = np.einsum("k,kij->ij", values[kept], rho)
        purity = np.trace(objective.density @ objective.density).real
        return float(purity - np.sum(np.diag(mixed).real ** 2))
    if isinstance(objective, ExpectationRatio):
        return 1 - mean(objective.numerator, 0) / mean(objective.denominator, 0)
    z = np.array([[mean(o, k) for o in objective.observables] for k in points])
    if objective.loss == "squared":
        each = ((z - objective.labels) ** 2).sum(axis=1)
    elif objective.loss == "logistic":
        each = np.log(1 + np.exp(-objective.scale * objective.labels * z)).sum(axis=1)
    else:
        powers = np.exp(objective.scale * z)
        each = -(objective.labels * np.log(powers / powers.sum(axis=1)[:, None])).sum(axis=1)
    return float(objective.weights @ each)


@by_objective
def test_pure_densities_cost_what_their_states_do(what: str) -> None:
    objective = OBJECTIVES[what]
    starts = density_inputs(objective)
    whole = dense.unitary(CIRCUIT)
    if what == "process":
        whole = np.kron(np.eye(4), whole)
    states = starts @ whole.T
    cost = cost_of_densities(objective, np.einsum("ki,kj->kij", states, states.conj()))
    expected = objective.cost(objective.inputs @ dense.unitary(CIRCUIT).T)
    assert cost == pytest.approx(expected, abs=1e-12)


def confused(observable: PauliSum) -> Any:
    """Return the operator whose mean a lying readout reports, from each outcome's probability."""
    n = observable.n_qubits
    turns = {
        "X": gate_spec("h").matrix(),
        "Y": gate_spec("h").matrix() @ gate_spec("s").matrix().conj().T,
        "Z": np.eye(2),
    }
    total = np.zeros((1 << n, 1 << n), dtype=complex)
    for label, weight in observable.terms():
        factors = []
        for q, letter in enumerate(reversed(label)):
            if letter == "I":
                factors.append(np.eye(2))
                continue
            up, down = NOISE.readout_error(q)
            # Reports +1 for 0 and -1 for 1, with probabilities of what is read given what is.
            reported = np.diag([(1 - up) - up, down - (1 - down)])
            factors.append(turns[letter].conj().T @ reported @ turns[letter])
        term = np.eye(1)
        for factor in reversed(factors):
            term = np.kron(term, factor)
        total += weight * term
    return total


@given(data=st.data())
@settings(UNHURRIED, max_examples=30)
def test_observables_under_readout_error(data: st.DataObject) -> None:
    label = data.draw(st.text("IXYZ", min_size=3, max_size=3))
    observable = PauliSum((label, "ZXI"), (0.8, -0.3))
    measured = dense.operator(readout_observable(observable, NOISE))
    np.testing.assert_allclose(measured, confused(observable), rtol=0, atol=1e-12)


@by_objective
def test_readout_errors_change_observables_only(what: str) -> None:
    objective = OBJECTIVES[what]
    value = AerEngine(objective, NOISE).value(CIRCUIT)
    without = AerEngine(objective, GATES_ONLY).value(CIRCUIT)
    if objective.head().kind in ("overlap", "dephasing"):
        assert value == pytest.approx(without, abs=1e-13)
        return
    rho = noisy_outputs(CIRCUIT, objective, NOISE)
    assert value == pytest.approx(by_definition(objective, rho, confused), abs=1e-12)
    assert value != pytest.approx(without, abs=1e-3)


@pytest.mark.parametrize("what", ["expectation", "infidelity", "process", "dephasing", "squared"])
def test_gradients_under_noise_by_central_differences(what: str) -> None:
    engine = AerEngine(OBJECTIVES[what], NOISE)
    value, gradient = engine.value_and_gradient(CIRCUIT)
    assert value == engine.value(CIRCUIT)
    for p, found in enumerate(gradient):
        shift = 1e-5 * np.eye(len(gradient))[p]
        ahead, behind = (
            engine.value(CIRCUIT.with_angles(np.array(CIRCUIT.angles) + s)) for s in (shift, -shift)
        )
        assert found == pytest.approx((ahead - behind) / 2e-5, abs=1e-8)


@pytest.mark.parametrize("what", ["expectation of inputs", "process", "dephasing"])
def test_local_paulis_under_noise(what: str) -> None:
    objective = OBJECTIVES[what]
    ops, n_ops, theta, _ = packed(Circuit(2), CIRCUIT)
    local = AerEngine(objective, NOISE).local_paulis(ops, n_ops, theta)[1]
    inputs = objective.head().inputs
    assert inputs is not None
    shares = np.linalg.norm(inputs, axis=1) ** 2
    mean = np.einsum("k,kij->ij", shares, noisy_outputs(CIRCUIT, objective, NOISE))
    for q, (m, letter) in product(range(2), enumerate("XYZ")):
        label = "I" * (1 - q) + letter + "I" * q
        expected = np.trace(dense.operator(PauliSum((label,), (1.0,))) @ mean).real
        assert local[q, m] == pytest.approx(expected, abs=1e-12)


def test_a_noise_model_that_does_nothing_changes_nothing() -> None:
    silent = NoiseModel("silent", (Rule("1q", ((depolarizing(0.0), (0,)),)),))
    engine = AerEngine(OBJECTIVES["process"], silent)
    expected = AerEngine(OBJECTIVES["process"]).statevector(CIRCUIT)
    np.testing.assert_allclose(engine.statevector(CIRCUIT), expected, rtol=0, atol=1e-12)
    assert PennylaneEngine(OBJECTIVES["process"], silent).noise is silent


# -- what is refused --------------------------------------------------------------------------


@by_engine
@pytest.mark.parametrize("n_qubits", [1, 3])
@pytest.mark.parametrize("method", ["value", "value_and_gradient", "statevector", "tune"])
def test_a_circuit_of_another_size_is_refused(which: str, method: str, n_qubits: int) -> None:
    engine = ENGINES[which](OBJECTIVES["expectation"])
    with pytest.raises(InputError, match=rf"has 2 qubits .* got one of {n_qubits}"):
        getattr(engine, method)(Circuit(n_qubits).append("rx", 0))


def test_a_process_under_noise_needs_few_qubits() -> None:
    with pytest.raises(InputError, match="up to 3 qubits; this one has 4"):
        AerEngine(ProcessInfidelity(np.eye(16)), noise_model("depolarizing:0.01,0.02"))
    assert AerEngine(ProcessInfidelity(np.eye(16))).value(Circuit(4)) == pytest.approx(0.0)


def test_noise_of_a_smaller_device_is_refused() -> None:
    with pytest.raises(InputError, match="device of 1 qubits"):
        AerEngine(OBJECTIVES["expectation"], NoiseModel("small", n_qubits=1))


def test_pennylane_refuses_noise_and_other_devices() -> None:
    with pytest.raises(InputError, match="takes no noise; got the model 'lab'"):
        PennylaneEngine(OBJECTIVES["expectation"], NOISE)
    with pytest.raises(InputError, match=r"Did you mean 'default\.qubit'"):
        PennylaneEngine(OBJECTIVES["expectation"], device="default.qbit")


def test_a_noisy_engine_has_no_state_vector() -> None:
    with pytest.raises(InputError, match="no output state vectors"):
        AerEngine(OBJECTIVES["expectation"], NOISE).statevector(CIRCUIT)


def test_a_problem_beyond_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 900)
    assert AerEngine(OBJECTIVES["expectation"]).value(Circuit(2)) == pytest.approx(1.0)
    with pytest.raises(InputError, match=r"GiB for 1 outputs of 2\*\*4"):
        AerEngine(OBJECTIVES["expectation"], NOISE)


def test_densities_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match=r"shape \(1, 16, 16\); got \(4, 4, 4\)"):
        cost_of_densities(OBJECTIVES["process"], np.zeros((4, 4, 4)))
