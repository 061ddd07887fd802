"""Closed forms on state vectors: two branches of a circuit tell a whole angle.

Turning one rotation by x gives the final state cos(x/2) A + sin(x/2) B, where A is the final state as
it is and B that of the circuit with -i times the rotation's generator put in there. For a cost that is
a quadratic form of the amplitudes, <A|H|A>, <B|H|B> and Re <A|H|B> give the cost at every x. A sweep
over all angles runs, for each, only the gates behind it, and takes the next A from A and B.

`work` holds A, a product H B, the state before the gate at hand, and B.
"""

from __future__ import annotations

import math

import numpy as np

from qrl.circuits.kernels import apply as gates
from qrl.circuits.kernels import heads
from qrl.circuits.kernels.closed_form import best_turn, by_values, wrapped
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import U0, U1
from qrl.circuits.kernels.simd import address, ahead, load, splat, store, total

U3 = np.uint64(3)


@inner
def _measure(problem, program, theta, work, m):
    state, size = address(work, program.base), problem.size
    heads.begin(problem, program, state)
    half = gates.half_angles(theta)
    gates.run_gates(program.rows, half, 0, program.rows.shape[0], U0, state, size)
    heads.measure(problem, program, state, ahead(state, size << U1), m)


_set_angle_by_values, _sweep_by_values = by_values(
    _measure, heads.combine, heads.quantities, heads.is_quadratic
)


@inner
def _inner_product(x, y, mask):
    sum_, k = splat(x, 0.0), U0
    while True:
        sum_ = sum_ + load(x, k) * load(y, k)
        k = (k - mask) & mask
        if k == U0:
            return total(sum_)


@inner
def _combine(x, y, mask, c, s):
    """Write c x + s y over x."""
    vc, vs, k = splat(x, c), splat(x, s), U0
    while True:
        store(x, k, vc * load(x, k) + vs * load(y, k))
        k = (k - mask) & mask
        if k == U0:
            return


@inner
def _compare(problem, program, here, final, product, branch):
    """Return <B|H|B>, where the cost is lowest along the turn, and how low it is there."""
    there = heads.cost(problem, program, branch, product, product, True)
    a, b = 0.5 * (here - there), _inner_product(final, product, program.mask)
    turn = best_turn(a, b)
    lowest = here
    if turn != 0.0:
        lowest = 0.5 * (here + there) - math.hypot(a, b)
    return turn, lowest


@inner
def _turn(rows, g, state, size, c, s):
    """Turn a state by the generator of gate g."""
    op, a, b, mask = rows[g, 0], rows[g, 1], rows[g, 2], np.uint64(rows[g, 4])
    gates.rotation(state, size, op, a, b, mask, c, s)


@inner
def set_angle(problem, program, theta, p, work):
    """Put an angle where the cost is lowest and return how many values that took."""
    if not heads.is_quadratic(problem):
        return _set_angle_by_values(problem, program, theta, p, work)
    rows, size = program.rows, problem.size
    count, stretch = rows.shape[0], size << U1
    final = address(work, program.base)
    product, branch = ahead(final, stretch), ahead(final, U3 * stretch)
    half = gates.half_angles(theta)
    g = 0
    while rows[g, 3] != p:
        g += 1
    heads.begin(problem, program, final)
    gates.run_gates(rows, half, 0, g + 1, U0, final, size)
    gates.copy(final, branch, program.mask)
    gates.run_gates(rows, half, g + 1, count, U0, final, size)
    here = heads.cost(problem, program, final, product, product, False)
    _turn(rows, g, branch, size, 0.0, 1.0)
    gates.run_gates(rows, half, g + 1, count, U0, branch, size)
    turn, _ = _compare(problem, program, here, final, product, branch)
    if turn != 0.0:
        theta[p] = wrapped(theta[p] + turn)
    return 2


@inner
def sweep(problem, program, theta, work):
    """Set each angle to its best, first gate first, and return how many values that took."""
    if not heads.is_quadratic(problem):
        return _sweep_by_values(problem, program, theta, work)
    rows, size, mask = program.rows, problem.size, program.mask
    count, stretch = rows.shape[0], size << U1
    final = address(work, program.base)
    product, before = ahead(final, stretch), ahead(final, stretch << U1)
    branch = ahead(final, U3 * stretch)
    half = gates.half_angles(theta)
    heads.begin(problem, program, final)
    gates.run_gates(rows, half, 0, count, U0, final, size)
    heads.begin(problem, program, before)
    lowest, values = heads.cost(problem, program, final, product, product, False), 1
    for g in range(count):
        gates.run_gates(rows, half, g, g + 1, U0, before, size)
        p = rows[g, 3]
        if p < 0:
            continue
        gates.copy(before, branch, mask)
        _turn(rows, g, branch, size, 0.0, 1.0)
        gates.run_gates(rows, half, g + 1, count, U0, branch, size)
        turn, lowest = _compare(problem, program, lowest, final, product, branch)
        values += 1
        if turn == 0.0:
            continue
        theta[p] = wrapped(theta[p] + turn)
        c, s = math.cos(0.5 * turn), math.sin(0.5 * turn)
        _combine(final, branch, mask, c, s)
        _turn(rows, g, before, size, c, s)
        half[p, 0], half[p, 1] = math.cos(0.5 * theta[p]), math.sin(0.5 * theta[p])
    return values


@inner
def insertions(problem, program, theta, candidates, first, work, out):
    """Score every gate at every place from `first` on, a rotation at its best angle.

    Args:
        program: one that visits the whole state, as gates may be inserted on any qubit.
        candidates: shape (gates, 4), rows of opcode and qubits; the last is 1 for a rotation.
        first: place of the first insertion; the number of gates for the end alone.
        out: receives cost and angle of each gate at each place, one after the other.
    """
    rows, size, mask, shift = program.rows, problem.size, program.mask, problem.shift
    count, stretch = rows.shape[0], size << U1
    final = address(work, 0)
    product, before = ahead(final, stretch), ahead(final, stretch << U1)
    branch = ahead(final, U3 * stretch)
    half = gates.half_angles(theta)
    heads.begin(problem, program, final)
    gates.run_gates(rows, half, 0, count, U0, final, size)
    heads.begin(problem, program, before)
    gates.run_gates(rows, half, 0, first, U0, before, size)
    here, slot = heads.cost(problem, program, final, product, product, False), 0
    for place in range(first, count + 1):
        for k in range(candidates.shape[0]):
            op, a, b = candidates[k, 0], candidates[k, 1] + shift, candidates[k, 2] + shift
            gates.copy(before, branch, mask)
            if candidates[k, 3] == 1:
                gates.rotation(branch, size, op, a, b, mask, 0.0, 1.0)
            else:
                gates.fixed(branch, size, op, a, b, mask, False)
            gates.run_gates(rows, half, place, count, U0, branch, size)
            if candidates[k, 3] == 1:
                turn, lowest = _compare(problem, program, here, final, product, branch)
                out[slot], out[slot + 1] = lowest, turn
            else:
                out[slot] = heads.cost(problem, program, branch, product, product, False)
                out[slot + 1] = 0.0
            slot += 2
        if place < count:
            gates.run_gates(rows, half, place, place + 1, U0, before, size)
