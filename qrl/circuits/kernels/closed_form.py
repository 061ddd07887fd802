"""The best value of one angle in closed form.

What is measured of a circuit's state is, along the angle of a Pauli rotation and with all others held,
`mean + a cos(angle) + b sin(angle)` (Rotosolve; Ostaszewski, Grant and Benedetti, arXiv 1905.09692,
equation 4). Three evaluations tell the three numbers, whatever the engine; a cost that is a smooth
function of several such quantities is then minimised along the angle without further evaluations.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qrl.circuits.kernels.compiled import inner

_SCAN = 24
"""Places tried along the circle before the best is refined."""
_REFINE = 40
"""Steps of golden section, each narrowing by 0.618: to 1e-8 of a 24th of the circle."""
_GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
_FLAT = 1e-12


@inner
def wrapped(angle):
    """Return an angle moved by full turns into [-pi, pi)."""
    return angle - 2.0 * np.pi * math.floor(angle / (2.0 * np.pi) + 0.5)


@inner
def best_turn(a, b):
    """Return where a cos(x) + b sin(x) is lowest, 0 where it is flat."""
    if math.hypot(a, b) > _FLAT:
        return math.atan2(-b, -a)
    return 0.0


def by_values(measure: Any, combine: Any, quantities: Any, is_sinusoid: Any) -> tuple[Any, Any]:
    """Return `set_angle` and `sweep` for an engine that can measure a circuit.

    Args:
        measure: `(problem, program, theta, work, m)`, writes the quantities.
        combine: `(problem, m)`, returns the cost.
        quantities: `(problem)`, says how many there are.
        is_sinusoid: `(problem)`, says whether there is one quantity, the cost itself.
    """

    @inner
    def along(problem, mean, a, b, x, m):
        for k in range(m.size):
            m[k] = mean[k] + a[k] * math.cos(x) + b[k] * math.sin(x)
        return combine(problem, m)

    @inner
    def set_angle(problem, program, theta, p, work):
        """Put an angle where the cost is lowest and return how many values that took."""
        count, start = quantities(problem), theta[p]
        a, b, mean, m = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
        measure(problem, program, theta, work, a)
        theta[p] = start + 0.5 * np.pi
        measure(problem, program, theta, work, b)
        theta[p] = start - 0.5 * np.pi
        measure(problem, program, theta, work, m)
        theta[p] = start
        for k in range(count):
            mean[k] = 0.5 * (b[k] + m[k])
            a[k] -= mean[k]
            b[k] = 0.5 * (b[k] - m[k])
        if is_sinusoid(problem):
            theta[p] = wrapped(start + best_turn(a[0], b[0]))
            return 3
        here = along(problem, mean, a, b, 0.0, m)
        best, lowest, step = 0.0, here, 2.0 * np.pi / _SCAN
        for k in range(1, _SCAN):
            there = along(problem, mean, a, b, k * step, m)
            if there < lowest:
                best, lowest = k * step, there
        low, high = best - step, best + step
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        at_left = along(problem, mean, a, b, left, m)
        at_right = along(problem, mean, a, b, right, m)
        for _ in range(_REFINE):
            if at_left < at_right:
                high, right, at_right = right, left, at_left
                left = high - _GOLDEN * (high - low)
                at_left = along(problem, mean, a, b, left, m)
            else:
                low, left, at_left = left, right, at_right
                right = low + _GOLDEN * (high - low)
                at_right = along(problem, mean, a, b, right, m)
        x, there = 0.5 * (low + high), min(at_left, at_right)
        if there < here - _FLAT:
            theta[p] = wrapped(start + x)
        return 3

    @inner
    def sweep(problem, program, theta, work):
        """Set each angle to its best, one after the other, and return how many values that took."""
        values = 0
        for p in range(theta.size):
            values += set_angle(problem, program, theta, p, work)
        return values

    return set_angle, sweep
