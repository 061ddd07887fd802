"""What a circuit that diagonalises is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.tasks.qiskit_transpiling import transpiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit


def exact_unitary(density: NDArray[np.complex128]) -> Circuit:
    """Return V^dagger, with the eigenvectors of rho as columns of V, as Qiskit compiles it.

    Args:
        density: rho, shape (2**n, 2**n).
    """
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import UnitaryGate

    vectors = np.linalg.eigh(density)[1]
    n_qubits = len(vectors).bit_length() - 1
    whole = QuantumCircuit(n_qubits)
    whole.append(UnitaryGate(vectors.conj().T), range(n_qubits))
    return transpiled(whole, from_zero=False)
