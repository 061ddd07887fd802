"""The gates of a word in an order that all words share which differ by commuting gates alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.canonical import commute

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.words import Alphabet, Word


@dataclass(frozen=True, eq=False)
class NormalForm:
    """Tells words that are the same circuit up to angles and the order of commuting gates.

    It does for letters what `qrl.circuits.canonical` does for gates: the least letter that no earlier
    one holds back goes next, so that the outcome is the lexicographic normal form of Cartier and Foata
    (1969). As a table says what commutes, it is fast enough to be asked of every circuit of a search.

    Attributes:
        alphabet: what words are made of.
    """

    alphabet: Alphabet

    def __call__(self, word: Word) -> bytes:
        """Return the letters behind the start in normal order; equal for equivalent words alone."""
        letters = word.letters[self.alphabet.first :]
        holds_back = np.triu(self._meets[np.ix_(letters, letters)], 1)
        waits_for = holds_back.sum(axis=0).tolist()
        behind: list[list[int]] = [[] for _ in letters]
        for first, second in np.argwhere(holds_back).tolist():
            behind[first].append(second)
        free = [(letter, k) for k, letter in enumerate(letters.tolist()) if not waits_for[k]]
        heapify(free)
        order = []
        while free:
            letter, k = heappop(free)
            order.append(letter)
            for later in behind[k]:
                waits_for[later] -= 1
                if not waits_for[later]:
                    heappush(free, (int(letters[later]), later))
        return np.array(order, dtype=np.int32).tobytes()

    @cached_property
    def _meets(self) -> NDArray[np.bool_]:
        """Which actions do not commute, shape (actions, actions)."""
        gates = self.alphabet.actions.gates
        on = [set(gate.qubits) for gate in gates]
        meets = np.zeros((len(gates), len(gates)), dtype=np.bool_)
        for a, gate in enumerate(gates):
            for b in range(a):
                if on[a] & on[b] and not commute(gate, gates[b]):
                    meets[a, b] = meets[b, a] = True
        return meets
