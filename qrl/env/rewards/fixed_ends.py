"""The reward that most papers of the field pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.env.rewards.base import AboveMinimum, Sizes, finite

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class FixedEnds(AboveMinimum):
    """The incremental reward with fixed ends (Ostaszewski et al., arXiv 2103.16089, eq. 2).

    +5 on reaching the goal, -5 at a last step short of it, else the part of what was left to gain
    that the step gained, `clip((previous - cost) / |previous - minimum|, -1, 1)`.
    """

    @property
    def range(self) -> tuple[float, float]:
        """From -5 to 5."""
        return -5.0, 5.0

    def pay(
        self,
        previous: NDArray[np.float64],
        cost: NDArray[np.float64],
        reached: NDArray[np.bool_],
        last: NDArray[np.bool_],
        sizes: Sizes | None = None,
    ) -> NDArray[np.float64]:
        """Return the reward of each step."""
        previous, cost = finite(previous), finite(cost)
        left = np.maximum(np.abs(previous - self.minimum), 1e-12)
        gained = np.clip((previous - cost) / left, -1.0, 1.0)
        return np.where(reached, 5.0, np.where(last, -5.0, gained))
