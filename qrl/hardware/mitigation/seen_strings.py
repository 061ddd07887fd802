"""Readout errors undone on the bit strings that were seen and their neighbours alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST = 4096
"""Strings for which linear equations are solved."""


def seen_and_near(shares: NDArray[np.float64], n_qubits: int) -> NDArray[np.int64] | None:
    """Return the strings that were seen in any draw, and those that differ from them in one bit.

    Args:
        shares: shape (draws, 2**n).
        n_qubits: n.

    Returns:
        Sorted numbers; None where there are more than 4096.
    """
    seen = np.flatnonzero(shares.any(axis=0))
    if len(seen) > _MOST:
        return None
    near = seen[:, None] ^ (1 << np.arange(n_qubits))
    strings: NDArray[np.int64] = np.unique(np.concatenate((seen, near.ravel())))
    return strings if len(strings) <= _MOST else None


def reduced_matrix(strings: NDArray[np.int64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p(read | true) among some strings, each column scaled to the sum 1.

    Nation et al., arXiv 2108.12518, section III.

    Args:
        strings: shape (strings,).
        errors: p(1|0) and p(0|1) of each qubit, shape (n, 2).

    Returns:
        Shape (strings, strings), [read, true].
    """
    matrix = np.ones((len(strings), len(strings)))
    for qubit, (up, down) in enumerate(errors):
        bits = (strings >> qubit) & 1
        confusion = np.array([[1.0 - up, down], [up, 1.0 - down]])
        matrix *= confusion[bits[:, None], bits[None, :]]
    matrix /= matrix.sum(axis=0)
    return matrix


def solve_on(
    strings: NDArray[np.int64], errors: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return quasi-probabilities that are 0 outside of some strings and add up to 1.

    Args:
        strings: all that were seen, and perhaps more.
        errors: of each qubit, shape (n, 2).
        shares: of the outcomes, shape (draws, 2**n).
    """
    solved = np.linalg.solve(reduced_matrix(strings, errors), shares[:, strings].T)
    result = np.zeros_like(shares)
    result[:, strings] = solved.T
    return result
