"""A reward that weighs digits of accuracy against CNOTs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.env.rewards.base import AboveMinimum, Sizes, accepted_error, finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECADES = 12.0
"""Largest change of the error that one step is paid for, in powers of ten."""


@dataclass
class GateCost(AboveMinimum):
    """Pays the powers of ten that the error fell by, less a price for each CNOT added.

    Undiscounted, an episode earns `log10(error at the start / error at the end) - price * CNOTs added`,
    so that the best policy builds the circuit with the best trade between the two. Errors below the
    accepted one (`accepted_error`) count as that, so that from there on only CNOTs matter.

    While the minimum follows the lowest cost, a sum over an episode in which it moved is not exact.

    Attributes:
        accepted: error that counts as solved where an episode has no goal; cost unit.
        price: of a CNOT, in powers of ten of the error.
        most_cnots: CNOTs that one step adds or takes away at most; it only states the range.
    """

    accepted: float = 0.0
    price: float = 0.05
    most_cnots: int = 1

    @property
    def range(self) -> tuple[float, float]:
        """Twelve powers of ten and the price of a step's CNOTs, either way."""
        most = DECADES + self.price * self.most_cnots
        return -most, most

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
        least = np.maximum(accepted, 1e-12)
        before = np.log10(np.maximum(finite(previous) - zero, least))
        after = np.log10(np.maximum(finite(cost) - zero, least))
        gained = np.clip(before - after, -DECADES, DECADES)
        paid: NDArray[np.float64] = gained - self.price * (sizes.cnots - sizes.previous_cnots)
        return paid
