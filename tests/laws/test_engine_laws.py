"""Laws that hold for every circuit, whatever the engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import circuits, pauli_sums

from qrl.circuits import Circuit, Expectation, PauliSum, TuneOptions, dense
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.engines.noisy import NoisyEngine
from qrl.circuits.engines.shots import ShotsEngine
from qrl.circuits.noise import noise_model
from qrl.circuits.program import lower

UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=40)
NOISES = ["depolarizing:0.01,0.05", "amplitude-damping:0.1", "phase-damping:0.2", "ibm-ourense"]


def random_states(count: int, n_qubits: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(2, count, 1 << n_qubits))
    states = raw[0] + 1j * raw[1]
    return states / np.linalg.norm(states, axis=1, keepdims=True)


@given(circuit=circuits(max_qubits=6, max_gates=20))
@UNHURRIED
def test_the_norm_stays_one(circuit: Circuit) -> None:
    engine = ExactEngine(Expectation(PauliSum(("Z" * circuit.n_qubits,), (1.0,))))
    assert np.linalg.norm(engine.statevector(circuit)) == pytest.approx(1.0, abs=1e-12)


@given(
    circuit=circuits(max_qubits=4, max_gates=15), count=st.integers(2, 6), seed=st.integers(0, 9)
)
@UNHURRIED
def test_inner_products_stay(circuit: Circuit, count: int, seed: int) -> None:
    states = random_states(count, circuit.n_qubits, seed)
    engine = ExactEngine(Expectation(PauliSum(("Z" * circuit.n_qubits,), (1.0,)), states))
    outputs = engine.statevector(circuit) * np.sqrt(count)
    before, after = (x.conj() @ x.T for x in (states, outputs))
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-12)


@pytest.mark.parametrize("noise", NOISES)
@given(circuit=circuits(max_qubits=3, max_gates=12))
@settings(UNHURRIED, max_examples=15)
def test_noise_keeps_the_trace_and_stays_a_state(noise: str, circuit: Circuit) -> None:
    n = circuit.n_qubits
    engine = NoisyEngine(Expectation(PauliSum(("Z" * n,), (1.0,))), noise)
    vector = engine.coefficients(circuit)[0]
    assert vector[0] == pytest.approx(1.0, abs=1e-12)
    assert (np.abs(vector) <= 1 + 1e-12).all()
    rho = np.zeros((1 << n, 1 << n), dtype=complex)
    for place, value in enumerate(vector):
        codes = [(place >> 2 * q) & 3 for q in range(n)]
        label = "".join("IXZY"[c] for c in reversed(codes))
        rho += value * dense.operator(PauliSum((label,), (1.0,))) / (1 << n)
    assert np.linalg.eigvalsh(rho)[0] > -1e-12
    probabilities = engine.probabilities(circuit)[0]
    if not noise.startswith("ibm"):  # those misread outcomes, which is not in the probabilities
        np.testing.assert_allclose(probabilities, np.diag(rho).real, rtol=0, atol=1e-12)


@given(data=st.data())
@UNHURRIED
def test_noise_of_strength_zero_changes_nothing(data: st.DataObject) -> None:
    circuit = data.draw(circuits(max_qubits=4, max_gates=15))
    objective = Expectation(data.draw(pauli_sums(circuit.n_qubits)))
    noisy = NoisyEngine(objective, "depolarizing:0,0")
    value, gradient = ExactEngine(objective).value_and_gradient(circuit)
    again, same = noisy.value_and_gradient(circuit)
    assert again == pytest.approx(value, abs=1e-11)
    np.testing.assert_allclose(same, gradient, rtol=0, atol=1e-11)


def test_shots_approach_the_exact_value_at_the_rate_of_one_over_root_n() -> None:
    observable = PauliSum(("ZZX", "IXY", "XII", "ZIZ"), (0.5, -0.8, 0.3, 1.0))
    circuit = Circuit(3)
    for q in range(3):
        circuit = circuit.append("ry", q, angle=0.4 + q).append("cx", q, (q + 1) % 3)
    for noise in (None, noise_model("depolarizing:0.01,0.05")):
        exact = (
            ExactEngine(Expectation(observable))
            if noise is None
            else NoisyEngine(Expectation(observable), noise)
        ).value(circuit)
        spread = []
        for shots in (100, 1600, 25600):
            engine = ShotsEngine(Expectation(observable), shots, noise=noise, seed=2)
            errors = np.array([engine.value(circuit) for _ in range(200)]) - exact
            assert abs(errors.mean()) < 4 * errors.std() / np.sqrt(200)
            spread.append(errors.std())
        rates = np.array(spread[:-1]) / spread[1:]
        np.testing.assert_allclose(rates, 4.0, rtol=0.25)


@pytest.mark.parametrize("kind", ["exact", "noisy"])
def test_threads_and_batches_change_nothing(kind: str) -> None:
    rng = np.random.default_rng(5)
    observable = PauliSum(("ZZXI", "IXYZ", "XIIX", "ZIZI"), (0.5, -0.8, 0.3, 1.0))

    def engine(threads: int) -> Any:
        objective = Expectation(observable)
        if kind == "exact":
            return ExactEngine(objective, threads=threads)
        return NoisyEngine(objective, "depolarizing:0.001,0.01", threads=threads)

    count, length = 40, 14
    ops = np.zeros((count, length, 4), dtype=np.int32)
    theta = np.zeros((count, length))
    n_theta = np.zeros(count, dtype=np.int64)
    several = []
    for k in range(count):
        circuit = Circuit(4)
        for _ in range(length):
            if rng.random() < 0.4:
                a, b = map(int, rng.choice(4, 2, replace=False))
                circuit = circuit.append("cx", a, b)
            else:
                name = str(rng.choice(["rx", "ry", "rz"]))
                circuit = circuit.append(name, int(rng.integers(4)), angle=float(rng.normal()))
        several.append(circuit)
        rows, angles = lower(circuit)
        ops[k], n_theta[k], theta[k, : angles.size] = rows, angles.size, angles
    n_ops, fresh, target = np.full(count, length), np.full(count, -1), np.full(count, -1.0)
    options = TuneOptions(max_gradients=20, restart=True)
    results = []
    for threads in (1, 2, 3):
        angles = theta.copy()
        out = engine(threads).tune_arrays(ops, n_ops, angles, n_theta, fresh, target, options)
        results.append((out, angles))
    for out, angles in results[1:]:
        np.testing.assert_array_equal(out, results[0][0])
        np.testing.assert_array_equal(angles, results[0][1])
    alone = engine(1)
    for k in (0, 7, count - 1):
        tuned = alone.tune(several[k], target=-1.0, options=options)
        assert tuned.cost == results[0][0][k, 0]
        assert tuned.circuit.angles == tuple(results[0][1][k, : n_theta[k]])
