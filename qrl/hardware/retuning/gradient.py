"""Descent along gradients that are measured by parameter shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.hardware.retuning.iterates import Iterates, Measure
    from qrl.hardware.retuning.meter import Costs

_RATE = 0.3
"""Of the way to the lowest point along each angle that a step goes."""
_LEAST = 0.1
"""Of the largest curvature; smaller ones count as so much."""
_LONGEST = 0.5
"""Radians that a step turns an angle at most."""
_SURE = 3.0
"""Standard errors of a difference from which a rise is none of chance."""


def points_of(n_angles: int) -> int:
    """Return how many costs a step measures."""
    return 2 * n_angles + 1


def descend(measure: Measure, iterates: Iterates, steps: int) -> None:
    """Go down along measured gradients, each angle by its own measured curvature.

    All angles belong to gates exp(-i theta P / 2), along each of which the cost is a sinusoid. Its values
    at theta and at theta +- pi/2 give its slope (parameter shift, Schuld et al., arXiv 1811.11184) and its
    curvature, `(ahead + behind) / 2 - here`, without further circuits; the latter, averaged over the steps,
    sets how far each angle goes. Adam, which takes the scale from the gradients alone, ends higher with the
    same shots: near a minimum gradients are mostly noise. A step behind which the cost is higher beyond
    doubt is taken back, and later ones are half as long.

    Args:
        measure: what to lower.
        iterates: where to begin, and where steps are appended.
        steps: that the budget allows.
    """
    angles, rate = iterates.last, _RATE
    curvature = np.zeros(angles.size)
    before: tuple[float, float] | None = None
    for k in range(steps):
        found = measure(_points(angles))
        here, error = float(found.values[0]), float(found.errors[0])
        slope, bend = _sinusoid(found)
        curvature += (bend - curvature) / (k + 1)
        if before is not None and here - before[0] > _SURE * np.hypot(error, before[1]):
            angles, rate, before = iterates.take_back(), rate / 2, None
            continue
        before = (here, error)
        scale = np.maximum(curvature, _LEAST * np.abs(curvature).max())
        step = rate * slope / np.where(scale > 0.0, scale, 1.0)
        angles = angles - np.clip(step, -_LONGEST, _LONGEST)
        iterates.append(angles)


def _points(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    turns = 0.5 * np.pi * np.eye(angles.size)
    return np.concatenate((angles[None], angles + turns, angles - turns))


def _sinusoid(found: Costs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return slope and curvature by each angle, per radian and per radian squared."""
    n_angles = len(found.values) // 2
    ahead, behind = found.values[1 : n_angles + 1], found.values[n_angles + 1 :]
    return 0.5 * (ahead - behind), 0.5 * (ahead + behind) - found.values[0]
