"""Local search over CNOTs: some out, one fewer in, every way to do so, all angles tuned anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qrl.checks import whole_number
from qrl.search.adapt_pools import operators
from qrl.search.dressing import Dressing
from qrl.search.moves import without
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise
from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from qrl.search.adapt_pools import Operator
    from qrl.search.archive import Found
    from qrl.search.context import SearchContext

KINDS = ((2, 1), (1, 1), (0, 1), (1, 0))
"""Two-qubit gates that go and that come."""
_FAN = len(KINDS)
"""The kind of neighbours that have a fan more, at the end: where one gate alone brings nothing."""
_ONE_AXIS = 0.7
"""Share of trials whose new rotations all turn about the same axis."""


@dataclass(frozen=True, slots=True)
class Exchange(Stepwise):
    """Tries the neighbours of a circuit of the front one after the other, in random order.

    A neighbour lacks up to two of its two-qubit gates and has at most one new one, dressed with
    rotations, anywhere, or a fan at the end; where there are more than `tried` of a kind, as many are
    drawn. Random moves seldom make three changes that help only together. When all are tried, the next
    circuit of the front has its turn. Rotations are not taken out: neighbours of a circuit with
    needless ones reach more. Beside other searchers it makes smaller what they found; alone it only
    climbs.

    Attributes:
        batch: circuits tuned at once.
        tried: neighbours of each kind that are tried at most.
        max_gradients: gradient evaluations for tuning one neighbour.
    """

    batch: int = 48
    tried: int = 4096
    max_gradients: int = 40

    def __post_init__(self) -> None:
        for name, most in (("batch", 4096), ("tried", 1 << 20), ("max_gradients", 1 << 20)):
            whole_number(name, getattr(self, name), least=1, most=most)

    def begin(self, context: SearchContext) -> Neighbours:
        """Return the search before it has chosen a circuit."""
        return Neighbours(self, Scorer.of(context), np.random.default_rng(context.entropy))


class Neighbour(NamedTuple):
    """A way to change a word.

    Attributes:
        gone: places of two-qubit gates that go.
        place: where the new one comes in the word without them; its end is a place too.
        letter: the new one, -1 for none.
    """

    gone: tuple[int, ...]
    place: int
    letter: int


class Neighbours:
    """A circuit whose neighbours are tried.

    Attributes:
        word: the circuit.
        queue: numbers of the neighbours that are still to be tried, shape (neighbours, 2): kind, number.
    """

    def __init__(self, options: Exchange, scorer: Scorer, rng: np.random.Generator) -> None:
        self.options, self.scorer, self.rng = options, scorer, rng
        self.word = scorer.alphabet.start_word
        self.queue = np.zeros((0, 2), dtype=np.int64)
        self._visited: set[str] = set()

    def step(self) -> None:
        """Try a batch of neighbours; behind the last one choose the next circuit."""
        if not len(self.queue):
            self._choose()
        part, self.queue = self.queue[: self.options.batch], self.queue[self.options.batch :]
        trials = [self._trial(*row) for row in part.tolist()]
        fitting = [(word, fresh) for word, fresh in trials if self.scorer.allows(word)]
        # Where nothing can be tried, the circuit itself pays for the step.
        self.scorer.score(
            [word for word, _ in fitting] or [self.word],
            fresh=[fresh for _, fresh in fitting] or [len(self.word)],
            max_gradients=self.options.max_gradients,
        )

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "word": self.scorer.alphabet.pad([self.word]).to_dict(),
            "queue": self.queue.copy(),
            "visited": sorted(self._visited),
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        (self.word,) = Padded.from_dict(state["word"]).words()
        self.queue = np.array(state["queue"], dtype=np.int64).reshape(-1, 2)
        self._visited = set(state["visited"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    def count(self, kind: int) -> int:
        """Return how many neighbours of a kind the word has."""
        if kind == _FAN:
            return len(self._fans)
        gone, come = KINDS[kind]
        pairs = len(self._places(self.word))
        if gone > pairs:
            return 0
        return comb(pairs, gone) * ((pairs - gone + 1) * len(self._letters) if come else 1)

    def neighbour(self, kind: int, number: int) -> Neighbour:
        """Return a neighbour by its number below `count`; not of the kind with a fan."""
        gone, come = KINDS[kind]
        places = self._places(self.word)
        letter, slot = -1, 0
        if come:
            number, letter = divmod(number, len(self._letters))
            number, slot = divmod(number, len(places) - gone + 1)
            letter = self._letters[letter]
        chosen = tuple(places[k] for k in combination(number, gone))
        left = [place for place in places if place not in chosen]
        # Before a two-qubit gate that stays, or at the end.
        place = left[slot] if slot < len(left) else len(self.word)
        return Neighbour(chosen, place - sum(other < place for other in chosen), letter)

    # -- parts -----------------------------------------------------------------------------

    def _trial(self, kind: int, number: int) -> tuple[Word, int]:
        """Return a neighbour as a word, and where angles begin that have no meaning yet."""
        if kind == _FAN:
            fan = self._fans[number]
            return fan.after(self.word), fan.fresh(len(self.word))
        word = self._changed(self.neighbour(kind, number))
        return word, len(word)

    def _changed(self, neighbour: Neighbour) -> Word:
        word = without(self.word, list(neighbour.gone))
        if neighbour.letter < 0:
            return word
        letters = self._dressed(neighbour.letter)
        return Word(
            np.insert(word.letters, neighbour.place, letters),
            np.insert(word.angles, neighbour.place, np.zeros(len(letters))),
        )

    def _dressed(self, pair: int) -> list[int]:
        """Return a two-qubit gate between rotations, drawn, of each of its qubits."""
        axes = self._axes
        if not axes:
            return [pair]
        qubits: list[int] = self.scorer.alphabet.rows[pair, 1:3].tolist()
        drawn = [0] * 4
        if self.rng.random() >= _ONE_AXIS:
            drawn = self.rng.integers(len(axes), size=4).tolist()
        turns = [
            self.scorer.alphabet.letter(axes[axis], qubit)
            for axis, qubit in zip(drawn, qubits * 2, strict=True)
        ]
        # On some qubits a set of one's own may lack a rotation.
        return [letter for letter in (*turns[:2], pair, *turns[2:]) if letter >= 0]

    def _choose(self) -> None:
        """Choose a circuit of the front whose neighbours were not tried yet, and draw their order."""
        entry = self._unvisited()
        if entry is not None:
            self._visited.add(_key(entry))
            word = self.scorer.alphabet.word(entry.circuit)
            assert word is not None
            self.word = word
        parts = []
        for kind in range(_FAN + 1):
            count = self.count(kind)
            most = min(count, self.options.tried)
            numbers = (
                self.rng.permutation(count)
                if count <= 4 * most
                else np.unique(self.rng.integers(count, size=most))
            )[:most]
            parts.append(np.stack([np.full(len(numbers), kind), numbers], axis=1))
        queue = np.concatenate(parts).astype(np.int64)
        self.queue = queue[self.rng.permutation(len(queue))]

    def _unvisited(self) -> Found | None:
        """Return a circuit of the front, drawn by lot; when all had their turn, all have another."""
        heights = self._heights
        entries = [
            entry
            for entry in self.scorer.recorder.archive.entries
            if entry.cost <= heights[entry.cnots]
            and self.scorer.alphabet.word(entry.circuit) is not None
        ]
        fresh = [entry for entry in entries if _key(entry) not in self._visited]
        if entries and not fresh:
            self._visited.clear()
            fresh = entries
        return fresh[int(self.rng.integers(len(fresh)))] if fresh else None

    @property
    def _heights(self) -> dict[int, float]:
        return self.scorer.recorder.archive.heights

    def _places(self, word: Word) -> list[int]:
        alphabet = self.scorer.alphabet
        behind = np.flatnonzero(alphabet.is_pair[word.letters])
        places: list[int] = behind[behind >= alphabet.first].tolist()
        return places

    @cached_property
    def _letters(self) -> list[int]:
        alphabet = self.scorer.alphabet
        letters: list[int] = np.flatnonzero(alphabet.is_pair[: len(alphabet.actions)]).tolist()
        return letters

    @cached_property
    def _fans(self) -> tuple[Operator, ...]:
        return operators(self.scorer.alphabet, "fans")

    @cached_property
    def _axes(self) -> tuple[str, ...]:
        return Dressing(self.scorer.alphabet).axes


def _key(entry: Found) -> str:
    """Return what circuits share that differ in angles alone."""
    return str(entry.circuit.canonical().gates)


def combination(number: int, size: int) -> tuple[int, ...]:
    """Return the combination of a number in the combinatorial number system.

    The combinations of `size` things, in ascending order of their largest, then next largest, member
    (Knuth, The Art of Computer Programming 4A, 7.2.1.3).
    """
    chosen = []
    for k in range(size, 0, -1):
        largest = k - 1
        while comb(largest + 1, k) <= number:
            largest += 1
        chosen.append(largest)
        number -= comb(largest, k)
    return tuple(reversed(chosen))
