"""Best error so far against what was spent: medians and bands over runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrl.bench.report.numbers import short

FloatArray = NDArray[np.float64]

POINTS = 96
"""Of a common grid; more cannot be told apart on a screen, and make the page larger."""
MOST_STEPS = 2000
"""Of a single run's curve; one with more is drawn on a grid."""
LOW, HIGH = 0.25, 0.75
"""Quantiles between which the band lies."""
SPENT = ("evaluations", "seconds")
_FIRST_SECOND = 1e-3
"""Clocks of searches tell no less; a logarithmic axis needs a beginning."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Quantiles of the best error so far.

    Attributes:
        spent: where they are taken, shape (points,), ascending.
        median, low, high: shape (points,); infinite where as many runs had no result yet.
        runs: how many.
    """

    spent: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray
    runs: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for drawings, errors with four digits; null where nothing is known yet."""
        columns = {"x": self.spent, "m": self.median, "l": self.low, "h": self.high}
        data: dict[str, Any] = {
            name: [short(v, 7 if name == "x" else 4) for v in c] for name, c in columns.items()
        }
        return {**data, "n": self.runs}


def held(spent: Sequence[float], errors: Sequence[float], grid: FloatArray) -> FloatArray:
    """Return the best error at each point of a grid: the last one found up to there.

    Args:
        spent: ascending.
        errors: found there; the lowest so far counts.
        grid: shape (points,).

    Returns:
        Shape (points,); infinite before the first.
    """
    lowest = np.minimum.accumulate(np.asarray(errors, dtype=float))
    last = np.searchsorted(np.asarray(spent, dtype=float), grid, side="right")
    return np.concatenate([[np.inf], lowest])[last]


def common_grid(runs: Sequence[Sequence[float]], ends: Sequence[float], kind: str) -> FloatArray:
    """Return points at equal ratios from the first thing found to the longest run's end.

    Args:
        runs: what each run had spent at each of its improvements.
        ends: what each run spent in all.
        kind: "evaluations" or "seconds".

    Returns:
        Shape (points,), ascending; whole numbers without repetition where they are evaluations.
    """
    last = max([*ends, *(run[-1] for run in runs)])
    if kind == "evaluations":
        last = max(last, 2.0)
        return np.unique(np.round(np.geomspace(1.0, last, POINTS)))
    found = [value for run in runs for value in run if value > 0.0]
    first = max(min(found, default=_FIRST_SECOND), _FIRST_SECOND)
    return np.geomspace(first, max(last, 2.0 * first), POINTS)


def curve(runs: Sequence[tuple[Sequence[float], Sequence[float]]], grid: FloatArray) -> Curve:
    """Return median and band of runs on a grid.

    Runs that ended early count with what they had found at their end. Quantiles interpolate linearly
    between runs; where one of the two is still infinite, so is the quantile.

    Args:
        runs: of each what it had spent at its improvements, and the errors found there; at least one.
        grid: shape (points,).
    """
    errors = np.stack([held(spent, found, grid) for spent, found in runs])
    low, median, high = (_quantile(errors, q) for q in (LOW, 0.5, HIGH))
    return Curve(grid, median, low, high, len(runs))


def steps(spent: Sequence[float], errors: Sequence[float], end: float, kind: str) -> Curve:
    """Return the curve of one run, exactly as it went.

    Args:
        spent: at each improvement.
        errors: found there.
        end: what was spent in all.
        kind: "evaluations" or "seconds".
    """
    if len(spent) > MOST_STEPS:
        grid = common_grid([spent], [end], kind)
    else:
        least = 1.0 if kind == "evaluations" else _FIRST_SECOND
        grid = np.unique(np.maximum([*spent, max(end, spent[-1])], least))
    return curve([(spent, errors)], grid)


def _quantile(errors: FloatArray, q: float) -> FloatArray:
    """Return a quantile over the first axis; of infinities too, whose difference is not defined."""
    ordered: FloatArray = np.sort(errors, axis=0)
    place = q * (len(ordered) - 1)
    below: FloatArray = ordered[int(np.floor(place))]
    above: FloatArray = ordered[int(np.ceil(place))]
    part = place - np.floor(place)
    if part == 0.0:
        return below
    with np.errstate(invalid="ignore"):
        between = below + part * (above - below)
    found: FloatArray = np.where(np.isinf(above), np.inf, between)
    return found
