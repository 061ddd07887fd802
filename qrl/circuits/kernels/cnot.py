"""CNOT on one real array: amplitudes whose control is 1 change places with their partner.

Whether control and target lie within a vector or apart decides between a swap of vectors, a mix of
two, and a shuffle of one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.pairs import STEP, U0, U1, U2
from qrl.circuits.kernels.simd import LOG_WIDTH, WIDTH, load, shuffle, store


@inner
def _apart(v, control, target):
    ctrl, tgt = U1 << np.uint64(control), U1 << np.uint64(target)
    low, high = min(ctrl, tgt), max(ctrl, tgt)
    for a in range(U0, np.uint64(v.size), high << U1):
        for b in range(a, a + high, low << U1):
            for i in range(b + ctrl, b + ctrl + low, STEP):
                x, y = load(v, i), load(v, i + tgt)
                store(v, i, y)
                store(v, i + tgt, x)


def _within(control: int, target: int) -> Any:
    moved = shuffle(k ^ (((k >> control) & 1) << target) for k in range(WIDTH))

    @inner
    def both_low(v):
        for k in range(U0, np.uint64(v.size), STEP):
            x = load(v, k)
            store(v, k, moved(x, x))

    return both_low


def _low_control(control: int) -> Any:
    first = shuffle(k + WIDTH * ((k >> control) & 1) for k in range(WIDTH))
    second = shuffle(k + WIDTH * (1 - ((k >> control) & 1)) for k in range(WIDTH))

    @inner
    def control_low(v, target):
        stride = U1 << np.uint64(target)
        for block in range(U0, np.uint64(v.size), stride << U1):
            for i in range(block, block + stride, STEP):
                x, y = load(v, i), load(v, i + stride)
                store(v, i, first(x, y))
                store(v, i + stride, second(x, y))

    return control_low


def _low_target(target: int) -> Any:
    moved = shuffle(k ^ (1 << target) for k in range(WIDTH))

    @inner
    def target_low(v, control):
        stride = U1 << np.uint64(control)
        for block in range(stride, np.uint64(v.size), stride << U1):
            for i in range(block, block + stride, STEP):
                x = load(v, i)
                store(v, i, moved(x, x))

    return target_low


_TOP = LOG_WIDTH - 1
# With vectors of four there is no third low qubit; its loops are never called then.
_within_01, _within_10 = _within(0, 1), _within(1, 0)
_within_02, _within_20 = _within(0, _TOP), _within(_TOP, 0)
_within_12, _within_21 = _within(1, _TOP), _within(_TOP, 1)
_control_0, _control_1, _control_2 = _low_control(0), _low_control(1), _low_control(_TOP)
_target_0, _target_1, _target_2 = _low_target(0), _low_target(1), _low_target(_TOP)


@inner
def _short(v, control, target):
    size = np.uint64(v.size)
    ctrl, tgt = U1 << np.uint64(control), U1 << np.uint64(target)
    for i in range(size):
        if i & ctrl and not i & tgt:
            v[i], v[i | tgt] = v[i | tgt], v[i]


@inner
def cnot(v, control, target):
    """Apply CNOT to the real or the imaginary parts of a state."""
    if np.uint64(v.size) < U2 * STEP:
        _short(v, control, target)
    elif control >= LOG_WIDTH and target >= LOG_WIDTH:
        _apart(v, control, target)
    elif control >= LOG_WIDTH:
        if target == 0:
            _target_0(v, control)
        elif target == 1:
            _target_1(v, control)
        else:
            _target_2(v, control)
    elif target >= LOG_WIDTH:
        if control == 0:
            _control_0(v, target)
        elif control == 1:
            _control_1(v, target)
        else:
            _control_2(v, target)
    elif control == 0:
        if target == 1:
            _within_01(v)
        else:
            _within_02(v)
    elif control == 1:
        if target == 0:
            _within_10(v)
        else:
            _within_12(v)
    elif target == 0:
        _within_20(v)
    else:
        _within_21(v)
