"""Probability of improvement, permutation tests and Holm's correction, against other code."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from qrl.bench.statistics.improvement import (
    PERMUTATIONS,
    Relabellings,
    holm,
    permutation_p_value,
    probability_of_improvement,
)


@pytest.mark.parametrize("seed", range(6))
def test_the_probability_is_mann_whitneys_u(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 5, 4 + seed).astype(float)  # with ties
    y = rng.integers(1, 6, 7).astype(float)
    u = stats.mannwhitneyu(x, y).statistic
    assert probability_of_improvement(x, y) == pytest.approx(u / (x.size * y.size))
    both = probability_of_improvement(x, y) + probability_of_improvement(y, x)
    assert both == pytest.approx(1)


@pytest.mark.parametrize("seed", range(4))
def test_the_p_value_is_scipys_exact_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0.8, 1, 6), rng.normal(0, 1, 5)
    exact = stats.mannwhitneyu(x, y, method="exact").pvalue
    found = permutation_p_value([(0, x, y)], Relabellings(seed))
    # Four standard errors of a rate among the permutations.
    slack = 4 * math.sqrt(exact * (1 - exact) / PERMUTATIONS) + 1 / PERMUTATIONS
    assert found == pytest.approx(exact, abs=slack)


def test_strata_are_relabelled_by_themselves() -> None:
    # Cells differ by far more than agents. Pooled, nothing would be seen; within cells, each of
    # the 5 has the one best of C(4, 2) = 6 labellings: 2 / 6**5 two-sided.
    pairs = [(c, np.array([2.0, 3.0]) + 10 * c, np.array([0.0, 1.0]) + 10 * c) for c in range(5)]
    found = permutation_p_value(pairs, Relabellings(0, permutations=99999))
    exact = 2 / 6**5
    assert found == pytest.approx(exact, abs=4 * math.sqrt(exact / 99999))


def test_three_against_three_never_decide() -> None:
    high, low = np.array([0.9, 0.95, 1.0]), np.array([0.0, 0.1, 0.2])
    found = permutation_p_value([(0, high, low)], Relabellings(0))
    assert found == pytest.approx(0.1, abs=0.015)  # 2 of C(6, 3) = 20 labellings


def test_equal_runs_give_one() -> None:
    assert permutation_p_value([(0, np.ones(3), np.ones(4))], Relabellings(0)) == 1


def test_chance_is_rarely_taken_for_a_difference() -> None:
    rng = np.random.default_rng(0)
    trials, below = 400, 0
    relabellings = Relabellings(0, permutations=999)
    for _ in range(trials):
        # Scores pile up at 1, as where most runs solve the task.
        draw = np.minimum(rng.random((2, 3, 5)) * 1.5, 1)
        pairs = [(c, draw[0, c], draw[1, c]) for c in range(3)]
        below += permutation_p_value(pairs, relabellings) <= 0.05
    # 5 %, and four standard errors of the rate.
    assert 0.01 <= below / trials <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / trials)


def test_holms_correction_by_hand() -> None:
    # 4 * 0.005, 3 * 0.01, 2 * 0.03, 1 * 0.04 but not below the one before.
    found = holm([0.03, 0.005, math.nan, 0.04, 0.01])
    assert found[:2] + found[3:] == pytest.approx([0.06, 0.02, 0.06, 0.03])
    assert math.isnan(found[2])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []
