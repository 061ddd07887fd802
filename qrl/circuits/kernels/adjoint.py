"""Expectation value and its whole gradient in one forward and one backward pass.

The adjoint method (Jones and Gacon, arXiv 2009.02823): with psi the final state and b = H psi, walk
back through the circuit undoing each gate on both; the derivative by the angle of a rotation about P
is Im <b|P|psi>. Undoing the rotation and taking that product share one sweep over memory.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qrl.circuits.kernels import apply as gates
from qrl.circuits.kernels import observable
from qrl.circuits.kernels.apply import U0, U1, U2, U3, U4
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.opcodes import RX, RY, RZ


@inner
def _undo_rx(i, j, re, im, br, bi, c, s):
    r0, i0, r1, i1 = re[i], im[i], re[j], im[j]
    p0, q0, p1, q1 = br[i], bi[i], br[j], bi[j]
    re[i] = c * r0 - s * i1
    im[i] = c * i0 + s * r1
    re[j] = c * r1 - s * i0
    im[j] = c * i1 + s * r0
    br[i] = c * p0 - s * q1
    bi[i] = c * q0 + s * p1
    br[j] = c * p1 - s * q0
    bi[j] = c * q1 + s * p0
    return p0 * i1 - q0 * r1 + p1 * i0 - q1 * r0


@inner
def _undo_ry(i, j, re, im, br, bi, c, s):
    r0, i0, r1, i1 = re[i], im[i], re[j], im[j]
    p0, q0, p1, q1 = br[i], bi[i], br[j], bi[j]
    re[i] = c * r0 + s * r1
    im[i] = c * i0 + s * i1
    re[j] = c * r1 - s * r0
    im[j] = c * i1 - s * i0
    br[i] = c * p0 + s * p1
    bi[i] = c * q0 + s * q1
    br[j] = c * p1 - s * p0
    bi[j] = c * q1 - s * q0
    return p1 * r0 + q1 * i0 - p0 * r1 - q0 * i1


@inner
def _undo_rz(i, j, re, im, br, bi, c, s):
    r0, i0, r1, i1 = re[i], im[i], re[j], im[j]
    p0, q0, p1, q1 = br[i], bi[i], br[j], bi[j]
    re[i] = c * r0 - s * i0
    im[i] = c * i0 + s * r0
    re[j] = c * r1 + s * i1
    im[j] = c * i1 - s * r1
    br[i] = c * p0 - s * q0
    bi[i] = c * q0 + s * p0
    br[j] = c * p1 + s * q1
    bi[j] = c * q1 - s * p1
    return p0 * i0 - q0 * r0 - p1 * i1 + q1 * r1


def _over_pairs(pair: Any) -> Any:
    """Lay the undoing of a rotation over state and co-state, summing up the derivative."""

    @inner
    def over_states(re, im, br, bi, q, c, s):
        size = np.uint64(re.size)
        total = 0.0
        if q == 0:
            for k in range(size >> U1):
                total += pair(U2 * k, U2 * k + U1, re, im, br, bi, c, s)
        elif q == 1:
            for k in range(size >> U2):
                total += pair(U4 * k, U4 * k + U2, re, im, br, bi, c, s)
                total += pair(U4 * k + U1, U4 * k + U3, re, im, br, bi, c, s)
        else:
            stride = U1 << np.uint64(q)
            for block in range(U0, size, stride << U1):
                for i in range(block, block + stride):
                    total += pair(i, i + stride, re, im, br, bi, c, s)
        return total

    return over_states


_back_rx = _over_pairs(_undo_rx)
_back_ry = _over_pairs(_undo_ry)
_back_rz = _over_pairs(_undo_rz)


@inner
def _back_rzz(re, im, br, bi, a, b, c, s):
    ua, ub = np.uint64(a), np.uint64(b)
    total = 0.0
    for i in range(np.uint64(re.size)):
        odd = ((i >> ua) ^ (i >> ub)) & U1
        sign = 1.0 if odd == U0 else -1.0
        t = s * sign
        r, m, p, q = re[i], im[i], br[i], bi[i]
        re[i] = c * r - t * m
        im[i] = c * m + t * r
        br[i] = c * p - t * q
        bi[i] = c * q + t * p
        total += sign * (p * m - q * r)
    return total


@inner
def value_and_gradient(ops, theta, masks, diag_re, diag_im, work, grad):
    """Return the expectation value and write its gradient by the angles into `grad`.

    `work` holds the state and co-state, shape (4, 2**n).
    """
    re, im, br, bi = work[0], work[1], work[2], work[3]
    gates.run(ops, theta, re, im)
    value = observable.apply(masks, diag_re, diag_im, re, im, br, bi)
    grad[:] = 0.0
    for g in range(ops.shape[0] - 1, -1, -1):
        op, a, b, p = ops[g]
        if p < 0:
            gates.fixed(re, im, op, a, b, True)
            gates.fixed(br, bi, op, a, b, True)
            continue
        c, s = math.cos(0.5 * theta[p]), math.sin(0.5 * theta[p])
        if op == RX:
            grad[p] += _back_rx(re, im, br, bi, a, c, s)
        elif op == RY:
            grad[p] += _back_ry(re, im, br, bi, a, c, s)
        elif op == RZ:
            grad[p] += _back_rz(re, im, br, bi, a, c, s)
        else:
            grad[p] += _back_rzz(re, im, br, bi, a, b, c, s)
    return value
