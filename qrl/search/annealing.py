"""Simulated annealing over whole circuits: gates come, go and move anywhere, angles follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.env.config import MOST_ENVS
from qrl.errors import InputError
from qrl.search.moves import Moves
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise
from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.context import SearchContext

_ROOM, _ROOM_PER_QUBIT = 40, 12
"""Gates that a circuit may have, at least and more for each qubit, where no limit is given."""


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


class Chains:
    """The circuits that are annealed, and where the schedule stands."""

    def __init__(self, options: Annealing, scorer: Scorer, rng: np.random.Generator) -> None:
        self.options, self.scorer, self.rng = options, scorer, rng
        n = scorer.alphabet.actions.n_qubits
        self.moves = Moves(scorer.alphabet, scorer.max_gates or _ROOM + _ROOM_PER_QUBIT * n)
        count = options.chains
        self.words: list[Word] = [scorer.alphabet.start_word] * count
        self.cost = np.full(count, scorer.start_cost)
        self.cnots = np.full(count, scorer.alphabet.start.two_qubit_count)
        self._gain = self._rise = 0.0
        self.steps = 0
        rank = np.linspace(1.0, -1.0, count) if count > 1 else np.zeros(1)
        self._prices = options.price_cnot * options.spread**rank

    @property
    def temperature(self) -> float:
        """Temperature of the next step, in units of the scale."""
        part = self.steps % self.options.sweep / max(1, self.options.sweep - 1)
        return float(self.options.hot * (self.options.cold / self.options.hot) ** part)

    def step(self) -> None:
        """Change each circuit and keep what Metropolis keeps."""
        if self.steps and self.steps % self.options.sweep == 0:
            self._begin_again()
        drawn = [self.moves.draw(word, self.rng) for word in self.words]
        scored = self.scorer.score(
            drawn, target=self.cost.tolist(), max_gradients=self.options.max_gradients
        )
        self._learn_scale(scored.true_cost)
        lengths = np.array([len(word) for word in self.words])
        before = self._energy(self.cost, self.cnots, lengths)
        after = self._energy(scored.true_cost, scored.cnots, scored.padded.lengths)
        kept = metropolis(before, after, self.temperature * self.scale, self.rng)
        for index in np.flatnonzero(kept):
            self.words[index] = scored.word(int(index))
        self.cost[kept], self.cnots[kept] = scored.true_cost[kept], scored.cnots[kept]
        self._exchange()
        self.steps += 1

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "words": self.scorer.alphabet.pad(self.words).to_dict(),
            "cost": self.cost.copy(),
            "cnots": self.cnots.copy(),
            "gain": self._gain,
            "rise": self._rise,
            "steps": self.steps,
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        words = Padded.from_dict(state["words"]).words()
        if len(words) != len(self.words):
            raise ValueError(f"{len(words)} chains")
        self.words = words
        self.cost[...], self.cnots[...] = state["cost"], state["cnots"]
        self._gain, self._rise = float(state["gain"]), float(state["rise"])
        self.steps = int(state["steps"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    def _energy(
        self, cost: NDArray[np.float64], cnots: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        price = self._prices * self.scale
        energy: NDArray[np.float64] = cost + price * (cnots + self.options.price_gate * lengths)
        return energy

    def _learn_scale(self, cost: NDArray[np.float64]) -> None:
        """Take the gain on the start so far for the scale; without any, the largest rise."""
        finite = cost[np.isfinite(cost)]
        away = finite - self.scorer.start_cost
        self._gain = max(self._gain, float(-away.min(initial=0.0)))
        self._rise = max(self._rise, float(away.max(initial=0.0)))

    @property
    def scale(self) -> float:
        """Unit of prices and temperatures: how much there is to gain, as far as it is known."""
        return self._gain if self._gain > _NOTHING else self._rise

    def _exchange(self) -> None:
        """Let neighbouring chains change circuits where both together lose energy by it."""
        lengths = np.array([len(word) for word in self.words])
        weight = self.cnots + self.options.price_gate * lengths
        first = self.steps % 2
        for a in range(first, len(self.words) - 1, 2):
            b = a + 1
            # Prices fall along the chains: the lighter circuit belongs where they are high.
            gain = (self._prices[a] - self._prices[b]) * (weight[a] - weight[b])
            if gain > 0:
                self.words[a], self.words[b] = self.words[b], self.words[a]
                self.cost[[a, b]] = self.cost[[b, a]]
                self.cnots[[a, b]] = self.cnots[[b, a]]

    def _begin_again(self) -> None:
        """Put every other chain back to a circuit of the archive before the next sweep."""
        entries = self.scorer.recorder.archive.entries
        known = [(self.scorer.alphabet.word(entry.circuit), entry) for entry in entries]
        usable = [(word, entry) for word, entry in known if word is not None]
        if not usable:
            return
        for chain in range(0, len(self.words), 2):
            word, entry = usable[int(self.rng.integers(len(usable)))]
            self.words[chain] = word
            self.cost[chain], self.cnots[chain] = entry.cost, entry.cnots


_NOTHING = 1e-9


def metropolis(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    temperature: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return which changes are kept: those that lose energy, others with exp(-rise / temperature).

    Args:
        before, after: energies, shape (chains,).
        temperature: in the unit of the energy; 0 keeps no rise.
        rng: draws one number a chain.
    """
    drawn = rng.random(len(before))
    rise = after - before
    if temperature <= 0.0:
        return rise <= 0.0
    kept: NDArray[np.bool_] = drawn < np.exp(-np.maximum(rise, 0.0) / temperature)
    return kept
