"""Hermitian matrices as Pauli sums."""

from __future__ import annotations

from typing import Any

import numpy as np

from qrl.checks import matrix_qubits
from qrl.circuits.objectives.base import checked_numbers
from qrl.circuits.pauli import PauliSum, label_of
from qrl.errors import InputError
from qrl.tasks.walsh_hadamard import walsh_hadamard

MOST_QUBITS = 8
"""A dense matrix on more has over 65536 Pauli strings."""

_NEGLIGIBLE = 1e-15


def pauli_decomposition(matrix: Any) -> PauliSum:
    """Return a Hermitian matrix as a sum of Pauli strings.

    A string with the flips x and the signs z fills the entries (j ^ x, j) with
    `i**popcount(x & z) * (-1)**popcount(j & z)`, so its weight is an entry of the Walsh-Hadamard
    transform of that diagonal. Takes `n * 4**n` additions for n qubits.

    Args:
        matrix: shape (2**n, 2**n), little-endian, n from 1 to 8.

    Returns:
        The sum; weights below 1e-15 of the largest are left out.

    Raises:
        InputError: another shape, numbers that are not finite, not Hermitian to 1e-8, or zero.
    """
    array = checked_numbers(matrix, "matrix", np.complex128)
    n_qubits = matrix_qubits("The matrix", array.shape, most=MOST_QUBITS)
    size = 1 << n_qubits
    largest = float(np.abs(array).max())
    if not np.allclose(array, array.conj().T, rtol=0.0, atol=1e-8 * largest):
        raise InputError("The matrix must be Hermitian to 1e-8 of its largest entry.")
    if largest == 0.0:
        raise InputError("The matrix is zero; it has no Pauli strings.")
    index = np.arange(size)
    flipped = array[index[:, None] ^ index[None, :], index[:, None]]  # (j, x) -> entry (j ^ x, j)
    both = np.bitwise_count(index[:, None] & index[None, :])
    weights = (walsh_hadamard(flipped) / size * (-1j) ** both).real  # (z, x)
    kept = np.argwhere((np.abs(weights) > _NEGLIGIBLE * np.abs(weights).max()).T)
    labels = tuple(label_of(int(x), int(z), n_qubits) for x, z in kept)
    return PauliSum(labels, tuple(weights[kept[:, 1], kept[:, 0]].tolist()))
