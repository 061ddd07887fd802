"""Circuits on a state vector kept as separate real and imaginary arrays of length 2**n."""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels import pairs
from qrl.circuits.kernels.cnot import cnot
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.opcodes import (
    CX,
    CZ,
    FIRST_MATRIX,
    MATRICES,
    RX,
    RY,
    RZ,
    SWAP,
    T,
    X,
    Z,
)  # fmt: skip
from qrl.circuits.kernels.pairs import U0, U1


@inner
def clear(array):
    """Set an array to zero; a loop compiles in a tenth of the time of a slice."""
    for k in range(array.size):
        array[k] = 0.0


@inner
def half_angles(theta):
    """Return cosine and sine of half of each angle, shape (angles, 2)."""
    result = np.empty((theta.size, 2))
    for p in range(theta.size):
        result[p, 0] = np.cos(0.5 * theta[p])
        result[p, 1] = np.sin(0.5 * theta[p])
    return result


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
def _cz(re, im, first, second):
    both = (U1 << np.uint64(first)) | (U1 << np.uint64(second))
    for i in range(np.uint64(re.size)):
        if i & both == both:
            re[i] = -re[i]
            im[i] = -im[i]


@inner
def _swap(re, im, first, second):
    a, b = U1 << np.uint64(first), U1 << np.uint64(second)
    for i in range(np.uint64(re.size)):
        if i & (a | b) == a:
            j = i ^ (a | b)
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]


@inner
def _matrix(re, im, q, m, adjoint):
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
        cnot(re, a, b)
        cnot(im, a, b)
    elif op == X:
        pairs.flip(re, im, a, 0.0, 0.0)
    elif op == CZ:
        _cz(re, im, a, b)
    elif op == SWAP:
        _swap(re, im, a, b)
    else:
        m = MATRICES[op - FIRST_MATRIX]
        if Z <= op <= T:  # their opcodes stand in a row
            sign = -1.0 if adjoint else 1.0
            pairs.phase(re, im, a, m[1, 1].real, sign * m[1, 1].imag)
        else:
            _matrix(re, im, a, m, adjoint)


@inner
def rotation(re, im, op, a, b, c, s):
    """Apply a parametrised gate, given cosine and sine of half its angle."""
    if op == RX:
        pairs.rx(re, im, a, c, s)
    elif op == RY:
        pairs.ry(re, im, a, c, s)
    elif op == RZ:
        pairs.rz(re, im, a, c, s)
    else:
        rzz(re, im, a, b, c, s)


@inner
def run(ops, half, re, im):
    """Write the state that a circuit makes from |0...0> into `re` and `im`.

    `half` holds cosine and sine of half of each angle, as `half_angles` returns them.
    """
    clear(re)
    clear(im)
    re[0] = 1.0
    for g in range(ops.shape[0]):
        op, a, b, p = ops[g, 0], ops[g, 1], ops[g, 2], ops[g, 3]
        if p >= 0:
            rotation(re, im, op, a, b, half[p, 0], half[p, 1])
        else:
            fixed(re, im, op, a, b, False)
