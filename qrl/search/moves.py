"""Random changes of a word, the steps of an annealing: each gives a circuit over the same alphabet."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from qrl.search.compounds import compounds
from qrl.search.rewriting import Rewriting
from qrl.search.words import Alphabet, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from qrl.search.archive import Found
    from qrl.search.library import Library
    from qrl.search.spelling import Spelling

MOVES = {
    "insert": 4.0, "delete": 4.0, "replace": 2.0, "move": 2.0, "retarget": 2.0, "swap": 2.0,
    "gadget": 2.0, "dressed_pair": 2.0, "delete_two": 1.0, "compound": 4.0, "copies": 0.0,
    "commute": 1.0, "conjugate_end": 0.5, "mined": 0.0,
}  # fmt: skip
"""Each move and how often it is drawn, against the others.

"copies" and "mined" are left to settings of `evolve`: over 20 seeds from |0...0> it found LiH's circuits
with 1 to 3 CNOTs less by them, in the median, and H2O's with 6 more.
"""

COMPOUNDS = {"fan": 1.0, "single": 0.7, "pair": 1.0, "controlled": 0.7, "ising": 0.6}
"""Each kind of compound gate and how often it is drawn, against the others."""


@dataclass(frozen=True, eq=False)
class Moves:
    """Draws moves; the gates of the start stay where they are.

    Attributes:
        alphabet: what words are made of.
        most_gates: gates that a word may have behind the start.
        library: gadgets mined from the archive; None where there are none.
        weights: how often each move is drawn, against the others.
    """

    alphabet: Alphabet
    most_gates: int
    library: Library | None = None
    weights: Mapping[str, float] = field(default_factory=lambda: MOVES)

    def draw(self, word: Word, rng: np.random.Generator) -> Word:
        """Change a word by a random move.

        A move that is impossible, or leads to a word that is too long, is drawn anew; a word without
        any gate gets one.
        """
        for _ in range(20):
            names, shares = self._shares
            name = names[int(np.searchsorted(shares, rng.random()))]
            step: Callable[[Word, np.random.Generator], Word | None] = getattr(self, name)
            new = step(word, rng)
            if new is not None and len(new) - self.alphabet.first <= self.most_gates:
                return new
        return word

    def learn(self, entries: Iterable[Found]) -> None:
        """Mine the circuits of an archive, where gadgets are drawn at all."""
        if self.library is not None and self.weights["mined"]:
            self.library.refresh(entries)

    def insert(self, word: Word, rng: np.random.Generator) -> Word:
        """Put a gate anywhere."""
        return self._put(word, self._place(word, rng), [self._letter(rng)], rng)

    def delete(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Take a gate out."""
        if not self._free(word):
            return None
        return without(word, [self._position(word, rng)])

    def delete_two(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Take two gates out that stand near each other."""
        if self._free(word) < 2:
            return None
        at = int(rng.integers(self.alphabet.first, len(word) - 1))
        other = int(rng.integers(at + 1, min(len(word), at + 5)))
        return without(word, [at, other])

    def replace(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Put another gate in the place of one; an angle there stays where it has a meaning."""
        if not self._free(word):
            return None
        at, letter = self._position(word, rng), self._letter(rng)
        return self._exchange(word, at, letter)

    def move(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Take a gate to another place."""
        if self._free(word) < 2:
            return None
        at = self._position(word, rng)
        letter, angle = word.letters[at], word.angles[at]
        shorter = without(word, [at])
        to = self._place(shorter, rng)
        return _inserted(shorter, to, [int(letter)], np.array([angle]))

    def retarget(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Put a gate on other qubits."""
        if not self._free(word):
            return None
        at = self._position(word, rng)
        same = self._alike[int(word.letters[at])]
        return self._exchange(word, at, int(same[rng.integers(len(same))]))

    def swap(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Exchange two neighbours that share a qubit; exchanging others changes nothing."""
        first = self.alphabet.first
        if self._free(word) < 2:
            return None
        rows = self.alphabet.rows[word.letters[first:], 1:3]
        left, right = rows[:-1], rows[1:]
        meet = (left[:, :, None] == right[:, None, :]) & (left[:, :, None] >= 0)
        places = np.flatnonzero(
            meet.any(axis=(1, 2)) & (word.letters[first:-1] != word.letters[first + 1 :])
        )
        if not places.size:
            return None
        at = first + int(places[rng.integers(places.size)])
        order = np.arange(len(word))
        order[at], order[at + 1] = at + 1, at
        return Word(word.letters[order], word.angles[order])

    def gadget(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Put a pair gate, a rotation and the pair gate again: at angle 0 it changes nothing."""
        if not (self._pairs.size and self._rotations.size):
            return None
        pair = int(self._pairs[rng.integers(self._pairs.size)])
        qubit = int(self.alphabet.rows[pair, 1 + rng.integers(2)])
        turns = self._rotations_on(qubit)
        if not turns.size:
            return None
        turn = int(turns[rng.integers(turns.size)])
        return self._put(word, self._place(word, rng), [pair, turn, pair], None)

    def copies(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Put a gadget, and behind it another pair gate, which carries on what the gadget turned."""
        new = self.gadget(word, rng)
        if new is None:
            return None
        changed = np.flatnonzero(new.letters[: len(word)] != word.letters)
        behind = int(changed[0]) + 1 if changed.size else len(word) + 1
        pair = int(self._pairs[rng.integers(self._pairs.size)])
        return self._put(new, int(rng.integers(behind, len(new) + 1)), [pair], None)

    def dressed_pair(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Put a pair gate with a single-qubit gate on each of its qubits, before or behind it."""
        if not (self._pairs.size and self._singles.size):
            return None
        pair = int(self._pairs[rng.integers(self._pairs.size)])
        letters = [pair]
        for qubit in self.alphabet.rows[pair, 1:3].tolist():
            own = self._singles_on(qubit)
            if own.size:
                letters.insert(
                    0 if rng.random() < 0.5 else len(letters), int(own[rng.integers(own.size)])
                )
        return self._put(word, self._place(word, rng), letters, rng)

    def compound(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Put in a compound gate: several gates of which none brings anything alone."""
        kinds, shares = self._compounds
        if not kinds:
            return None
        kind = kinds[int(np.searchsorted(shares, rng.random()))]
        return self._spell(word, kind[int(rng.integers(len(kind)))], rng)

    def mined(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Put in a sub-circuit that circuits of the archive share, on any qubits."""
        spelt = None if self.library is None else self.library.draw(rng)
        return None if spelt is None else self._spell(word, spelt, rng)

    def commute(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Carry gates past each other that do not commute; the unitary stays."""
        return self._rewriting.commuted(word, rng)

    def conjugate_end(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Put a pair gate at the end and again before what it changes; the unitary stays."""
        return self._rewriting.conjugated_end(word, rng)

    # -- parts -----------------------------------------------------------------------------

    @cached_property
    def _shares(self) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        return tuple(self.weights), _summed(list(self.weights.values()))

    def _put(
        self, word: Word, place: int, letters: Sequence[int], rng: np.random.Generator | None
    ) -> Word:
        """Insert letters; their angles are 0, where nothing turns, or random half of the time."""
        angles = np.zeros(len(letters))
        if rng is not None and rng.random() < 0.5:
            angles = rng.uniform(-np.pi, np.pi, len(letters))
        angles[~self.alphabet.takes_angle[list(letters)]] = 0.0
        return _inserted(word, place, letters, angles)

    def _spell(self, word: Word, spelling: Spelling, rng: np.random.Generator) -> Word:
        """Insert letters at their own angles; half of the time those that may be any are random."""
        place, angles = self._place(word, rng), np.array(spelling.angles)
        if rng.random() < 0.5:
            free = np.array(spelling.factors) != 0.0
            angles[free] = rng.uniform(-np.pi, np.pi, len(angles))[free]
        return _inserted(word, place, spelling.letters, angles)

    def _exchange(self, word: Word, at: int, letter: int) -> Word | None:
        if letter == word.letters[at]:
            return None
        letters, angles = word.letters.copy(), word.angles.copy()
        letters[at] = letter
        if not self.alphabet.takes_angle[letter]:
            angles[at] = 0.0
        return Word(letters, angles)

    def _free(self, word: Word) -> int:
        return len(word) - self.alphabet.first

    def _position(self, word: Word, rng: np.random.Generator) -> int:
        return int(rng.integers(self.alphabet.first, len(word)))

    def _place(self, word: Word, rng: np.random.Generator) -> int:
        return int(rng.integers(self.alphabet.first, len(word) + 1))

    def _letter(self, rng: np.random.Generator) -> int:
        """Draw a gate by its name, then where it stands: pairs are more, and no more likely for it."""
        kinds = self._kinds
        kind = kinds[int(rng.integers(len(kinds)))]
        return int(kind[rng.integers(len(kind))])

    @cached_property
    def _kinds(self) -> list[NDArray[np.intp]]:
        names = np.array([gate.name for gate in self.alphabet.actions.gates])
        return [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]

    @cached_property
    def _alike(self) -> dict[int, NDArray[np.intp]]:
        return {int(letter): kind for kind in self._kinds for letter in kind}

    @cached_property
    def _compounds(self) -> tuple[list[tuple[Spelling, ...]], NDArray[np.float64]]:
        """Placements of each kind, and how often they are drawn, summed up."""
        found = compounds(self.alphabet)
        return list(found.values()), _summed([COMPOUNDS[kind] for kind in found])

    @cached_property
    def _rewriting(self) -> Rewriting:
        return Rewriting(self.alphabet)

    @cached_property
    def _pairs(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.alphabet.is_pair[: len(self.alphabet.actions)])

    @cached_property
    def _singles(self) -> NDArray[np.intp]:
        return np.flatnonzero(~self.alphabet.is_pair[: len(self.alphabet.actions)])

    @cached_property
    def _rotations(self) -> NDArray[np.intp]:
        return self._singles[self.alphabet.takes_angle[self._singles]]

    def _singles_on(self, qubit: int) -> NDArray[np.intp]:
        own: NDArray[np.intp] = self._singles[self.alphabet.rows[self._singles, 1] == qubit]
        return own

    def _rotations_on(self, qubit: int) -> NDArray[np.intp]:
        own: NDArray[np.intp] = self._rotations[self.alphabet.rows[self._rotations, 1] == qubit]
        return own


def without(word: Word, places: list[int]) -> Word:
    """Return a word without the gates at some places."""
    stays = np.ones(len(word), dtype=np.bool_)
    stays[places] = False
    return Word(word.letters[stays], word.angles[stays])


def _inserted(word: Word, place: int, letters: Sequence[int], angles: NDArray[np.float64]) -> Word:
    """Return a word with letters before a place; NumPy's own `insert` is several times slower."""
    new = np.array(letters, dtype=np.int64)
    return Word(
        np.concatenate([word.letters[:place], new, word.letters[place:]]),
        np.concatenate([word.angles[:place], angles, word.angles[place:]]),
    )


def _summed(weights: Sequence[float]) -> NDArray[np.float64]:
    """Return shares that a random number is looked up in."""
    sums = np.cumsum(weights)
    shares: NDArray[np.float64] = sums / sums[-1:]
    return shares
