"""How often a run of one agent beats a run of another, and whether chance could do that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qrl.bench.statistics.estimates import ranks

FloatArray = NDArray[np.float64]

PERMUTATIONS = 9999
"""Relabellings drawn: p-values down to 1e-4, which survive Holm's correction for 500 pairs."""
_ROUNDING = 1e-9


def wins(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return 1 where a value of `x` exceeds one of `y`, 1/2 where they are equal, else 0.

    Args:
        x: shape (n,).
        y: shape (m,).

    Returns:
        Shape (n, m).
    """
    return np.asarray((x[:, None] > y) + 0.5 * (x[:, None] == y), dtype=np.float64)


def probability_of_improvement(x: FloatArray, y: FloatArray) -> float:
    """Return P(X > Y) + P(X = Y) / 2, the statistic of Mann and Whitney over n m.

    Args:
        x: values of one, higher is better; shape (n,).
        y: values of the other; shape (m,).
    """
    return float(wins(x, y).mean())


class Relabellings:
    """Random ways to say which of the runs of a cell were whose.

    Pairs of agents with as many runs share them: each p-value is right by itself, and Holm's
    correction asks for no more.
    """

    def __init__(self, seed: int, permutations: int = PERMUTATIONS) -> None:
        self.seed = seed
        self.permutations = permutations
        self._chosen: dict[tuple[int, int, int], FloatArray] = {}

    def chosen(self, stratum: int, n: int, m: int) -> FloatArray:
        """Return which n of n + m runs are given to the first; shape (permutations, n + m).

        Args:
            stratum: number of the cell; strata are relabelled independently.
            n: runs of the first.
            m: runs of the second.
        """
        key = (stratum, n, m)
        if key not in self._chosen:
            rng = np.random.default_rng([self.seed, *key])
            order = rng.random((self.permutations, n + m)).argsort(axis=1)
            self._chosen[key] = (order < n).astype(np.float64)
        return self._chosen[key]


def permutation_p_value(
    pairs: Sequence[tuple[int, FloatArray, FloatArray]], relabellings: Relabellings
) -> float:
    """Test whether two agents' runs are equally distributed in every cell.

    The statistic is the probability of improvement, mean over cells; runs are relabelled within
    each cell. Unlike a bootstrap it holds at any number of runs: three against three in one cell
    never give less than 0.1. Two-sided, with the observed labelling counted among those drawn
    (Phipson and Smyth 2010, eq. 2).

    Args:
        pairs: of each cell: its number, the values of one, shape (n,), the other's, shape (m,).
        relabellings: where random labels come from.
    """
    observed, drawn = 0.0, np.zeros(relabellings.permutations)
    for stratum, x, y in pairs:
        n, m = x.size, y.size
        ranked = ranks(np.concatenate([x, y]))
        least = n * (n + 1) / 2
        observed += (ranked[:n].sum() - least) / (n * m)
        drawn += (relabellings.chosen(stratum, n, m) @ ranked - least) / (n * m)
    middle = len(pairs) / 2
    extreme = np.abs(drawn - middle) >= abs(observed - middle) - _ROUNDING
    return float((1 + extreme.sum()) / (1 + relabellings.permutations))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number (Holm 1979); nan stays nan and is not counted.

    Args:
        p_values: of all tests.
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    order = np.argsort(p, kind="stable")[: int((~np.isnan(p)).sum())]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * factors))
    return [float(value) for value in adjusted]
