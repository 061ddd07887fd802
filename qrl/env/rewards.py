"""What an agent is paid for a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.config import EnvConfig
    from qrl.tasks.task import Task


class Reward(Protocol):
    """A rule that pays steps and says which circuits have reached the goal."""

    def reached(self, cost: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which costs end an episode in success."""
        ...

    def pay(
        self,
        previous: NDArray[np.float64],
        cost: NDArray[np.float64],
        reached: NDArray[np.bool_],
        last: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """Return the reward of each step, shape (circuits,).

        Args:
            previous: cost before the step.
            cost: cost of the circuit with the new gate.
            reached: what `reached` said.
            last: whether the episode ends here without success.
        """
        ...

    def learn(self, cost: NDArray[np.float64]) -> None:
        """Take note of the costs just scored, after they were paid."""
        ...

    def state(self) -> float:
        """Return what a checkpoint must hold."""
        ...

    def restore(self, state: float) -> None:
        """Put back what `state` returned."""
        ...


@dataclass(slots=True)
class FixedEnds:
    """Incremental reward with fixed ends, in [-5, 5] (Ostaszewski et al., arXiv 2103.16089, eq. 2).

    +5 on reaching the goal, -5 at a last step short of it, else the part of what was left to gain
    that the step gained, `clip((previous - cost) / |previous - minimum|, -1, 1)`.

    Attributes:
        minimum: the cost taken for the lowest possible.
        goal: cost at or below which an episode ends in success; None for no such end.
        margin: None for a minimum that stays; else `minimum` follows the lowest cost seen, this far
            below it, so that no exact answer is needed.
    """

    minimum: float
    goal: float | None = None
    margin: float | None = None

    def reached(self, cost: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which costs are at or below the goal."""
        if self.goal is None:
            return np.zeros(cost.shape, dtype=bool)
        return cost <= self.goal

    def pay(
        self,
        previous: NDArray[np.float64],
        cost: NDArray[np.float64],
        reached: NDArray[np.bool_],
        last: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """Return the reward of each step."""
        left = np.maximum(np.abs(previous - self.minimum), 1e-12)
        gained = np.clip((previous - cost) / left, -1.0, 1.0)
        return np.where(reached, 5.0, np.where(last, -5.0, gained))

    def learn(self, cost: NDArray[np.float64]) -> None:
        """Lower the minimum where it follows the lowest cost seen."""
        if self.margin is not None:
            self.minimum = min(self.minimum, float(cost.min()) - self.margin)

    def state(self) -> float:
        """Return the minimum."""
        return self.minimum

    def restore(self, state: float) -> None:
        """Put the minimum back."""
        self.minimum = state


def make_reward(config: EnvConfig, task: Task, start_cost: float) -> FixedEnds:
    """Build the reward that a configuration names.

    With `minimum = "reference"` an episode also ends in success within the task's target error of
    the reference; the other two never look at it.
    """
    if config.minimum == "reference" and task.reference is not None:
        return FixedEnds(task.reference, goal=task.reference + task.target_error)
    if config.minimum == "best":
        return FixedEnds(start_cost - task.target_error, margin=task.target_error)
    return FixedEnds(task.objective.lower_bound)
