"""Scores circuits with new gates fast: the new angles alone are set, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qrl.circuits.engines.exact import ExactEngine
from qrl.search.scored_words import ScoredWords, Scorer
from qrl.search.words import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit

_MOST_AMPLITUDES = 1 << 22
"""Insertions times amplitudes in one call of the engine, which cannot be stopped: some 0.1 s."""


@dataclass(frozen=True)
class Spent:
    """Circuits that were paid for and are not kept; see `qrl.search.recorder.Scored`."""

    count: int
    evaluations: NDArray[np.int64]
    gradients: NDArray[np.int64]
    shots: int = 0

    @property
    def cost(self) -> NDArray[np.float64]:
        """Cost of each, infinite: none is to be kept."""
        return np.full(self.count, np.inf)

    @property
    def cnots(self) -> NDArray[np.int64]:
        """Zeros; none is to be kept."""
        return np.zeros(self.count, dtype=np.int64)

    depth = cnots

    def circuit(self, index: int) -> Circuit:
        """Refuse: none is to be kept."""
        raise NotImplementedError


class Trial(NamedTuple):
    """A change of a word.

    Attributes:
        inserted: pairs of a place in the word and a letter that is put before what stands there; of the
            same place in this order.
        removed: places of the word that are left out.
    """

    inserted: tuple[tuple[int, int], ...]
    removed: tuple[int, ...] = ()

    @staticmethod
    def at(place: int, letters: Sequence[int]) -> Trial:
        """Return the change that puts letters in at one place."""
        return Trial(tuple((place, letter) for letter in letters))

    def of(self, word: Word) -> tuple[Word, NDArray[np.bool_]]:
        """Return the changed word with the new angles at 0, and which of its gates are new."""
        places = [place for place, _ in self.inserted]
        stays = np.ones(len(word), dtype=np.bool_)
        stays[list(self.removed)] = False
        stays = np.insert(stays, places, True)
        letters = np.insert(word.letters, places, [letter for _, letter in self.inserted])
        angles = np.insert(word.angles, places, 0.0)
        new = np.insert(np.zeros(len(word), dtype=np.bool_), places, True)
        return Word(letters[stays], angles[stays]), new[stays]


def has_closed_form(scorer: Scorer) -> bool:
    """Whether the engine scores insertions without running each circuit of its own."""
    return isinstance(scorer.engine, ExactEngine)


def probe(
    scorer: Scorer, word: Word, trials: Sequence[Trial]
) -> tuple[NDArray[np.float64], list[Word]]:
    """Set the angles of new letters one by one, the others stay; offer the circuits to the archive.

    Args:
        scorer: pays; needs `has_closed_form`.
        word: what the letters are put into.
        trials: at least one.

    Returns:
        Costs, shape (trials,), and the words with their new angles.
    """
    alphabet = scorer.alphabet
    changed = [trial.of(word) for trial in trials]
    padded = alphabet.pad([new_word for new_word, _ in changed])
    lowered = alphabet.lowered(padded)
    new = np.zeros(padded.letters.shape, dtype=np.bool_)
    for index, (_, added) in enumerate(changed):
        new[index, : len(added)] = added
    new &= lowered.turns
    old = lowered.turns & ~new
    known = old.sum(axis=1)
    # New angles come last, so that the engine takes them alone for fresh.
    parameter = np.where(new, known[:, None] + new.cumsum(axis=1) - 1, old.cumsum(axis=1) - 1)
    ops, theta = lowered.ops, lowered.theta
    ops[:, :, 3] = np.where(lowered.turns, parameter, -1)
    row = np.nonzero(lowered.turns)[0]
    theta[row, parameter[lowered.turns]] = padded.angles[lowered.turns]
    fresh = np.where(known < lowered.n_theta, known, -1)
    out = scorer.engine.tune_arrays(
        ops, lowered.n_ops, theta, lowered.n_theta, fresh, np.full(len(ops), np.inf),
        replace(scorer.options, tuner="none"),
    )  # fmt: skip
    padded.angles[lowered.turns] = theta[row, parameter[lowered.turns]]
    cost = np.where(np.isfinite(out[:, 0]), out[:, 0], np.inf)
    length = padded.lengths - alphabet.first
    kept = cost if not scorer.max_gates else np.where(length <= scorer.max_gates, cost, np.inf)
    scored = ScoredWords(
        alphabet, padded, true_cost=cost, cost=kept, cnots=alphabet.cnot_counts(padded),
        depth=alphabet.depths(padded), evaluations=(out[:, 2] + out[:, 3]).astype(np.int64),
        gradients=out[:, 3].astype(np.int64), shots=0,
    )  # fmt: skip
    scorer.recorder.scored(scored)
    return cost, padded.words()


def scan(scorer: Scorer, word: Word) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score every gate at every place behind the start, a rotation at its best angle.

    Each is paid for as one evaluation: it takes one run of the gates behind its place.

    Args:
        scorer: pays; needs `has_closed_form`.
        word: the circuit.

    Returns:
        Costs and angles, shape (places, letters); the last place is the end. Where the budget ends
        before, costs are infinite.
    """
    alphabet, engine = scorer.alphabet, scorer.engine
    insertions: Any = engine.insertions  # type: ignore[attr-defined]  # an exact engine
    gates, circuit = list(alphabet.actions.gates), alphabet.circuit(word)
    places = len(word) - alphabet.first + 1
    cost, angles = np.full((places, len(gates)), np.inf), np.zeros((places, len(gates)))
    at_once = max(1, _MOST_AMPLITUDES // ((len(word) + 1) << alphabet.actions.n_qubits))
    for first in range(0, len(gates), at_once):
        if scorer.recorder.finished:
            break
        part = slice(first, first + at_once)
        costs, turned = insertions(circuit, gates[part], everywhere=True)
        cost[:, part], angles[:, part] = costs[alphabet.first :], turned[alphabet.first :]
        count = places * len(gates[part])
        ones = np.ones(count, dtype=np.int64)
        scorer.recorder.rehearsed(Spent(count, ones, np.zeros_like(ones)))
    return np.where(np.isfinite(cost), cost, np.inf), angles
