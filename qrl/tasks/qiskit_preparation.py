"""Preparation of states by Qiskit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from qrl.circuits.circuit import Circuit

_ROUNDING = 1e-12
_SAME_STATE = 1e-9


def preparation(state: NDArray[np.complex128] | None, n_qubits: int) -> QuantumCircuit:
    """Return a circuit that makes a state from |0...0>, up to a phase.

    X gates for a basis state, else Qiskit's `StatePreparation`. In 2.6 that fails, or makes another
    state, now and then where amplitudes of 1e-8 to 1e-7 stand beside ones of 1; then multiplexed
    rotations do it (Mottonen et al., arXiv quant-ph/0407010), with about twice as many CNOTs.

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
        return circuit if makes(circuit, state) else _multiplexed(state)
    for qubit, bit in enumerate(reversed(label)):
        if bit == "1":
            circuit.x(qubit)
    return circuit


def prepared_state(vector: NDArray[np.complex128]) -> Circuit:
    """Return Qiskit's circuit for a state, transpiled at level 3: CNOTs and rotations.

    Args:
        vector: shape (2**n,), of any norm but 0; its phase does not count.
    """
    from qrl.tasks.qiskit_transpiling import transpiled

    n_qubits = len(vector).bit_length() - 1
    return transpiled(preparation(vector / np.linalg.norm(vector), n_qubits), from_zero=True)


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


def pauli_label(state: NDArray[np.complex128]) -> str | None:
    """Return the label of a product of eigenstates of X, Y and Z, None for other states.

    Args:
        state: normalised, shape (2**n,); a phase does not count.

    Returns:
        A letter for each qubit, the leftmost for the highest, as in Qiskit's `Statevector.from_label`: 0
        and 1 of Z, + and - of X, r and l of Y (eigenvalues +1 and -1).
    """
    letters = []
    for qubit in range(len(state).bit_length() - 1):
        zero, one = state.reshape(-1, 2, 1 << qubit).swapaxes(0, 1).reshape(2, -1)
        across = 2 * np.vdot(zero, one)
        bloch = (np.vdot(zero, zero).real - np.vdot(one, one).real, across.real, across.imag)
        axis = int(np.argmax(np.abs(bloch)))
        if abs(abs(bloch[axis]) - 1.0) > _ROUNDING:
            return None
        letters.append(("01", "+-", "rl")[axis][int(bloch[axis] < 0)])
    return "".join(reversed(letters))


def makes(circuit: QuantumCircuit, state: NDArray[np.complex128]) -> bool:
    """Return whether a circuit makes a state, shape (2**n,), from |0...0>, up to a phase."""
    from qiskit.exceptions import QiskitError
    from qiskit.quantum_info import Statevector

    try:
        made = Statevector(circuit).data
    except (QiskitError, ValueError):  # "Input matrix is not unitary."
        return False
    return bool(abs(abs(np.vdot(made, state)) - 1.0) <= _SAME_STATE)


def _multiplexed(state: NDArray[np.complex128]) -> QuantumCircuit:
    """Return rotations RY, each controlled by all higher qubits, and then the phases."""
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import DiagonalGate, UCRYGate

    n_qubits = len(state).bit_length() - 1
    circuit = QuantumCircuit(n_qubits)
    for qubit in reversed(range(n_qubits)):
        zero, one = np.linalg.norm(state.reshape(-1, 2, 1 << qubit), axis=2).T
        circuit.append(UCRYGate((2 * np.arctan2(one, zero)).tolist()), range(qubit, n_qubits))
    circuit.append(DiagonalGate(np.exp(1j * np.angle(state)).tolist()), range(n_qubits))
    return circuit
