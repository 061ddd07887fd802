"""Circuits of matrix-product states against the dense contraction, by Qiskit's Statevector."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from qiskit.quantum_info import Operator, Statevector

from qrl.circuits.circuit import Circuit
from qrl.circuits.mps import MatrixProductState, encode
from qrl.circuits.mps import encoding as module
from qrl.circuits.mps.complex_blocks import complex_isometry, complex_state
from qrl.circuits.mps.layer import inverse, layer
from qrl.circuits.mps.real_blocks import real_isometry, real_state
from qrl.errors import InputError


def random_state(n: int, bond: int, seed: int, kind: str = "complex") -> MatrixProductState:
    rng = np.random.default_rng(seed)
    sizes = [1, *[bond] * (n - 1), 1]
    tensors: list[Any] = []
    for left, right in itertools.pairwise(sizes):
        tensor = rng.normal(size=(left, 2, right))
        tensors.append(tensor + 1j * rng.normal(size=tensor.shape) if kind == "complex" else tensor)
    return MatrixProductState(tuple(tensors))


def fidelity(circuit: Circuit, state: MatrixProductState) -> float:
    wanted = state.dense()
    prepared = Statevector(circuit.qiskit()).data
    return float(abs(np.vdot(prepared, wanted / np.linalg.norm(wanted))) ** 2)


def same_up_to_phase(made: Any, wanted: Any) -> bool:
    overlap = np.vdot(wanted, made)
    return bool(np.allclose(made, wanted * overlap / abs(overlap), atol=1e-9))


def isometries(kind: str) -> list[Any]:
    """Random ones, and all that map basis states to basis states, with signs."""
    rng = np.random.default_rng(0)
    matrices = [rng.normal(size=(4, 2)) for _ in range(40)]
    if kind == "complex":
        matrices = [m + 1j * rng.normal(size=m.shape) for m in matrices]
    found = [np.linalg.qr(m)[0] for m in matrices]
    for rows in itertools.permutations(range(4), 2):
        for sign in (1, -1):
            found.append(np.eye(4)[:, rows] * [1, sign])
    return found


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_isometries_of_two_qubits_take_two_cnots(kind: str) -> None:
    make: Any = real_isometry if kind == "real" else complex_isometry
    for isometry in isometries(kind):
        circuit = make(isometry if kind == "real" else isometry.astype(np.complex128))
        assert same_up_to_phase(Operator(circuit.qiskit()).data[:, :2], isometry)
        assert circuit.two_qubit_count <= 2
        if kind == "real":
            assert circuit.counts.get("ry", 0) <= 5
            assert set(circuit.counts) <= {"ry", "cx"}


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_states_of_two_qubits_take_one_cnot(kind: str) -> None:
    for isometry in isometries(kind):
        vector = isometry[:, 0]
        circuit = (
            real_state(vector) if kind == "real" else complex_state(vector.astype(np.complex128))
        )
        assert same_up_to_phase(Statevector(circuit.qiskit()).data, vector)
        assert circuit.two_qubit_count == 1


@pytest.mark.parametrize("kind", ["real", "complex"])
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_a_layer_prepares_bond_two_exactly(n: int, kind: str) -> None:
    """n - 1 unitaries of two qubits, the first of one CNOT and each other of two."""
    state = random_state(n, 2, n, kind)
    circuit = layer(state)
    assert fidelity(circuit, state) == pytest.approx(1.0, abs=1e-12)
    assert circuit.two_qubit_count == (0 if n == 1 else 1 + 2 * (n - 2))
    pairs = [gate.qubits for gate in circuit.gates if len(gate.qubits) == 2]
    assert set(pairs) == {(k, k + 1) for k in range(n - 1)}
    assert pairs == sorted(pairs)
    if kind == "real":
        assert set(circuit.counts) <= {"ry", "cx"}


def test_product_bonds_cut_the_chain() -> None:
    left, right = random_state(3, 2, 1), random_state(2, 2, 2)
    joined = MatrixProductState((*left.tensors, *right.tensors))
    circuit = layer(joined)
    assert fidelity(circuit, joined) == pytest.approx(1.0, abs=1e-12)
    assert circuit.two_qubit_count == 3 + 1
    assert not any(set(gate.qubits) == {2, 3} for gate in circuit.gates)


def test_an_inverse_undoes() -> None:
    circuit = layer(random_state(4, 2, 3))
    undone = Circuit(
        4, circuit.gates + inverse(circuit).gates, circuit.angles + inverse(circuit).angles
    )
    assert np.allclose(Operator(undone.qiskit()).data, np.eye(16), atol=1e-10)


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_bond_two_is_encoded_exactly(kind: str) -> None:
    state = random_state(5, 2, 8, kind)
    encoded = encode(state)
    assert fidelity(encoded.circuit, state) == pytest.approx(1.0, abs=2e-9)
    assert encoded.layers == 1
    assert encoded.circuit.two_qubit_count <= 7


def test_ghz_takes_one_cnot_a_bond() -> None:
    vector = np.zeros(32)
    vector[[0, 31]] = 0.5**0.5
    encoded = encode(MatrixProductState.of_dense(vector))
    assert encoded.circuit.two_qubit_count == 4
    prepared = Statevector(encoded.circuit.qiskit()).data
    assert abs(np.vdot(prepared, vector)) ** 2 == pytest.approx(1.0, abs=2e-9)


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_layers_raise_the_fidelity_of_larger_bonds(kind: str) -> None:
    state = random_state(5, 4, 4, kind)
    reached = []
    for most in (1, 2, 3):
        encoded = encode(state, most)
        assert encoded.layers <= most
        assert fidelity(encoded.circuit, state) == pytest.approx(encoded.fidelity, abs=1e-9)
        reached.append(encoded.fidelity)
    assert reached[0] < reached[1] < reached[2]
    cut = state.compressed().compressed(2)
    # Tuning gains on the layer; taking CNOTs out may cost half of the infidelity.
    assert 1 - reached[0] <= 1.5 * (1 - fidelity(layer(cut), state)) + 1e-9


def test_many_qubits_take_bond_two_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_QUBITS", 4)
    state = random_state(6, 2, 1)
    assert fidelity(encode(state).circuit, state) == pytest.approx(1.0, abs=1e-12)
    with pytest.raises(InputError, match="Cut it to bond dimension 2"):
        encode(random_state(6, 3, 1))
