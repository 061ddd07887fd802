"""A circuit made ready for Pauli coefficients: gates and their noise as a few kinds of steps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import LANES, U0, U1
from qrl.circuits.kernels.noisy_problem import LINEAR, PER_PAIR
from qrl.circuits.kernels.opcodes import CX, CZ, ECR, RZ, SWAP

TURN, CHANNEL, FLIP, SCALE, PAIR = range(5)
"""A rotation and its noise; a 4 x 4 matrix; a CNOT with factors; factors alone; a 16 x 16 matrix."""

KIND, FIRST, SECOND, PARAMETER, DATA, AXIS = range(6)
"""Columns of a step: what it is, positions of its qubits' lower bits, the parameter of a rotation, where
its matrix or factors begin, and the opcode of a rotation about its axis."""

PLAIN_CX = 15
"""Row of `pairs` for a CNOT without noise, after the last opcode."""
PLAIN_H = 15
"""Row of `singles` for a Hadamard without noise."""
NOTHING, READOUT = 16, 17
"""Rows of `singles` for no operation, and for what misread outcomes make of measured letters."""
ECR_FIRST, ECR_SECOND = 18, 19
"""Rows of `singles` for what an ECR does to its qubits before the CNOT in it, without noise."""
SINGLE_ROWS = 20
_MOST_STEPS = 8


class NoisyProgram(NamedTuple):
    """A circuit for a problem with noise.

    Attributes:
        rows: shape (steps, 6); one-qubit steps on the same qubit stand together, in runs.
        mask: bits of the index that may be 1 in the final state.
    """

    rows: Any
    mask: Any


@inner
def _pair(problem, op, a, b, which):
    return problem.pairs[((op * problem.qubits + a) * problem.qubits + b) * PER_PAIR + which]


@inner
def _add(rows, count, kind, first, second, parameter, data, axis):
    rows[count, KIND], rows[count, FIRST], rows[count, SECOND] = kind, first, second
    rows[count, PARAMETER], rows[count, DATA], rows[count, AXIS] = parameter, data, axis
    return count + 1


@inner
def _noise(problem, rows, count, op, a, b, x, y):
    """Add the steps of a two-qubit gate's noise besides its factors."""
    for which in range(1, PER_PAIR):
        data = _pair(problem, op, a, b, which)
        if data < 0:
            continue
        if which == 3:
            count = _add(rows, count, PAIR, x, y, -1, data, 0)
        else:
            count = _add(rows, count, CHANNEL, x if which == 1 else y, 0, -1, data, 0)
    return count


@inner
def prepare(problem, ops, whole):
    """Return the program of a circuit; `whole` asks for one that visits all coefficients."""
    n, shift = problem.qubits, problem.shift
    rows = np.empty((ops.shape[0] * _MOST_STEPS + n, 6), np.int64)
    count = 0
    for g in range(ops.shape[0]):
        op, a, b, p = ops[g, 0], np.int64(ops[g, 1]), np.int64(ops[g, 2]), ops[g, 3]
        x, y = shift + 2 * a, shift + 2 * b
        if b < 0:
            kind = CHANNEL if p < 0 else TURN
            count = _add(rows, count, kind, x, 0, p, problem.singles[op * n + a], op)
            continue
        plain = _pair(problem, PLAIN_CX, a, b, 0)
        factors = _pair(problem, op, a, b, 0)
        if op == CX:
            count = _add(rows, count, FLIP, x, y, -1, factors, 0)
        elif op == ECR:
            first, second = problem.singles[ECR_FIRST * n + a], problem.singles[ECR_SECOND * n + b]
            count = _add(rows, count, CHANNEL, x, 0, -1, first, 0)
            count = _add(rows, count, CHANNEL, y, 0, -1, second, 0)
            count = _add(rows, count, FLIP, x, y, -1, factors, 0)
        elif op == SWAP:
            back = _pair(problem, PLAIN_CX, b, a, 0)
            count = _add(rows, count, FLIP, x, y, -1, plain, 0)
            count = _add(rows, count, FLIP, y, x, -1, back, 0)
            count = _add(rows, count, FLIP, x, y, -1, plain, 0)
        elif op == CZ:
            hadamard = problem.singles[PLAIN_H * n + b]
            count = _add(rows, count, CHANNEL, y, 0, -1, hadamard, 0)
            count = _add(rows, count, FLIP, x, y, -1, plain, 0)
            count = _add(rows, count, CHANNEL, y, 0, -1, hadamard, 0)
        else:
            count = _add(rows, count, FLIP, x, y, -1, plain, 0)
            count = _add(rows, count, TURN, y, 0, p, problem.singles[NOTHING * n + b], RZ)
            count = _add(rows, count, FLIP, x, y, -1, plain, 0)
        if op not in (CX, ECR) and factors >= 0:
            count = _add(rows, count, SCALE, x, y, -1, factors, 0)
        count = _noise(problem, rows, count, op, a, b, x, y)
    for q in range(n):
        data = problem.singles[READOUT * n + q]
        if data >= 0:
            count = _add(rows, count, CHANNEL, shift + 2 * q, 0, -1, data, 0)
    rows = _in_runs(problem, rows[:count])
    return NoisyProgram(rows, _reached(problem, rows, whole))


@inner
def _in_runs(problem, rows):
    """Put off one-qubit steps until something else needs their qubit, so that they stand together."""
    count, n = rows.shape[0], problem.qubits
    ordered = np.empty((count, 6), np.int64)
    # Steps of a qubit that wait, as a linked list.
    after, head, tail = np.empty(count, np.int64), np.full(n, -1), np.full(n, -1)
    done = 0
    for s in range(count + 1):
        if s < count and rows[s, KIND] <= CHANNEL:
            q = (rows[s, FIRST] - problem.shift) >> 1
            after[s] = -1
            if head[q] < 0:
                head[q] = s
            else:
                after[tail[q]] = s
            tail[q] = s
            continue
        # At a two-qubit step its qubits' steps come out; at the end, everybody's.
        for side in range(2 if s < count else n):
            q = side
            if s < count:
                q = (rows[s, FIRST + side] - problem.shift) >> 1
            t = head[q]
            head[q] = -1
            while t >= 0:
                for column in range(6):
                    ordered[done, column] = rows[t, column]
                done += 1
                t = after[t]
        if s < count:
            for column in range(6):
                ordered[done, column] = rows[s, column]
            done += 1
    return ordered


@inner
def _reached(problem, rows, whole):
    """Return the bits that may be 1: from |0...0>, a qubit that nothing turns stays without X."""
    everything = (problem.size - U1) & ~LANES
    if whole or problem.shift > 0 or problem.kind != LINEAR:
        return everything
    x_bits = U0
    for q in range(problem.qubits):
        x_bits |= U1 << np.uint64(2 * q)
    reached = ~x_bits
    for s in range(rows.shape[0]):
        first, second = np.uint64(rows[s, FIRST]), np.uint64(rows[s, SECOND])
        kind = rows[s, KIND]
        if kind == FLIP:
            if reached & (U1 << first):
                reached |= U1 << second
        elif kind == PAIR:
            reached |= (U1 << first) | (U1 << second)
        elif kind != SCALE:
            reached |= U1 << first
    return reached & everything
