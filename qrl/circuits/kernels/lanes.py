"""The shuffles that gates make within a vector.

The lowest bits of an amplitude's index say where in a vector it stands. Which shuffle a gate needs
depends on its qubit; choosing it inside a loop costs a predictable branch, and compiles once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.simd import LOG_WIDTH, WIDTH, shuffle, splat

U0, U1 = np.uint64(0), np.uint64(1)
STEP = np.uint64(WIDTH)
LANES = np.uint64(WIDTH - 1)
_TOP = LOG_WIDTH - 1


def _exchange(low: int) -> Any:
    return shuffle(k ^ (low % WIDTH) for k in range(WIDTH))


def _choose(q: int) -> Any:
    return shuffle(k + WIDTH * ((k >> q) & 1) for k in range(WIDTH))


def _move(control: int, target: int) -> Any:
    return shuffle(k ^ (((k >> control) & 1) << target) for k in range(WIDTH))


_x1, _x2, _x3, _x4, _x5, _x6, _x7 = (_exchange(low) for low in range(1, 8))
_choose_0, _choose_1, _choose_2 = (_choose(min(q, _TOP)) for q in range(3))
_move_01, _move_10 = _move(0, 1), _move(1, 0)
_move_02, _move_20 = _move(0, _TOP), _move(_TOP, 0)
_move_12, _move_21 = _move(1, _TOP), _move(_TOP, 1)


@inner
def flipped(low, v):
    """Return a vector whose number k is number k ^ low of another."""
    if low == 0:
        return v
    if low == 1:
        return _x1(v, v)
    if low == 2:
        return _x2(v, v)
    if low == 3:
        return _x3(v, v)
    if low == 4:
        return _x4(v, v)
    if low == 5:
        return _x5(v, v)
    if low == 6:
        return _x6(v, v)
    return _x7(v, v)


@inner
def exchanged(q, v):
    """Return a vector with partners in bit q exchanged."""
    if q == 0:
        return _x1(v, v)
    if q == 1:
        return _x2(v, v)
    return _x4(v, v)


@inner
def chosen(q, first, second):
    """Return the numbers of `first` where bit q of the place is 0, of `second` where it is 1."""
    if q == 0:
        return _choose_0(first, second)
    if q == 1:
        return _choose_1(first, second)
    return _choose_2(first, second)


@inner
def by_bit(pointer, q, zero, one):
    """Return a vector that holds one number where bit q of the place is 0, and another where it is 1."""
    return chosen(q, splat(pointer, zero), splat(pointer, one))


@inner
def moved(control, target, v):
    """Return a vector with partners in one bit exchanged where another is 1."""
    if control == 0:
        if target == 1:
            return _move_01(v, v)
        return _move_02(v, v)
    if control == 1:
        if target == 0:
            return _move_10(v, v)
        return _move_12(v, v)
    if target == 0:
        return _move_20(v, v)
    return _move_21(v, v)


def _butterfly(q: int) -> Any:
    """Return a step of the transform below: sums where bit q is 0, differences where it is 1."""
    lanes = range(WIDTH)
    partner = _exchange(1 << q)
    signed = shuffle(k + WIDTH * ((k >> q) & 1) for k in lanes)

    @inner
    def step(v):
        return partner(v, v) + signed(v, -v)

    return step


_step_0, _step_1, _step_2 = (_butterfly(min(q, _TOP)) for q in range(3))
_HAS_THIRD = LOG_WIDTH > 2


@inner
def transformed(v):
    """Return the Walsh-Hadamard transform of a vector, unnormalised."""
    v = _step_1(_step_0(v))
    if _HAS_THIRD:
        v = _step_2(v)
    return v
