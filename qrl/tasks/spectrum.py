"""Lowest energies of a Pauli sum by exact diagonalisation, block by block.

Slow and independent of the engines: made to write reference values down once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LARGEST_DENSE_BLOCK = 2000
_MOST_DEGENERATE = 16


def lowest_levels(
    paulis: Sequence[str], weights: Sequence[float], *, count: int = 2
) -> NDArray[np.float64]:
    """Return the lowest eigenvalues of a Pauli sum, degenerate ones repeated.

    Conserved quantities split the matrix into blocks of basis states that do
    not mix; each is diagonalised by itself, so no multiplicity is missed.

    Args:
        paulis: Labels, leftmost letter the highest qubit.
        weights: One coefficient per label.
        count: How many eigenvalues.

    Returns:
        Eigenvalues in rising order, shape ``(count,)``.
    """
    levels = [
        value
        for _, part in _blocks(_sparse_matrix(paulis, weights))
        for value in _eigenpairs(part, count)[0]
    ]
    return np.sort(np.array(levels))[:count]


def lowest_space(
    paulis: Sequence[str], weights: Sequence[float], *, within: float = 1e-9
) -> NDArray[np.complex128]:
    """Return an orthonormal basis of the eigenvectors of the lowest eigenvalue.

    Args:
        paulis: Labels, leftmost letter the highest qubit.
        weights: One coefficient per label.
        within: Levels this close to the lowest count as the same.

    Returns:
        Shape ``(2**n_qubits, degeneracy)``.
    """
    size = 2 ** len(paulis[0])
    values, vectors = [], []
    for states, part in _blocks(_sparse_matrix(paulis, weights)):
        found, columns = _eigenpairs(part, _MOST_DEGENERATE)
        for value, column in zip(found, columns.T, strict=True):
            vector = np.zeros(size, dtype=complex)
            vector[states] = column
            values.append(value)
            vectors.append(vector)
        lowest = min(values)  # what is above it will not be needed
        kept = [k for k, value in enumerate(values) if value <= lowest + within]
        values, vectors = [values[k] for k in kept], [vectors[k] for k in kept]
    # Lanczos vectors of one level need not be orthogonal.
    space: NDArray[np.complex128] = np.linalg.qr(np.array(vectors).T)[0]
    return space


def _blocks(matrix: Any) -> Iterator[tuple[NDArray[np.intp], Any]]:
    """Yield the states of each block that the matrix does not mix with others, and its part."""
    from scipy.sparse import csgraph

    _, block_of = csgraph.connected_components(matrix != 0, directed=False)
    order = np.argsort(block_of, kind="stable")
    for states in np.split(order, np.flatnonzero(np.diff(block_of[order])) + 1):
        yield states, matrix[states][:, states]


def _eigenpairs(part: Any, count: int) -> tuple[NDArray[np.float64], NDArray[Any]]:
    from scipy.sparse.linalg import eigsh

    if part.shape[0] <= _LARGEST_DENSE_BLOCK:
        values, vectors = np.linalg.eigh(part.toarray())
        return values[:count], vectors[:, :count]
    start = np.random.default_rng(0).standard_normal(part.shape[0])
    values, vectors = eigsh(part, k=count, which="SA", v0=start)
    return values, vectors


def basis_energies(paulis: Sequence[str], weights: Sequence[float]) -> NDArray[np.float64]:
    """Return the energy of every computational basis state.

    Args:
        paulis: Labels, leftmost letter the highest qubit.
        weights: One coefficient per label.

    Returns:
        The diagonal of the Pauli sum, shape ``(2**n_qubits,)``.
    """
    energies = np.zeros(2 ** len(paulis[0]))
    for label, weight in zip(paulis, weights, strict=True):
        if set(label) <= {"I", "Z"}:
            energies += weight * _signs(label)
    return energies


def _sparse_matrix(paulis: Sequence[str], weights: Sequence[float]) -> Any:
    """Sum the terms that flip the same qubits, since they fill the same entries."""
    from scipy.sparse import csr_matrix

    states = np.arange(2 ** len(paulis[0]))
    entries: dict[int, NDArray[Any]] = {}
    for label, weight in zip(paulis, weights, strict=True):
        flips = int("".join("1" if letter in "XY" else "0" for letter in label), 2)
        n_y = label.count("Y")
        # Y = iXZ; two of them give a real factor, kept real to halve the work.
        phase = 1j**n_y if n_y % 2 else (-1.0) ** (n_y // 2)
        entries[flips] = entries.get(flips, 0.0) + weight * phase * _signs(label)
    rows = np.concatenate([states ^ flips for flips in entries])
    columns = np.tile(states, len(entries))
    matrix = csr_matrix((np.concatenate(list(entries.values())), (rows, columns)))
    # What rounding leaves of cancelled terms would join blocks that do not mix.
    matrix.data[np.abs(matrix.data) < 1e-11] = 0.0
    matrix.eliminate_zeros()
    return matrix


def _signs(label: str) -> NDArray[np.float64]:
    """Return the sign that the Z part of a label gives to each basis state."""
    factors = [np.array([1.0, -1.0 if letter in "YZ" else 1.0]) for letter in label]
    return reduce(np.kron, factors)
