"""A matrix-product state of bond dimension 2 as one layer of two-qubit gates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_spec
from qrl.circuits.mps.complex_blocks import complex_isometry, complex_state, turned
from qrl.circuits.mps.real_blocks import real_isometry, real_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.mps.state import MatrixProductState

_ZERO = 1e-12


def layer(state: MatrixProductState) -> Circuit:
    """Return a circuit that prepares a matrix-product state of bond dimension 2 exactly.

    One two-qubit unitary acts on each pair of neighbours after the other: it takes the bond from the
    first qubit, leaves the state of that qubit there and the next bond on the second one, which was in
    |0> (Schoen, Solano, Verstraete, Cirac and Wolf, Physical Review Letters 95, 110503 (2005)). The first
    takes one CNOT, the others two at most; real states need RY and CNOT alone. Bonds of dimension 1 cut
    the chain in parts.

    Args:
        state: of n qubits; a larger bond is cut to 2.
    """
    chain = state.compressed(2)
    bonds, is_real = (*chain.bonds, 1), chain.is_real
    circuit = Circuit(chain.n_qubits)
    for k, tensor in enumerate(chain.tensors):
        if bonds[k] == 1:
            if tensor.shape[0] == 1:  # else it went with the pair before
                circuit = _followed(circuit, _of_one(tensor.reshape(2)), k)
            continue
        if bonds[k + 1] == 1:  # the last pair of a part takes the qubit behind it along
            tensor = np.einsum("asb,bu->asu", tensor, chain.tensors[k + 1][:, :, 0])
        block = tensor.swapaxes(1, 2).reshape(-1, 4).T
        if block.shape[1] == 1:
            pair = real_state(block[:, 0]) if is_real else complex_state(block[:, 0])
        else:
            pair = real_isometry(block) if is_real else complex_isometry(block)
        circuit = _followed(circuit, pair, k)
    return fused(circuit)


def inverse(circuit: Circuit) -> Circuit:
    """Return the inverse of a circuit of CNOTs and rotations."""
    return Circuit(
        circuit.n_qubits, circuit.gates[::-1], tuple(-angle for angle in circuit.angles[::-1])
    )


def fused(circuit: Circuit) -> Circuit:
    """Return a circuit of CNOTs, RY and RZ with as few rotations between the CNOTs as will do.

    It prepares the same state from |0...0>, up to a phase.
    """
    n = circuit.n_qubits
    waiting: list[NDArray[Any]] = [np.eye(2)] * n
    fresh, new = [True] * n, Circuit(n)
    for gate, angle in circuit.placed():
        if len(gate.qubits) == 1:
            (qubit,) = gate.qubits
            waiting[qubit] = gate_spec(gate.name).matrix(angle or 0.0) @ waiting[qubit]
            continue
        for qubit in gate.qubits:
            new = _flushed(new, qubit, waiting[qubit], fresh[qubit])
            waiting[qubit], fresh[qubit] = np.eye(2), False
        new = new.append(gate.name, *gate.qubits)
    for qubit in range(n):
        new = _flushed(new, qubit, waiting[qubit], fresh[qubit])
    return new


def _of_one(amplitudes: NDArray[Any]) -> Circuit:
    unitary = np.array(
        [[amplitudes[0], -np.conj(amplitudes[1])], [amplitudes[1], np.conj(amplitudes[0])]]
    )
    return _flushed(Circuit(1), 0, unitary, True)


def _flushed(circuit: Circuit, qubit: int, unitary: NDArray[Any], fresh: bool) -> Circuit:
    """Return a circuit with a single-qubit unitary behind it; on a fresh qubit only |0> counts."""
    largest = unitary.reshape(-1)[np.abs(unitary).argmax()]
    plain = unitary * (np.conj(largest) / abs(largest))
    if np.abs(plain.imag).max() < _ZERO and (fresh or np.linalg.det(plain.real) > 0):
        angle = math.remainder(2 * math.atan2(plain[1, 0].real, plain[0, 0].real), 2 * math.pi)
        return circuit.append("ry", qubit, angle=angle) if abs(angle) > _ZERO else circuit
    after = turned(Circuit(circuit.n_qubits), qubit, unitary)
    for k, (gate, turn) in enumerate(after.placed()):
        if k > 0 or gate.name != "rz" or not fresh:
            circuit = circuit.append(gate.name, qubit, angle=turn)
    return circuit


def _followed(circuit: Circuit, block: Circuit, at: int) -> Circuit:
    """Return a circuit followed by another on the qubits from `at` on."""
    moved = tuple(Gate(g.name, tuple(at + q for q in g.qubits)) for g in block.gates)
    return Circuit(circuit.n_qubits, circuit.gates + moved, circuit.angles + block.angles)
