"""A reward in four steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.env.rewards.base import AboveMinimum, Sizes, accepted_error, finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STAIRS = ((15.0, 0.2), (10.0, 0.4), (5.0, 0.6))


@dataclass
class Staircase(AboveMinimum):
    """Pays by how many times the accepted error the circuit's error is.

    `(0.2 [e < 15 x] + 0.4 [e < 10 x] + 0.6 [e < 5 x] + 1.0 [e <= x]) / 2.2`, with e the error and x
    the accepted one (`accepted_error`). Each step is paid, so that long episodes near the goal earn
    more than short ones, as in the published code. The last stair includes its edge, as the goal does.

    Attributes:
        accepted: error that counts as solved where an episode has no goal; cost unit.
    """

    accepted: float = 0.0

    @property
    def range(self) -> tuple[float, float]:
        """From 0 to 1."""
        return 0.0, 1.0

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
        error = finite(cost) - zero
        paid = np.where(reached | (error <= accepted), 1.0, 0.0)
        for times, height in _STAIRS:
            paid += np.where(reached | (error < times * accepted), height, 0.0)
        return paid / 2.2
