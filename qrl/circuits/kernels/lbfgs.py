"""L-BFGS on the angles of one circuit, entirely in compiled code.

Two-loop recursion of Nocedal and Wright, Numerical Optimization (2006), algorithm 7.4, with a
backtracking line search that ends on the Armijo condition (their equation 3.4) and takes its next
step from the parabola through the values seen. A pair enters the memory only where its curvature
is positive, so that each direction descends.
"""

from __future__ import annotations

import math

import numpy as np

from qrl.circuits.kernels.adjoint import value_and_gradient
from qrl.circuits.kernels.compiled import inner

CONVERGED, BUDGET, STALLED, NOT_FINITE = range(4)
"""Why the tuner stopped; `qrl.circuits.tuned.Status` gives the meanings."""

_MEMORY = 8
_ARMIJO = 1e-4
_MAX_BACKTRACKS = 12
_MAX_TURN = 1.5
"""Longest first step of an angle in radians: beyond half a turn, a cosine's slope says nothing."""


@inner
def _largest(vector):
    largest = 0.0
    for k in range(vector.size):
        a = abs(vector[k])
        if not a <= largest:  # a NaN must win
            largest = a
    return largest


@inner
def _direction(grad, steps, changes, rhos, stored, newest, direction, alphas):
    """Write -H grad into `direction`, with H the inverse Hessian that the memory implies."""
    direction[:] = -grad
    if stored == 0:
        return
    for back in range(stored):
        k = (newest - back) % _MEMORY
        alphas[k] = rhos[k] * np.dot(steps[k], direction)
        direction -= alphas[k] * changes[k]
    k = newest
    direction *= 1.0 / (rhos[k] * np.dot(changes[k], changes[k]))
    for back in range(stored - 1, -1, -1):
        k = (newest - back) % _MEMORY
        direction += (alphas[k] - rhos[k] * np.dot(changes[k], direction)) * steps[k]


@inner
def minimise(ops, theta, masks, diag_re, diag_im, work, tolerance, max_gradients):
    """Lower the expectation value from `theta`, in place.

    Args:
        tolerance: the largest component of the gradient at which to stop (cost per radian).
        max_gradients: evaluations of value and gradient allowed, at least 1.

    Returns:
        value, status, evaluations used, largest component of the last gradient.
    """
    size = theta.size
    grad = np.empty(size)
    value = value_and_gradient(ops, theta, masks, diag_re, diag_im, work, grad)
    used = 1
    largest = _largest(grad)
    if not (math.isfinite(value) and math.isfinite(largest)):
        return value, NOT_FINITE, used, largest
    if largest <= tolerance:
        return value, CONVERGED, used, largest
    steps, changes = np.empty((_MEMORY, size)), np.empty((_MEMORY, size))
    rhos, alphas = np.empty(_MEMORY), np.empty(_MEMORY)
    trial, trial_grad, direction = np.empty(size), np.empty(size), np.empty(size)
    stored, newest = 0, -1
    while used < max_gradients:
        _direction(grad, steps, changes, rhos, stored, newest, direction, alphas)
        slope = np.dot(grad, direction)
        if not slope < 0.0:  # rounding spoiled the memory: start again from steepest descent
            if stored == 0:
                return value, STALLED, used, largest
            stored = 0
            continue
        step = min(1.0, _MAX_TURN / _largest(direction))
        accepted = False
        for _ in range(_MAX_BACKTRACKS):
            if used >= max_gradients:
                return value, BUDGET, used, largest
            trial[:] = theta + step * direction
            trial_value = value_and_gradient(ops, trial, masks, diag_re, diag_im, work, trial_grad)
            used += 1
            if not math.isfinite(trial_value):
                return value, NOT_FINITE, used, largest
            if trial_value <= value + _ARMIJO * step * slope:
                accepted = True
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
        steps[k] = trial - theta
        changes[k] = trial_grad - grad
        theta[:] = trial
        grad[:] = trial_grad
        value = trial_value
        curvature = np.dot(steps[k], changes[k])
        if curvature > 1e-14:
            rhos[k] = 1.0 / curvature
            newest = k
            stored = min(stored + 1, _MEMORY)
        largest = _largest(grad)
        if not math.isfinite(largest):
            return value, NOT_FINITE, used, largest
        if largest <= tolerance:
            return value, CONVERGED, used, largest
    return value, BUDGET, used, largest
