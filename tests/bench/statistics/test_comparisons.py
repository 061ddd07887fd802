"""Pairs of agents: effect sizes and verdicts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bench.statistics.tables import TARGET, TRIVIAL, runs, table
from scipy import stats

from qrl.bench.statistics import Comparison, Interval, analyse
from qrl.bench.statistics.comparisons import verdict


def errors(median_score: float, n: int, seed: int, spread: float = 0.15) -> list[float]:
    """Return errors whose scores are normal around a median."""
    scores = np.random.default_rng(seed).normal(median_score, spread, n)
    return [float(TRIVIAL * (TARGET / TRIVIAL) ** s) for s in scores]


def only(rows: list[object]) -> Comparison:
    (found,) = analyse(table(rows)).comparisons  # type: ignore[arg-type]
    return found


def test_the_probability_is_the_mean_over_cells_of_u() -> None:
    x = {cell: errors(0.6, 8, seed) for seed, cell in enumerate("abc")}
    y = {cell: errors(0.5, 6, seed + 10) for seed, cell in enumerate("abc")}
    rows = [r for cell in "abc" for r in runs("x", x[cell], cell) + runs("y", y[cell], cell)]
    found = only(rows)
    assert (found.first, found.second, found.cells) == ("x", "y", 3)
    # Low errors are high scores; none is clipped, so both orders are the same.
    u = [stats.mannwhitneyu(-np.array(x[c]), -np.array(y[c])).statistic / 48 for c in "abc"]
    assert max(x["a"] + x["b"] + x["c"] + y["a"] + y["b"] + y["c"]) < TRIVIAL
    assert found.probability.value == pytest.approx(float(np.mean(u)))
    assert found.probability.n == 42
    for end in ("value", "low", "high"):
        expected = 2 * getattr(found.probability, end) - 1
        assert getattr(found.delta, end) == pytest.approx(expected)
    iqms = {o.agent: o.iqm.value for o in analyse(table(rows)).overall}
    assert found.iqm_difference.value == pytest.approx(iqms["x"] - iqms["y"])


def test_the_interval_is_scipys_bootstrap_of_u() -> None:
    x, y = np.array(errors(0.6, 15, 0)), np.array(errors(0.45, 15, 1))
    rows = runs("x", list(x)) + runs("y", list(y))
    (found,) = analyse(table(rows), resamples=9999).comparisons

    def u(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return (a[..., :, None] < b[..., None, :]).mean(axis=(-2, -1)) + 0.5 * (
            a[..., :, None] == b[..., None, :]
        ).mean(axis=(-2, -1))

    peer = stats.bootstrap(
        (x, y), u, n_resamples=9999, method="percentile", rng=np.random.default_rng(5)
    )
    tolerance = 0.2 * float(peer.standard_error)
    assert found.probability.low == pytest.approx(peer.confidence_interval.low, abs=tolerance)
    assert found.probability.high == pytest.approx(peer.confidence_interval.high, abs=tolerance)


def test_a_clear_difference_is_told_and_none_is_not() -> None:
    rows = runs("good", errors(0.8, 10, 0)) + runs("poor", errors(0.2, 10, 1))
    rows += runs("same", errors(0.8, 10, 2))
    found = {frozenset((c.first, c.second)): c for c in analyse(table(rows)).comparisons}
    assert found[frozenset(("good", "poor"))].verdict == "first better"
    assert found[frozenset(("same", "poor"))].verdict == "first better"
    assert found[frozenset(("same", "good"))].verdict == "not told apart"
    assert all(c.p_adjusted >= c.p_value for c in found.values())


def test_few_runs_decide_nothing_however_far_apart() -> None:
    found = only(runs("x", [1e-4] * 3) + runs("y", [1.0] * 3))
    # The bootstrap sees no spread at all; the permutation test knows how few runs there are.
    assert found.probability == Interval(1, 1, 1, 6)
    assert found.p_value > 0.05
    assert found.verdict == "not told apart"


def test_one_run_each_has_no_interval() -> None:
    found = only(runs("x", [1e-4]) + runs("y", [1.0]))
    assert (found.probability.value, found.p_value) == (1, 1)
    assert not found.probability.has_bounds
    assert not found.iqm_difference.has_bounds
    assert found.verdict == "not told apart"


def test_agents_without_a_common_cell_are_not_compared() -> None:
    found = only(runs("x", [1e-4] * 5, "a") + runs("y", [1.0] * 5, "b"))
    assert found.cells == 0
    assert math.isnan(found.probability.value)
    assert math.isnan(found.p_adjusted)
    assert found.verdict == "not told apart"


def test_only_common_cells_are_compared() -> None:
    rows = runs("x", [1e-4] * 6, "a") + runs("y", [1e-4] * 6, "a") + runs("x", [1.0] * 6, "b")
    found = only(rows)
    assert found.cells == 1
    assert found.probability.value == 0.5
    assert found.iqm_difference.value == 0


def test_no_difference_is_invented_among_many_equal_agents() -> None:
    told = 0
    for trial in range(15):
        rows = [row for a in range(6) for row in runs(f"{a}", errors(0.6, 5, 100 * trial + a, 0.4))]
        verdicts = {c.verdict for c in analyse(table(rows), seed=trial, resamples=500).comparisons}
        told += verdicts != {"not told apart"}
    # Holm keeps the chance of any wrong verdict at 5 % a benchmark; four or more of 15 would
    # happen once in 180 cases. Uncorrected bootstrap intervals tell some pair apart in half of them.
    assert told <= 3


def test_the_second_can_be_better() -> None:
    # The interquartile mean orders agents, and a comparison of runs may disagree with it.
    assert verdict(Interval(0.2, 0.1, 0.3, 20), 0.01) == "second better"
    assert verdict(Interval(0.8, 0.7, 0.9, 20), 0.01) == "first better"
    assert verdict(Interval(0.8, 0.7, 0.9, 20), 0.06) == "not told apart"
    assert verdict(Interval(0.6, 0.45, 0.7, 20), 0.01) == "not told apart"
    assert verdict(Interval(0.8, 0.7, 0.9, 20), math.nan) == "not told apart"
