"""Estimates of one sample, along the last axis, and intervals of rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from qrl.bench.statistics.bootstrap import CONFIDENCE
from qrl.bench.statistics.interval import Interval

FloatArray = NDArray[np.float64]


def interquartile_mean(values: FloatArray) -> FloatArray:
    """Return the mean of the middle half: floor(n / 4) values are cut off at either end.

    With three values or fewer it is the mean. Source: Agarwal et al. 2021 (arXiv 2108.13264).

    Args:
        values: shape (..., n), n >= 1.

    Returns:
        Shape (...).
    """
    n = values.shape[-1]
    cut = n // 4
    middle = np.sort(values, axis=-1)[..., cut : n - cut]
    return np.asarray(middle.mean(axis=-1))


def median(values: FloatArray) -> FloatArray:
    """Return the median, the mean of the middle two for even n; infinite values are allowed.

    Args:
        values: shape (..., n), n >= 1.

    Returns:
        Shape (...).
    """
    n = values.shape[-1]
    ordered = np.sort(values, axis=-1)
    return np.asarray((ordered[..., (n - 1) // 2] + ordered[..., n // 2]) / 2)


def censored_median(values: FloatArray) -> FloatArray:
    """Return the smallest value that at least half of the values do not exceed.

    The median of Kaplan and Meier (1958) where all that is censored is censored after the last
    event. With five of ten runs at the target it is the time of the fifth, and not infinite.

    Args:
        values: shape (..., n), n >= 1; infinite where the event never came.

    Returns:
        Shape (...).
    """
    n = values.shape[-1]
    return np.asarray(np.sort(values, axis=-1)[..., (n - 1) // 2])


def plain_median(values: FloatArray) -> float:
    """Return the median of the values that are not nan, and nan where there are none."""
    known = values[~np.isnan(values)]
    return float(median(known)) if known.size else math.nan


def success_rate(successes: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Return a rate with Wilson's score interval (Wilson 1927), which holds at any n.

    Args:
        successes: how many of the runs.
        n: runs; with none the rate is unknown.
        confidence: of the interval.
    """
    if not n:
        return Interval.unknown()
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = successes / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # At p = 0 and p = 1 the ends are exactly 0 and 1; rounding would miss them.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Interval(p, low, high, n)


def mean_success_rate(rates: Sequence[Interval]) -> Interval:
    """Return the mean of independent rates with an interval made of theirs.

    Zou, Huang and Zhang 2009 (Comput. Stat. Data Anal. 53, 1080), eq. 3: the distances of the ends
    from the estimates add like standard deviations. One rate keeps Wilson's interval, and ten of
    ten successes are not told as certain, as a bootstrap would.

    Args:
        rates: of the cells, each from `success_rate`; unknown ones are left out.
    """
    known = [rate for rate in rates if rate.n and not math.isnan(rate.value)]
    if not known:
        return Interval.unknown()
    k = len(known)
    value = math.fsum(rate.value for rate in known) / k
    below = math.sqrt(sum((rate.value - rate.low) ** 2 for rate in known)) / k
    above = math.sqrt(sum((rate.high - rate.value) ** 2 for rate in known)) / k
    low, high = max(0.0, value - below), min(1.0, value + above)
    return Interval(value, low, high, sum(rate.n for rate in known))


def ranks(values: FloatArray) -> FloatArray:
    """Return ranks from 1, the smallest value; equal values share the mean of their ranks.

    Args:
        values: shape (..., n); infinite values are allowed, nan is not.

    Returns:
        Shape (..., n).
    """
    others, own = values[..., None, :], values[..., :, None]
    below = (others < own).sum(axis=-1)
    equal = (others == own).sum(axis=-1)
    return np.asarray(below + (equal + 1) / 2, dtype=np.float64)
