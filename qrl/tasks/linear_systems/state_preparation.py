"""The solution's state prepared by Qiskit, for those who know the solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit

if TYPE_CHECKING:
    from numpy.typing import NDArray


def prepared_by_qiskit(vector: NDArray[np.complex128]) -> Circuit:
    """Return Qiskit's circuit for a state, compiled at its highest level.

    Args:
        vector: shape (2**n,), of any norm but 0.

    Returns:
        A circuit of CNOTs and rotations.
    """
    from qiskit import QuantumCircuit, transpile
    from qiskit.circuit.library import StatePreparation

    n_qubits = len(vector).bit_length() - 1
    circuit = QuantumCircuit(n_qubits)
    circuit.append(StatePreparation(vector / np.linalg.norm(vector)), range(n_qubits))
    compiled = transpile(
        circuit, basis_gates=["cx", "rx", "ry", "rz"], optimization_level=3, seed_transpiler=0
    )
    return Circuit.from_qiskit(compiled)
