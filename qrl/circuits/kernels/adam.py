"""Adam on the angles of one circuit (Kingma and Ba, arXiv 1412.6980, algorithm 1)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lbfgs import BUDGET, CONVERGED, NOT_FINITE, largest_of

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8


def minimiser(cost_and_gradient: Any) -> Any:
    """Return `minimise` for an engine.

    Args:
        cost_and_gradient: `(problem, program, theta, work, grad)`: returns the cost, writes the gradient.
    """

    @inner
    def minimise(problem, program, theta, work, rate, tolerance, max_gradients):
        """Follow Adam from `theta`, and leave the angles of the lowest cost seen.

        Args:
            rate: step size in radians.
            tolerance: the largest component of the gradient at which to stop (cost per radian).
            max_gradients: evaluations of value and gradient allowed, at least 1.

        Returns:
            value, status, evaluations used, largest component of the gradient there.
        """
        size = theta.size
        grad, best = np.empty(size), theta.copy()
        first, second = np.zeros(size), np.zeros(size)
        value, slope, status, used = np.inf, np.inf, BUDGET, 0
        while used < max_gradients:
            here = cost_and_gradient(problem, program, theta, work, grad)
            largest = largest_of(grad)
            used += 1
            if not (math.isfinite(here) and math.isfinite(largest)):
                status = NOT_FINITE
                if used == 1:
                    value, slope = here, largest
                break
            if here < value:
                value, slope = here, largest
                for k in range(size):
                    best[k] = theta[k]
            if largest <= tolerance:
                status = CONVERGED
                break
            for k in range(size):
                first[k] += (1.0 - _BETA_1) * (grad[k] - first[k])
                second[k] += (1.0 - _BETA_2) * (grad[k] * grad[k] - second[k])
                mean = first[k] / (1.0 - _BETA_1**used)
                spread = second[k] / (1.0 - _BETA_2**used)
                theta[k] -= rate * mean / (math.sqrt(spread) + _EPSILON)
        for k in range(size):
            theta[k] = best[k]
        return value, status, used, slope

    return minimise
