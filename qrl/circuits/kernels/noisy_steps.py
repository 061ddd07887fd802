"""Steps of a noisy plan: the matrices of runs of one-qubit steps, and steps on two qubits."""

from __future__ import annotations

import math

import numpy as np

from qrl.circuits.kernels import ptm
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.noisy_plan import (
    AXIS,
    CHANNEL,
    DATA,
    FIRST,
    FLIP,
    KIND,
    PARAMETER,
    SCALE,
    SECOND,
    TURN,
)
from qrl.circuits.kernels.opcodes import RX, RY
from qrl.circuits.kernels.simd import ahead

SPARE = 128
"""Numbers in front of the states in `work`: matrices, and room for a pair's codes or a vector."""
SECOND_SPARE, THIRD_SPARE, FOURTH_SPARE, FIFTH_SPARE, SIXTH_SPARE = (
    np.uint64(16 * k) for k in range(1, 6)
)
"""Where they begin."""


@inner
def own_matrix(problem, row, theta, m):
    """Write the matrix of a one-qubit step to `m`: noise, and a rotation before it."""
    noise = ahead(problem.matrices, np.uint64(row[DATA]))
    for entry in range(16):
        m[entry] = noise[entry]
    if row[KIND] == TURN:
        angle = theta[row[PARAMETER]]
        c, s = math.cos(angle), math.sin(angle)
        gains, loses = plane(row[AXIS])
        for k in range(0, 16, 4):
            one, other = noise[k + gains], noise[k + loses]
            m[k + gains], m[k + loses] = c * one - s * other, c * other + s * one


@inner
def plane(axis):
    """Return the codes that a rotation mixes: the first gains the sine of the second, which loses.

    About X, Z gains Y; about Y, X gains Z; about Z, Y gains X.
    """
    if axis == RX:
        return 2, 3
    if axis == RY:
        return 1, 2
    return 3, 1


@inner
def times(a, b, result):
    """Write the product of two 4 x 4 matrices."""
    for row in range(0, 16, 4):
        for column in range(4):
            entry = 0.0
            for k in range(4):
                entry += a[row + k] * b[4 * k + column]
            result[row + column] = entry


@inner
def whole_matrix(problem, rows, begin, end, theta, matrix):
    """Write the matrix of a run of one-qubit steps to `matrix`, and return whether one is a rotation."""
    one, product = ahead(matrix, SECOND_SPARE), ahead(matrix, THIRD_SPARE)
    own_matrix(problem, rows[begin], theta, matrix)
    turns = rows[begin, KIND] == TURN
    for s in range(begin + 1, end):
        own_matrix(problem, rows[s], theta, one)
        times(one, matrix, product)
        for entry in range(16):
            matrix[entry] = product[entry]
        turns = turns or rows[s, KIND] == TURN
    return turns


@inner
def transpose(m, result):
    """Write the transpose of a 4 x 4 matrix."""
    for row in range(4):
        for column in range(4):
            result[4 * column + row] = m[4 * row + column]


@inner
def run_end(rows, s):
    """Return where the one-qubit steps on the qubit of step s end."""
    end = s + 1
    while end < rows.shape[0] and rows[end, KIND] <= CHANNEL and rows[end, FIRST] == rows[s, FIRST]:
        end += 1
    return end


@inner
def has_rotation(rows, begin, end):
    """Tell whether a run has a rotation."""
    for s in range(begin, end):  # noqa: SIM110 (a loop compiles faster than a generator)
        if rows[s, KIND] == TURN:
            return True
    return False


@inner
def apply_pair(problem, row, mask, matrix, state):
    """Apply a two-qubit step."""
    kind, first, second, data = row[KIND], row[FIRST], row[SECOND], np.uint64(row[DATA])
    if kind == FLIP:
        ptm.controlled_not(state, first, second, mask, ahead(problem.factors, data))
    elif kind == SCALE:
        ptm.scale(state, first, second, mask, ahead(problem.factors, data))
    else:
        m = ahead(problem.matrices, data)
        ptm.pair_channel(state, first, second, mask, m, ahead(matrix, FIFTH_SPARE), False)
