"""The noisy engine against dense Kraus evolution, Aer, finite differences and the exact engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import circuits, pauli_sums

from qrl.circuits import Circuit, Expectation, PauliSum, TuneOptions, dense
from qrl.circuits.engines import pack_noisy
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.engines.noisy import NoisyEngine
from qrl.circuits.gates import GATES, Gate, gate_spec
from qrl.circuits.noise import (
    NoiseModel,
    Readout,
    Rule,
    amplitude_damping,
    bit_flip,
    depolarizing,
    noise_model,
    pauli_channel,
    phase_damping,
    phase_flip,
    thermal_relaxation,
)
from qrl.circuits.objectives import (
    Classification,
    CodeOverlap,
    DephasingGap,
    ExpectationRatio,
    Infidelity,
    ProcessInfidelity,
)
from qrl.errors import InputError

UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck))

CORRELATED = pauli_channel({"XY": 0.02, "ZI": 0.03, "IX": 0.01})
SKEWED = amplitude_damping(0.1).tensor(phase_damping(0.2)).then(CORRELATED)
AFTER_ONE = {
    "depolarizing": depolarizing(0.02),
    "bit-flip": bit_flip(0.03),
    "phase-flip": phase_flip(0.04),
    "pauli": pauli_channel({"X": 0.01, "Y": 0.02, "Z": 0.03}),
    "amplitude-damping": amplitude_damping(0.07),
    "phase-damping": phase_damping(0.05),
    "thermal": thermal_relaxation(50e-6, 70e-6, 1e-6, excited_population=0.1),
    "total": depolarizing(0.75),
}
AFTER_TWO = {
    "none": (),
    "depolarizing": ((depolarizing(0.05, 2), (0, 1)),),
    "each": ((amplitude_damping(0.05), (0,)), (phase_flip(0.02), (1,))),
    "relaxing": (
        (depolarizing(0.03, 2), (0, 1)),
        (thermal_relaxation(50e-6, 70e-6, 3e-6), (0,)),
        (thermal_relaxation(30e-6, 20e-6, 3e-6), (1,)),
    ),
    "pauli": ((CORRELATED, (0, 1)),),
    "backwards": ((CORRELATED, (1, 0)),),
    "skewed": ((SKEWED, (0, 1)),),
    "total": ((depolarizing(15 / 16, 2), (0, 1)),),
}


def model(one: str, two: str, readout: tuple[Readout, ...] = ()) -> NoiseModel:
    rules = [Rule("1q", ((AFTER_ONE[one], (0,)),))]
    if AFTER_TWO[two]:
        rules.append(Rule("2q", AFTER_TWO[two]))
    return NoiseModel(f"{one} {two}", tuple(rules), readout)


def evolved(circuit: Circuit, noise: NoiseModel, rho: np.ndarray[Any, Any]) -> Any:
    """Return U rho U^dagger with noise, by dense matrices."""
    n = circuit.n_qubits
    for gate, angle in circuit.placed():
        u = dense.embed(gate_spec(gate.name).matrix(angle or 0.0), gate.qubits, n)
        rho = u @ rho @ u.conj().T
        for channel, qubits in noise.after(gate):
            kraus = [dense.embed(k, qubits, n) for k in channel.kraus]
            rho = sum(k @ rho @ k.conj().T for k in kraus)
    return rho


def final(circuit: Circuit, noise: NoiseModel) -> Any:
    zero = np.zeros((1 << circuit.n_qubits,) * 2, dtype=complex)
    zero[0, 0] = 1.0
    return evolved(circuit, noise, zero)


# -- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize("two", AFTER_TWO)
@pytest.mark.parametrize("one", ["depolarizing", "amplitude-damping", "thermal", "total"])
@given(data=st.data())
@settings(UNHURRIED, max_examples=6)
def test_values_against_dense_kraus_evolution(one: str, two: str, data: st.DataObject) -> None:
    circuit = data.draw(circuits(max_qubits=4, max_gates=12))
    observable = data.draw(pauli_sums(circuit.n_qubits))
    noise = model(one, two)
    engine = NoisyEngine(Expectation(observable), noise)
    expected = np.trace(dense.operator(observable) @ final(circuit, noise)).real
    assert engine.value(circuit) == pytest.approx(expected, abs=1e-10)
    value, _ = engine.value_and_gradient(circuit)
    assert value == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("one", AFTER_ONE)
def test_each_gate_on_each_qubit_after_generic_noise(name: str, one: str) -> None:
    noise, n = model(one, "relaxing"), 4
    rng = np.random.default_rng(3)
    observable = PauliSum(
        tuple("".join(rng.choice(list("IXYZ"), n)) for _ in range(20)), tuple(rng.normal(size=20))
    )
    engine = NoisyEngine(Expectation(observable), noise)
    start = Circuit(n)
    for q in range(n):
        start = start.append("ry", q, angle=0.3 + q).append("rx", q, angle=1.1 - q)
        start = start.append("cx", q, (q + 1) % n)
    spec = gate_spec(name)
    placements = [(a,) for a in range(n)]
    if spec.n_qubits > 1:
        placements = [(a, b) for a in range(n) for b in range(n) if a != b]
    for qubits in placements:
        circuit = start.append(name, *qubits, **({"angle": 0.7} if spec.parametric else {}))
        expected = np.trace(dense.operator(observable) @ final(circuit, noise)).real
        assert engine.value(circuit) == pytest.approx(expected, abs=1e-11), qubits


@pytest.mark.parametrize(
    "name",
    [
        "depolarizing:0.001,0.01",
        "depolarizing:0.01,0.05",
        "bit-flip:0.02",
        "phase-flip:0.02",
        "amplitude-damping:0.03",
        "phase-damping:0.03",
        "ibm-mumbai",
        "ibm-ourense",
    ],
)
def test_values_against_aer(name: str) -> None:
    aer = pytest.importorskip("qiskit_aer")
    from qiskit.quantum_info import DensityMatrix

    from qrl.circuits.noise.from_qiskit import to_aer

    n, noise = 3, noise_model(name)
    rng = np.random.default_rng(5)
    circuit = Circuit(n)
    for _ in range(4):
        for q in range(n):
            circuit = circuit.append(str(rng.choice(["rx", "ry", "rz"])), q, angle=rng.normal())
        circuit = circuit.append("cx", *map(int, rng.choice(n, 2, replace=False))).append("h", 0)
    prepared = circuit.qiskit()
    prepared.save_density_matrix()
    simulator = aer.AerSimulator(method="density_matrix", noise_model=to_aer(noise, n))
    rho = DensityMatrix(simulator.run(prepared, shots=1).result().data()["density_matrix"]).data
    without = NoiseModel(noise.name, noise.rules, ())
    for label in ("ZII", "IZX", "XYZ", "YYI", "ZZZ"):
        observable = PauliSum((label,), (1.0,))
        expected = np.trace(dense.operator(observable) @ rho).real
        assert NoisyEngine(Expectation(observable), without).value(circuit) == pytest.approx(
            expected, abs=1e-9
        )


def test_no_noise_is_the_exact_engine() -> None:
    rng = np.random.default_rng(2)
    observable = PauliSum(("ZZXI", "IYIZ", "XXYY", "IIII"), (0.3, -0.7, 0.2, 0.5))
    exact, noisy = (
        ExactEngine(Expectation(observable)),
        NoisyEngine(Expectation(observable), "none"),
    )
    circuit = layered(4, 2, rng)
    value, gradient = exact.value_and_gradient(circuit)
    again, same = noisy.value_and_gradient(circuit)
    assert again == pytest.approx(value, abs=1e-12)
    np.testing.assert_allclose(same, gradient, rtol=0, atol=1e-12)
    lowered = _rows(circuit)
    np.testing.assert_allclose(
        noisy.local_paulis(*lowered), exact.local_paulis(*lowered), rtol=0, atol=1e-12
    )


def _rows(circuit: Circuit) -> tuple[Any, ...]:
    from qrl.circuits.program import lower

    ops, theta = lower(circuit)
    return ops[None], np.array([len(ops)]), theta[None]


def layered(n: int, layers: int, rng: np.random.Generator) -> Circuit:
    circuit = Circuit(n)
    for _ in range(layers):
        for q in range(n):
            circuit = circuit.append("ry", q).append("rz", q).append("rx", q)
        for q in range(n - 1):
            circuit = circuit.append("cx", q, q + 1)
        circuit = circuit.append("rzz", 0, n - 1)
    return circuit.with_angles(rng.uniform(-np.pi, np.pi, circuit.rotation_count))


# -- gradients --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "two"),
    [("depolarizing", "relaxing"), ("total", "depolarizing"), ("thermal", "skewed"),
     ("pauli", "total"), ("amplitude-damping", "each")],
)  # fmt: skip
@pytest.mark.parametrize("tape", [2, 3, 512])
def test_gradients_against_finite_differences(
    one: str, two: str, tape: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weak noise is undone; total depolarisation cannot be, and needs states kept or made again."""
    monkeypatch.setattr(pack_noisy, "tape_length", lambda size: tape)
    monkeypatch.setattr("qrl.circuits.engines.noisy.tape_length", lambda size: tape)
    rng = np.random.default_rng(1)
    circuit = layered(3, 2, rng)
    observable = PauliSum(("ZZX", "IYZ", "XXY", "ZII"), (0.3, -0.7, 0.2, 1.0))
    engine = NoisyEngine(Expectation(observable), model(one, two))
    value, gradient = engine.value_and_gradient(circuit)
    assert value == pytest.approx(engine.value(circuit), abs=1e-12)
    expected = []
    for shift in np.eye(circuit.rotation_count) * np.pi / 2:
        there, back = (
            engine.value(circuit.with_angles(np.array(circuit.angles) + s)) for s in (shift, -shift)
        )
        expected.append((there - back) / 2)
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-11)


