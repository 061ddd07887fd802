"""Cost and gradient of a circuit with noise, on Pauli coefficients.

Going backward, the co-state (the cost's derivative by the coefficients) is multiplied by the transpose of
each step, and meets the state before each rotation. Noise that is weak enough can be undone, and the
state then follows from the one after; both stay in the cache. Where undoing would enlarge rounding
errors, the states are kept on the way forward, and where not all of them fit, a second forward pass makes
them again, stretch by stretch.
"""

from __future__ import annotations

import math

import numpy as np

from qrl.circuits.kernels import ptm
from qrl.circuits.kernels.apply import copy
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import U0
from qrl.circuits.kernels.noisy import head, run_all
from qrl.circuits.kernels.noisy_plan import (
    AXIS,
    CHANNEL,
    DATA,
    FIRST,
    FLIP,
    KIND,
    PAIR,
    PARAMETER,
    SCALE,
    SECOND,
    TURN,
)
from qrl.circuits.kernels.noisy_steps import (
    FIFTH_SPARE,
    FOURTH_SPARE,
    SECOND_SPARE,
    SIXTH_SPARE,
    SPARE,
    THIRD_SPARE,
    apply_pair,
    has_rotation,
    own_matrix,
    plane,
    run_end,
    times,
    transpose,
    whole_matrix,
)
from qrl.circuits.kernels.simd import WIDTH, address, ahead

_INVERSE, _GROWTH = np.uint64(16), np.uint64(32)
"""Behind each 4 x 4 matrix stand its inverse and how much that can enlarge a number."""
_FACTORS = np.uint64(16 * WIDTH)
_MOST_GROWTH = 1e4
"""Rounding errors may grow by as much before states are kept rather than made from later ones."""


@inner
def _growth(problem, rows):
    """Return how much rounding errors may grow when all steps are undone."""
    result = 1.0
    for s in range(rows.shape[0]):
        data = np.uint64(rows[s, DATA])
        if rows[s, KIND] <= CHANNEL:
            result *= problem.matrices[data + _GROWTH]
        elif rows[s, KIND] == PAIR:
            return np.inf
        else:
            result *= problem.factors[data + _FACTORS + _FACTORS]
    return result


@inner
def _whole_inverse(problem, rows, begin, end, theta, result, one, product):
    """Write the inverse of a run's matrix."""
    for entry in range(16):
        result[entry] = 1.0 if entry % 5 == 0 else 0.0
    for s in range(begin, end):
        inverse = ahead(problem.matrices, np.uint64(rows[s, DATA]) + _INVERSE)
        for entry in range(16):
            one[entry] = inverse[entry]
        if rows[s, KIND] == TURN:
            angle = theta[rows[s, PARAMETER]]
            c, sine = math.cos(angle), math.sin(angle)
            gains, loses = plane(rows[s, AXIS])
            for k in range(4):
                up, down = one[4 * gains + k], one[4 * loses + k]
                one[4 * gains + k] = c * up - sine * down
                one[4 * loses + k] = c * down + sine * up
        times(result, one, product)
        for entry in range(16):
            result[entry] = product[entry]


@inner
def _forward(problem, rows, begin, end, theta, mask, matrix, tape):
    """Run steps from the state at the beginning of the tape, a new place after each run that turns."""
    size, slot = problem.size, U0
    state, s = tape, begin
    while s < end:
        if rows[s, KIND] <= CHANNEL:
            after = run_end(rows, s)
            target = state
            if whole_matrix(problem, rows, s, after, theta, matrix):
                slot += size
                target = ahead(tape, slot)
            ptm.channel(state, target, rows[s, FIRST], mask, matrix)
            state, s = target, after
        else:
            apply_pair(problem, rows[s], mask, matrix, state)
            s += 1
    return state


@inner
def _stretch_end(rows, begin, most):
    """Return the step before which `most` runs that turn have happened since `begin`."""
    count, s = 0, begin
    while s < rows.shape[0]:
        end = s + 1
        if rows[s, KIND] <= CHANNEL:
            end = run_end(rows, s)
            if has_rotation(rows, s, end):
                if count == most:
                    return s
                count += 1
        s = end
    return s


@inner
def _back_run(problem, rows, begin, end, theta, mask, matrix, kept, co_state, grad, undo):
    """Take the co-state back over a run of one-qubit steps, and add the slopes of its angles.

    With S the moments of the co-state after and the state before the run, the slope of a rotation
    within it is the sum of S times the run's matrix with that rotation's derivative in its place.
    """
    position = rows[begin, FIRST]
    one, product = ahead(matrix, SECOND_SPARE), ahead(matrix, THIRD_SPARE)
    sums, spare = ahead(matrix, FOURTH_SPARE), ahead(matrix, FIFTH_SPARE)
    turns = whole_matrix(problem, rows, begin, end, theta, matrix)
    if undo:
        inverse = ahead(matrix, SIXTH_SPARE)
        _whole_inverse(problem, rows, begin, end, theta, inverse, one, product)
        ptm.channel(kept, kept, position, mask, inverse)
    if turns:
        transpose(matrix, one)
        ptm.moments(co_state, kept, position, mask, matrix, one, spare, sums)
        for s in range(end - 1, begin - 1, -1):
            own_matrix(problem, rows[s], theta, one)
            # The moments of the co-state before this step, still with the state before the run.
            for row in range(4):
                for column in range(4):
                    entry = 0.0
                    for k in range(4):
                        entry += one[4 * k + row] * sums[4 * k + column]
                    product[4 * row + column] = entry
            for entry_ in range(16):
                sums[entry_] = product[entry_]
            if rows[s, KIND] == TURN:
                # From the state before the run to that before the step; runs are short.
                _prefix(problem, rows, begin, s, theta, matrix, one, product)
                gains, loses = plane(rows[s, AXIS])
                slope = 0.0
                for k in range(4):
                    slope += sums[4 * gains + k] * matrix[4 * loses + k]
                    slope -= sums[4 * loses + k] * matrix[4 * gains + k]
                grad[rows[s, PARAMETER]] += slope
    else:
        transpose(matrix, one)
        ptm.channel(co_state, co_state, position, mask, one)


