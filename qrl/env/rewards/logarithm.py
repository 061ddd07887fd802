"""A reward that grows with every digit gained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.env.rewards.base import AboveMinimum, Sizes, accepted_error, finite

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Logarithm(AboveMinimum):
    """Pays `-ln |error - accepted error|`, and a bonus on top of its highest value at the goal.

    The distance to the goal, in the unit of the cost, is taken for no smaller than `floor` and no
    larger than 1 / floor. Each step is paid, as in the published code: below a distance of 1 long
    episodes earn more than short ones.

    Attributes:
        accepted: error that counts as solved where an episode has no goal; cost unit.
        bonus: for a circuit at the goal.
        floor: smallest distance told apart, in the unit of the cost.
    """

    accepted: float = 0.0
    bonus: float = 5.0
    floor: float = 1e-5

    @property
    def range(self) -> tuple[float, float]:
        """From ln floor to bonus - ln floor."""
        return math.log(self.floor), self.bonus - math.log(self.floor)

    def pay(
        self,
        previous: NDArray[np.float64],
        cost: NDArray[np.float64],
        reached: NDArray[np.bool_],
        last: NDArray[np.bool_],
        sizes: Sizes,
    ) -> NDArray[np.float64]:
        """Return the reward of each step."""
        zero, accepted = accepted_error(self.minimum, self.accepted, sizes.goal)
        left = finite(cost) - (zero + accepted)
        paid = -np.log(np.clip(left, self.floor, 1.0 / self.floor))
        return np.where(reached | (left <= 0.0), self.range[1], paid)
