"""Single-qubit gates laid over a state.

A state stands at an address: `size` real parts, then as many imaginary parts; a co-state follows it.
So the index of a number has, above the qubits, a bit for real or imaginary and one for state or
co-state. Gates with a real matrix treat these like qubits that they do not act on.

Not the whole state is visited: `mask` holds the bits of the index, above those within a vector, that
may be 1. A qubit that no gate has turned yet is in |0>, and its bit is left out, as is the bit of the
imaginary parts while the state is real. `k = (k - mask) & mask` counts through the numbers made of
those bits alone.

Qubits whose partners lie a vector or more apart combine two vectors; for the others the partner of a
number stands in the same vector and a shuffle brings it over.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import U0, U1, by_bit, exchanged
from qrl.circuits.kernels.simd import LOG_WIDTH, ahead, load, splat, store, total


@inner
def real(state, q, mask, a, b, c, d):
    """Apply the real matrix ((a, b), (c, d)) to a qubit."""
    k = U0
    if q < LOG_WIDTH:
        own, other = by_bit(state, q, a, d), by_bit(state, q, b, c)
        while True:
            x = load(state, k)
            store(state, k, own * x + other * exchanged(q, x))
            k = (k - mask) & mask
            if k == U0:
                return
    bit = U1 << np.uint64(q)
    rest = mask & ~bit
    va, vb, vc, vd = splat(state, a), splat(state, b), splat(state, c), splat(state, d)
    while True:
        x, y = load(state, k), load(state, k + bit)
        store(state, k, va * x + vb * y)
        store(state, k + bit, vc * x + vd * y)
        k = (k - rest) & rest
        if k == U0:
            return


@inner
def rx(state, size, q, mask, c, s):
    """Apply exp(-i angle/2 X), given cosine and sine of half the angle."""
    im, vc, vs, k = ahead(state, size), splat(state, c), splat(state, s), U0
    if q < LOG_WIDTH:
        while True:
            r, i = load(state, k), load(im, k)
            store(state, k, vc * r + vs * exchanged(q, i))
            store(im, k, vc * i - vs * exchanged(q, r))
            k = (k - mask) & mask
            if k == U0:
                return
    bit = U1 << np.uint64(q)
    rest = mask & ~bit
    while True:
        j = k + bit
        r0, i0, r1, i1 = load(state, k), load(im, k), load(state, j), load(im, j)
        store(state, k, vc * r0 + vs * i1)
        store(im, k, vc * i0 - vs * r1)
        store(state, j, vc * r1 + vs * i0)
        store(im, j, vc * i1 - vs * r0)
        k = (k - rest) & rest
        if k == U0:
            return


@inner
def diagonal(state, size, q, mask, c0, s0, c1, s1):
    """Multiply by c0 + i s0 where the qubit is 0, by c1 + i s1 where it is 1."""
    im, k = ahead(state, size), U0
    if q < LOG_WIDTH:
        vc, vs = by_bit(state, q, c0, c1), by_bit(state, q, s0, s1)
        while True:
            r, i = load(state, k), load(im, k)
            store(state, k, vc * r - vs * i)
            store(im, k, vc * i + vs * r)
            k = (k - mask) & mask
            if k == U0:
                return
    bit = U1 << np.uint64(q)
    rest = mask & ~bit
    vc, vs, wc, ws = splat(state, c0), splat(state, s0), splat(state, c1), splat(state, s1)
    while True:
        j = k + bit
        r0, i0, r1, i1 = load(state, k), load(im, k), load(state, j), load(im, j)
        store(state, k, vc * r0 - vs * i0)
        store(im, k, vc * i0 + vs * r0)
        store(state, j, wc * r1 - ws * i1)
        store(im, j, wc * i1 + ws * r1)
        k = (k - rest) & rest
        if k == U0:
            return


# Turning back state and co-state shares a sweep with Im <b|P|psi>, the derivative by the angle.
@inner
def back_ry(state, size, q, mask, c, s):
    """Turn state and co-state by exp(-i angle/2 Y) and return Im <b|Y|psi>."""
    co, vc, sum_, k = ahead(state, size + size), splat(state, c), splat(state, 0.0), U0
    if q < LOG_WIDTH:
        sign, turn = by_bit(state, q, -1.0, 1.0), by_bit(state, q, -s, s)
        while True:
            x, p = load(state, k), load(co, k)
            y = exchanged(q, x)
            sum_ = sum_ + p * (sign * y)
            store(state, k, vc * x + turn * y)
            store(co, k, vc * p + turn * exchanged(q, p))
            k = (k - mask) & mask
            if k == U0:
                return total(sum_)
    bit = U1 << np.uint64(q)
    rest, vs = mask & ~bit, splat(state, s)
    while True:
        j = k + bit
        x0, x1, p0, p1 = load(state, k), load(state, j), load(co, k), load(co, j)
        sum_ = sum_ + (p1 * x0 - p0 * x1)
        store(state, k, vc * x0 - vs * x1)
        store(state, j, vc * x1 + vs * x0)
        store(co, k, vc * p0 - vs * p1)
        store(co, j, vc * p1 + vs * p0)
        k = (k - rest) & rest
        if k == U0:
            return total(sum_)


@inner
def back_rx(state, size, q, mask, c, s):
    """Turn state and co-state by exp(-i angle/2 X) and return Im <b|X|psi>."""
    im = ahead(state, size)
    br, bi = ahead(im, size), ahead(im, size + size)
    vc, vs, sum_, k = splat(state, c), splat(state, s), splat(state, 0.0), U0
    if q < LOG_WIDTH:
        while True:
            r, i, p, u = load(state, k), load(im, k), load(br, k), load(bi, k)
            fr, fi = exchanged(q, r), exchanged(q, i)
            sum_ = sum_ + (p * fi - u * fr)
            store(state, k, vc * r + vs * fi)
            store(im, k, vc * i - vs * fr)
            store(br, k, vc * p + vs * exchanged(q, u))
            store(bi, k, vc * u - vs * exchanged(q, p))
            k = (k - mask) & mask
            if k == U0:
                return total(sum_)
    bit = U1 << np.uint64(q)
    rest = mask & ~bit
    while True:
        j = k + bit
        r0, i0, r1, i1 = load(state, k), load(im, k), load(state, j), load(im, j)
        p0, u0, p1, u1 = load(br, k), load(bi, k), load(br, j), load(bi, j)
        sum_ = sum_ + (p0 * i1 - u0 * r1 + p1 * i0 - u1 * r0)
        store(state, k, vc * r0 + vs * i1)
        store(im, k, vc * i0 - vs * r1)
        store(state, j, vc * r1 + vs * i0)
        store(im, j, vc * i1 - vs * r0)
        store(br, k, vc * p0 + vs * u1)
        store(bi, k, vc * u0 - vs * p1)
        store(br, j, vc * p1 + vs * u0)
        store(bi, j, vc * u1 - vs * p0)
        k = (k - rest) & rest
        if k == U0:
            return total(sum_)


@inner
def back_rz(state, size, q, mask, c, s):
    """Turn state and co-state by exp(-i angle/2 Z) and return Im <b|Z|psi>."""
    im = ahead(state, size)
    br, bi = ahead(im, size), ahead(im, size + size)
    vc, sum_, k = splat(state, c), splat(state, 0.0), U0
    if q < LOG_WIDTH:
        sign, turn = by_bit(state, q, 1.0, -1.0), by_bit(state, q, s, -s)
        while True:
            r, i, p, u = load(state, k), load(im, k), load(br, k), load(bi, k)
            sum_ = sum_ + sign * (p * i - u * r)
            store(state, k, vc * r + turn * i)
            store(im, k, vc * i - turn * r)
            store(br, k, vc * p + turn * u)
            store(bi, k, vc * u - turn * p)
            k = (k - mask) & mask
            if k == U0:
                return total(sum_)
    bit = U1 << np.uint64(q)
    rest, vs = mask & ~bit, splat(state, s)
    while True:
        j = k + bit
        r0, i0, r1, i1 = load(state, k), load(im, k), load(state, j), load(im, j)
        p0, u0, p1, u1 = load(br, k), load(bi, k), load(br, j), load(bi, j)
        sum_ = sum_ + (p0 * i0 - u0 * r0 - p1 * i1 + u1 * r1)
        store(state, k, vc * r0 + vs * i0)
        store(im, k, vc * i0 - vs * r0)
        store(state, j, vc * r1 - vs * i1)
        store(im, j, vc * i1 + vs * r1)
        store(br, k, vc * p0 + vs * u0)
        store(bi, k, vc * u0 - vs * p0)
        store(br, j, vc * p1 - vs * u1)
        store(bi, j, vc * u1 + vs * p1)
        k = (k - rest) & rest
        if k == U0:
            return total(sum_)
