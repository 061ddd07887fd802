"""L-BFGS on the angles of one circuit, entirely in compiled code.

Two-loop recursion of Nocedal and Wright, Numerical Optimization (2006), algorithm 7.4, with a line
search for the weak Wolfe conditions (their equation 3.6): it shortens a step by the parabola
through the values seen, and lengthens one that leaves the slope as it was, as near saddles. A pair
enters the memory only where its curvature is positive, so that each direction descends.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qrl.circuits.kernels.compiled import inner

CONVERGED, BUDGET, STALLED, NOT_FINITE = range(4)
"""Why a tuner stopped; `qrl.circuits.tuned.Status` gives the meanings."""

_MEMORY = 8
_ARMIJO = 1e-4
_MAX_TRIALS = 12
_STEEP = 0.9
"""Where this part of the slope is left after a step, the step was too short (Wolfe's condition)."""
_LEAST_COSINE = 1e-10
"""Between a step and the change of the gradient, for the pair to enter the memory."""
_MAX_TURN = 1.5
"""Longest first step of an angle in radians: beyond half a turn, a cosine's slope says nothing."""


@inner
def largest_of(vector):
    """Return the largest absolute value, NaN if there is one."""
    largest = 0.0
    for k in range(vector.size):
        a = abs(vector[k])
        if not a <= largest:  # a NaN must win
            largest = a
    return largest


# Loops in place of array expressions and of np.dot: for a few dozen angles they are as fast, and each
# expression takes a fraction of a second to compile.
@inner
def _dot(a, b):
    result = 0.0
    for k in range(a.size):
        result += a[k] * b[k]
    return result


@inner
def _set_sum(out, a, factor, b):
    """Write a + factor * b into `out`."""
    for k in range(out.size):
        out[k] = a[k] + factor * b[k]


@inner
def _scale(a, factor):
    for k in range(a.size):
        a[k] *= factor


@inner
def _direction(grad, steps, changes, rhos, stored, newest, direction, alphas, stiffness):
    """Write -H grad into `direction`, with H the inverse Hessian that the memory implies."""
    _set_sum(direction, grad, -2.0, grad)
    if stored == 0:
        _scale(direction, 1.0 / stiffness)
        return
    for back in range(stored):
        k = (newest - back) % _MEMORY
        alphas[k] = rhos[k] * _dot(steps[k], direction)
        _set_sum(direction, direction, -alphas[k], changes[k])
    k = newest
    _scale(direction, 1.0 / (rhos[k] * _dot(changes[k], changes[k])))
    for back in range(stored - 1, -1, -1):
        k = (newest - back) % _MEMORY
        factor = alphas[k] - rhos[k] * _dot(changes[k], direction)
        _set_sum(direction, direction, factor, steps[k])


def minimiser(cost_and_gradient: Any) -> Any:
    """Return `minimise` for an engine.

    Args:
        cost_and_gradient: `(problem, program, theta, work, grad)`: returns the cost, writes the gradient.
    """

    @inner
    def minimise(problem, program, theta, work, stiffness, tolerance, max_gradients):
        """Lower the cost from `theta`, in place.

        Args:
            stiffness: a typical second derivative of the cost, which scales the first step.
            tolerance: the largest component of the gradient at which to stop (cost per radian).
            max_gradients: evaluations of value and gradient allowed, at least 1.

        Returns:
            value, status, evaluations used, largest component of the last gradient.
        """
        size = theta.size
        grad = np.empty(size)
        value = cost_and_gradient(problem, program, theta, work, grad)
        used = 1
        largest = largest_of(grad)
        if not (math.isfinite(value) and math.isfinite(largest)):
            return value, NOT_FINITE, used, largest
        if largest <= tolerance:
            return value, CONVERGED, used, largest
        steps, changes = np.empty((_MEMORY, size)), np.empty((_MEMORY, size))
        rhos, alphas = np.empty(_MEMORY), np.empty(_MEMORY)
        trial, trial_grad, direction = np.empty(size), np.empty(size), np.empty(size)
        kept, kept_grad = np.empty(size), np.empty(size)
        stored, newest = 0, -1
        while used < max_gradients:
            _direction(grad, steps, changes, rhos, stored, newest, direction, alphas, stiffness)
            slope = _dot(grad, direction)
            if not slope < 0.0:  # rounding spoiled the memory: start again from steepest descent
                if stored == 0:
                    return value, STALLED, used, largest
                stored = 0
                continue
            longest = _MAX_TURN / largest_of(direction)
            step = min(1.0, longest)
            accepted = False
            kept_value = value
            for _ in range(_MAX_TRIALS):
                if used >= max_gradients:
                    if accepted:
                        break
                    return value, BUDGET, used, largest
                _set_sum(trial, theta, step, direction)
                trial_value = cost_and_gradient(problem, program, trial, work, trial_grad)
                used += 1
                if not math.isfinite(trial_value):
                    return value, NOT_FINITE, used, largest
                if trial_value <= value + _ARMIJO * step * slope and trial_value <= kept_value:
                    accepted = True
                    kept_value = trial_value
                    _set_sum(kept, trial, 0.0, trial)
                    _set_sum(kept_grad, trial_grad, 0.0, trial_grad)
                    if step < longest and _dot(trial_grad, direction) < _STEEP * slope:
                        step = min(4.0 * step, longest)
                        continue
                    break
                if accepted:
                    break
                curve = 2.0 * (trial_value - value - slope * step)
                shorter = -slope * step * step / curve if curve > 0.0 else 0.0
                step = min(max(shorter, 0.1 * step), 0.5 * step)
            if not accepted:
                if stored == 0:
                    return value, STALLED, used, largest
                stored = 0
                continue
            k = (newest + 1) % _MEMORY
            _set_sum(steps[k], kept, -1.0, theta)
            _set_sum(changes[k], kept_grad, -1.0, grad)
            _set_sum(theta, kept, 0.0, kept)
            _set_sum(grad, kept_grad, 0.0, kept_grad)
            value = kept_value
            curvature = _dot(steps[k], changes[k])
            # Relative, so that neither the unit of the cost nor a flat valley matters.
            sizes = _dot(steps[k], steps[k]) * _dot(changes[k], changes[k])
            if curvature > _LEAST_COSINE * math.sqrt(sizes):
                rhos[k] = 1.0 / curvature
                newest = k
                stored = min(stored + 1, _MEMORY)
            largest = largest_of(grad)
            if not math.isfinite(largest):
                return value, NOT_FINITE, used, largest
            if largest <= tolerance:
                return value, CONVERGED, used, largest
        return value, BUDGET, used, largest

    return minimise
