"""Potential-based shaping: nearer rewards that leave the best policy the best."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.env.rewards.base import Reward, Sizes, finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

POTENTIALS = ("cost", "log-error")


@dataclass
class Shaped:
    """Adds `gamma * potential(after) - potential(before)` to a reward.

    Of all additions only this form keeps the best policies (Ng, Harada, Russell 1999, theorem 1),
    with the agent's own discount. Where an episode ends the potential is 0, as it must be for that; the
    length of an episode is part of the problem, so that its last step is such an end. A
    potential may change while it is learnt, if each one is kept as it was on arrival (Devlin,
    Kudenko 2012), as here.

    The potential is `weight` times, clipped to [-1, 1]:
        "cost": (start - cost) / (start - minimum);
        "log-error": 1 - log(error / accepted) / log(error of the start / accepted), errors below the
            accepted one counting as that.

    Attributes:
        base: the reward that is shaped.
        potential: "cost" or "log-error".
        weight: of the potential.
        gamma: the discount.
        start_cost: cost of the starting circuit.
        accepted: error that counts as solved; cost unit.
        held: shape (circuits,), the potential of each circuit as it was on arrival.
    """

    base: Reward
    potential: str
    weight: float
    gamma: float
    start_cost: float
    accepted: float
    held: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @property
    def minimum(self) -> float:
        """The cost that the shaped reward takes for the lowest possible."""
        return self.base.minimum

    @property
    def goal(self) -> float | None:
        """The goal of the shaped reward."""
        return self.base.goal

    @property
    def range(self) -> tuple[float, float]:
        """The range of the reward that is shaped, (1 + gamma) * weight wider to both sides."""
        low, high = self.base.range
        wider = (1.0 + self.gamma) * self.weight
        return low - wider, high + wider

    def begin(self, which: NDArray[np.bool_]) -> None:
        """Hold the potential of the start for the marked circuits."""
        if self.held.shape != which.shape:
            self.held = np.zeros(which.shape)
        self.held[which] = self._of(np.array(self.start_cost))
        self.base.begin(which)

    def reached(self, cost: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which costs are at or below the goal."""
        return self.base.reached(cost)

    def pay(
        self,
        previous: NDArray[np.float64],
        cost: NDArray[np.float64],
        reached: NDArray[np.bool_],
        last: NDArray[np.bool_],
        sizes: Sizes,
    ) -> NDArray[np.float64]:
        """Return the reward of each step."""
        paid = self.base.pay(previous, cost, reached, last, sizes)
        after = np.where(reached | last, 0.0, self._of(finite(cost)))
        shaped: NDArray[np.float64] = paid + self.gamma * after - self.held
        self.held = after
        return shaped

    def learn(self, cost: NDArray[np.float64]) -> None:
        """Let the shaped reward learn."""
        self.base.learn(cost)

    def state(self) -> Any:
        """Return the state of the shaped reward and the potentials held."""
        return {"base": self.base.state(), "held": self.held.copy()}

    def restore(self, state: Any) -> None:
        """Put back what `state` returned."""
        self.base.restore(state["base"])
        self.held = np.array(state["held"], dtype=float)

    def _of(self, cost: NDArray[np.float64]) -> NDArray[np.float64]:
        span = self.start_cost - self.minimum
        if self.potential == "cost":
            part = (self.start_cost - cost) / max(span, 1e-12)
        else:
            least = max(self.accepted, 1e-12)
            whole = np.log(max(span, least) / least)
            left = np.log(np.maximum(cost - self.minimum, least) / least)
            part = 1.0 - left / whole if whole > 0 else np.zeros(cost.shape)
        return self.weight * np.clip(part, -1.0, 1.0)
