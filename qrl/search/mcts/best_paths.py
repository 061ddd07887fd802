"""The best different paths of a descent, with their tuned circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.words import Alphabet


class BestPaths:
    """Keeps the cheapest paths.

    Attributes:
        most: paths kept.
        paths: operations, shape (paths, levels), -1 behind the end of one; cheapest first.
        cost: of each.
        words: each as it was tuned.
    """

    def __init__(self, most: int, levels: int) -> None:
        self.most = most
        self.paths = np.zeros((0, levels), dtype=np.int64)
        self.cost = np.zeros(0)
        self.words: list[Word] = []

    def offer(self, paths: NDArray[np.int64], cost: NDArray[np.float64], words: list[Word]) -> None:
        """Take in a batch; of equal paths the cheapest stays."""
        every = np.concatenate([self.paths, paths])
        costs, all_words = np.concatenate([self.cost, cost]), [*self.words, *words]
        seen: set[bytes] = set()
        kept: list[int] = []
        for index in np.argsort(costs, kind="stable").tolist():
            key = every[index].tobytes()
            if len(kept) == self.most or not np.isfinite(costs[index]):
                break
            if key not in seen:
                seen.add(key)
                kept.append(index)
        self.paths, self.cost = every[kept], costs[kept]
        self.words = [all_words[index] for index in kept]

    def state(self, alphabet: Alphabet) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        padded = alphabet.pad(self.words).to_dict()
        return {"paths": self.paths.copy(), "cost": self.cost.copy(), "words": padded}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.paths, self.cost = np.array(state["paths"]), np.array(state["cost"])
        self.words = Padded.from_dict(state["words"]).words()
