"""Exact diagonalisation of a Pauli sum, block by block: references, and spaces for fidelities.

It shares no code with the engines. A dozen qubits take seconds, so ground spaces, which metrics ask
for again and again, are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from qrl.circuits.pauli import PauliSum

_LARGEST_DENSE_BLOCK = 2000
_MOST_DEGENERATE = 16
_SAME_LEVEL = 1e-9


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


def lowest_by_group(
    paulis: Sequence[str], weights: Sequence[float], groups: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the lowest eigenvalue within each group of basis states.

    Args:
        paulis: Labels, leftmost letter the highest qubit.
        weights: One coefficient per label.
        groups: Which group each basis state belongs to, from 0, none empty;
            shape ``(2**n_qubits,)``. The sum must not mix them.

    Returns:
        Shape ``(number of groups,)``.
    """
    matrix = _sparse_matrix(paulis, weights)
    lowest = []
    for group in range(int(groups.max()) + 1):
        states = np.flatnonzero(groups == group)
        parts = _blocks(matrix[states][:, states])
        lowest.append(min(_eigenpairs(part, 1)[0][0] for _, part in parts))
    return np.array(lowest)


@lru_cache(maxsize=4)
def ground_space(observable: PauliSum) -> NDArray[np.complex128]:
    """Return an orthonormal basis of the eigenvectors of the lowest eigenvalue.

    Levels within 1e-9 of the lowest count as it.

    Returns:
        Shape (2**n, degeneracy), read-only.
    """
    size = 1 << observable.n_qubits
    values, vectors = [], []
    for states, part in _blocks(_sparse_matrix(observable.labels, observable.weights)):
        found, columns = _eigenpairs(part, _MOST_DEGENERATE)
        for value, column in zip(found, columns.T, strict=True):
            vector = np.zeros(size, dtype=complex)
            vector[states] = column
            values.append(value)
            vectors.append(vector)
        lowest = min(values)  # what is above it will not be needed
        kept = [k for k, value in enumerate(values) if value <= lowest + _SAME_LEVEL]
        values, vectors = [values[k] for k in kept], [vectors[k] for k in kept]
    # Lanczos vectors of one level need not be orthogonal.
    space: NDArray[np.complex128] = np.linalg.qr(np.array(vectors).T)[0]
    space.setflags(write=False)
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
