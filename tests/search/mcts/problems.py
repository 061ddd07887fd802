"""Small problems that the tests of this folder search, with budgets of evaluations."""

from __future__ import annotations

from search.small_problems import alphabet, spread
from search.small_problems import scorer as scorer_of

from qrl.circuits.objectives import Objective
from qrl.search.scored_words import Scorer
from qrl.search.words import Alphabet

__all__ = ["alphabet", "scorer", "spread"]


def scorer(objective: Objective, letters: Alphabet, evaluations: int, max_gates: int = 0) -> Scorer:
    """An exact scorer that pays from a budget of evaluations."""
    return scorer_of(objective, letters, evaluations, max_gates, "evaluations")
