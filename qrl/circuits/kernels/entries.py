"""The compiled functions that Python calls.

`ham` arguments travel as three arrays (masks, real diagonals, imaginary diagonals) and circuits as
rows of opcodes (`opcodes.py`).
"""

from __future__ import annotations

import math

import numpy as np

from qrl.circuits.kernels import adjoint, apply, lbfgs, observable
from qrl.circuits.kernels.compiled import entry, inner
from qrl.circuits.kernels.opcodes import CZ, RZZ


@entry
def statevector(ops, theta, work):
    """Write the final state into `work[0]` (real part) and `work[1]` (imaginary part)."""
    apply.run(ops, apply.half_angles(theta), work[0], work[1])


@entry
def expectation(ops, theta, masks, diag_re, diag_im, work):
    """Return the expectation value of a circuit."""
    return _value(ops, theta, masks, diag_re, diag_im, work)


@entry
def value_and_gradient(ops, theta, masks, diag_re, diag_im, work, grad):
    """Return the expectation value and write its gradient into `grad`."""
    return adjoint.value_and_gradient(ops, theta, masks, diag_re, diag_im, work, grad)


@inner
def _set_angle(ops, theta, p, masks, diag_re, diag_im, work):
    """Put the angle of parameter p where the cost is lowest with all others held.

    The cost along one angle of a Pauli rotation is `mean + a cos(angle) + b sin(angle)`
    (Rotosolve; Ostaszewski, Grant and Benedetti, arXiv 1905.09692, equation 4), so that three
    values tell its global minimum. A flat direction keeps its angle.
    """
    start = theta[p]
    here = _value(ops, theta, masks, diag_re, diag_im, work)
    last = ops[ops.shape[0] - 1]
    if last[3] == p:  # the state is at hand: turning its last gate is all there is to do
        re, im = work[0], work[1]
        eighth = math.sqrt(0.5)  # cosine and sine of half of a quarter turn
        apply.rotation(re, im, last[0], last[1], last[2], eighth, eighth)
        ahead = observable.expectation(masks, diag_re, diag_im, re, im)
        apply.rotation(re, im, last[0], last[1], last[2], 0.0, -1.0)
        behind = observable.expectation(masks, diag_re, diag_im, re, im)
    else:
        theta[p] = start + 0.5 * np.pi
        ahead = _value(ops, theta, masks, diag_re, diag_im, work)
        theta[p] = start - 0.5 * np.pi
        behind = _value(ops, theta, masks, diag_re, diag_im, work)
    mean = 0.5 * (ahead + behind)
    a, b = here - mean, 0.5 * (ahead - behind)
    theta[p] = start
    if math.hypot(a, b) > 1e-12:
        turn = math.atan2(-b, -a)
        angle = start + turn
        theta[p] = angle - 2.0 * np.pi * math.floor(angle / (2.0 * np.pi) + 0.5)
    return 3


@inner
def _value(ops, theta, masks, diag_re, diag_im, work):
    apply.run(ops, apply.half_angles(theta), work[0], work[1])
    return observable.expectation(masks, diag_re, diag_im, work[0], work[1])


@inner
def _sweep(ops, theta, masks, diag_re, diag_im, work):
    """Set each angle to its best in closed form, last gate first."""
    values = 0
    for p in range(theta.size - 1, -1, -1):
        values += _set_angle(ops, theta, p, masks, diag_re, diag_im, work)
    return values


@inner
def _has_diagonal(ops):
    """Tell whether there is a two-qubit gate that does nothing to basis states."""
    for g in range(ops.shape[0]):  # noqa: SIM110 (a loop compiles faster than a generator)
        if ops[g, 0] == RZZ or ops[g, 0] == CZ:
            return True
    return False


@inner
def _kick(theta):
    """Turn each angle, all by different amounts: off a saddle, where every slope is zero.

    The amounts are the fractional parts of multiples of the golden ratio, spread over +-1.5 radians.
    """
    for p in range(theta.size):
        part = 0.6180339887498949 * (p + 1)
        theta[p] += 3.0 * (part - math.floor(part) - 0.5)


