"""Circuits that wander side by side by the rule of Metropolis, each at prices of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.search.moves import Moves
from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.scored_words import Scorer

_ROOM, _ROOM_PER_QUBIT = 40, 12
"""Gates that a circuit may have, at least and more for each qubit, where no limit is given."""
_NOTHING = 1e-9


class Walkers:
    """Circuits, their energies, and the unit that these are measured in.

    The energy is the cost with a price for each CNOT and each gate. Prices and temperatures are in
    units of the scale of the cost: what has been gained on the start so far.

    Attributes:
        words: the circuits.
        cost, cnots: of each, shape (walkers,).
        prices: of a CNOT for each, in units of the scale, shape (walkers,).
    """

    def __init__(
        self,
        scorer: Scorer,
        rng: np.random.Generator,
        *,
        prices: NDArray[np.float64],
        price_gate: float,
        max_gradients: int,
    ) -> None:
        self.scorer, self.rng = scorer, rng
        self.prices, self.price_gate, self.max_gradients = prices, price_gate, max_gradients
        self.moves = Moves(scorer.alphabet, room(scorer))
        count = len(prices)
        self.words: list[Word] = [scorer.alphabet.start_word] * count
        self.cost = np.full(count, scorer.start_cost)
        self.cnots = np.full(count, scorer.alphabet.start.two_qubit_count)
        self._gain = self._rise = 0.0

    @property
    def scale(self) -> float:
        """Unit of prices and temperatures: how much there is to gain, as far as it is known."""
        return self._gain if self._gain > _NOTHING else self._rise

    @property
    def weights(self) -> NDArray[np.float64]:
        """What each circuit's gates cost, in CNOTs, shape (walkers,)."""
        lengths = np.array([len(word) for word in self.words])
        weights: NDArray[np.float64] = self.cnots + self.price_gate * lengths
        return weights

    def walk(self, temperatures: NDArray[np.float64] | float) -> None:
        """Change each circuit by a move and keep what Metropolis keeps.

        Args:
            temperatures: of all or of each, in units of the scale.
        """
        drawn = [self.moves.draw(word, self.rng) for word in self.words]
        scored = self.scorer.score(
            drawn, target=self.cost.tolist(), max_gradients=self.max_gradients
        )
        self._learn_scale(scored.true_cost)
        new = scored.cnots + self.price_gate * scored.padded.lengths
        price = self.prices * self.scale
        before, after = self.cost + price * self.weights, scored.true_cost + price * new
        kept = metropolis(before, after, temperatures * self.scale, self.rng)
        for index in np.flatnonzero(kept):
            self.words[index] = scored.word(int(index))
        self.cost[kept], self.cnots[kept] = scored.true_cost[kept], scored.cnots[kept]

    def exchange(self, a: int, b: int) -> None:
        """Let two walkers change circuits."""
        self.words[a], self.words[b] = self.words[b], self.words[a]
        self.cost[[a, b]] = self.cost[[b, a]]
        self.cnots[[a, b]] = self.cnots[[b, a]]

    def send_back(self, walkers: range) -> None:
        """Put each of some walkers back to a circuit of the archive, drawn by lot."""
        entries = self.scorer.recorder.archive.entries
        known = [(self.scorer.alphabet.word(entry.circuit), entry) for entry in entries]
        usable = [(word, entry) for word, entry in known if word is not None]
        if not usable:
            return
        for walker in walkers:
            word, entry = usable[int(self.rng.integers(len(usable)))]
            self.words[walker] = word
            self.cost[walker], self.cnots[walker] = entry.cost, entry.cnots

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "words": self.scorer.alphabet.pad(self.words).to_dict(),
            "cost": self.cost.copy(),
            "cnots": self.cnots.copy(),
            "gain": self._gain,
            "rise": self._rise,
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        words = Padded.from_dict(state["words"]).words()
        if len(words) != len(self.words):
            raise ValueError(f"{len(words)} circuits instead of {len(self.words)}")
        self.words = words
        self.cost[...], self.cnots[...] = state["cost"], state["cnots"]
        self._gain, self._rise = float(state["gain"]), float(state["rise"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    def _learn_scale(self, cost: NDArray[np.float64]) -> None:
        """Take the gain on the start so far for the scale; without any, the largest rise."""
        finite = cost[np.isfinite(cost)]
        away = finite - self.scorer.start_cost
        self._gain = max(self._gain, float(-away.min(initial=0.0)))
        self._rise = max(self._rise, float(away.max(initial=0.0)))


def room(scorer: Scorer) -> int:
    """Return how many gates a circuit may have behind a start that is not edited."""
    alphabet = scorer.alphabet
    more = len(alphabet.start_word) - alphabet.first  # an edited start counts as all others
    return scorer.max_gates or _ROOM + _ROOM_PER_QUBIT * alphabet.actions.n_qubits + more


def metropolis(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    temperature: NDArray[np.float64] | float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return which changes are kept: those that lose energy, others with exp(-rise / temperature).

    Args:
        before, after: energies, shape (walkers,).
        temperature: of all or of each, in the unit of the energy; 0 keeps no rise.
        rng: draws one number a walker.
    """
    drawn = rng.random(len(before))
    rise = after - before
    hot = np.broadcast_to(np.asarray(temperature, dtype=np.float64), rise.shape)
    kept: NDArray[np.bool_] = rise <= 0.0
    up = (rise > 0.0) & (hot > 0.0)
    kept[up] = drawn[up] < np.exp(-rise[up] / hot[up])
    return kept