def objectives(n: int, rng: np.random.Generator) -> dict[str, Any]:
    def states(count: int) -> Any:
        raw = rng.normal(size=(count, 1 << n)) + 1j * rng.normal(size=(count, 1 << n))
        return raw / np.linalg.norm(raw, axis=1, keepdims=True)

    one, other = PauliSum(("Z" * n, "X" * n), (1.0, 0.4)), PauliSum(("IZ", "XI"), (0.5, 0.3))
    mixed = states(3)
    shares = np.array([0.5, 0.3, 0.2])
    above = PauliSum(("I" * n, "Z" * n), (3.0, 1.0))
    return {
        "batch": Expectation(one, states(3), (1, 2, 3)),
        "infidelity": Infidelity(states(1)[0]),
        "infidelities": Infidelity(states(3), states(3)),
        "process": ProcessInfidelity(dense.unitary(layered(n, 1, rng))),
        "dephasing": DephasingGap(np.einsum("k,ki,kj->ij", shares, mixed, mixed.conj())),
        "squared": Classification(states(5), [1, -1, 1, 0.5, -1], (one,)),
        "softmax": Classification(
            states(3), [[1, 0], [0, 1], [0.5, 0.5]], (one, other), "softmax", 2.0, (1, 1, 2)
        ),
        "logistic": Classification(states(3), [1, -1, 1], (one,), "logistic", 3.0),
        "ratio": ExpectationRatio(one, above),
        "code": CodeOverlap(states(2), (one, other)),
    }  # fmt: skip


