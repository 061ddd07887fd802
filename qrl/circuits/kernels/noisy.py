"""Cost and gradient of a circuit with noise, on Pauli coefficients.

Everything is real and linear. Going backward, the co-state (the cost's derivative by the coefficients) is
multiplied by the transpose of each step, and meets the state before each rotation. Noise that is weak
enough can be undone, and the state then follows from the one after; both stay in the cache. Where
undoing would enlarge rounding errors, the states are kept on the way forward, and where not all
of them fit, a second forward pass makes them again, stretch by stretch.
"""

from __future__ import annotations

import math

import numpy as np

from qrl.circuits.kernels import losses, ptm
from qrl.circuits.kernels.apply import clear, copy
from qrl.circuits.kernels.closed_form import by_values
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import LANES, U0
from qrl.circuits.kernels.noisy_problem import LINEAR, SQUARES
from qrl.circuits.kernels.noisy_program import (
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
from qrl.circuits.kernels.opcodes import RX, RY
from qrl.circuits.kernels.simd import WIDTH, address, ahead

SPARE = 128
"""Numbers in front of the states in `work`: matrices, and room for a pair's codes or a vector."""
_SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH = (np.uint64(16 * k) for k in range(1, 6))
_INVERSE, _GROWTH = np.uint64(16), np.uint64(32)
"""Behind each 4 x 4 matrix stand its inverse and how much that can enlarge a number."""
_FACTORS = np.uint64(16 * WIDTH)
_MOST_GROWTH = 1e4
"""Rounding errors may grow by as much before states are kept rather than made from later ones."""


@inner
def _own(problem, row, theta, m):
    """Write the matrix of a one-qubit step to `m`: noise, and a rotation before it."""
    noise = ahead(problem.matrices, np.uint64(row[DATA]))
    for entry in range(16):
        m[entry] = noise[entry]
    if row[KIND] == TURN:
        angle = theta[row[PARAMETER]]
        c, s = math.cos(angle), math.sin(angle)
        gains, loses = _plane(row[AXIS])
        for k in range(0, 16, 4):
            one, other = noise[k + gains], noise[k + loses]
            m[k + gains], m[k + loses] = c * one - s * other, c * other + s * one


@inner
def _plane(axis):
    """Return the codes that a rotation mixes: the first gains the sine of the second, which loses.

    About X, Z gains Y; about Y, X gains Z; about Z, Y gains X.
    """
    if axis == RX:
        return 2, 3
    if axis == RY:
        return 1, 2
    return 3, 1


@inner
def _times(a, b, result):
    """Write the product of two 4 x 4 matrices."""
    for row in range(0, 16, 4):
        for column in range(4):
            entry = 0.0
            for k in range(4):
                entry += a[row + k] * b[4 * k + column]
            result[row + column] = entry


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
            gains, loses = _plane(rows[s, AXIS])
            for k in range(4):
                up, down = one[4 * gains + k], one[4 * loses + k]
                one[4 * gains + k] = c * up - sine * down
                one[4 * loses + k] = c * down + sine * up
        _times(result, one, product)
        for entry in range(16):
            result[entry] = product[entry]


@inner
def _transpose(m, result):
    for row in range(4):
        for column in range(4):
            result[4 * column + row] = m[4 * row + column]


@inner
def _run_end(rows, s):
    """Return where the one-qubit steps on the qubit of step s end."""
    end = s + 1
    while end < rows.shape[0] and rows[end, KIND] <= CHANNEL and rows[end, FIRST] == rows[s, FIRST]:
        end += 1
    return end


@inner
def _whole(problem, rows, begin, end, theta, matrix):
    """Write the matrix of a run of one-qubit steps to `matrix`, and return whether one is a rotation."""
    one, product = ahead(matrix, _SECOND), ahead(matrix, _THIRD)
    _own(problem, rows[begin], theta, matrix)
    turns = rows[begin, KIND] == TURN
    for s in range(begin + 1, end):
        _own(problem, rows[s], theta, one)
        _times(one, matrix, product)
        for entry in range(16):
            matrix[entry] = product[entry]
        turns = turns or rows[s, KIND] == TURN
    return turns


@inner
def _both(problem, row, mask, matrix, state):
    """Apply a two-qubit step."""
    kind, first, second, data = row[KIND], row[FIRST], row[SECOND], np.uint64(row[DATA])
    if kind == FLIP:
        ptm.controlled_not(state, first, second, mask, ahead(problem.factors, data))
    elif kind == SCALE:
        ptm.scale(state, first, second, mask, ahead(problem.factors, data))
    else:
        m = ahead(problem.matrices, data)
        ptm.pair_channel(state, first, second, mask, m, ahead(matrix, _FIFTH), False)


@inner
def _head(problem, state, co_state, mask, keep):
    """Return the cost, and write its derivative by the coefficients to `co_state` if `keep`."""
    if keep:
        clear(co_state, mask)
    inside = mask | LANES
    if problem.kind == LINEAR or problem.kind == SQUARES:
        result = problem.constants[0]
        for t in range(problem.terms):
            place, weight = problem.places[t], problem.coefficients[t]
            if np.uint64(place) & ~inside:
                continue  # zero for this circuit
            if problem.kind == LINEAR:
                result += weight * state[place]
                if keep:
                    co_state[place] += weight
            else:
                result -= weight * state[place] * state[place]
                if keep:
                    co_state[place] -= 2.0 * weight * state[place]
        return result
    m = np.zeros((problem.observables, problem.parts))
    slope = np.zeros((problem.observables, problem.parts))
    _quantities(problem, state, m)
    result = losses.evaluate(problem, m, slope, keep)
    if keep:
        for j in range(problem.observables):
            for t in range(problem.first[j], problem.first[j + 1]):
                place, weight = problem.places[t], problem.coefficients[t]
                for k in range(problem.parts):
                    co_state[place + k] += weight * slope[j, k]
    return result


@inner
def _quantities(problem, state, m):
    for j in range(problem.observables):
        for k in range(problem.parts):
            m[j, k] = 0.0
        for t in range(problem.first[j], problem.first[j + 1]):
            place, weight = problem.places[t], problem.coefficients[t]
            for k in range(problem.parts):
                m[j, k] += weight * state[place + k]


@inner
def run(problem, program, theta, work):
    """Write the final state into `work` behind the spare numbers, and return its address."""
    matrix, state = address(work, 0), address(work, SPARE)
    copy(problem.start, state, program.mask)
    _all(problem, program.rows, theta, program.mask, matrix, state)
    return state


@inner
def _all(problem, rows, theta, mask, matrix, state):
    """Run all steps in place."""
    s = 0
    while s < rows.shape[0]:
        if rows[s, KIND] <= CHANNEL:
            end = _run_end(rows, s)
            _whole(problem, rows, s, end, theta, matrix)
            ptm.channel(state, state, rows[s, FIRST], mask, matrix)
            s = end
        else:
            _both(problem, rows[s], mask, matrix, state)
            s += 1


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
def cost(problem, program, theta, work):
    """Return the cost of a circuit."""
    state = run(problem, program, theta, work)
    return _head(problem, state, state, program.mask, False)


@inner
def _forward(problem, rows, begin, end, theta, mask, matrix, tape):
    """Run steps from the state at the beginning of the tape, a new place after each run that turns."""
    size, slot = problem.size, U0
    state, s = tape, begin
    while s < end:
        if rows[s, KIND] <= CHANNEL:
            after = _run_end(rows, s)
            target = state
            if _whole(problem, rows, s, after, theta, matrix):
                slot += size
                target = ahead(tape, slot)
            ptm.channel(state, target, rows[s, FIRST], mask, matrix)
            state, s = target, after
        else:
            _both(problem, rows[s], mask, matrix, state)
            s += 1
    return state


@inner
def _turns(rows, begin, end):
    """Tell whether a run has a rotation."""
    for s in range(begin, end):  # noqa: SIM110 (a loop compiles faster than a generator)
        if rows[s, KIND] == TURN:
            return True
    return False


@inner
def _stretch_end(rows, begin, most):
    """Return the step before which `most` runs that turn have happened since `begin`."""
    count, s = 0, begin
    while s < rows.shape[0]:
        end = s + 1
        if rows[s, KIND] <= CHANNEL:
            end = _run_end(rows, s)
            if _turns(rows, s, end):
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
    one, product = ahead(matrix, _SECOND), ahead(matrix, _THIRD)
    sums, spare = ahead(matrix, _FOURTH), ahead(matrix, _FIFTH)
    turns = _whole(problem, rows, begin, end, theta, matrix)
    if undo:
        inverse = ahead(matrix, _SIXTH)
        _whole_inverse(problem, rows, begin, end, theta, inverse, one, product)
        ptm.channel(kept, kept, position, mask, inverse)
    if turns:
        _transpose(matrix, one)
        ptm.moments(co_state, kept, position, mask, matrix, one, spare, sums)
        # `sums` follows the run: before each step it holds the moments behind it and at the start.
        # matrix is built up again from the start; S' = S times what lies behind, transposed.
        for s in range(end - 1, begin - 1, -1):
            _own(problem, rows[s], theta, one)
            # Moments of the co-state before step s: M_s^T S.
            for row in range(4):
                for column in range(4):
                    entry = 0.0
                    for k in range(4):
                        entry += one[4 * k + row] * sums[4 * k + column]
                    product[4 * row + column] = entry
            for entry_ in range(16):
                sums[entry_] = product[entry_]
            if rows[s, KIND] == TURN:
                # Sum over the state before step s: sums times the matrix up to s, transposed.
                _prefix(problem, rows, begin, s, theta, matrix, one, product)
                gains, loses = _plane(rows[s, AXIS])
                slope = 0.0
                for k in range(4):
                    slope += sums[4 * gains + k] * matrix[4 * loses + k]
                    slope -= sums[4 * loses + k] * matrix[4 * gains + k]
                grad[rows[s, PARAMETER]] += slope
    else:
        _transpose(matrix, one)
        ptm.channel(co_state, co_state, position, mask, one)


@inner
def _prefix(problem, rows, begin, end, theta, matrix, one, product):
    """Write the matrix of the steps from `begin` to before `end`."""
    for entry in range(16):
        matrix[entry] = 1.0 if entry % 5 == 0 else 0.0
    for s in range(begin, end):
        _own(problem, rows[s], theta, one)
        _times(one, matrix, product)
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
            after = _run_end(rows, s)
            turns += _turns(rows, s, after)
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
                turns -= _turns(rows, before, s)
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
            ptm.pair_channel(co_state, first, second, mask, m, ahead(matrix, _FIFTH), True)
        s -= 1


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
        _all(problem, rows, theta, mask, matrix, tape)
        value = _head(problem, tape, co_state, mask, True)
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
    value = _head(problem, state, co_state, mask, True)
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


@inner
def quantities(problem):
    """Return how many numbers `measure` writes."""
    if problem.kind == LINEAR:
        return 1
    if problem.kind == SQUARES:
        return problem.terms
    return problem.observables * problem.parts


@inner
def measure(problem, program, theta, work, m):
    """Write the numbers, each a sinusoid of every angle, that the cost is a function of."""
    state = run(problem, program, theta, work)
    if problem.kind == LINEAR:
        m[0] = _head(problem, state, state, program.mask, False)
    elif problem.kind == SQUARES:
        for t in range(problem.terms):
            m[t] = state[problem.places[t]]
    else:
        _quantities(problem, state, m.reshape((problem.observables, problem.parts)))


@inner
def combine(problem, m):
    """Return the cost from the numbers that `measure` wrote."""
    if problem.kind == LINEAR:
        return m[0]
    if problem.kind == SQUARES:
        result = problem.constants[0]
        for t in range(m.size):
            result -= problem.coefficients[t] * m[t] * m[t]
        return result
    rows = m.reshape((problem.observables, problem.parts))
    return losses.evaluate(problem, rows, rows, False)


@inner
def _is_linear(problem):
    return problem.kind == LINEAR


set_angle = by_values(measure, combine, quantities, _is_linear)


@inner
def sweep(problem, program, theta, work):
    """Set each angle to its best, one after the other, and return how many values that took."""
    values = 0
    for p in range(theta.size):
        values += set_angle(problem, program, theta, p, work)
    return values
