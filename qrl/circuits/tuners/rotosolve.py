"""Rotosolve: each angle in turn to its best in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.circuits.tuned import Status
from qrl.circuits.tuners import checks
from qrl.circuits.tuners.tuner import FLAT, End, Tuner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qrl.circuits.tuners.cost import Counted


@dataclass(frozen=True, kw_only=True)
class Rotosolve(Tuner):
    """Sequential minimisation in closed form (arXiv 1905.09692, Algorithm 1).

    The cost must be a sinusoid of period 2 pi in each angle, as an expectation value is in the
    angle of `exp(-i * angle / 2 * P)` with a Pauli P. Of the three values that fix a sinusoid the
    one at the current angle is known from the angle before, so each angle takes two new ones.
    Unlike the paper the result of each sweep is measured, one value more, so that neither rounding
    nor noise builds up over sweeps and a cost that is no such sinusoid is noticed.

    Attributes:
        tolerance: a sweep that gains less than this, in the unit of the cost, is the last:
            CONVERGED, or STALLED where it lost.
    """

    tolerance: float = 1e-9

    def __post_init__(self) -> None:
        checks.non_negative(tolerance=self.tolerance)

    def _descend(self, cost: Counted, start: NDArray[np.float64], rng: np.random.Generator) -> End:
        angles = start.copy()
        value = cost.value(angles)
        slope = math.nan
        first = True
        while True:
            # One evaluation stays for the measurement of what the sweep reaches.
            reach = min(angles.size, (cost.left - 1) // 2)
            if reach < 1:
                return End(angles, value, Status.BUDGET, slope)
            predicted, slopes, flat = value, [], True
            for index in range(reach):
                predicted, slope_here, spread = _turn(cost, angles, index, predicted)
                slopes.append(abs(slope_here))
                flat = flat and spread <= FLAT
            slope = max(slopes)
            if first and flat and reach == angles.size:
                return End(angles, value, Status.STALLED, slope, stuck=True)
            before, value = value, cost.value(angles)
            if reach < angles.size:
                return End(angles, value, Status.BUDGET, slope)
            if before - value < self.tolerance:
                lost = before - value < -max(self.tolerance, FLAT)
                return End(angles, value, Status.STALLED if lost else Status.CONVERGED, slope)
            first = False


def _turn(
    cost: Counted, angles: NDArray[np.float64], index: int, here: float
) -> tuple[float, float, float]:
    """Turn one angle in place to the minimum of its sinusoid.

    With t the turn, `f(t) = mean + even * cos(t) + odd * sin(t)`; `even`, `odd` and `mean` follow
    from f(0), f(pi/2) and f(-pi/2) (arXiv 1905.09692 with phi the current angle).

    Args:
        cost: what to lower.
        angles: radians, shape (n_angles,).
        index: which angle.
        here: cost at `angles`.

    Returns:
        Predicted cost after the turn, derivative before it, spread of the three values.
    """
    old = angles[index]
    angles[index] = old + math.pi / 2
    ahead = cost.value(angles)
    angles[index] = old - math.pi / 2
    behind = cost.value(angles)
    angles[index] = old
    mean, odd = (ahead + behind) / 2, (ahead - behind) / 2
    even = here - mean
    spread = max(here, ahead, behind) - min(here, ahead, behind)
    if spread <= FLAT:
        return here, odd, spread
    angles[index] = old + math.atan2(-odd, -even)
    return mean - math.hypot(even, odd), odd, spread
