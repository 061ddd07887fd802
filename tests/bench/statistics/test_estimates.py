"""Estimates against SciPy, NumPy and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from qrl.bench.statistics import Interval
from qrl.bench.statistics.estimates import (
    censored_median,
    interquartile_mean,
    mean_success_rate,
    median,
    plain_median,
    ranks,
    success_rate,
)


@pytest.mark.parametrize("n", range(1, 14))
def test_means_medians_and_ranks_are_those_of_numpy_and_scipy(n: int) -> None:
    values = np.random.default_rng(n).integers(0, 6, size=(5, n)).astype(float)
    assert interquartile_mean(values) == pytest.approx(stats.trim_mean(values, 0.25, axis=1))
    assert median(values) == pytest.approx(np.median(values, axis=1))
    lower = np.quantile(values, 0.5, axis=1, method="inverted_cdf")
    assert censored_median(values) == pytest.approx(lower)
    assert ranks(values) == pytest.approx(stats.rankdata(values, axis=1))


def test_infinite_values_have_medians_and_ranks() -> None:
    inf = math.inf
    assert median(np.array([1.0, 2.0, inf, inf])) == inf
    assert median(np.array([1.0, 2.0, inf])) == 2.0
    assert censored_median(np.array([inf, 2.0, 1.0, inf])) == 2.0
    assert censored_median(np.array([inf, 2.0, inf])) == inf
    assert ranks(np.array([inf, 2.0, inf, 1.0])).tolist() == [3.5, 2, 3.5, 1]


def test_a_plain_median_leaves_out_what_is_unknown() -> None:
    assert plain_median(np.array([math.nan, 3.0, 1.0])) == 2.0
    assert math.isnan(plain_median(np.array([math.nan])))


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (499, 1000)])
def test_success_rates_have_wilsons_interval(k: int, n: int) -> None:
    found = success_rate(k, n)
    peer = stats.binomtest(k, n).proportion_ci(method="wilson")
    expected = Interval(k / n, peer.low, peer.high, n)
    assert found.value == expected.value
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)


def test_the_mean_of_one_rate_is_that_rate() -> None:
    one, mean = success_rate(3, 10), mean_success_rate([success_rate(3, 10)])
    assert (mean.value, mean.n) == (one.value, one.n)
    assert (mean.low, mean.high) == pytest.approx((one.low, one.high))


def test_ten_of_ten_is_not_certain() -> None:
    mean = mean_success_rate([success_rate(10, 10)] * 4)
    assert (mean.value, mean.high, mean.n) == (1.0, 1.0, 40)
    # Four equal distances below: half of the single one.
    assert 1 - mean.low == pytest.approx((1 - success_rate(10, 10).low) / 2)


def test_unknown_rates_are_left_out_of_the_mean() -> None:
    mean = mean_success_rate([success_rate(5, 10), Interval.unknown(10), success_rate(0, 0)])
    assert (mean.value, mean.n) == (0.5, 10)
    assert math.isnan(mean_success_rate([]).value)


def test_the_mean_rate_covers_the_truth_as_often_as_it_says() -> None:
    truths, n, trials = (0.05, 0.5, 0.9, 0.99), 5, 2000
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(trials):
        found = mean_success_rate([success_rate(int(rng.binomial(n, p)), n) for p in truths])
        hits += found.low <= np.mean(truths) <= found.high
    # Nominal 0.95; four standard errors of the rate are 0.02. Too high is no error, as Wilson's
    # interval is wide near 0 and 1, but beyond 0.995 it would tell nothing.
    assert 0.93 <= hits / trials <= 0.995
