"""Parallel tempering over whole circuits: replicas at fixed temperatures exchange circuits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import real_number, whole_number
from qrl.env.config import MOST_ENVS
from qrl.errors import InputError
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise
from qrl.search.walkers import Walkers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.context import SearchContext


@dataclass(frozen=True, slots=True)
class Tempering(Stepwise):
    """Lets replicas wander at fixed temperatures, and exchanges their circuits.

    A ladder is a price of CNOTs with replicas from hot to cold (Swendsen and Wang, Phys. Rev. Lett. 57,
    2607 (1986); Geyer 1991); ladders of several prices stand side by side, so that the whole front is
    covered. Moves, tuning and energy are those of annealing. Neighbours within a ladder and across
    ladders exchange circuits in turn. Temperatures are in units of the ladder's own price of a CNOT: what
    a circuit may lose on the way is then a few gates on every ladder, and not a fixed error.

    Nothing is sampled here, so that balance may be broken: now and then the hottest replica of each
    ladder goes on from a circuit of the archive.

    Attributes:
        ladders: prices side by side.
        rungs: temperatures of each.
        price_cnot: of a CNOT in the ladder in the middle, in units of the scale of the cost: what has been
            gained on the start so far.
        price_gate: of any gate, as a part of the price of a CNOT.
        spread: the first ladder's prices are higher by this factor, the last one's lower.
        hot, cold: highest and lowest temperature, in CNOTs.
        renewal: steps after which the hottest replicas go on from the archive; 0 for never.
        max_gradients: gradient evaluations for tuning after one move.
    """

    ladders: int = 4
    rungs: int = 4
    price_cnot: float = 1e-3
    price_gate: float = 0.1
    spread: float = 30.0
    hot: float = 2.0
    cold: float = 0.02
    renewal: int = 50
    max_gradients: int = 40

    def __post_init__(self) -> None:
        for name, least in (("ladders", 1), ("rungs", 1), ("renewal", 0), ("max_gradients", 1)):
            whole_number(name, getattr(self, name), least=least)
        if self.ladders * self.rungs > MOST_ENVS:
            raise InputError(
                f"ladders times rungs must be at most {MOST_ENVS}; got {self.ladders} times {self.rungs}."
            )
        for name in ("price_cnot", "cold", "hot"):
            real_number(name, getattr(self, name), above=0.0)
        real_number("price_gate", self.price_gate, least=0.0)
        real_number("spread", self.spread, least=1.0)
        if self.hot < self.cold:
            raise InputError(f"hot must be at least cold; got hot={self.hot} and cold={self.cold}.")

    def begin(self, context: SearchContext) -> Ladders:
        """Return the replicas, all at the start."""
        return Ladders(self, Scorer.of(context), np.random.default_rng(context.entropy))


class Ladders(Walkers):
    """The replicas, ladder by ladder, each from cold to hot.

    Attributes:
        temperatures: of the replicas, in units of the scale, shape (replicas,).
    """

    def __init__(self, options: Tempering, scorer: Scorer, rng: np.random.Generator) -> None:
        count = options.ladders
        rank = np.linspace(1.0, -1.0, count) if count > 1 else np.zeros(1)
        prices = np.repeat(options.price_cnot * options.spread**rank, options.rungs)
        super().__init__(
            scorer,
            rng,
            prices=prices,
            price_gate=options.price_gate,
            max_gradients=options.max_gradients,
        )
        self.options = options
        self.temperatures = prices * np.tile(
            np.geomspace(options.cold, options.hot, options.rungs), count
        )
        self.steps = 0

    def step(self) -> None:
        """Change each circuit, keep what Metropolis keeps, and let some neighbours exchange."""
        options = self.options
        if options.renewal and self.steps and self.steps % options.renewal == 0:
            self.send_back(range(options.rungs - 1, len(self.words), options.rungs))
        self.walk(self.temperatures)
        first, second = self._neighbours()
        drawn = self.rng.random(len(first))
        allowed = drawn < np.exp(np.minimum(self.log_ratios(first, second), 0.0))
        for a, b in zip(first[allowed].tolist(), second[allowed].tolist(), strict=True):
            self.exchange(a, b)
        self.steps += 1

    def log_ratios(
        self, first: NDArray[np.int64], second: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return logarithms of the chance that pairs of replicas exchange; above 0 they do surely.

        Where both have one price this is (1/T - 1/T') (E - E'); where prices differ, it is that of
        Sugita, Kitao and Okamoto, J. Chem. Phys. 113, 6042 (2000).

        Args:
            first, second: replicas, shape (pairs,).

        Returns:
            Shape (pairs,); -inf as long as the scale is not known.
        """
        scale = self.scale
        if scale <= 0.0:
            return np.full(len(first), -np.inf)
        # In units of the scale; exchanged, both circuits are priced and heated by the other replica.
        away = (self.cost[first] - self.cost[second]) / scale
        lighter = self.weights[first] - self.weights[second]
        ratios: NDArray[np.float64] = (away + self.prices[first] * lighter) / self.temperatures[
            first
        ] - (away + self.prices[second] * lighter) / self.temperatures[second]
        return ratios

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {**super().state(), "steps": self.steps}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        super().restore(state)
        self.steps = int(state["steps"])

    def _neighbours(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return pairs within ladders in even steps, across them in odd ones, first even then odd pairs."""
        grid = np.arange(len(self.words)).reshape(self.options.ladders, self.options.rungs)
        grid = grid if self.steps % 2 else grid.T
        offset = self.steps // 2 % 2
        count = (len(grid) - offset) // 2
        pairs = grid[offset : offset + 2 * count]
        return pairs[::2].ravel(), pairs[1::2].ravel()
