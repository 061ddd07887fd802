"""Pairs of agents: how often one beats the other, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from qrl.bench.statistics.bootstrap import CONFIDENCE, percentile_interval
from qrl.bench.statistics.estimates import interquartile_mean
from qrl.bench.statistics.improvement import Relabellings, holm, permutation_p_value, wins
from qrl.bench.statistics.interval import Interval
from qrl.bench.statistics.samples import Sample, Samples
from qrl.bench.statistics.summaries import pooled

FloatArray = NDArray[np.float64]

FIRST_BETTER, SECOND_BETTER = "first better", "second better"
NOT_TOLD_APART = "not told apart"
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two agents in the cells that both have runs in.

    Attributes:
        first: an agent's label; the one with the higher interquartile mean.
        second: another's.
        cells: in how many cells both have runs; 0 leaves all figures nan.
        probability: of improvement, P(score of first > score of second) + P(equal) / 2, mean over
            cells.
        delta: Cliff's delta, 2 * probability - 1: from -1 to 1, and 0 where nobody leads.
        iqm_difference: interquartile mean of the score of first less that of second.
        p_value: of a permutation test within cells, two-sided, against equal distributions.
        p_adjusted: the same after Holm's correction for the number of pairs.
        verdict: "first better", "second better" or "not told apart".
    """

    first: str
    second: str
    cells: int
    probability: Interval
    delta: Interval
    iqm_difference: Interval
    p_value: float
    p_adjusted: float
    verdict: str


def compare(
    samples: Samples, agents: Sequence[str], cells: Sequence[str], seed: int
) -> tuple[Comparison, ...]:
    """Compare all pairs of agents by the score.

    A verdict needs both: a p-value of at most 5 % after Holm's correction, and an interval of the
    probability of improvement that leaves out 1/2. The bootstrap alone would tell any two agents
    apart whose few runs happen not to overlap; the permutation test alone would also take agents
    for different that are equally good and spread differently.

    Args:
        samples: by cell and agent.
        agents: the best first.
        cells: all of them.
        seed: of the permutations.
    """
    relabellings = Relabellings(seed)
    pooled_means: dict[tuple[str, tuple[str, ...]], FloatArray] = {}

    def mean(agent: str, common: tuple[str, ...]) -> FloatArray:
        if (agent, common) not in pooled_means:
            scores = pooled([samples[cell, agent] for cell in common])
            pooled_means[agent, common] = interquartile_mean(scores)
        return pooled_means[agent, common]

    found = []
    for first, second in combinations(agents, 2):
        common = tuple(c for c in cells if (c, first) in samples and (c, second) in samples)
        pairs = [(samples[cell, first], samples[cell, second]) for cell in common]
        if not pairs:
            found.append(_apart(first, second))
            continue
        probability = _probability(pairs)
        numbered = zip(common, pairs, strict=True)
        values = [
            (cells.index(cell), x.columns["score"], y.columns["score"]) for cell, (x, y) in numbered
        ]
        difference = _difference(pairs, mean(first, common) - mean(second, common))
        p_value = permutation_p_value(values, relabellings)
        found.append(_comparison(first, second, len(common), probability, difference, p_value))
    adjusted = holm([comparison.p_value for comparison in found])
    return tuple(
        replace(c, p_adjusted=p, verdict=verdict(c.probability, p))
        for c, p in zip(found, adjusted, strict=True)
    )


def verdict(probability: Interval, p_adjusted: float) -> str:
    """Return who is better, where the runs tell.

    Args:
        probability: of improvement of the first over the second.
        p_adjusted: after Holm's correction.
    """
    if not p_adjusted <= 1 - CONFIDENCE:
        return NOT_TOLD_APART
    if probability.low > 0.5 + _ROUNDING:
        return FIRST_BETTER
    return SECOND_BETTER if probability.high < 0.5 - _ROUNDING else NOT_TOLD_APART


def _probability(pairs: Sequence[tuple[Sample, Sample]]) -> Interval:
    value, n = 0.0, 0
    drawn = np.zeros(pairs[0][0].drawn.shape[0])
    for x, y in pairs:
        won = wins(x.columns["score"], y.columns["score"])
        value += float(won.mean()) / len(pairs)
        drawn += np.einsum("rn,rn->r", x.counts @ won, y.counts) / (won.size * len(pairs))
        n += x.n + y.n
    return _interval(value, drawn, n, pairs)


def _difference(pairs: Sequence[tuple[Sample, Sample]], drawn: FloatArray) -> Interval:
    first, second = (np.concatenate([pair[i].columns["score"] for pair in pairs]) for i in range(2))
    value = float(interquartile_mean(first) - interquartile_mean(second))
    return _interval(value, drawn, first.size + second.size, pairs)


def _interval(
    value: float, drawn: FloatArray, n: int, pairs: Sequence[tuple[Sample, Sample]]
) -> Interval:
    if max(sample.n for pair in pairs for sample in pair) < 2:
        return Interval(value, math.nan, math.nan, n)
    return percentile_interval(value, drawn, n)


def _comparison(
    first: str, second: str, cells: int, probability: Interval, difference: Interval, p_value: float
) -> Comparison:
    low, high = (2 * end - 1 for end in (probability.low, probability.high))
    delta = Interval(2 * probability.value - 1, low, high, probability.n)
    return Comparison(
        first, second, cells, probability, delta, difference, p_value, math.nan, NOT_TOLD_APART
    )


def _apart(first: str, second: str) -> Comparison:
    unknown = Interval.unknown()
    return _comparison(first, second, 0, unknown, unknown, math.nan)
