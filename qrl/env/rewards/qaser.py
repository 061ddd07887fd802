"""A reward for accurate circuits that are shallow and have few CNOTs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.env.rewards.base import AboveMinimum, Sizes, finite

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Qaser(AboveMinimum):
    """QASER (Moflic, Paler, Kundu, arXiv 2511.16272).

    `factor * (deepest / (depth + 1) + most CNOTs / CNOTs) ** (cost / minimum)`: the smaller the circuit
    beside the largest of this run so far, the larger the base, and the lower the cost, the larger the
    exponent.

    Two departures make it total. Costs are measured downwards from `zero`, 0 in the paper: a start of
    positive cost is the zero itself, or tasks whose lowest cost is 0 would divide by it. And a circuit
    without CNOTs, or a run without any so far, counts as one CNOT; the exponent is kept within
    [-1, 1] and the base above 1.

    Attributes:
        zero: cost of exponent 0.
        factor: of the whole reward.
        depth_limit, cnot_limit: no circuit is larger; they only state the range.
        deepest, most_cnots: of the largest circuits of this run so far.
    """

    zero: float = 0.0
    factor: float = 1.0
    depth_limit: int = 1
    cnot_limit: int = 1
    deepest: int = 1
    most_cnots: int = 1

    @property
    def range(self) -> tuple[float, float]:
        """Factor over the largest base, and factor times it."""
        largest = max(self.depth_limit, 1) + max(self.cnot_limit, 1)
        return self.factor / largest, self.factor * largest

    def pay(
        self,
        previous: NDArray[np.float64],
        cost: NDArray[np.float64],
        reached: NDArray[np.bool_],
        last: NDArray[np.bool_],
        sizes: Sizes,
    ) -> NDArray[np.float64]:
        """Return the reward of each step."""
        self.deepest = max(self.deepest, int(sizes.depth.max()))
        self.most_cnots = max(self.most_cnots, int(sizes.cnots.max()))
        base = self.deepest / (sizes.depth + 1.0) + self.most_cnots / np.maximum(sizes.cnots, 1)
        span = max(self.zero - self.minimum, 1e-12)
        exponent = np.clip((self.zero - finite(cost)) / span, -1.0, 1.0)
        paid: NDArray[np.float64] = self.factor * np.maximum(base, 1.0) ** exponent
        return paid

    def state(self) -> Any:
        """Return the minimum and the size of the largest circuits."""
        return {"minimum": self.minimum, "largest": [self.deepest, self.most_cnots]}

    def restore(self, state: Any) -> None:
        """Put back what `state` returned."""
        self.minimum = state["minimum"]
        self.deepest, self.most_cnots = state["largest"]