def dense_cost(objective: Any, circuit: Circuit, noise: NoiseModel) -> float:
    """Return the cost from the dense density matrices of all inputs."""
    n = circuit.n_qubits
    rhos = [evolved(circuit, noise, np.outer(s, s.conj())) for s in objective.inputs]

    def mean(observable: PauliSum, rho: Any) -> float:
        return float(np.trace(dense.operator(observable) @ rho).real)

    match objective:
        case Expectation():
            means = [mean(objective.observable, rho) for rho in rhos]
            return float(np.dot(objective.weights, means))
        case Infidelity():
            overlaps = [
                (t.conj() @ rho @ t).real for t, rho in zip(objective.target, rhos, strict=True)
            ]
            return float(1 - np.dot(objective.weights, overlaps))
        case ProcessInfidelity():
            size = 1 << n
            bell = np.eye(size).ravel() / np.sqrt(size)  # reference on the low qubits
            rho = np.outer(bell, bell)
            wide = Circuit(2 * n, tuple(Gate(g.name, tuple(q + n for q in g.qubits)) for g in circuit.gates), circuit.angles)  # noqa: E501  # fmt: skip
            lifted = _Lifted(noise, n)
            out = evolved(wide, lifted, rho)  # type: ignore[arg-type]
            wanted = objective.unitary.ravel() / np.sqrt(size)
            return float(1 - (wanted.conj() @ out @ wanted).real)
        case DephasingGap():
            out = evolved(circuit, noise, objective.density)
            return float(objective.purity - np.sum(np.diag(out).real ** 2))
        case Classification():
            z = np.array([[mean(o, rho) for o in objective.observables] for rho in rhos])
            return objective.loss_of(z)
        case ExpectationRatio():
            return 1 - mean(objective.numerator, rhos[0]) / mean(objective.denominator, rhos[0])
        case CodeOverlap():
            means = [mean(o, r) for o, r in zip(objective.observables, rhos, strict=True)]
            return float(1 - np.dot(objective.weights, means))
    raise AssertionError


