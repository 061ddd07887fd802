"""Takes gates out of a circuit that it can do without, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.search.moves import without

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.scored_words import Scorer
    from qrl.search.words import Word

ALLOWED_RISE = 1e-9
"""A gate is taken out if the cost does not rise by more."""


def pruned(scorer: Scorer, word: Word, cost: float, batch: int) -> tuple[Word, float]:
    """Take out gates one after the other as long as the cost stays.

    Each round takes out every gate alone, then the most that can go together of those that can go
    alone, the cheapest first. Two-qubit gates are tried before single-qubit ones.

    Args:
        scorer: pays; every circuit on the way is offered to the archive.
        word: a circuit with tuned angles.
        cost: its cost.
        batch: circuits scored at once.

    Returns:
        The shorter circuit and its cost.
    """
    limit = cost + ALLOWED_RISE
    for pairs in (True, False):
        while not scorer.recorder.finished:
            editable = np.arange(scorer.alphabet.first, len(word))
            of_kind = scorer.alphabet.is_pair[word.letters[editable]] == pairs
            places = editable[of_kind]
            if not places.size:
                break
            alone, _ = _scored(scorer, [without(word, [int(p)]) for p in places], batch, limit)
            able = places[np.argsort(alone, kind="stable")][: int((alone <= limit).sum())]
            if not able.size:
                break
            together = [without(word, able[:k].tolist()) for k in range(1, len(able) + 1)]
            costs, words = _scored(scorer, together, batch, limit)
            fitting = np.flatnonzero(costs <= limit)
            if not fitting.size:
                break
            best = int(fitting[-1])
            word, cost = words[best], float(costs[best])
    return word, cost


def _scored(
    scorer: Scorer, words: list[Word], batch: int, limit: float
) -> tuple[NDArray[np.float64], list[Word]]:
    """Score words in batches; those that the budget leaves out cost infinitely much."""
    cost, tuned = np.full(len(words), np.inf), list(words)
    for first in range(0, len(words), batch):
        if scorer.recorder.finished:
            break
        part = words[first : first + batch]
        scored = scorer.score(part, target=[limit] * len(part))
        cost[first : first + len(part)] = scored.true_cost
        tuned[first : first + len(part)] = [scored.word(i) for i in range(len(part))]
    return cost, tuned
