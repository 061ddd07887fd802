"""Single-qubit gates laid over a state: each is a rule for one pair of amplitudes.

A rule takes the real and imaginary parts of the amplitudes with the qubit 0 and 1, and the cosine and
sine of half the angle. It holds for doubles and for vectors of them alike. Three loops lay it over
the state: for qubits whose partners lie at least a vector apart, for the lowest ones, whose partners
share a vector and are sorted apart first, and for states that are shorter than two vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.simd import LOG_WIDTH, WIDTH, load, shuffle, splat, store, total

U0, U1, U2 = np.uint64(0), np.uint64(1), np.uint64(2)
STEP = np.uint64(WIDTH)


@inner
def _rx(r0, i0, r1, i1, c, s):
    return c * r0 + s * i1, c * i0 - s * r1, c * r1 + s * i0, c * i1 - s * r0


@inner
def _ry(r0, i0, r1, i1, c, s):
    return c * r0 - s * r1, c * i0 - s * i1, c * r1 + s * r0, c * i1 + s * i0


@inner
def _rz(r0, i0, r1, i1, c, s):
    return c * r0 + s * i0, c * i0 - s * r0, c * r1 - s * i1, c * i1 + s * r1


@inner
def _phase(r0, i0, r1, i1, c, s):
    return r0, i0, c * r1 - s * i1, c * i1 + s * r1


@inner
def _flip(r0, i0, r1, i1, c, s):
    return r1, i1, r0, i0


# Im <b|P|psi> of one pair, for P = X, Y, Z; p and q are the parts of b.
@inner
def _slope_x(r0, i0, r1, i1, p0, q0, p1, q1):
    return p0 * i1 - q0 * r1 + p1 * i0 - q1 * r0


@inner
def _slope_y(r0, i0, r1, i1, p0, q0, p1, q1):
    return p1 * r0 + q1 * i0 - p0 * r1 - q0 * i1


@inner
def _slope_z(r0, i0, r1, i1, p0, q0, p1, q1):
    return p0 * i0 - q0 * r0 - p1 * i1 + q1 * r1


def _sorting(q: int) -> tuple[Any, Any, Any, Any]:
    """Return shuffles that sort two vectors by bit q of the place, and two that undo it."""
    places = range(2 * WIDTH)
    low = [k for k in places if not (k >> q) & 1]
    high = [k for k in places if (k >> q) & 1]
    back = [(low + high).index(k) for k in places]
    return shuffle(low), shuffle(high), shuffle(back[:WIDTH]), shuffle(back[WIDTH:])


def _forward_low(rule: Any, q: int) -> Any:
    low, high, first, second = _sorting(q)

    @inner
    def over_state(re, im, c, s):
        vc, vs = splat(c), splat(s)
        for k in range(U0, np.uint64(re.size), U2 * STEP):
            a, b = load(re, k), load(re, k + STEP)
            x, y = load(im, k), load(im, k + STEP)
            r0, i0, r1, i1 = rule(low(a, b), low(x, y), high(a, b), high(x, y), vc, vs)
            store(re, k, first(r0, r1))
            store(re, k + STEP, second(r0, r1))
            store(im, k, first(i0, i1))
            store(im, k + STEP, second(i0, i1))

    return over_state


def _forward(rule: Any) -> Any:
    """Lay a rule over a state: `(re, im, qubit, c, s)`."""
    low_0, low_1, low_2 = (_forward_low(rule, min(q, LOG_WIDTH - 1)) for q in range(3))

    @inner
    def over_state(re, im, q, c, s):
        size, stride = np.uint64(re.size), U1 << np.uint64(q)
        if size < U2 * STEP:
            for block in range(U0, size, stride << U1):
                for i in range(block, block + stride):
                    j = i + stride
                    re[i], im[i], re[j], im[j] = rule(re[i], im[i], re[j], im[j], c, s)
        elif q >= LOG_WIDTH:
            vc, vs = splat(c), splat(s)
            for block in range(U0, size, stride << U1):
                for i in range(block, block + stride, STEP):
                    j = i + stride
                    r0, i0, r1, i1 = rule(
                        load(re, i), load(im, i), load(re, j), load(im, j), vc, vs
                    )
                    store(re, i, r0)
                    store(im, i, i0)
                    store(re, j, r1)
                    store(im, j, i1)
        elif q == 0:
            low_0(re, im, c, s)
        elif q == 1:
            low_1(re, im, c, s)
        else:
            low_2(re, im, c, s)

    return over_state


def _backward_low(rule: Any, slope: Any, q: int) -> Any:
    low, high, first, second = _sorting(q)

    @inner
    def over_states(re, im, br, bi, c, s):
        vc, vs, sum_ = splat(c), splat(s), splat(0.0)
        for k in range(U0, np.uint64(re.size), U2 * STEP):
            a, b = load(re, k), load(re, k + STEP)
            x, y = load(im, k), load(im, k + STEP)
            r0, i0, r1, i1 = low(a, b), low(x, y), high(a, b), high(x, y)
            a, b = load(br, k), load(br, k + STEP)
            x, y = load(bi, k), load(bi, k + STEP)
            p0, q0, p1, q1 = low(a, b), low(x, y), high(a, b), high(x, y)
            sum_ = sum_ + slope(r0, i0, r1, i1, p0, q0, p1, q1)
            r0, i0, r1, i1 = rule(r0, i0, r1, i1, vc, vs)
            p0, q0, p1, q1 = rule(p0, q0, p1, q1, vc, vs)
            store(re, k, first(r0, r1))
            store(re, k + STEP, second(r0, r1))
            store(im, k, first(i0, i1))
            store(im, k + STEP, second(i0, i1))
            store(br, k, first(p0, p1))
            store(br, k + STEP, second(p0, p1))
            store(bi, k, first(q0, q1))
            store(bi, k + STEP, second(q0, q1))
        return total(sum_)

    return over_states


def _backward(rule: Any, slope: Any) -> Any:
    """Lay a rule over state and co-state, returning Im <b|P|psi>: `(re, im, br, bi, qubit, c, s)`."""
    low_0, low_1, low_2 = (_backward_low(rule, slope, min(q, LOG_WIDTH - 1)) for q in range(3))

    @inner
    def over_states(re, im, br, bi, q, c, s):
        size, stride = np.uint64(re.size), U1 << np.uint64(q)
        if size < U2 * STEP:
            result = 0.0
            for block in range(U0, size, stride << U1):
                for i in range(block, block + stride):
                    j = i + stride
                    r0, i0, r1, i1 = re[i], im[i], re[j], im[j]
                    p0, q0, p1, q1 = br[i], bi[i], br[j], bi[j]
                    result += slope(r0, i0, r1, i1, p0, q0, p1, q1)
                    re[i], im[i], re[j], im[j] = rule(r0, i0, r1, i1, c, s)
                    br[i], bi[i], br[j], bi[j] = rule(p0, q0, p1, q1, c, s)
            return result
        if q >= LOG_WIDTH:
            vc, vs, sum_ = splat(c), splat(s), splat(0.0)
            for block in range(U0, size, stride << U1):
                for i in range(block, block + stride, STEP):
                    j = i + stride
                    r0, i0, r1, i1 = load(re, i), load(im, i), load(re, j), load(im, j)
                    p0, q0, p1, q1 = load(br, i), load(bi, i), load(br, j), load(bi, j)
                    sum_ = sum_ + slope(r0, i0, r1, i1, p0, q0, p1, q1)
                    r0, i0, r1, i1 = rule(r0, i0, r1, i1, vc, vs)
                    p0, q0, p1, q1 = rule(p0, q0, p1, q1, vc, vs)
                    store(re, i, r0)
                    store(im, i, i0)
                    store(re, j, r1)
                    store(im, j, i1)
                    store(br, i, p0)
                    store(bi, i, q0)
                    store(br, j, p1)
                    store(bi, j, q1)
            return total(sum_)
        if q == 0:
            return low_0(re, im, br, bi, c, s)
        if q == 1:
            return low_1(re, im, br, bi, c, s)
        return low_2(re, im, br, bi, c, s)

    return over_states


rx, ry, rz = _forward(_rx), _forward(_ry), _forward(_rz)
phase, flip = _forward(_phase), _forward(_flip)
back_rx, back_ry, back_rz = (
    _backward(_rx, _slope_x),
    _backward(_ry, _slope_y),
    _backward(_rz, _slope_z),
)
