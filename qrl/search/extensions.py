"""What may be put into a circuit in one go: compounds of gates, at the places where they make sense."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.canonical import commute
from qrl.search.compounds import compounds
from qrl.search.probing import Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qrl.search.words import Alphabet, Word

_COMPOUNDS = "fan", "single", "pair"


@dataclass(frozen=True, eq=False)
class Extensions:
    """Draws extensions of words.

    Attributes:
        alphabet: what words are made of.
    """

    alphabet: Alphabet

    @cached_property
    def compounds(self) -> tuple[tuple[int, ...], ...]:
        """Fans and excitations that begin at angles 0, from where a trial's are set one by one.

        RXX and RZZ are gadgets already.
        """
        found = compounds(self.alphabet)
        spelt = [word for kind in _COMPOUNDS for word in found.get(kind, ())]
        return tuple(word.letters for word in spelt if not any(word.angles))

    @cached_property
    def gadgets(self) -> tuple[tuple[int, ...], ...]:
        """A pair gate, a rotation on one of its qubits that it does not commute with, and the pair gate."""
        found, gates = [], self.alphabet.actions.gates
        for pair in self._pairs:
            for qubit in self._qubits(pair):
                for turn in self._singles[qubit]:
                    if self.alphabet.takes_angle[turn] and not commute(gates[pair], gates[turn]):
                        found.append((pair, turn, pair))
        return tuple(found)

    @cached_property
    def turned(self) -> tuple[tuple[int, ...], ...]:
        """A rotation on a qubit of a pair gate that it does not commute with, and the pair gate."""
        return tuple(dict.fromkeys((turn, pair) for pair, turn, _ in self.gadgets))

    @cached_property
    def dressed(self) -> tuple[tuple[int, ...], ...]:
        """A pair gate with a single-qubit gate on each qubit, both before, both behind, or one each."""
        found = []
        for pair in self._pairs:
            one, other = self._qubits(pair)
            for a in self._singles[one]:
                for b in self._singles[other]:
                    found += [(a, b, pair), (a, pair, b), (b, pair, a), (pair, a, b)]
        return tuple(found)

    def draw(
        self, word: Word, most: int, rng: np.random.Generator, *, singles: bool
    ) -> list[Trial]:
        """Return extensions of a word: pair gates put elsewhere, compounds at any place by lot.

        Args:
            word: a circuit.
            most: extensions returned at most.
            rng: source of randomness.
            singles: whether single gates are among them.
        """
        end, first = len(word), self.alphabet.first
        moved = self._retargeted(word)
        if len(moved) > most // 2:
            moved = [moved[k] for k in np.sort(rng.permutation(len(moved))[: most // 2])]
        drawn: dict[Trial, None] = dict.fromkeys(moved)
        alone = [(k,) for k in range(len(self.alphabet.actions))] if singles else []
        kinds: list[tuple[Sequence[tuple[int, ...]], float, bool]] = [
            (self.gadgets, 0.25, False),
            (self.gadgets, 0.3 if self._pairs else 0.0, True),
            (self.turned, 0.1 if self._pairs else 0.0, True),
            (self.dressed, 0.2, False),
            (self.compounds, 0.15, False),
            (alone, 1.0, False),
        ]
        weights = np.array([share * bool(words) for words, share, _ in kinds])
        if weights.any():
            which = rng.choice(len(kinds), size=most - len(moved), p=weights / weights.sum())
            places = rng.integers(first, end + 1, size=len(which))
            for kind, place in zip(which.tolist(), places.tolist(), strict=True):
                words, _, copies = kinds[kind]
                trial = Trial.at(place, words[int(rng.integers(len(words)))])
                if copies:
                    later = int(rng.integers(place, end + 1))
                    pair = self._pairs[int(rng.integers(len(self._pairs)))]
                    trial = Trial((*trial.inserted, (later, pair)))
                drawn[trial] = None
        return list(drawn)

    def _retargeted(self, word: Word) -> list[Trial]:
        """Return the word with each pair gate on another pair that shares a qubit with it.

        Some cost the same, and leave room for other gates than before.
        """
        trials = []
        for place in range(self.alphabet.first, len(word)):
            letter = int(word.letters[place])
            if self.alphabet.is_pair[letter]:
                trials += [Trial(((place, k),), (place,)) for k in self._beside[letter]]
        return trials

    @cached_property
    def _beside(self) -> dict[int, list[int]]:
        rows = self.alphabet.rows
        return {
            pair: [
                other
                for other in self._pairs
                if other != pair
                and rows[other, 0] == rows[pair, 0]
                and set(self._qubits(other)) & set(self._qubits(pair))
            ]
            for pair in self._pairs
        }

    @cached_property
    def _pairs(self) -> list[int]:
        pairs: list[int] = np.flatnonzero(
            self.alphabet.is_pair[: len(self.alphabet.actions)]
        ).tolist()
        return pairs

    @cached_property
    def _singles(self) -> list[list[int]]:
        rows = self.alphabet.rows[: len(self.alphabet.actions)]
        alone = ~self.alphabet.is_pair[: len(rows)]
        return [
            np.flatnonzero(alone & (rows[:, 1] == qubit)).tolist()
            for qubit in range(self.alphabet.actions.n_qubits)
        ]

    def _qubits(self, pair: int) -> list[int]:
        qubits: list[int] = self.alphabet.rows[pair, 1:3].tolist()
        return qubits