@inner
def _prefix(problem, rows, begin, end, theta, matrix, one, product):
    """Write the matrix of the steps from `begin` to before `end`."""
    for entry in range(16):
        matrix[entry] = 1.0 if entry % 5 == 0 else 0.0
    for s in range(begin, end):
        own_matrix(problem, rows[s], theta, one)
        times(one, matrix, product)
        for entry in range(16):
            matrix[entry] = product[entry]


@inner
def _back(problem, rows, begin, end, theta, mask, matrix, tape, co_state, grad, undo):
    """Take the co-state back over a stretch whose states stand on the tape.

    To undo, the tape holds the last of them alone, which is taken back as well.
    """
    turns, s = 0, begin
    while s < end and not undo:
        after = s + 1
        if rows[s, KIND] <= CHANNEL:
            after = run_end(rows, s)
            turns += has_rotation(rows, s, after)
        s = after
    s = end
    while s > begin:
        row = rows[s - 1]
        first, second, data = row[FIRST], row[SECOND], np.uint64(row[DATA])
        if row[KIND] <= CHANNEL:
            before = s - 1
            while (
                before > begin
                and rows[before - 1, KIND] <= CHANNEL
                and rows[before - 1, FIRST] == first
            ):
                before -= 1
            if not undo:
                turns -= has_rotation(rows, before, s)
            kept = ahead(tape, np.uint64(turns) * problem.size)
            _back_run(problem, rows, before, s, theta, mask, matrix, kept, co_state, grad, undo)
            s = before
            continue
        factors = ahead(problem.factors, data)
        if row[KIND] == FLIP:
            ptm.uncontrolled_not(co_state, first, second, mask, factors)
            if undo:
                ptm.uncontrolled_not(tape, first, second, mask, ahead(factors, _FACTORS))
        elif row[KIND] == SCALE:
            ptm.scale(co_state, first, second, mask, factors)
            if undo:
                ptm.scale(tape, first, second, mask, ahead(factors, _FACTORS))
        else:
            m = ahead(problem.matrices, data)
            ptm.pair_channel(co_state, first, second, mask, m, ahead(matrix, FIFTH_SPARE), True)
        s -= 1


@inner
def clean(problem, program, work):
    """Set to zero what a gradient reads and writes: two states where steps are undone, else all."""
    used = work.size
    if _growth(problem, program.rows) <= _MOST_GROWTH:
        used = np.int64(SPARE) + 2 * np.int64(problem.size)
    for k in range(used):
        work[k] = 0.0


@inner
def cost_and_gradient(problem, program, theta, work, grad):
    """Return the cost and write its gradient by the angles into `grad`.

    `work` holds spare numbers, the co-state, `tape` states for a stretch of the circuit, and the
    states at which stretches begin.
    """
    size, mask, rows = problem.size, program.mask, program.rows
    matrix, co_state = address(work, 0), address(work, SPARE)
    tape = ahead(co_state, size)
    most = problem.tape - 1
    kept = ahead(tape, np.uint64(problem.tape) * size)
    for p in range(grad.size):
        grad[p] = 0.0
    if _growth(problem, rows) <= _MOST_GROWTH:
        copy(problem.start, tape, mask)
        run_all(problem, rows, theta, mask, matrix, tape)
        value = head(problem, tape, co_state, mask, True)
        _back(problem, rows, 0, rows.shape[0], theta, mask, matrix, tape, co_state, grad, True)
        return value
    # Where stretches begin; the last one stays on the tape.
    begins = np.zeros(rows.shape[0] // most + 2, np.int64)
    count, begin = 0, 0
    copy(problem.start, tape, mask)
    while True:
        begins[count] = begin
        end = _stretch_end(rows, begin, most)
        if end < rows.shape[0]:
            copy(tape, ahead(kept, np.uint64(count) * size), mask)
        state = _forward(problem, rows, begin, end, theta, mask, matrix, tape)
        if end == rows.shape[0]:
            break
        copy(state, tape, mask)
        count += 1
        begin = end
    value = head(problem, state, co_state, mask, True)
    end = rows.shape[0]
    while count >= 0:
        begin = begins[count]
        if end < rows.shape[0]:
            copy(ahead(kept, np.uint64(count) * size), tape, mask)
            _forward(problem, rows, begin, end, theta, mask, matrix, tape)
        _back(problem, rows, begin, end, theta, mask, matrix, tape, co_state, grad, False)
        end = begin
        count -= 1
    return value
