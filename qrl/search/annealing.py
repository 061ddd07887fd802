"""Simulated annealing over whole circuits: gates come, go and move anywhere, angles follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.env.config import MOST_ENVS
from qrl.errors import InputError
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise
from qrl.search.walkers import Walkers, metropolis

if TYPE_CHECKING:
    from qrl.search.context import SearchContext

__all__ = ["Annealing", "Chains", "metropolis"]


@dataclass(frozen=True, slots=True)
class Annealing(Stepwise):
    """Anneals several circuits side by side.

    A step changes each circuit by a move, tunes all angles from where they are, and keeps the change
    with the probability of Metropolis (Kirkpatrick, Gelatt and Vecchi, Science 220, 671 (1983)). The
    energy is the cost with a price for each CNOT and each gate. Prices differ from chain to chain,
    so that short circuits and exact ones are both searched for. Temperature and prices are in units
    of the scale of the cost: what has been gained on the start so far.

    Attributes:
        chains: circuits side by side.
        price_cnot: of a CNOT in the chain in the middle, in units of the scale.
        price_gate: of any gate, as a part of the price of a CNOT.
        spread: the first chain's prices are higher by this factor, the last one's lower.
        hot, cold: temperatures at which a sweep starts and ends, in units of the scale.
        sweep: steps from hot to cold.
        max_gradients: gradient evaluations for tuning after one move.
    """

    chains: int = 16
    price_cnot: float = 1e-3
    price_gate: float = 0.1
    spread: float = 30.0
    hot: float = 0.05
    cold: float = 1e-4
    sweep: int = 400
    max_gradients: int = 40

    def __post_init__(self) -> None:
        if not 1 <= self.chains <= MOST_ENVS:
            raise InputError(f"chains must be from 1 to {MOST_ENVS}; got {self.chains!r}.")
        for name in ("sweep", "max_gradients"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1; got {getattr(self, name)!r}.")
        for name in ("price_cnot", "price_gate"):
            if not 0 <= getattr(self, name) < np.inf:
                raise InputError(
                    f"{name} must be finite and not negative; got {getattr(self, name)!r}."
                )
        if not 1 <= self.spread < np.inf:
            raise InputError(f"spread must be finite and at least 1; got {self.spread!r}.")
        if not 0 < self.cold <= self.hot < np.inf:
            raise InputError(
                "Temperatures must be positive and hot at least cold; "
                f"got hot={self.hot!r} and cold={self.cold!r}."
            )

    def begin(self, context: SearchContext) -> Chains:
        """Return the chains, all at the start."""
        return Chains(self, Scorer.of(context), np.random.default_rng(context.entropy))


class Chains(Walkers):
    """The circuits that are annealed, and where the schedule stands."""

    def __init__(self, options: Annealing, scorer: Scorer, rng: np.random.Generator) -> None:
        count = options.chains
        rank = np.linspace(1.0, -1.0, count) if count > 1 else np.zeros(1)
        super().__init__(
            scorer,
            rng,
            prices=options.price_cnot * options.spread**rank,
            price_gate=options.price_gate,
            max_gradients=options.max_gradients,
        )
        self.options = options
        self.steps = 0

    @property
    def temperature(self) -> float:
        """Temperature of the next step, in units of the scale."""
        part = self.steps % self.options.sweep / max(1, self.options.sweep - 1)
        return float(self.options.hot * (self.options.cold / self.options.hot) ** part)

    def step(self) -> None:
        """Change each circuit and keep what Metropolis keeps."""
        if self.steps and self.steps % self.options.sweep == 0:
            # Every other chain goes on from a circuit of the archive.
            self.send_back(range(0, len(self.words), 2))
        self.walk(self.temperature)
        self._exchange()
        self.steps += 1

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {**super().state(), "steps": self.steps}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        super().restore(state)
        self.steps = int(state["steps"])

    def _exchange(self) -> None:
        """Let neighbouring chains change circuits where both together lose energy by it."""
        weights = self.weights
        for a in range(self.steps % 2, len(self.words) - 1, 2):
            # Prices fall along the chains: the lighter circuit belongs where they are high.
            if (self.prices[a] - self.prices[a + 1]) * (weights[a] - weights[a + 1]) > 0:
                self.exchange(a, a + 1)
