"""Adam, for costs that give gradients."""

from __future__ import annotations

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
class Adam(Tuner):
    """Adaptive moment estimation (arXiv 1412.6980, Algorithm 1).

    Attributes:
        learning_rate: radians; no angle turns by much more in one step.
        beta1: memory of the mean gradient.
        beta2: memory of the mean square gradient.
        epsilon: added to the root mean square, per radian.
        tolerance: largest component of the gradient at which to stop, per radian.
    """

    learning_rate: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    tolerance: float = 1e-5

    def __post_init__(self) -> None:
        checks.positive(learning_rate=self.learning_rate, epsilon=self.epsilon)
        checks.fraction(beta1=self.beta1, beta2=self.beta2)
        checks.non_negative(tolerance=self.tolerance)

    def _descend(self, cost: Counted, start: NDArray[np.float64], rng: np.random.Generator) -> End:
        angles = start.copy()
        mean = np.zeros_like(angles)
        square = np.zeros_like(angles)
        step = 0
        while True:
            value, gradient = cost.value_and_gradient(angles)
            slope = float(np.max(np.abs(gradient)))
            if slope <= self.tolerance:
                return End(angles, value, Status.CONVERGED, slope, stuck=step == 0)
            if cost.left < 1:
                return End(angles, value, Status.BUDGET, slope)
            step += 1
            mean = self.beta1 * mean + (1 - self.beta1) * gradient
            square = self.beta2 * square + (1 - self.beta2) * gradient**2
            direction = mean / (1 - self.beta1**step)
            size = np.sqrt(square / (1 - self.beta2**step)) + self.epsilon
            angles = angles - self.learning_rate * direction / size
