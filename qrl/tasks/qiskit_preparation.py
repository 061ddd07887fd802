"""Preparation of states as Qiskit circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

_ROUNDING = 1e-12


def preparation(state: NDArray[np.complex128] | None, n_qubits: int) -> QuantumCircuit:
    """Return a circuit that makes a state from |0...0>, up to a phase.

    X gates for a basis state, else Qiskit's `StatePreparation`.

    Args:
        state: normalised, shape (2**n,); None: |0...0>.
        n_qubits: n.
    """
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import StatePreparation

    circuit = QuantumCircuit(n_qubits)
    if state is None:
        return circuit
    label = basis_label(state)
    if label is None:
        circuit.append(StatePreparation(state, normalize=True), range(n_qubits))
        return circuit
    for qubit, bit in enumerate(reversed(label)):
        if bit == "1":
            circuit.x(qubit)
    return circuit


def bell_pairs(n_qubits: int) -> QuantumCircuit:
    """Return the circuit that joins qubits q and n_qubits / 2 + q in (|00> + |11>) / sqrt 2."""
    from qiskit import QuantumCircuit

    circuit, half = QuantumCircuit(n_qubits), n_qubits // 2
    for q in range(half):
        circuit.h(half + q)
        circuit.cx(half + q, q)
    return circuit


def basis_label(state: NDArray[np.complex128]) -> str | None:
    """Return the label of a computational basis state, None for other states.

    Args:
        state: normalised, shape (2**n,); a phase does not count.

    Returns:
        Letters 0 and 1; the leftmost belongs to the highest qubit.
    """
    index = int(np.argmax(np.abs(state)))
    if abs(abs(state[index]) - 1.0) > _ROUNDING:
        return None
    return format(index, f"0{len(state).bit_length() - 1}b")
