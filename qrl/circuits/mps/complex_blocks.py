"""Complex states and isometries of two qubits as CNOTs and single-qubit rotations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import pauli_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ZERO = 1e-13


def complex_state(amplitudes: NDArray[np.complex128]) -> Circuit:
    """Return a CNOT and rotations that prepare a state of two qubits from |00>, up to a phase.

    Args:
        amplitudes: normalised, shape (4,), little-endian.
    """
    u, values, v = np.linalg.svd(amplitudes.reshape(2, 2).T)  # rows: the first qubit
    circuit = Circuit(2).append("ry", 0, angle=2 * math.atan2(values[1], values[0]))
    circuit = circuit.append("cx", 0, 1)
    for qubit, matrix in enumerate((u, v.T)):
        circuit = turned(circuit, qubit, matrix)
    return circuit


def complex_isometry(isometry: NDArray[np.complex128]) -> Circuit:
    """Return at most two CNOTs and rotations that do what an isometry does, up to a phase.

    A unitary of two qubits is two CNOTs up to some exp(i psi ZZ) (Shende, Bullock and Markov, Physical
    Review A 70, 012310 (2004), proposition 2), which on |0> of the second qubit is a rotation of the first.

    Args:
        isometry: shape (4, 2), orthonormal columns. Rows are little-endian on qubits 0 and 1, columns
            the state of qubit 0, qubit 1 being in |0>.
    """
    from qiskit.circuit.library import CXGate
    from qiskit.synthesis import TwoQubitBasisDecomposer

    whole = np.linalg.svd(isometry)[0]
    whole[:, :2] = isometry
    whole = whole / np.linalg.det(whole) ** 0.25
    # U exp(-i psi/2 ZZ) takes two CNOTs where the trace of U YY U^T YY is real (proposition 1).
    zz, yy = pauli_matrix("ZZ"), pauli_matrix("YY").real
    plain = np.trace(whole @ yy @ whole.T @ yy)
    twisted = np.trace(whole @ zz @ yy @ whole.T @ yy)
    psi = math.atan2(plain.imag, twisted.real)
    short = whole * np.exp(-0.5j * psi * np.diag(zz))
    decompose: Any = TwoQubitBasisDecomposer(CXGate(), euler_basis="ZYZ")
    rest = Circuit.from_qiskit(decompose(short, _num_basis_uses=2))
    first = Circuit(2).append("rz", 0, angle=-psi)
    return Circuit(2, first.gates + rest.gates, first.angles + rest.angles)


def turned(circuit: Circuit, qubit: int, unitary: NDArray[Any]) -> Circuit:
    """Return a circuit with a single-qubit unitary behind it: RZ, RY, RZ, up to a phase.

    Args:
        circuit: any circuit.
        qubit: one of its qubits.
        unitary: shape (2, 2).
    """
    middle = 2 * math.atan2(abs(unitary[1, 0]), abs(unitary[0, 0]))
    first = 0.0
    if abs(unitary[1, 0]) < _ZERO:
        last = np.angle(unitary[1, 1] * np.conj(unitary[0, 0]))
    elif abs(unitary[0, 0]) < _ZERO:
        last = np.angle(-unitary[1, 0] * np.conj(unitary[0, 1]))
    else:
        last = np.angle(unitary[1, 0] * np.conj(unitary[0, 0]))
        first = np.angle(-unitary[0, 1] * np.conj(unitary[0, 0]))
    for name, angle in (("rz", first), ("ry", middle), ("rz", last)):
        if abs(math.sin(angle / 2)) > _ZERO:
            circuit = circuit.append(name, qubit, angle=float(angle))
    return circuit
