"""Keeps the best circuits of each number of CNOTs, and tells which one to extend next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.search.archive import RESOLUTION
from qrl.search.dressing import skeleton
from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qrl.search.words import Alphabet

_LEAST_GAIN = 1e-9
_KEPT = 4
"""Circuits kept in a lane for each that may be extended."""


@dataclass(eq=False)
class Member:
    """A circuit of a lane.

    Attributes:
        word: the circuit with tuned angles.
        cost: of the circuit.
        extended: how often its extensions were tried.
    """

    word: Word
    cost: float
    extended: int = 0

    @property
    def rank(self) -> tuple[float, int]:
        """Cost up to `RESOLUTION`, then length; the lowest is the best."""
        return round(self.cost / RESOLUTION), len(self.word)


class Lanes:
    """Circuits by their number of CNOTs: a beam on each, and so one for every price of a CNOT.

    Of those with the same cost and the same two-qubit gates a lane keeps the shortest.

    Args:
        alphabet: what words are made of.
    """

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        self.lanes: dict[int, list[Member]] = {}
        self._by_gates = not alphabet.takes_angle[: len(alphabet.actions)].any()

    def offer(self, word: Word, cost: float, width: int, variants: int = 1) -> bool:
        """Keep a circuit if its lane has room for it.

        Args:
            word: with tuned angles.
            cost: of the word.
            width: circuits of a lane that may be extended.
            variants: circuits of the same cost that are kept, of different two-qubit gates.

        Returns:
            Whether it is kept.
        """
        if not np.isfinite(cost):
            return False
        new = Member(word, cost)
        lane = self.lanes.setdefault(self._cnots(word), [])
        alike = [member for member in lane if member.rank[0] == new.rank[0]]
        key = self._key(word)
        rival = next((member for member in alike if self._key(member.word) == key), None)
        if rival is None and len(alike) >= variants:
            rival = max(alike, key=lambda member: member.rank)
        if rival is not None:
            if new.rank >= rival.rank:
                return False
            lane.remove(rival)
        lane.append(new)
        lane.sort(key=lambda member: member.rank)
        del lane[_KEPT * width :]
        return new in lane

    def next(self, width: int, slack: int, turn: int) -> Member | None:
        """Return the next circuit to extend, None where none is left.

        It stands in the lowest lane with one that was extended fewer than `turn` times, is among the
        best `width` there, and beats all circuits with `slack` + 1 CNOTs less.

        Args:
            width: circuits of a lane that may be extended.
            slack: CNOTs that may bring nothing.
            turn: how often each may be extended.
        """
        for cnots in sorted(self.lanes):
            below = [lane[0].cost for k, lane in self.lanes.items() if lane and k < cnots - slack]
            bar = min(below, default=np.inf)
            for member in self.lanes[cnots][:width]:
                if member.extended < turn and member.cost < bar - _LEAST_GAIN:
                    return member
        return None

    def find(self, word: Word) -> Member | None:
        """Return the circuit of a lane that is this word."""
        lane = self.lanes.get(self._cnots(word), [])
        return next((member for member in lane if member.word is word), None)

    def remove(self, member: Member) -> None:
        """Take a circuit out."""
        self.lanes[self._cnots(member.word)].remove(member)

    def members(self) -> list[Member]:
        """Return all circuits, lowest lane first, best of a lane first."""
        return [member for cnots in sorted(self.lanes) for member in self.lanes[cnots]]

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return packed(self.members(), self.alphabet)

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.lanes = {}
        for member in unpacked(state):
            self.lanes.setdefault(self._cnots(member.word), []).append(member)

    def _cnots(self, word: Word) -> int:
        return int(self.alphabet.cnots[word.letters].sum())

    def _key(self, word: Word) -> Any:
        if self._by_gates:
            return self.alphabet.circuit(word).canonical().gates
        return skeleton(self.alphabet, word, directed=True)


def packed(members: Sequence[Member], alphabet: Alphabet) -> dict[str, Any]:
    """Return circuits as arrays for a checkpoint."""
    return {
        "words": alphabet.pad([member.word for member in members]).to_dict(),
        "cost": np.array([member.cost for member in members]),
        "extended": np.array([member.extended for member in members], dtype=np.int64),
    }


def unpacked(state: dict[str, Any]) -> list[Member]:
    """Return the circuits that `packed` took."""
    words = Padded.from_dict(state["words"]).words()
    rows = zip(words, state["cost"], state["extended"], strict=True)
    return [Member(word, float(cost), int(extended)) for word, cost, extended in rows]
