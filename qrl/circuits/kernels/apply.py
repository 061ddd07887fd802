"""Gates on a state vector kept as separate real and imaginary arrays of length 2**n.

Each gate is written once, for one pair of amplitudes; `_over_pairs` lays it over the state. The
two lowest qubits have loops of their own, because only a stride known when compiling lets LLVM
vectorise them, and indices are unsigned, because a signed one costs a wrap-around check.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.opcodes import CX, CZ, FIRST_MATRIX, MATRICES, RX, RY, RZ, RZZ, SWAP

U0, U1, U2, U3, U4 = (np.uint64(k) for k in range(5))


@inner
def _rx_pair(i, j, re, im, c, s):
    r0, i0, r1, i1 = re[i], im[i], re[j], im[j]
    re[i] = c * r0 + s * i1
    im[i] = c * i0 - s * r1
    re[j] = c * r1 + s * i0
    im[j] = c * i1 - s * r0


@inner
def _ry_pair(i, j, re, im, c, s):
    r0, i0, r1, i1 = re[i], im[i], re[j], im[j]
    re[i] = c * r0 - s * r1
    im[i] = c * i0 - s * i1
    re[j] = s * r0 + c * r1
    im[j] = s * i0 + c * i1


@inner
def _rz_pair(i, j, re, im, c, s):
    r0, i0, r1, i1 = re[i], im[i], re[j], im[j]
    re[i] = c * r0 + s * i0
    im[i] = c * i0 - s * r0
    re[j] = c * r1 - s * i1
    im[j] = c * i1 + s * r1


def _over_pairs(pair: Any) -> Any:
    """Lay a rule for two amplitudes (bit q = 0 and 1) over the whole state."""

    @inner
    def over_state(re, im, q, c, s):
        size = np.uint64(re.size)
        if q == 0:
            for k in range(size >> U1):
                pair(U2 * k, U2 * k + U1, re, im, c, s)
        elif q == 1:
            for k in range(size >> U2):
                pair(U4 * k, U4 * k + U2, re, im, c, s)
                pair(U4 * k + U1, U4 * k + U3, re, im, c, s)
        else:
            stride = U1 << np.uint64(q)
            for block in range(U0, size, stride << U1):
                for i in range(block, block + stride):
                    pair(i, i + stride, re, im, c, s)

    return over_state


rx = _over_pairs(_rx_pair)
ry = _over_pairs(_ry_pair)
rz = _over_pairs(_rz_pair)


@inner
def rzz(re, im, a, b, c, s):
    """Apply exp(-i angle/2 Z_a Z_b) with c, s the cosine and sine of angle/2."""
    ua, ub = np.uint64(a), np.uint64(b)
    for i in range(np.uint64(re.size)):
        odd = ((i >> ua) ^ (i >> ub)) & U1
        t = s if odd == U0 else -s
        r, m = re[i], im[i]
        re[i] = c * r + t * m
        im[i] = c * m - t * r


@inner
def cx(re, im, control, target):
    """Exchange the amplitudes of target 0 and 1 where the control is 1."""
    size = np.uint64(re.size)
    ctrl, tgt = U1 << np.uint64(control), U1 << np.uint64(target)
    low, high = min(ctrl, tgt), max(ctrl, tgt)
    for a in range(U0, size, high << U1):
        for b in range(a, a + high, low << U1):
            for i in range(b + ctrl, b + ctrl + low):
                j = i + tgt
                re[i], re[j] = re[j], re[i]
                im[i], im[j] = im[j], im[i]


@inner
def cz(re, im, first, second):
    """Change the sign of the amplitudes in which both qubits are 1."""
    both = (U1 << np.uint64(first)) | (U1 << np.uint64(second))
    for i in range(np.uint64(re.size)):
        if i & both == both:
            re[i] = -re[i]
            im[i] = -im[i]


@inner
def swap(re, im, first, second):
    """Exchange two qubits."""
    a, b = U1 << np.uint64(first), U1 << np.uint64(second)
    for i in range(np.uint64(re.size)):
        if i & (a | b) == a:
            j = i ^ (a | b)
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]


@inner
def matrix(re, im, q, m, adjoint):
    """Apply a 2x2 complex matrix, or its adjoint, to qubit q."""
    m00, m01, m10, m11 = m[0, 0], m[0, 1], m[1, 0], m[1, 1]
    if adjoint:
        m00, m01, m10, m11 = m00.conjugate(), m10.conjugate(), m01.conjugate(), m11.conjugate()
    stride = U1 << np.uint64(q)
    for block in range(U0, np.uint64(re.size), stride << U1):
        for i in range(block, block + stride):
            j = i + stride
            x, y = complex(re[i], im[i]), complex(re[j], im[j])
            u, v = m00 * x + m01 * y, m10 * x + m11 * y
            re[i], im[i] = u.real, u.imag
            re[j], im[j] = v.real, v.imag


@inner
def fixed(re, im, op, a, b, adjoint):
    """Apply a gate without parameter, or its adjoint."""
    if op == CX:
        cx(re, im, a, b)
    elif op == CZ:
        cz(re, im, a, b)
    elif op == SWAP:
        swap(re, im, a, b)
    else:
        matrix(re, im, a, MATRICES[op - FIRST_MATRIX], adjoint)


@inner
def rotation(re, im, op, a, b, angle):
    """Apply a parametrised gate at an angle in radians."""
    c, s = math.cos(0.5 * angle), math.sin(0.5 * angle)
    if op == RX:
        rx(re, im, a, c, s)
    elif op == RY:
        ry(re, im, a, c, s)
    elif op == RZ:
        rz(re, im, a, c, s)
    elif op == RZZ:
        rzz(re, im, a, b, c, s)


@inner
def run(ops, theta, re, im):
    """Write the state that a circuit makes from |0...0> into `re` and `im`."""
    re[:] = 0.0
    im[:] = 0.0
    re[0] = 1.0
    for g in range(ops.shape[0]):
        op, a, b, p = ops[g]
        if p >= 0:
            rotation(re, im, op, a, b, theta[p])
        else:
            fixed(re, im, op, a, b, False)
