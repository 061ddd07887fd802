"""Tuning one circuit from start to end: closed forms, a descent, and a second attempt.

A CNOT often turns a minimum into a stationary point that is none, where every slope is zero and a
descent has nowhere to go. Where L-BFGS ends above `target`, one closed-form sweep over all angles and
a second descent follow. Where it finds no slope at all and nothing was gained, the second descent
starts from randomly turned angles if restarts are allowed. The better result stands.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qrl.circuits.kernels import adam, lbfgs
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lbfgs import BUDGET, CONVERGED, NOT_FINITE, largest_of

LBFGS, ROTOSOLVE, ADAM, NONE = range(4)
"""How the angles are lowered; NONE sets only the fresh ones, in closed form."""

METHOD, TOLERANCE, MAX_GRADIENTS, RESTARTS, SEED, RATE, STIFFNESS = range(7)
"""What the numbers of `options` say: method, largest slope at which to stop, evaluations of value and
gradient allowed, restarts of a stuck start allowed, their seed, Adam's step, and a typical second
derivative of the cost, which scales first steps."""

VALUE, STATUS, VALUES, GRADIENTS, SLOPE, RESTARTED = range(6)
COLUMNS, OPTIONS = 6, 7
"""Columns of a result, and how many of them and of options there are."""

_GAIN = 1e-9
_KICK = 1.5
"""Radians; random turns are uniform up to this."""


@inner
def _random(state):
    """Advance a SplitMix64 generator; return its state and a number from -1 to 1."""
    state += np.uint64(0x9E3779B97F4A7C15)
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return state, 2.0 * (np.float64(z >> np.uint64(11)) * 2.0**-53) - 1.0


@inner
def _kick(rows, theta, seed):
    """Turn each angle at random: off a saddle, where every slope is zero.

    The turns depend on the seed and on the circuit, not on which circuits were tuned before.
    """
    state = np.uint64(seed)
    for g in range(rows.shape[0]):
        for k in range(3):
            state = (state ^ np.uint64(rows[g, k] + 2)) * np.uint64(0x100000001B3)
    for p in range(theta.size):
        state, turn = _random(state)
        theta[p] += _KICK * turn


def tuner(cost: Any, cost_and_gradient: Any, set_angle: Any, sweep: Any) -> Any:
    """Return `tune` for an engine.

    Args:
        cost: `(problem, program, theta, work)`, returns the cost.
        cost_and_gradient: `(problem, program, theta, work, grad)`.
        set_angle: `(problem, program, theta, p, work)`, sets one angle in closed form; returns values used.
        sweep: `(problem, program, theta, work)`, sets all of them; returns values used.
    """
    minimise = lbfgs.minimiser(cost_and_gradient)
    follow = adam.minimiser(cost_and_gradient)

    @inner
    def rotosolve(problem, program, theta, work, tolerance, allowed):
        """Sweep until a sweep gains less than the tolerance; return value, status, values used."""
        # Three values an angle and one to see where it led, until the first sweep tells.
        value, used, per_sweep = cost(problem, program, theta, work), 1, 3 * theta.size + 1
        status = BUDGET if np.isfinite(value) else NOT_FINITE
        while status == BUDGET and used + per_sweep <= allowed:
            before = theta.copy()
            per_sweep = sweep(problem, program, theta, work)
            lower = cost(problem, program, theta, work)
            per_sweep += 1
            used += per_sweep
            if not np.isfinite(lower):
                status = NOT_FINITE
            if not lower <= value:
                for k in range(theta.size):
                    theta[k] = before[k]
                if status == BUDGET:
                    status = CONVERGED
                break
            gain, value = value - lower, lower
            if gain <= tolerance:
                status = CONVERGED
                break
        return value, status, used

    @inner
    def descend(problem, program, theta, work, target, options, out):
        tolerance, allowed = options[TOLERANCE], np.int64(options[MAX_GRADIENTS])
        stiffness = options[STIFFNESS]
        value, status, gradients, slope = minimise(
            problem, program, theta, work, stiffness, tolerance, allowed
        )
        values, restarted = 0, 0
        margin = _GAIN * max(1.0, abs(value))  # a target may be infinite
        worse = value > target + margin
        gained = value <= target - margin and target < np.inf
        stuck = options[RESTARTS] > 0.0 and gradients == 1 and not gained
        if (worse or stuck) and gradients < allowed and status != NOT_FINITE:
            second = theta.copy()
            if worse:
                values += sweep(problem, program, second, work)
            else:
                _kick(program.rows, second, options[SEED])
                restarted = 1
            value_2, status_2, more, slope_2 = minimise(
                problem, program, second, work, stiffness, tolerance, allowed - gradients
            )
            gradients += more
            if value_2 < value:
                for p in range(theta.size):
                    theta[p] = second[p]
                value, status, slope = value_2, status_2, slope_2
        out[VALUE], out[STATUS], out[SLOPE] = value, status, slope
        out[VALUES], out[GRADIENTS], out[RESTARTED] = values, gradients, restarted

    @inner
    def tune(problem, program, theta, work, fresh, target, options, out):
        """Tune the angles of one circuit in place.

        Args:
            fresh: which angles have no meaning yet and are set in closed form first.
            target: a cost known to be within reach, at which no second attempt is needed.
            options: see `METHOD` and the names after it.
            out: shape (6,), see `VALUE` and the names after it.
        """
        method, used = np.int64(options[METHOD]), 0
        for p in range(theta.size):
            if fresh[p]:
                used += set_angle(problem, program, theta, p, work)
        if theta.size == 0 or method == NONE:
            value = cost(problem, program, theta, work)
            out[VALUE], out[STATUS], out[SLOPE] = value, CONVERGED, 0.0
            out[VALUES], out[GRADIENTS], out[RESTARTED] = 1, 0, 0
            if not np.isfinite(value):
                out[STATUS] = NOT_FINITE
        elif method == LBFGS:
            descend(problem, program, theta, work, target, options, out)
        else:
            allowed, grad = np.int64(options[MAX_GRADIENTS]), np.empty(theta.size)
            if method == ADAM:
                value, status, gradients, slope = follow(
                    problem, program, theta, work, options[RATE], options[TOLERANCE], allowed
                )
                values = 0
            else:
                value, status, values = rotosolve(
                    problem, program, theta, work, options[TOLERANCE], allowed
                )
                value, gradients = cost_and_gradient(problem, program, theta, work, grad), 1
                slope = largest_of(grad)
            out[VALUE], out[STATUS], out[SLOPE] = value, status, slope
            out[VALUES], out[GRADIENTS], out[RESTARTED] = values, gradients, 0
        out[VALUES] += used

    return tune
