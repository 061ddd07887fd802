"""The stratified bootstrap: runs drawn again within each cell.

Percentile intervals (Efron and Tibshirani 1993, ch. 13), stratified as in Agarwal et al. 2021,
"Deep Reinforcement Learning at the Edge of the Statistical Precipice" (arXiv 2108.13264), sec. 4.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrl.bench.statistics.interval import Interval
from qrl.checks import real_number, whole_number
from qrl.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Statistic = Callable[[Sequence[FloatArray]], FloatArray]

CONFIDENCE = 0.95
RESAMPLES = 2000


def stratified_bootstrap(
    strata: Sequence[ArrayLike],
    statistic: Statistic,
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Interval:
    """Estimate a statistic of several samples and its percentile interval.

    With few runs a stratum the interval is too narrow: a sample of n runs varies less than what it
    was drawn from, by the factor (n - 1) / n, and its tails were never seen. Measured for the mean
    of one normal sample, nominal 95 % cover the truth in 75 % of cases at n = 3, 84 % at n = 5 and
    90 % at n = 10; for the mean of six such samples in 86, 91 and 94 %. Where all runs are equal
    the interval has no width, whatever n.

    Args:
        strata: samples; those of fewer than two values do not vary.
        statistic: takes one array of shape (resamples, n_i) per stratum; returns shape (resamples,).
        resamples: how many times all strata are drawn again.
        confidence: of the interval, between 0 and 1.
        seed: the same seed gives the same interval.

    Returns:
        The estimate with its interval; bounds are nan where no stratum has two values.

    Raises:
        InputError: no values, or a number out of range.
    """
    samples = [np.atleast_1d(np.asarray(s, dtype=np.float64)) for s in strata]
    if not samples or any(s.ndim != 1 or not s.size for s in samples):
        raise InputError(
            "The bootstrap takes at least one stratum, each a list of values; got none."
        )
    whole_number("The number of resamples", resamples, least=1)
    real_number("The confidence", confidence, above=0, below=1)
    rng = np.random.default_rng(whole_number("The seed", seed, least=0))
    value = float(statistic([s[None, :] for s in samples])[0])
    n = sum(s.size for s in samples)
    if max(s.size for s in samples) < 2:
        return Interval(value, math.nan, math.nan, n)
    drawn = statistic([s[draws(s.size, resamples, rng)] for s in samples])
    return percentile_interval(value, drawn, n, confidence)


def draws(n: int, resamples: int, rng: np.random.Generator) -> IntArray:
    """Return indices of `n` values drawn with replacement; shape (resamples, n)."""
    return rng.integers(0, n, size=(resamples, n))


def counts(drawn: IntArray) -> FloatArray:
    """Return how often each value was drawn; shape (resamples, n).

    Args:
        drawn: what `draws` returned.
    """
    resamples, n = drawn.shape
    flat = drawn + n * np.arange(resamples)[:, None]
    return np.bincount(flat.ravel(), minlength=resamples * n).reshape(resamples, n).astype(float)


def percentiles(
    distribution: FloatArray, confidence: float = CONFIDENCE
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the central part of a distribution.

    Args:
        distribution: shape (resamples, ...).
        confidence: the share between the ends.

    Returns:
        Both ends, each of shape (...). They are members of the distribution, the next one outwards
        where the percentile lies between two: infinite values cannot be interpolated.
    """
    last = distribution.shape[0] - 1
    tail = (1 - confidence) / 2
    low = math.floor(round(tail * last, 9))
    high = last - low
    parted = np.partition(distribution, (low, high), axis=0)
    return parted[low], parted[high]


def percentile_interval(
    value: float, distribution: FloatArray, n: int, confidence: float = CONFIDENCE
) -> Interval:
    """Return an estimate with the percentile interval of its bootstrap distribution.

    Args:
        value: the estimate.
        distribution: its value in every resample; shape (resamples,).
        n: runs that it rests on.
        confidence: of the interval.
    """
    low, high = percentiles(distribution, confidence)
    return Interval(value, float(low), float(high), n)
