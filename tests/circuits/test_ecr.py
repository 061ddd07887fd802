"""The echoed cross-resonance gate against Qiskit, PennyLane, Aer, dense matrices and differences."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pennylane as qml
import pytest
from qiskit import QuantumCircuit, qasm2, qasm3, qpy, transpile
from qiskit.circuit.library import ECRGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import DensityMatrix, Operator

from qrl.circuits import Circuit, Expectation, Gate, PauliSum, dense
from qrl.circuits.canonical import commute
from qrl.circuits.engines import make_engine
from qrl.circuits.gates import GATES, gate_set, gate_spec
from qrl.circuits.noise import NoiseModel, Rule, depolarizing, noise_model
from qrl.circuits.noise.from_qiskit import from_qiskit, to_aer
from qrl.circuits.objectives import ProcessInfidelity

PLACES = [(a, b) for a in range(4) for b in range(4) if a != b]
OBSERVABLE = PauliSum(("ZZXI", "IYIZ", "XXYY", "IIZX", "YIIZ"), (0.3, -0.7, 0.2, 0.5, 0.9))
NOISE = "depolarizing:0.004,0.03"


def woven(seed: int, n: int = 4, blocks: int = 6) -> Circuit:
    """Return rotations with an ecr between, on every pair in some order."""
    rng = np.random.default_rng(seed)
    circuit = Circuit(n)
    for _ in range(blocks):
        for q in range(n):
            circuit = circuit.append(str(rng.choice(["rx", "ry", "rz"])), q, angle=rng.normal())
        circuit = circuit.append("ecr", *map(int, rng.permutation(n)[:2]))
    return circuit.append("ry", 0, angle=0.3).append("rx", n - 1, angle=-0.8)


def by_differences(value: Any, circuit: Circuit) -> Any:
    angles, step = np.array(circuit.angles), 1e-5
    shifts = step * np.eye(angles.size)
    return [
        (value(circuit.with_angles(angles + s)) - value(circuit.with_angles(angles - s)))
        / (2 * step)
        for s in shifts
    ]


def dense_value(circuit: Circuit) -> float:
    state = dense.statevector(circuit)
    return float((state.conj() @ dense.operator(OBSERVABLE) @ state).real)


# -- what it is -------------------------------------------------------------------------------


def test_matrix_is_qiskits_and_its_own_inverse_and_not_symmetric() -> None:
    matrix = gate_spec("ecr").matrix()
    np.testing.assert_allclose(matrix, ECRGate().to_matrix(), rtol=0, atol=1e-15)
    np.testing.assert_allclose(matrix @ matrix, np.eye(4), rtol=0, atol=1e-15)
    np.testing.assert_allclose(matrix, matrix.conj().T, rtol=0, atol=0)
    assert not gate_spec("ecr").symmetric
    assert not np.allclose(matrix, Operator(ECRGate()).reverse_qargs().data)


def test_costs_one_cnot_and_the_singles_of_qiskits_definition() -> None:
    circuit = Circuit(2).append("ecr", 1, 0)
    theirs = transpile(
        circuit.qiskit(), basis_gates=["cx", "s", "sx", "x"], optimization_level=1
    ).count_ops()
    assert theirs.pop("cx") == circuit.two_qubit_count == gate_spec("ecr").cnots == 1
    assert sum(theirs.values()) == gate_spec("ecr").singles == 3
    assert circuit.counts == {"ecr": 1}


def test_commutes_with_turns_about_x_of_its_second_qubit_and_its_other_direction() -> None:
    ecr = Gate("ecr", (0, 1))
    partners = {
        Gate(name, places)
        for name, spec in GATES.items()
        for places in ([(0,), (1,)] if spec.n_qubits == 1 else [(0, 1), (1, 0)])
    }
    assert {g for g in partners if commute(ecr, g)} == {
        ecr, Gate("ecr", (1, 0)), Gate("rx", (1,)), Gate("x", (1,)), Gate("sx", (1,)),
    }  # fmt: skip
    for other, free in (
        ("ecr", {(2, 1)}), ("cx", {(2, 1)}), ("cz", set()), ("rzz", set()), ("swap", set()),
    ):  # fmt: skip
        shared = [(a, b) for a in range(3) for b in range(3) if a != b and 2 in (a, b)]
        assert {p for p in shared if commute(ecr, Gate(other, p))} == free


# -- states and gradients ---------------------------------------------------------------------


@pytest.mark.parametrize("places", PLACES)
def test_state_from_zero_and_within_a_circuit(places: tuple[int, int]) -> None:
    """From zero: the kernels leave out what no gate has reached, and an ecr turns both qubits."""
    engine = make_engine("exact", Expectation(OBSERVABLE))
    for before in (Circuit(4), Circuit(4).append("x", places[0]), woven(3)):
        circuit = before.append("ecr", *places)
        np.testing.assert_allclose(
            engine.statevector(circuit), dense.statevector(circuit), rtol=0, atol=1e-13
        )
        assert engine.value(circuit) == pytest.approx(dense_value(circuit), abs=1e-12)
        again = circuit.append("ecr", *places)
        np.testing.assert_allclose(
            engine.statevector(again), dense.statevector(before), rtol=0, atol=1e-13
        )


@pytest.mark.parametrize("name", ["exact", "noisy", "aer", "pennylane"])
def test_gradient_is_that_of_dense_values(name: str) -> None:
    if name == "aer":
        pytest.importorskip("qiskit_aer")
    engine = make_engine(name, Expectation(OBSERVABLE))
    for seed in range(3):
        circuit = woven(seed)
        value, gradient = engine.value_and_gradient(circuit)
        assert value == pytest.approx(dense_value(circuit), abs=1e-10)
        expected = by_differences(dense_value, circuit)
        np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-8)


def test_process_of_an_ecr_is_found_by_its_decomposition() -> None:
    engine = make_engine("exact", ProcessInfidelity(ECRGate().to_matrix()))
    parts = Circuit(2).append("s", 0).append("sx", 1).append("cx", 0, 1).append("x", 0)
    for circuit, distance in (
        (Circuit(2).append("ecr", 0, 1), 0.0), (parts, 0.0), (Circuit(2).append("ecr", 1, 0), 1.0),
    ):  # fmt: skip
        overlap = np.trace(circuit.unitary().conj().T @ ECRGate().to_matrix()) / 4
        assert 1 - abs(overlap) ** 2 == pytest.approx(distance, abs=1e-12)
        assert engine.value(circuit) == pytest.approx(distance, abs=1e-12)


def test_insertions_of_an_ecr() -> None:
    engine = make_engine("exact", Expectation(OBSERVABLE))
    circuit, gates = woven(5, blocks=2), [Gate("ecr", p) for p in PLACES]
    costs, _ = engine.insertions(circuit, gates, everywhere=True)  # type: ignore[attr-defined]
    for place in range(len(circuit) + 1):
        for k, gate in enumerate(gates):
            made = circuit.insert(place, gate.name, *gate.qubits)
            assert costs[place][k] == pytest.approx(dense_value(made), abs=1e-11)


# -- noise ------------------------------------------------------------------------------------


def noisy_density(circuit: Circuit, noise: NoiseModel) -> Any:
    n = circuit.n_qubits
    rho: Any = np.zeros((1 << n, 1 << n), dtype=complex)
    rho[0, 0] = 1.0
    for gate, angle in circuit.placed():
        u = dense.embed(gate_spec(gate.name).matrix(angle or 0.0), gate.qubits, n)
        rho = u @ rho @ u.conj().T
        for channel, qubits in noise.after(gate):
            kraus = [dense.embed(k, qubits, n) for k in channel.kraus]
            rho = sum(k @ rho @ k.conj().T for k in kraus)
    return rho


@pytest.mark.parametrize("name", [NOISE, "amplitude-damping:0.03", "ibm-ourense", "ibm-mumbai"])
def test_noise_follows_once_as_in_aer(name: str) -> None:
    aer = pytest.importorskip("qiskit_aer")
    noise = noise_model(name)
    noise = NoiseModel(name, noise.rules)  # without readout errors
    simulator = aer.AerSimulator(method="density_matrix", noise_model=to_aer(noise, 4))
    ours = make_engine("noisy", Expectation(OBSERVABLE), noise=noise)
    for seed in range(3):
        circuit = woven(seed)
        run = circuit.qiskit()
        run.save_density_matrix()
        rho = DensityMatrix(simulator.run(run, shots=1).result().data()["density_matrix"]).data
        np.testing.assert_allclose(noisy_density(circuit, noise), rho, rtol=0, atol=1e-10)
        expected = np.trace(dense.operator(OBSERVABLE) @ rho).real
        assert ours.value(circuit) == pytest.approx(expected, abs=1e-9)
        theirs = make_engine("aer", Expectation(OBSERVABLE), noise=noise)
        assert theirs.value(circuit) == pytest.approx(expected, abs=1e-9)


def test_noise_of_its_parts_would_be_more() -> None:
    engine = make_engine("noisy", Expectation(PauliSum(("ZZ",), (1.0,))), noise=NOISE)
    whole = Circuit(2).append("x", 0).append("ecr", 0, 1).append("ecr", 0, 1)
    p1, p2 = 0.004, 0.03
    # Depolarising n qubits shrinks every string by 1 - p 4^n / (4^n - 1).
    expected = -(1 - p1 * 4 / 3) * (1 - p2 * 16 / 15) ** 2
    assert engine.value(whole) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", [NOISE, "phase-damping:0.4"])
def test_noisy_gradient_is_that_of_kraus_sums(name: str) -> None:
    noise = noise_model(name)
    engine = make_engine("noisy", Expectation(OBSERVABLE), noise=noise)
    circuit = woven(1, blocks=3)

    def value(other: Circuit) -> float:
        rho = noisy_density(other, noise)
        return float(np.trace(dense.operator(OBSERVABLE) @ rho).real)

    _, gradient = engine.value_and_gradient(circuit)
    np.testing.assert_allclose(gradient, by_differences(value, circuit), rtol=0, atol=1e-8)


def test_sampled_energy_is_near_the_exact_one() -> None:
    circuit, repeats = woven(2), 40
    engine = make_engine("shots", Expectation(OBSERVABLE), shots=1000, seed=5)
    values = [engine.value(circuit) for _ in range(repeats)]
    error = np.std(values, ddof=1) / np.sqrt(repeats)
    assert 0 < error < 0.05
    assert abs(np.mean(values) - dense_value(circuit)) < 5 * error


def test_a_rule_for_ecr_serves_both_directions() -> None:
    rule = Rule("ecr", ((depolarizing(0.1, 2), (0, 1)),), (0, 1))
    model = NoiseModel("lab", (rule,))
    assert NoiseModel.from_dict(model.to_dict()) == model
    assert model.after(Gate("ecr", (1, 0))) == model.after(Gate("ecr", (0, 1))) != ()
    assert not model.covers(Gate("cx", (0, 1)))


def test_a_device_that_has_it() -> None:
    aer = pytest.importorskip("qiskit_aer")
    device = GenericBackendV2(
        num_qubits=3, basis_gates=["ecr", "rz", "sx", "x"], coupling_map=[[0, 1], [2, 1]], seed=4
    )
    model = from_qiskit(device)
    assert not model.covers(Gate("ecr", (0, 2)))
    assert not model.covers(Gate("cx", (0, 1)))
    circuit = Circuit(3).append("sx", 0).append("ecr", 0, 1).append("rz", 1, angle=0.4)
    circuit = circuit.append("sx", 1).append("x", 2).append("ecr", 2, 1).append("sx", 2)
    run = circuit.qiskit()
    run.save_density_matrix()
    theirs = aer.noise.NoiseModel.from_backend(device)
    simulator = aer.AerSimulator(method="density_matrix", noise_model=theirs)
    rho = DensityMatrix(simulator.run(run, shots=1).result().data()["density_matrix"]).data
    silent = NoiseModel("device", model.rules)
    np.testing.assert_allclose(noisy_density(circuit, silent), rho, rtol=0, atol=1e-10)
    assert np.trace(rho @ rho).real < 0.999
    observable = PauliSum(("ZXY", "XYI", "IZZ", "YIX"), (0.4, 0.7, -0.3, 1.0))
    expected = np.trace(dense.operator(observable) @ rho).real
    engine = make_engine("noisy", Expectation(observable), noise=silent)
    assert engine.value(circuit) == pytest.approx(expected, abs=1e-9)


# -- other formats ----------------------------------------------------------------------------


@pytest.mark.parametrize("version", [2, 3])
def test_qasm_round_trip(version: int) -> None:
    circuit = woven(4)
    text = circuit.qasm(version=version)
    assert text.count("gate ecr ") == 1
    assert Circuit.from_qasm(text) == circuit
    read = qasm2.loads(text, strict=True) if version == 2 else qasm3.loads(text)
    np.testing.assert_allclose(Operator(read).data, dense.unitary(circuit), rtol=0, atol=1e-10)
    dumps = qasm2.dumps if version == 2 else qasm3.dumps
    assert Circuit.from_qasm(dumps(circuit.qiskit())) == circuit


def test_qiskit_qpy_and_pennylane() -> None:
    circuit, buffer = woven(4), io.BytesIO()
    qpy.dump(circuit.qiskit(), buffer)
    buffer.seek(0)
    assert Circuit.from_qiskit(qpy.load(buffer)[0]) == circuit
    tape = circuit.pennylane()
    assert sum(isinstance(op, qml.ECR) for op in tape.operations) == 6
    matrix = qml.matrix(tape, wire_order=range(4)[::-1])
    np.testing.assert_allclose(matrix, dense.unitary(circuit), rtol=0, atol=1e-12)
    theirs = QuantumCircuit(2)
    theirs.ecr(1, 0)
    assert Circuit.from_qiskit(theirs) == Circuit(2).append("ecr", 1, 0)
    assert str(circuit.draw()).count("Ecr") == 6


# -- order ------------------------------------------------------------------------------------


def test_canonical_form() -> None:
    one = Circuit(3).append("ecr", 0, 1).append("rx", 1, angle=0.4).append("ecr", 2, 1)
    two = Circuit(3).append("ecr", 2, 1).append("rx", 1, angle=0.4).append("ecr", 0, 1)
    assert one.canonical() == two.canonical()
    np.testing.assert_allclose(one.unitary(), two.unitary(), rtol=0, atol=1e-14)
    turned = Circuit(2).append("ecr", 0, 1)
    assert turned.canonical() != Circuit(2).append("ecr", 1, 0).canonical()
    assert (
        turned.append("ecr", 1, 0).canonical()
        == Circuit(2).append("ecr", 1, 0).append("ecr", 0, 1).canonical()
    )
    for name in ("rx", "ry", "rz"):
        left = Circuit(2).append(name, 0, angle=0.4).append("ecr", 0, 1)
        right = Circuit(2).append("ecr", 0, 1).append(name, 0, angle=0.4)
        assert left.canonical() != right.canonical()


def test_gate_set_of_ibm_machines_with_ecr() -> None:
    assert gate_set("ibm-ecr") == ("ecr", "rz", "sx", "x")