class _Lifted:
    """Noise of a circuit whose qubits have moved up."""

    def __init__(self, noise: NoiseModel, by: int) -> None:
        self._noise, self._by = noise, by

    def after(self, gate: Gate) -> Any:
        moved = Gate(gate.name, tuple(q - self._by for q in gate.qubits))
        return [(c, tuple(q + self._by for q in qs)) for c, qs in self._noise.after(moved)]


@pytest.mark.parametrize("kind", objectives(2, np.random.default_rng(0)))
@pytest.mark.parametrize("two", ["relaxing", "total"])
def test_every_head_with_noise(kind: str, two: str) -> None:
    rng = np.random.default_rng(4)
    objective, noise = objectives(2, rng)[kind], model("amplitude-damping", two)
    engine = NoisyEngine(objective, noise)
    circuit = layered(2, 2, rng)
    expected = dense_cost(objective, circuit, noise)
    assert engine.value(circuit) == pytest.approx(expected, abs=1e-10)
    value, gradient = engine.value_and_gradient(circuit)
    assert value == pytest.approx(expected, abs=1e-10)
    for p in range(0, circuit.rotation_count, 3):
        step = 1e-5 * np.eye(circuit.rotation_count)[p]
        there, back = (
            engine.value(circuit.with_angles(np.array(circuit.angles) + s)) for s in (step, -step)
        )
        assert gradient[p] == pytest.approx((there - back) / 2e-5, abs=1e-8)
    tuned = engine.tune(circuit, fresh=0, target=-10.0)
    assert tuned.cost <= value + 1e-12
    assert tuned.cost == pytest.approx(dense_cost(objective, tuned.circuit, noise), abs=1e-9)
    for tuner in ("rotosolve", "adam"):
        other = engine.tune(circuit, options=TuneOptions(tuner=tuner, max_gradients=60))
        assert other.cost <= value + 1e-12


# -- readout, probabilities, refusals ---------------------------------------------------------


def test_readout_errors_are_those_of_misread_outcomes() -> None:
    wrong = (Readout(0.08, 0.03, 0), Readout(0.01, 0.2, 2))
    noise = model("depolarizing", "depolarizing", wrong)
    circuit = layered(3, 1, np.random.default_rng(8))
    rho = final(circuit, noise)
    confusion = np.eye(1)
    for q in (2, 1, 0):
        one, zero = noise.readout_error(q)
        confusion = np.kron(confusion, np.array([[1 - one, zero], [one, 1 - zero]]))
    read = confusion @ np.diag(rho).real
    signs = 1 - 2 * (np.array([(i & 0b101).bit_count() for i in range(8)]) & 1)
    engine = NoisyEngine(Expectation(PauliSum(("ZIZ",), (1.0,))), noise)
    assert engine.value(circuit) == pytest.approx(float(signs @ read), abs=1e-12)
    gap = DephasingGap(np.diag([0.4, 0.3, 0.1, 0.1, 0.05, 0.05, 0.0, 0.0]))
    out = confusion @ np.diag(evolved(circuit, noise, gap.density)).real
    expected = gap.purity - np.sum(out**2)
    assert NoisyEngine(gap, noise).value(circuit) == pytest.approx(expected, abs=1e-12)


