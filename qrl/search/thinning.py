"""Takes two-qubit gates out of a circuit one after the other, those first that are missed least.

From an exact circuit with many CNOTs this leads down the front of cost against CNOTs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.search.moves import without
from qrl.search.pruning import pruned

if TYPE_CHECKING:
    from qrl.search.scored_words import Scorer
    from qrl.search.words import Word


def thinned(scorer: Scorer, word: Word, cost: float, batch: int) -> tuple[Word, float] | None:
    """Return a word with fewer CNOTs, chosen by the rise of the cost for each that is saved.

    Tried are each two-qubit gate alone, and with the next one of the same letter, which undoes it where
    the rotations between them are needless; all angles are tuned anew.

    Args:
        scorer: pays; every circuit on the way is offered to the archive.
        word: a circuit with tuned angles.
        cost: its cost.
        batch: circuits scored at once.

    Returns:
        The shorter circuit and its cost; None where no two-qubit gate is left, or no budget.
    """
    alphabet = scorer.alphabet
    places = [p for p in range(alphabet.first, len(word)) if alphabet.is_pair[word.letters[p]]]
    trials = [[p] for p in places]
    for index, place in enumerate(places):
        alike = (q for q in places[index + 1 :] if word.letters[q] == word.letters[place])
        trials += [[place, q] for q in alike][:1]
    best: tuple[float, Word, float] | None = None
    for first in range(0, len(trials), batch):
        if scorer.recorder.finished:
            break
        part = trials[first : first + batch]
        scored = scorer.score([without(word, places) for places in part])
        saved = alphabet.cnots[word.letters]
        for index, gone in enumerate(part):
            rise = float(scored.true_cost[index] - cost) / max(1, int(saved[gone].sum()))
            if np.isfinite(rise) and (best is None or rise < best[0]):
                best = rise, scored.word(index), float(scored.true_cost[index])
    if best is None:
        return None
    return pruned(scorer, best[1], best[2], batch) if scorer.is_exact else best[1:]
