"""Lowest energies of a Pauli sum by exact diagonalisation, block by block.

Slow and independent of the engines: made to write reference values down once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LARGEST_DENSE_BLOCK = 2000


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
    from scipy.sparse import csgraph
    from scipy.sparse.linalg import eigsh

    matrix = _sparse_matrix(paulis, weights)
    _, block_of = csgraph.connected_components(matrix != 0, directed=False)
    levels: list[float] = []
    for block in range(block_of.max() + 1):
        states = np.flatnonzero(block_of == block)
        part = matrix[states][:, states]
        if len(states) <= _LARGEST_DENSE_BLOCK:
            levels.extend(np.linalg.eigvalsh(part.toarray())[:count])
        else:
            start = np.random.default_rng(0).standard_normal(len(states))
            levels.extend(eigsh(part, k=count, which="SA", v0=start)[0])
    return np.sort(np.array(levels))[:count]


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