@entry
def tune_batch(
    ops, n_ops, theta, n_theta, fresh, target,
    masks, diag_re, diag_im, stiffness, tolerance, max_gradients, work, out,
):  # fmt: skip
    """Tune the angles of many circuits, in place, one after the other.

    L-BFGS starts from the given angles. A CNOT often turns a minimum into a stationary point that
    is none, where every slope is zero and L-BFGS has nowhere to go; where it ends above `target`,
    one closed-form sweep over all angles and a second descent follow, and the better result stands.
    CZ and RZZ leave basis states alone, and no single angle tells what two would gain together; where
    L-BFGS finds no slope in a circuit that has one of them, the second descent starts aside.

    Args:
        ops: shape (circuits, gates, 4). n_ops: how many of those rows each circuit uses.
        theta: shape (circuits, angles), start and result. n_theta: how many are used.
        fresh: first angle without a value from before, set in closed form first (-1: none).
        target: shape (circuits,), the cost at which no second attempt is needed.
        stiffness: a typical second derivative of the cost, which scales first steps.
        max_gradients: of one circuit, both attempts together.
        out: shape (circuits, 5), receives value, status, values, gradients, largest slope.
    """
    for k in range(ops.shape[0]):
        circuit, angles = ops[k, : n_ops[k]], theta[k, : n_theta[k]]
        values, gradients, status, slope = 0, 0, lbfgs.CONVERGED, 0.0
        if fresh[k] >= 0:
            for p in range(fresh[k], n_theta[k]):
                values += _set_angle(circuit, angles, p, masks, diag_re, diag_im, work)
        if n_theta[k] == 0:
            value = _value(circuit, angles, masks, diag_re, diag_im, work)
            values += 1
        else:
            value, status, gradients, slope = lbfgs.minimise(
                circuit, angles, masks, diag_re, diag_im, work, stiffness, tolerance, max_gradients
            )
            margin = 1e-9 * max(1.0, abs(value))  # a target may be infinite
            worse = value > target[k] + margin
            still = gradients == 1 and value > target[k] - margin and _has_diagonal(circuit)
            if (worse or still) and gradients < max_gradients:
                second = angles.copy()
                if worse:
                    values += _sweep(circuit, second, masks, diag_re, diag_im, work)
                else:
                    _kick(second)
                value_2, status_2, more, slope_2 = lbfgs.minimise(
                    circuit,
                    second,
                    masks,
                    diag_re,
                    diag_im,
                    work,
                    stiffness,
                    tolerance,
                    max_gradients - gradients,
                )
                gradients += more
                if value_2 < value:
                    for p in range(angles.size):
                        angles[p] = second[p]
                    value, status, slope = value_2, status_2, slope_2
        out[k, 0], out[k, 1], out[k, 2] = value, status, values
        out[k, 3], out[k, 4] = gradients, slope


@entry
def local_paulis(ops, n_ops, theta, work, out):
    """Write the expectation values of X, Y and Z on each qubit of each circuit.

    Args:
        ops, n_ops, theta: circuits as for `tune_batch`.
        out: shape (circuits, qubits, 3).
    """
    re, im = work[0], work[1]
    for k in range(ops.shape[0]):
        apply.run(ops[k, : n_ops[k]], apply.half_angles(theta[k]), re, im)
        for q in range(out.shape[1]):
            stride = 1 << q
            x = y = z = 0.0
            for i in range(re.size):
                if i & stride:
                    continue
                j = i + stride
                x += re[i] * re[j] + im[i] * im[j]
                y += re[i] * im[j] - im[i] * re[j]
                z += re[i] * re[i] + im[i] * im[i] - re[j] * re[j] - im[j] * im[j]
            out[k, q, 0], out[k, q, 1], out[k, q, 2] = 2.0 * x, 2.0 * y, z
