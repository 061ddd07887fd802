"""Sorting by several objectives at once, as NSGA-II does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def dominates(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points dominate which: nowhere worse, somewhere better.

    Args:
        values: shape (points, objectives), all to be minimised.

    Returns:
        Shape (points, points), true at [i, j] where i dominates j.
    """
    left, right = values[:, None, :], values[None, :, :]
    nowhere_worse = np.all(left <= right, axis=2)
    found: NDArray[np.bool_] = np.logical_and(nowhere_worse, np.any(left < right, axis=2))
    return found


def front_ranks(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the front that each point is in: 0 where none dominates it, 1 without front 0, and so on.

    Non-dominated sorting of Deb, Pratap, Agarwal and Meyarivan, IEEE Transactions on Evolutionary
    Computation 6, 182 (2002), section III A.

    Args:
        values: shape (points, objectives), all to be minimised.

    Returns:
        Shape (points,).
    """
    beats = dominates(values)
    beaten_by = beats.sum(axis=0)
    ranks = np.full(len(values), -1, dtype=np.int64)
    rank = 0
    while (ranks < 0).any():
        front = (beaten_by == 0) & (ranks < 0)
        ranks[front] = rank
        beaten_by -= beats[front].sum(axis=0)
        rank += 1
    return ranks


def crowding_distances(
    values: NDArray[np.float64], ranks: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how far apart the neighbours of each point are within its front.

    The sum over objectives of the distance between both neighbours, in units of the front's range;
    infinite at the ends (section III B of the same paper).

    Args:
        values: shape (points, objectives), finite.
        ranks: the front of each, shape (points,).

    Returns:
        Shape (points,).
    """
    distances = np.zeros(len(values))
    for rank in np.unique(ranks):
        front = np.flatnonzero(ranks == rank)
        for column in values[front].T:
            order = np.argsort(column, kind="stable")
            sorted_column, places = column[order], front[order]
            spread = sorted_column[-1] - sorted_column[0]
            distances[places[[0, -1]]] = np.inf
            if spread > 0.0:
                distances[places[1:-1]] += (sorted_column[2:] - sorted_column[:-2]) / spread
    return distances
