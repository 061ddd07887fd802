"""Analytic quantum gradient descent: parameter shifts, momentum, epochs."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.tuned import Status
from qrl.circuits.tuners import checks
from qrl.circuits.tuners.tuner import End, Tuner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.tuners.cost import Counted


@dataclass(frozen=True, kw_only=True)
class Aqgd(Tuner):
    """Gradient descent by the parameter-shift rule (arXiv 1803.00745; 1811.11184).

    After the description of Qiskit's optimizer of that name, with its defaults. Needs only values:
    `2 * n_angles` for a gradient and one after each step. The cost must be a sinusoid of period
    2 pi in each angle. Each of the three tuples has one entry for each epoch.

    Attributes:
        learning_rate: radians squared per unit of cost. Steps overshoot where it exceeds twice the
            inverse curvature, so costs of a scale above 1 need less than the default.
        momentum: share of the previous direction in the next, at least 0 and below 1.
        iterations: steps at most.
        tolerance: stop when the mean of the last `averaging` values changes by less, unit of cost.
        turn_tolerance: stop when a step turns no angle by more, radians; where the first does not,
            the start is stuck.
        averaging: values in that mean.
    """

    learning_rate: tuple[float, ...] = (1.0,)
    momentum: tuple[float, ...] = (0.25,)
    iterations: tuple[int, ...] = (1000,)
    tolerance: float = 1e-6
    turn_tolerance: float = 1e-6
    averaging: int = 10

    def __post_init__(self) -> None:
        checks.freeze(self, "learning_rate", "momentum", "iterations")
        checks.same_length(
            learning_rate=self.learning_rate, momentum=self.momentum, iterations=self.iterations
        )
        for rate, memory, steps in self._epochs():
            checks.positive(learning_rate=rate)
            checks.fraction(momentum=memory)
            checks.count(iterations=steps)
        checks.non_negative(tolerance=self.tolerance, turn_tolerance=self.turn_tolerance)
        checks.count(averaging=self.averaging)

    def _epochs(self) -> list[tuple[float, float, int]]:
        return list(zip(self.learning_rate, self.momentum, self.iterations, strict=True))

    def _descend(self, cost: Counted, start: NDArray[np.float64], rng: np.random.Generator) -> End:
        angles = start.copy()
        value = cost.value(angles)
        direction = np.zeros_like(angles)
        window = deque([value], maxlen=self.averaging + 1)
        slope, first = math.nan, True
        for rate, memory, steps in self._epochs():
            for _ in range(steps):
                if cost.left < 2 * angles.size + 1:
                    return End(angles, value, Status.BUDGET, slope)
                gradient = shift_gradient(cost, angles)
                slope = float(np.max(np.abs(gradient)))
                direction = memory * direction + (1 - memory) * gradient
                turn = rate * direction
                angles = angles - turn
                value = cost.value(angles)
                window.append(value)
                settled = len(window) > self.averaging and (
                    # Both means share all values but the first and the last.
                    abs(window[-1] - window[0]) / self.averaging < self.tolerance
                )
                still = bool(np.max(np.abs(turn)) <= self.turn_tolerance)
                if settled or still:
                    return End(angles, value, Status.CONVERGED, slope, stuck=first and still)
                first = False
        return End(angles, value, Status.BUDGET, slope)


def shift_gradient(cost: Counted, angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gradient by the parameter-shift rule, shape (n_angles,), per radian.

    Takes `2 * n_angles` values: `(f(angle + pi/2) - f(angle - pi/2)) / 2` for each angle
    (arXiv 1811.11184).
    """
    gradient = np.empty_like(angles)
    for index in range(angles.size):
        shift = np.zeros_like(angles)
        shift[index] = math.pi / 2
        gradient[index] = (cost.value(angles + shift) - cost.value(angles - shift)) / 2
    return gradient
