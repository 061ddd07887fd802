"""SPSA on a device: both values of a step are measured in one job.

The tuner of `qrl.circuits.tuners` asks for one value after another, which would be a job each, and keeps
the last angles instead of their average; it serves engines.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.hardware.retuning.iterates import Iterates, Measure

ALPHA, GAMMA = 0.602, 0.101
_STABILITY = 0.1
"""Spall's A, as a share of the steps."""
_WIDTH = 0.75
"""Radians by which a probe turns all angles together (root of the sum of squares)."""
_FIRST_WIDTH = 0.87
"""The same for the probes before the first step."""
_SHARE = 0.4
"""Of the way to the lowest point along the first direction that the first step goes."""
_LONGEST = 0.3
"""Radians that a first step turns an angle at most, on average."""
_TRIES = 5
PAIR = 2


def first_pairs(steps: int) -> int:
    """Return how many pairs of values are measured before the first step."""
    return min(_TRIES, max(1, steps // 10))


def descend(measure: Measure, iterates: Iterates, steps: int, rng: np.random.Generator) -> None:
    """Go down by SPSA (Spall 1998, IEEE Trans. Aerosp. Electron. Syst. 34, 817).

    Step k (from 0) probes the angles turned by plus and minus c_k along a random direction of signs, and
    goes down that direction by a_k times the difference quotient, with `a_k = a / (k + 1 + A)**0.602` and
    `c_k = c / (k + 1)**0.101`. Spall takes `a` from the slope at the start, which near a minimum is that of
    noise alone; here it comes from the curvature along random directions, where that is positive.

    Args:
        measure: what to lower.
        iterates: where to begin, and where steps are appended.
        steps: that the budget allows.
        rng: of the directions.
    """
    angles = iterates.last
    stability = _STABILITY * steps
    a = _first_gain(measure, angles, first_pairs(steps), rng) * (1 + stability) ** ALPHA
    for k in range(steps):
        width = _WIDTH / math.sqrt(angles.size) / (k + 1) ** GAMMA
        signs: NDArray[np.float64] = rng.choice((-1.0, 1.0), angles.size)
        ahead, behind = measure(np.stack((angles + width * signs, angles - width * signs))).values
        # Dividing by a sign is multiplying by it.
        gradient = (ahead - behind) / (2 * width) * signs
        angles = angles - a / (k + 1 + stability) ** ALPHA * gradient
        iterates.append(angles)


def _first_gain(
    measure: Measure, angles: NDArray[np.float64], pairs: int, rng: np.random.Generator
) -> float:
    """Return the factor between the first estimate of a gradient and the first step."""
    width = _FIRST_WIDTH / math.sqrt(angles.size)
    turns = width * rng.choice((-1.0, 1.0), (pairs, angles.size))
    values = measure(np.concatenate((angles[None], angles + turns, angles - turns))).values
    here, ahead, behind = values[0], values[1 : pairs + 1], values[pairs + 1 :]
    slope = float(np.mean(np.abs(ahead - behind))) / (2 * width)
    curvature = float(np.mean(ahead + behind - 2 * here)) / width**2
    longest = _LONGEST / slope if slope > 0.0 else math.inf
    along = _SHARE / curvature if curvature > 0.0 else math.inf
    found = min(longest, along)
    return found if math.isfinite(found) else 0.0
