"""Rewards from costs alone: how near a circuit comes to the best one so far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_KEPT = 4096


class Rewards:
    """Turns costs into rewards from 0 to 1.

    A circuit as good as the best so far has 1, one that is worse by `scale` has 1/2. The scale is what
    the better quarter of the circuits lack, so that rewards tell them apart however small differences
    become; the published reward falls linearly and needs a scale for each problem.

    Attributes:
        best: lowest cost seen.
        scale: unit of differences; 0 before anything was seen.
    """

    def __init__(self, start_cost: float) -> None:
        self.best, self.scale = start_cost, 0.0
        self._recent = np.zeros(0)

    def observe(self, cost: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take in costs and return their rewards, same shape; 0 for those that are not finite."""
        finite = cost[np.isfinite(cost)]
        self.best = min(self.best, float(finite.min(initial=self.best)))
        self._recent = np.concatenate([self._recent, finite])[-_MOST_KEPT:]
        if self.scale <= 0.0:
            self.rescale()
        lack = np.where(np.isfinite(cost), cost - self.best, np.inf)
        if self.scale <= 0.0:  # all are the same
            return (lack <= 0.0).astype(np.float64)
        rewards: NDArray[np.float64] = 1.0 / (1.0 + lack / self.scale)
        return rewards

    def rescale(self) -> None:
        """Measure the scale anew by the costs that came since it was last measured."""
        lack = self._recent - self.best
        lack = lack[lack > 0.0]
        if lack.size:
            self.scale = float(np.quantile(lack, 0.25))
        self._recent = np.zeros(0)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {"best": self.best, "scale": self.scale, "recent": self._recent.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.best, self.scale = float(state["best"]), float(state["scale"])
        self._recent = np.array(state["recent"])
