"""The bootstrap against SciPy's, and how often its intervals hold the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from qrl.bench.statistics import Interval, stratified_bootstrap
from qrl.bench.statistics.bootstrap import FloatArray, counts, draws, percentiles
from qrl.bench.statistics.estimates import interquartile_mean, median
from qrl.errors import InputError


def pooled_iqm(strata: Sequence[FloatArray]) -> FloatArray:
    return interquartile_mean(np.concatenate(strata, axis=1))


def pooled_median(strata: Sequence[FloatArray]) -> FloatArray:
    return median(np.concatenate(strata, axis=1))


def scipy_iqm(*strata: FloatArray, axis: int = -1) -> FloatArray:
    return np.asarray(stats.trim_mean(np.concatenate(strata, axis=axis), 0.25, axis=axis))


def scipy_median(*strata: FloatArray, axis: int = -1) -> FloatArray:
    return np.asarray(np.median(np.concatenate(strata, axis=axis), axis=axis))


@pytest.mark.parametrize(
    ("ours", "scipys"), [(pooled_iqm, scipy_iqm), (pooled_median, scipy_median)]
)
@pytest.mark.parametrize("sizes", [(10, 10, 10), (3, 7, 12), (20,)])
def test_the_interval_is_that_of_scipy(ours: object, scipys: object, sizes: tuple[int]) -> None:
    rng = np.random.default_rng(len(sizes))
    strata = [rng.normal(loc, 1 + loc, n) for loc, n in enumerate(sizes)]
    found = stratified_bootstrap(strata, ours, resamples=9999, seed=1)  # type: ignore[arg-type]
    peer = stats.bootstrap(
        strata,
        scipys,  # type: ignore[arg-type]
        n_resamples=9999,
        method="percentile",
        rng=np.random.default_rng(2),
    )
    # A 2.5 % quantile of 9999 draws has a standard error of about 0.027 standard deviations of
    # the distribution (normal density); two of them differ by 0.16 once in 40 000 cases. Medians
    # of few values lie on a grid, which the tolerance must not split: hence twice as much.
    tolerance = 0.32 * float(peer.standard_error)
    assert found.low == pytest.approx(peer.confidence_interval.low, abs=tolerance)
    assert found.high == pytest.approx(peer.confidence_interval.high, abs=tolerance)
    assert found.value == pytest.approx(float(scipys(*strata)))  # type: ignore[operator]
    assert found.n == sum(sizes)


def test_strata_are_drawn_by_themselves() -> None:
    # All spread lies between the strata; drawn from the pool, the interval would have width.
    found = stratified_bootstrap([[0.0] * 5, [1.0] * 5], lambda s: np.concatenate(s, 1).mean(1))
    assert found == Interval(0.5, 0.5, 0.5, 10)


def test_the_seed_decides() -> None:
    values = [np.random.default_rng(0).normal(size=9)]
    one, same, other = (stratified_bootstrap(values, pooled_iqm, seed=s) for s in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.parametrize(("n_strata", "n", "nominal"), [(1, 5, 0.84), (1, 30, 0.94), (6, 10, 0.94)])
def test_how_often_the_interval_holds_the_truth(n_strata: int, n: int, nominal: float) -> None:
    rng = np.random.default_rng(3)
    trials = 600
    hits = 0
    for trial in range(trials):
        strata = [rng.normal(loc, 1, n) for loc in range(n_strata)]
        found = stratified_bootstrap(
            strata, lambda s: np.concatenate(s, 1).mean(1), resamples=500, seed=trial
        )
        hits += found.low <= (n_strata - 1) / 2 <= found.high
    # What a percentile interval of a normal mean covers: with s the plug-in deviation it is near
    # mean +- 1.96 s sqrt((n - 1) / n), so P(|t| < 1.96 sqrt((n - 1) / n)): 0.85 at n = 5.
    freedom = n_strata * (n - 1)
    theory = 1 - 2 * stats.t.sf(1.96 * math.sqrt((n - 1) / n), freedom)
    assert theory == pytest.approx(nominal, abs=0.015)
    # Four standard errors of the rate, and 0.01 for the tails' fewer members.
    slack = 4 * math.sqrt(theory * (1 - theory) / trials) + 0.01
    assert hits / trials == pytest.approx(theory, abs=slack)


def test_one_run_has_no_interval() -> None:
    found = stratified_bootstrap([[2.0], [4.0]], pooled_iqm)
    assert (found.value, found.n) == (3.0, 2)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert not found.has_bounds


def test_counts_are_how_often_each_run_was_drawn() -> None:
    drawn = draws(4, 50, np.random.default_rng(0))
    expected = [[list(row).count(i) for i in range(4)] for row in drawn]
    assert counts(drawn).tolist() == expected


def test_percentiles_are_members_even_where_some_are_infinite() -> None:
    values = np.concatenate([np.arange(90.0), np.full(10, np.inf)])
    low, high = percentiles(np.random.default_rng(0).permutation(values))
    # 2.5 % of 99 steps is 2.475: the next members outwards are those with indices 2 and 97.
    assert (float(low), float(high)) == (2.0, math.inf)
    assert float(percentiles(values, 0.5)[1]) == 75.0


def test_wrong_input_says_what_is_needed() -> None:
    with pytest.raises(InputError, match="at least one stratum"):
        stratified_bootstrap([], pooled_iqm)
    with pytest.raises(InputError, match="at least one stratum"):
        stratified_bootstrap([[1.0], []], pooled_iqm)
    with pytest.raises(InputError, match="resamples"):
        stratified_bootstrap([[1.0]], pooled_iqm, resamples=0)
    with pytest.raises(InputError, match="confidence"):
        stratified_bootstrap([[1.0]], pooled_iqm, confidence=95)
    with pytest.raises(InputError, match="seed"):
        stratified_bootstrap([[1.0]], pooled_iqm, seed=-1)
