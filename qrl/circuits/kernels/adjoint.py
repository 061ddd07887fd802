"""Cost and its whole gradient in one forward and one backward pass.

The adjoint method (Jones and Gacon, arXiv 2009.02823): with psi the final state and b its co-state
(for an expectation value H psi), walk back through the circuit undoing each gate on both; the
derivative by the angle of a rotation about P is Im <b|P|psi>. Undoing the rotation and taking that
product share one sweep over memory.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels import apply as gates
from qrl.circuits.kernels import heads, singles
from qrl.circuits.kernels.cnot import cnot
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import U0, U1
from qrl.circuits.kernels.opcodes import RX, RY, RZ
from qrl.circuits.kernels.simd import address, ahead


@inner
def back_rotation(state, size, op, a, b, mask, c, s):
    """Turn state and co-state by a gate, given cosine and sine of half the angle, and return the slope."""
    part = mask & ~size
    if op == RY:
        return singles.back_ry(state, size, a, mask, c, s)
    if op == RX:
        return singles.back_rx(state, size, a, part, c, s)
    if op == RZ:
        return singles.back_rz(state, size, a, part, c, s)
    both = mask | (size + size)
    cnot(state, a, b, both)
    slope = singles.back_rz(state, size, b, part, c, s)
    cnot(state, a, b, both)
    return slope


@inner
def cost(problem, program, theta, work):
    """Return the cost of a circuit; its final state is left in `work`, from the program's base on."""
    state, size = address(work, program.base), problem.size
    heads.begin(problem, program, state)
    half = gates.half_angles(theta)
    gates.run_gates(program.rows, half, 0, program.rows.shape[0], U0, state, size)
    spare = ahead(state, size << U1)
    return heads.cost(problem, program, state, spare, spare, False)


@inner
def cost_and_gradient(problem, program, theta, work, grad):
    """Return the cost and write its gradient by the angles into `grad`."""
    state, size, rows = address(work, program.base), problem.size, program.rows
    heads.begin(problem, program, state)
    half = gates.half_angles(theta)
    gates.run_gates(rows, half, 0, rows.shape[0], U0, state, size)
    co_state = ahead(state, size << U1)
    spare = ahead(co_state, size << U1)
    value = heads.cost(problem, program, state, co_state, spare, True)
    for p in range(grad.size):
        grad[p] = 0.0
    for g in range(rows.shape[0] - 1, -1, -1):
        op, a, b, p, mask = rows[g, 0], rows[g, 1], rows[g, 2], rows[g, 3], np.uint64(rows[g, 4])
        if p < 0:
            gates.fixed(state, size, op, a, b, mask, True)
        else:
            grad[p] += back_rotation(state, size, op, a, b, mask, half[p, 0], -half[p, 1])
    return value
