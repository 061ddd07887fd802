"""The slow, obviously right reference: dense matrices by Kronecker products, up to about 8 qubits.

Every engine and exporter is tested against it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.gates import gate_spec, pauli_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.pauli import PauliSum


def embed(
    matrix: NDArray[np.complex128], qubits: tuple[int, ...], n_qubits: int
) -> NDArray[np.complex128]:
    """Return the matrix of a gate on `qubits` as a matrix on all qubits.

    Args:
        matrix: shape (2**k, 2**k); bit m of its index belongs to `qubits[m]`.
        qubits: k different qubits.
        n_qubits: number of qubits of the result.
    """
    units = {(0, 0): "00", (0, 1): "01", (1, 0): "10", (1, 1): "11"}
    basis = {key: np.zeros((2, 2), dtype=complex) for key in units}
    for row, column in units:
        basis[row, column][row, column] = 1.0
    full = np.zeros((1 << n_qubits, 1 << n_qubits), dtype=complex)
    for row in range(len(matrix)):
        for column in range(len(matrix)):
            if matrix[row, column] == 0:
                continue
            term = np.eye(1, dtype=complex)
            for q in reversed(range(n_qubits)):
                if q in qubits:
                    bit = qubits.index(q)
                    factor = basis[(row >> bit) & 1, (column >> bit) & 1]
                else:
                    factor = np.eye(2, dtype=complex)
                term = np.kron(term, factor)
            full += matrix[row, column] * term
    return full


def unitary(circuit: Circuit) -> NDArray[np.complex128]:
    """Return the unitary of a circuit, shape (2**n, 2**n)."""
    result = np.eye(1 << circuit.n_qubits, dtype=complex)
    for gate, angle in circuit.placed():
        matrix = gate_spec(gate.name).matrix(0.0 if angle is None else angle)
        result = embed(matrix, gate.qubits, circuit.n_qubits) @ result
    return result


def statevector(circuit: Circuit) -> NDArray[np.complex128]:
    """Return the state that a circuit makes from |0...0>, shape (2**n,)."""
    state: NDArray[np.complex128] = unitary(circuit)[:, 0]
    return state


def operator(pauli_sum: PauliSum) -> NDArray[np.complex128]:
    """Return the dense matrix of a Pauli sum."""
    total = np.zeros((1 << pauli_sum.n_qubits,) * 2, dtype=complex)
    for label, weight in pauli_sum.terms():
        total += weight * pauli_matrix(label)
    return total


def expectation(circuit: Circuit, pauli_sum: PauliSum) -> float:
    """Return the expectation value of a Pauli sum in the circuit's final state."""
    state = statevector(circuit)
    return float((state.conj() @ operator(pauli_sum) @ state).real)
