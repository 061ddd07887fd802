"""The extensions of a circuit that promise most, before all their angles are tuned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.search.words import Alphabet

_ROTATION = 0.3
"""What a rotation counts for beside a CNOT, where gains are compared."""


class Shortlist:
    """Words that gain most, and words that gain most for each new CNOT; of each kind apart.

    Args:
        alphabet: what words are made of.
        share: words kept of each kind by either measure.
    """

    def __init__(self, alphabet: Alphabet, share: int) -> None:
        self.alphabet, self.share = alphabet, share
        self.clear()

    def clear(self) -> None:
        """Forget all words."""
        self.words: list[Word] = []
        self.gain = np.zeros(0)
        self.price = np.zeros(0)
        self.kind = np.zeros(0, dtype=np.int64)

    def add(
        self, parent: Word, words: Sequence[Word], gain: NDArray[np.float64], kind: int
    ) -> None:
        """Take in words, and drop those that are no longer among the best.

        Args:
            parent: what they were made from.
            words: extensions.
            gain: what each is known to gain so far, shape (words,), in the unit of the cost.
            kind: compared are words of the same kind alone.
        """
        if not words:
            return
        cnots = self.alphabet.cnots
        more = np.array([cnots[word.letters].sum() for word in words])
        more = np.maximum(more - cnots[parent.letters].sum(), 0)
        every = [*self.words, *words]
        self.gain = np.concatenate([self.gain, gain])
        self.price = np.concatenate([self.price, more + _ROTATION])
        self.kind = np.concatenate([self.kind, np.full(len(words), kind)])
        kept = np.zeros(len(every), dtype=np.bool_)
        for one in np.unique(self.kind):
            own = np.flatnonzero(self.kind == one)
            for value in (self.gain[own], self.gain[own] / self.price[own]):
                kept[own[np.argsort(-value, kind="stable")[: self.share]]] = True
        self.words = [every[k] for k in np.flatnonzero(kept)]
        self.gain, self.price, self.kind = self.gain[kept], self.price[kept], self.kind[kept]

    def take(self, count: int) -> list[Word]:
        """Return the first words and take them out."""
        taken, self.words = self.words[:count], self.words[count:]
        self.gain, self.price, self.kind = self.gain[count:], self.price[count:], self.kind[count:]
        return taken

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "words": self.alphabet.pad(self.words).to_dict(),
            "gain": self.gain.copy(),
            "price": self.price.copy(),
            "kind": self.kind.copy(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.words = Padded.from_dict(state["words"]).words()
        self.gain, self.price = np.array(state["gain"]), np.array(state["price"])
        self.kind = np.array(state["kind"])
