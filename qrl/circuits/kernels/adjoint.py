"""Expectation value and its whole gradient in one forward and one backward pass.

The adjoint method (Jones and Gacon, arXiv 2009.02823): with psi the final state and b = H psi, walk
back through the circuit undoing each gate on both; the derivative by the angle of a rotation about P
is Im <b|P|psi>. Undoing the rotation and taking that product share one sweep over memory.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels import apply as gates
from qrl.circuits.kernels import observable, pairs
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.opcodes import RX, RY, RZ
from qrl.circuits.kernels.pairs import U0, U1


@inner
def _back_rzz(re, im, br, bi, a, b, c, s):
    ua, ub = np.uint64(a), np.uint64(b)
    result = 0.0
    for i in range(np.uint64(re.size)):
        odd = ((i >> ua) ^ (i >> ub)) & U1
        sign = 1.0 if odd == U0 else -1.0
        t = s * sign
        r, m, p, q = re[i], im[i], br[i], bi[i]
        re[i] = c * r + t * m
        im[i] = c * m - t * r
        br[i] = c * p + t * q
        bi[i] = c * q - t * p
        result += sign * (p * m - q * r)
    return result


@inner
def value_and_gradient(ops, theta, masks, diag_re, diag_im, work, grad):
    """Return the expectation value and write its gradient by the angles into `grad`.

    `work` holds the state and co-state, shape (4, 2**n).
    """
    re, im, br, bi = work[0], work[1], work[2], work[3]
    half = gates.half_angles(theta)
    gates.run(ops, half, re, im)
    value = observable.apply(masks, diag_re, diag_im, re, im, br, bi)
    gates.clear(grad)
    for g in range(ops.shape[0] - 1, -1, -1):
        op, a, b, p = ops[g, 0], ops[g, 1], ops[g, 2], ops[g, 3]
        if p < 0:
            gates.fixed(re, im, op, a, b, True)
            gates.fixed(br, bi, op, a, b, True)
            continue
        c, s = half[p, 0], -half[p, 1]
        if op == RX:
            grad[p] += pairs.back_rx(re, im, br, bi, a, c, s)
        elif op == RY:
            grad[p] += pairs.back_ry(re, im, br, bi, a, c, s)
        elif op == RZ:
            grad[p] += pairs.back_rz(re, im, br, bi, a, c, s)
        else:
            grad[p] += _back_rzz(re, im, br, bi, a, b, c, s)
    return value