def test_coefficients_hold_nothing_of_other_circuits() -> None:
    engine = NoisyEngine(Expectation(PauliSum(("ZIZ",), (1.0,))), model("thermal", "relaxing"))
    engine.value(layered(3, 1, np.random.default_rng(6)))
    idle = Circuit(3).append("ry", 0, angle=0.3)
    vector = engine.coefficients(idle)[0]
    rho = final(idle, engine.noise)
    for label in ("IIX", "IXI", "XII", "YIZ", "IIZ", "ZZZ"):
        place = sum("IXZY".index(letter) << 2 * q for q, letter in enumerate(reversed(label)))
        expected = np.trace(dense.operator(PauliSum((label,), (1.0,))) @ rho).real
        assert vector[place] == pytest.approx(expected, abs=1e-13), label


def test_probabilities_in_another_basis() -> None:
    noise = model("thermal", "relaxing", (Readout(0.1, 0.1),))
    circuit = layered(3, 1, np.random.default_rng(6))
    engine = NoisyEngine(Expectation(PauliSum(("ZIZ",), (1.0,))), noise)
    before = engine.value(circuit)
    basis = Circuit(3).append("h", 0).append("cx", 0, 2).append("s", 1).append("h", 1)
    rho = final(circuit, noise)
    u = dense.unitary(basis)
    for gates, expected in ((None, rho), (basis, u @ rho @ u.conj().T)):
        got = engine.probabilities(circuit, gates)
        np.testing.assert_allclose(got, [np.diag(expected).real], rtol=0, atol=1e-12)
    assert engine.value(circuit) == before


def test_a_batch_over_threads_equals_one_by_one() -> None:
    rng = np.random.default_rng(7)
    observable = PauliSum(("ZZX", "IYZ"), (0.3, -0.7))
    several = [layered(3, k, rng) for k in (1, 2, 1, 2, 1)]
    engine = NoisyEngine(Expectation(observable), model("depolarizing", "each"), threads=2)
    alone = NoisyEngine(
        Expectation(observable), model("depolarizing", "each"), threads=1, table_bytes=0
    )
    from qrl.circuits.program import lower

    lowered = [lower(c) for c in several]
    width = max(len(o) for o, _ in lowered)
    ops, theta = np.full((5, width, 4), -1, dtype=np.int32), np.zeros((5, width))
    for k, (o, t) in enumerate(lowered):
        ops[k, : len(o)], theta[k, : t.size] = o, t
    n_ops = np.array([len(o) for o, _ in lowered])
    n_theta = np.array([t.size for _, t in lowered])
    options = TuneOptions(max_gradients=12)
    out = engine.tune_arrays(
        ops, n_ops, theta, n_theta, np.full(5, -1), np.full(5, np.inf), options
    )
    for k, circuit in enumerate(several):
        tuned = alone.tune(circuit, options=options)
        assert (tuned.cost, tuned.gradients) == (out[k, 0], out[k, 3])
        assert tuned.circuit.angles == tuple(theta[k, : n_theta[k]])


def test_insertions_are_scored_at_their_best_angle() -> None:
    circuit = layered(2, 1, np.random.default_rng(9))
    engine = NoisyEngine(Expectation(PauliSum(("ZX", "IZ"), (1.0, 0.5))), model("bit-flip", "each"))
    gates = [Gate("ry", (0,)), Gate("cx", (1, 0)), Gate("rz", (1,))]
    costs, angles = engine.insertions(circuit, gates)
    grid = np.linspace(-np.pi, np.pi, 721)
    assert costs[0, 0] <= min(engine.value(circuit.append("ry", 0, angle=a)) for a in grid) + 1e-12
    assert costs[0, 0] == pytest.approx(engine.value(circuit.append("ry", 0, angle=angles[0, 0])))
    assert costs[0, 1] == pytest.approx(engine.value(circuit.append("cx", 1, 0)))


@pytest.mark.parametrize(
    ("objective", "noise", "message"),
    [
        (Expectation(PauliSum(("Z" * 11,), (1.0,))), "none", "up to 10 qubits.* has 11"),
        (Expectation(PauliSum(("Z",), (1.0,))), "depolarising:0.1,0.1", "depolarizing"),
        (
            Expectation(PauliSum(("ZZZ",), (1.0,))),
            NoiseModel("device", (), (), 2),
            "3 qubits|2 qubits",
        ),
    ],
)
def test_what_does_not_fit_is_refused(objective: Any, noise: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        NoisyEngine(objective, noise)
