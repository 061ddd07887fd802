"""A circuit made ready for states: which part of the state each gate has to visit.

A qubit stays in |0> until a gate turns it, and the state real until a gate makes it complex; the mask
of a gate (`singles.py`) holds the bits that matter when it has acted. A qubit that only X gates act on
keeps its place as a constant bit of every index, and costs nothing at all. Going backward the masks
hold as well: outside of them the state is zero, and what the co-state has there is never asked for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import LANES, U0, U1
from qrl.circuits.kernels.opcodes import CX, CZ, ECR, RX, RY, RZ, RZZ, SWAP, SX, H, S, T, X, Y, Z
from qrl.circuits.kernels.problem import LINEAR
from qrl.circuits.kernels.simd import LOG_WIDTH


class Program(NamedTuple):
    """A circuit for a problem.

    Attributes:
        rows: shape (gates, 5): opcode, qubits moved up by the problem's shift, parameter, mask.
        mask: of the final state.
        base: constant bits of the index.
    """

    rows: Any
    mask: Any
    base: Any


@inner
def _constant(ops, q):
    """Tell whether X gates alone act on a qubit."""
    for g in range(ops.shape[0]):  # noqa: SIM110 (a loop compiles faster than a generator)
        if (ops[g, 1] == q or ops[g, 2] == q) and ops[g, 0] != X:
            return False
    return True


@inner
def prepare(problem, ops, whole):
    """Return the program of a circuit; `whole` asks for one that visits the whole state."""
    count, shift = ops.shape[0], problem.shift
    rows = np.empty((count, 5), np.int64)
    everything = (problem.size + problem.size - U1) & ~LANES
    whole = whole or problem.kind != LINEAR or problem.has_start
    # A complex observable makes the co-state complex where the state is real.
    touched, base = U0 if problem.is_real else problem.size, U0
    for g in range(count):
        op, a, b = ops[g, 0], ops[g, 1] + shift, ops[g, 2] + shift
        bit_a = U1 << np.uint64(a)
        bit_b = U1 << np.uint64(b) if ops[g, 2] >= 0 else U0
        skip = False
        if op in (RX, Y, SX):
            touched |= bit_a | problem.size
        elif op in (RY, H):
            touched |= bit_a
        elif op == X:
            if a >= LOG_WIDTH and not whole and _constant(ops, ops[g, 1]):
                base ^= bit_a
                skip = True
            else:
                touched |= bit_a
        elif op in (RZ, S, T):
            touched |= bit_a | problem.size  # their loops visit both halves
        elif op == Z:
            touched |= bit_a
        elif op in (RZZ, ECR):
            touched |= bit_a | bit_b | problem.size
        elif op == SWAP:
            touched |= bit_a | bit_b
        elif op == CX:
            skip = not whole and not touched & bit_a
            if not skip:
                touched |= bit_b
        elif op == CZ:
            skip = not whole and (not touched & bit_a or not touched & bit_b)
        mask = everything if whole else touched & everything
        rows[g, 0], rows[g, 1], rows[g, 2], rows[g, 3] = op, a, b, ops[g, 3]
        rows[g, 4] = np.int64(mask)
        if skip:
            rows[g, 0] = -1
    mask = everything if whole else touched & everything
    return Program(rows, mask, base)
