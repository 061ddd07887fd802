"""Pauli coefficients of states, and Pauli transfer matrices, in the kernels' order.

Each qubit has two bits in the index, the lower for X and the upper for Z: codes 0 I, 1 X, 2 Z, 3 Y
(`kernels/ptm.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CODES = [0, 1, 3, 2]
"""Where I, X, Z, Y stand in the usual order I, X, Y, Z; the other way round as well."""
_CODE_OF = {"I": 0, "X": 1, "Z": 2, "Y": 3}


def place_of(label: str) -> int:
    """Return the index of a Pauli string, whose leftmost letter acts on the highest qubit."""
    place = 0
    for letter in label:
        place = 4 * place + _CODE_OF[letter]
    return place


def spread_bits(n_qubits: int) -> NDArray[np.int64]:
    """Return each number below 2**n with its bits moved to the even places, shape (2**n,)."""
    numbers = np.arange(1 << n_qubits)
    spread = np.zeros_like(numbers)
    for q in range(n_qubits):
        spread |= ((numbers >> q) & 1) << 2 * q
    return spread


def signed_sums(values: NDArray[np.float64], axis: int = 0) -> NDArray[np.float64]:
    """Return the Walsh-Hadamard transform along an axis of length 2**n, unnormalised."""
    moved = np.moveaxis(values, axis, -1)
    result = moved.copy()
    size, stride = result.shape[-1], 1
    while stride < size:
        pairs = result.reshape(*result.shape[:-1], size // (2 * stride), 2, stride)
        low, high = pairs[..., 0, :].copy(), pairs[..., 1, :].copy()
        pairs[..., 0, :], pairs[..., 1, :] = low + high, low - high
        stride *= 2
    back: NDArray[np.float64] = np.moveaxis(result, -1, axis)
    return back


def coefficients(states: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return `<psi|P|psi>` for every Pauli string P, shape (states, 4**n).

    Args:
        states: shape (states, 2**n), not necessarily normalised.
    """
    count, size = states.shape
    n = size.bit_length() - 1
    index, spread = np.arange(size), spread_bits(n)
    result = np.empty((count, size * size))
    for x in range(size):
        # <P> = i^|x & z| sum_i conj(psi[i ^ x]) (-1)^(z . i) psi[i], for P with masks x and z.
        products = states[:, index ^ x].conj() * states
        sums = signed_sums(products.real, 1) + 1j * signed_sums(products.imag, 1)
        phase = 1j ** (np.bitwise_count(index & x) % 4)
        result[:, spread[x] + 2 * spread] = (phase * sums).real
    return result


def diagonal(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of the basis states, shape (..., 2**n), from coefficients (..., 4**n)."""
    n = (vectors.shape[-1].bit_length() - 1) // 2
    z_strings = vectors[..., 2 * spread_bits(n)]
    probabilities: NDArray[np.float64] = signed_sums(z_strings, -1) / (1 << n)
    return probabilities


def transfer_matrix(unitary: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return the Pauli transfer matrix of a unitary on one or two qubits, in the kernels' order.

    Entry (P, Q) is `Tr(P U Q U^dagger) / 2**k`; the first qubit's code counts once, the second's four
    times.
    """
    paulis = pauli_basis(len(unitary).bit_length() - 1)
    moved = np.einsum("ij,qjk,lk->qil", unitary, paulis, unitary.conj())
    matrix: NDArray[np.float64] = np.einsum("pij,qji->pq", paulis, moved).real / len(unitary)
    return matrix


def pauli_basis(n_qubits: int) -> NDArray[np.complex128]:
    """Return the Pauli strings as matrices in the kernels' order, shape (4**n, 2**n, 2**n)."""
    single = np.array(
        [
            [[1, 0], [0, 1]],
            [[0, 1], [1, 0]],
            [[1, 0], [0, -1]],
            [[0, -1j], [1j, 0]],
        ]
    )
    basis = np.ones((1, 1, 1), dtype=np.complex128)
    for _ in range(n_qubits):
        count, size = len(basis), basis.shape[1]
        product = np.einsum("aij,bkl->abikjl", single, basis)
        basis = product.reshape(4 * count, 2 * size, 2 * size)
    return basis
