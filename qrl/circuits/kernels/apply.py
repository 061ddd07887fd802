"""Gates of a program on a state (`singles.py` says how a state lies in memory)."""

from __future__ import annotations

import math

import numpy as np

from qrl.circuits.kernels import singles
from qrl.circuits.kernels.cnot import cnot, cz
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import U0
from qrl.circuits.kernels.opcodes import CX, CZ, ECR, RX, RY, RZ, SWAP, H, S, T, X, Y, Z
from qrl.circuits.kernels.simd import ahead, load, store

_ROOT = math.sqrt(0.5)


@inner
def clear(numbers, mask):
    """Set the numbers of a mask to zero."""
    k = U0
    zero = load(numbers, k)
    zero = zero - zero
    while True:
        store(numbers, k, zero)
        k = (k - mask) & mask
        if k == U0:
            return


@inner
def copy(source, target, mask):
    """Copy the numbers of a mask."""
    k = U0
    while True:
        store(target, k, load(source, k))
        k = (k - mask) & mask
        if k == U0:
            return


@inner
def half_angles(theta):
    """Return cosine and sine of half of each angle, shape (angles, 2)."""
    result = np.empty((theta.size, 2))
    for p in range(theta.size):
        result[p, 0] = np.cos(0.5 * theta[p])
        result[p, 1] = np.sin(0.5 * theta[p])
    return result


@inner
def rotation(state, size, op, a, b, mask, c, s):
    """Apply a parametrised gate, given cosine and sine of half its angle."""
    part = mask & ~size
    if op == RY:
        singles.real(state, a, mask, c, -s, s, c)
    elif op == RX:
        singles.rx(state, size, a, part, c, s)
    elif op == RZ:
        singles.diagonal(state, size, a, part, c, -s, c, s)
    else:
        cnot(state, a, b, mask)
        singles.diagonal(state, size, b, part, c, -s, c, s)
        cnot(state, a, b, mask)


@inner
def fixed(state, size, op, a, b, mask, back):
    """Apply a gate without parameter; going back, its adjoint, to state and co-state."""
    part, both = mask & ~size, mask
    if back:
        both |= size + size
    if op == CX:
        cnot(state, a, b, both)
    elif op == X:
        singles.real(state, a, both, 0.0, 1.0, 1.0, 0.0)
    elif op == H:
        singles.real(state, a, both, _ROOT, _ROOT, _ROOT, -_ROOT)
    elif op == Z:
        singles.real(state, a, both, 1.0, 0.0, 0.0, -1.0)
    elif op == CZ:
        cz(state, a, b, both)
    elif op == SWAP:
        cnot(state, a, b, both)
        cnot(state, b, a, both)
        cnot(state, a, b, both)
    elif op >= 0:
        for k in range(2 if back else 1):
            one = ahead(state, np.uint64(k + k) * size)
            sign = -1.0 if back else 1.0
            if op == S:
                singles.diagonal(one, size, a, part, 1.0, 0.0, 0.0, sign)
            elif op == T:
                singles.diagonal(one, size, a, part, 1.0, 0.0, _ROOT, sign * _ROOT)
            elif op == Y:  # i times a half turn about Y
                singles.real(one, a, mask, 0.0, -sign, sign, 0.0)
                singles.diagonal(one, size, a, part, 0.0, sign, 0.0, sign)
            elif op == ECR:  # X(a) CX S(a) exp(-i pi/4 X(b)); its own adjoint
                singles.rx(one, size, b, part, _ROOT, _ROOT)
                singles.diagonal(one, size, a, part, 1.0, 0.0, 0.0, 1.0)
                cnot(one, a, b, mask)
                singles.real(one, a, mask, 0.0, 1.0, 1.0, 0.0)
            else:  # a quarter turn about X, times a phase
                singles.rx(one, size, a, part, _ROOT, sign * _ROOT)
                singles.diagonal(one, size, a, part, _ROOT, sign * _ROOT, _ROOT, sign * _ROOT)


@inner
def run_gates(rows, half, first, last, more, state, size):
    """Apply the gates from `first` to before `last`; `more` bits are visited besides their masks."""
    for g in range(first, last):
        op, a, b, p = rows[g, 0], rows[g, 1], rows[g, 2], rows[g, 3]
        mask = np.uint64(rows[g, 4]) | more
        if p >= 0:
            rotation(state, size, op, a, b, mask, half[p, 0], half[p, 1])
        else:
            fixed(state, size, op, a, b, mask, False)
