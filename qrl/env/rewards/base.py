"""What all rewards share: the lowest cost that they take, the goal, and their state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORST = 1e30
"""Stands for a cost that is no number, or larger than this in size."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the circuits of a step are, shape (circuits,) each.

    Attributes:
        cnots, previous_cnots: CNOTs of the whole circuit now and before the step.
        depth: of the whole circuit.
        goal: cost at or below which the episode ends in success; -inf where there is none.
    """

    cnots: NDArray[np.int64]
    previous_cnots: NDArray[np.int64]
    depth: NDArray[np.int64]
    goal: NDArray[np.float64]


class Reward(Protocol):
    """A rule that pays steps."""

    minimum: float
    goal: float | None

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest reward that a step can be paid."""
        ...

    def begin(self, which: NDArray[np.bool_]) -> None:
        """Take note that the marked circuits are put back to the start."""
        ...

    def reached(self, cost: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which costs are at or below the reward's own goal."""
        ...

    def pay(
        self,
        previous: NDArray[np.float64],
        cost: NDArray[np.float64],
        reached: NDArray[np.bool_],
        last: NDArray[np.bool_],
        sizes: Sizes,
    ) -> NDArray[np.float64]:
        """Return the reward of each step, shape (circuits,), finite whatever the costs are.

        Args:
            previous: cost before the step.
            cost: cost of the circuit with the new gate.
            reached: whether the episode ends here in success.
            last: whether the episode ends here without success.
            sizes: of the circuits.
        """
        ...

    def learn(self, cost: NDArray[np.float64]) -> None:
        """Take in the costs of the circuits just scored."""
        ...

    def state(self) -> Any:
        """Return what `learn` and `pay` have changed."""
        ...

    def restore(self, state: Any) -> None:
        """Put back what `state` returned."""
        ...


@dataclass
class AboveMinimum:
    """A reward that measures errors from the cost taken for the lowest possible.

    Attributes:
        minimum: the cost taken for the lowest possible.
        goal: cost at or below which an episode ends in success; None for no such end.
        margin: None for a minimum that stays; else `minimum` follows the lowest cost seen, this far
            below it, so that no exact answer is needed.
    """

    minimum: float
    goal: float | None = None
    margin: float | None = None

    def begin(self, which: NDArray[np.bool_]) -> None:
        """Nothing is kept for single episodes."""

    def reached(self, cost: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which costs are at or below the goal."""
        if self.goal is None:
            return np.zeros(cost.shape, dtype=bool)
        return cost <= self.goal

    def learn(self, cost: NDArray[np.float64]) -> None:
        """Lower the minimum where it follows the lowest cost seen."""
        if self.margin is not None:
            self.minimum = min(self.minimum, float(finite(cost).min()) - self.margin)

    def state(self) -> Any:
        """Return the minimum."""
        return self.minimum

    def restore(self, state: Any) -> None:
        """Put the minimum back."""
        self.minimum = state


def finite(cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the costs with `WORST` for all that are no number or larger than it in size."""
    usable = np.abs(cost) <= WORST
    return cost if usable.all() else np.where(usable, cost, WORST)


def accepted_error(
    minimum: float, accepted: float, goal: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the cost from which errors are measured, and the error that counts as solved.

    Their sum is the goal, where an episode has one. A goal less than `accepted` above the minimum (a
    minimum that follows the best cost may even lie above the goal) keeps the accepted error and moves
    the zero.

    Args:
        minimum: the cost taken for the lowest possible.
        accepted: error that counts as solved where there is no goal; cost unit.
        goal: shape (circuits,), -inf for none.

    Returns:
        Two arrays of shape (circuits,).
    """
    aimed = np.isfinite(goal)
    aim = np.where(aimed, goal, minimum + accepted)
    error = np.where(aimed, np.maximum(aim - minimum, accepted), accepted)
    return aim - error, error
