"""Bandits at the levels of a path, each by itself: the naive assumption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ucb(
    mean: NDArray[np.float64], visits: NDArray[np.float64], parent: float, constant: float
) -> NDArray[np.float64]:
    """Return upper confidence bounds Q + constant sqrt(2 ln N / n) (Auer et al., 2002).

    Args:
        mean: reward of each choice.
        visits: n of each choice; infinite bounds where it is 0.
        parent: N, visits of the node that is chosen at.
        constant: weight of what is little known.
    """
    with np.errstate(divide="ignore"):
        bonus = np.sqrt(2.0 * np.log(max(parent, 1.0)) / visits)
    bound: NDArray[np.float64] = np.where(visits > 0, mean + constant * bonus, np.inf)
    return bound


class LevelBandits:
    """Mean reward of each operation at each level, over all paths that went through it.

    The combinatorial bandit of paths is taken apart into one for each level, as if their rewards added
    up (Ontañón, AIIDE 2013; arXiv 2207.00132, section 3.2).

    Attributes:
        visits: shape (levels, operations); not whole where they were faded.
        total: sum of rewards, the same shape.
    """

    def __init__(self, levels: int, operations: int) -> None:
        self.visits = np.zeros((levels, operations))
        self.total = np.zeros((levels, operations))

    def learn(self, paths: NDArray[np.int64], rewards: NDArray[np.float64]) -> None:
        """Take in rewards of paths, shape (paths, levels), -1 behind the end of one."""
        path, level = np.nonzero(paths >= 0)
        place = level, paths[path, level]
        np.add.at(self.visits, place, 1.0)
        np.add.at(self.total, place, rewards[path])

    def fade(self, share: float) -> None:
        """Forget all but a share of the visits: rewards were measured with angles of that time."""
        self.visits *= share
        self.total *= share

    def means(self, level: int) -> NDArray[np.float64]:
        """Return the mean reward of each operation; the level's own where it was never chosen."""
        visits, total = self.visits[level], self.total[level]
        whole = total.sum() / visits.sum() if visits.any() else 0.0
        means: NDArray[np.float64] = np.where(visits > 0, total / np.maximum(visits, 1e-12), whole)
        return means

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {"visits": self.visits.copy(), "total": self.total.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.visits[...], self.total[...] = state["visits"], state["total"]
