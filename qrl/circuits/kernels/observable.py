"""A Pauli sum acting on a state: one diagonal for each set of flipped qubits.

All terms whose X and Y letters stand on the same qubits share a mask x, and
`(H psi)[i] = sum over x of D_x[i] * psi[i ^ x]`. `D_x` is complex in general and real where each
term has an even number of Y, as every molecule's Hamiltonian has; then `diag_im` is empty.

Of a mask, the high bits choose which vector is read and the low bits how its doubles are shuffled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qrl.circuits.kernels.apply import clear
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.pairs import STEP, U0
from qrl.circuits.kernels.simd import WIDTH, load, shuffle, splat, store, total


def _flipping(low: int) -> tuple[Any, Any]:
    """Return loops for masks with the given low bits: H psi added up, and its part of <H>."""
    flipped = shuffle(k ^ low for k in range(WIDTH))

    @inner
    def add(high, diagonal, re, im, out_re, out_im):
        for i in range(U0, np.uint64(re.size), STEP):
            d, a, b = load(diagonal, i), load(re, i ^ high), load(im, i ^ high)
            store(out_re, i, load(out_re, i) + d * flipped(a, a))
            store(out_im, i, load(out_im, i) + d * flipped(b, b))

    @inner
    def value(high, diagonal, re, im):
        sum_ = splat(0.0)
        for i in range(U0, np.uint64(re.size), STEP):
            d, a, b = load(diagonal, i), load(re, i ^ high), load(im, i ^ high)
            sum_ = sum_ + d * (load(re, i) * flipped(a, a) + load(im, i) * flipped(b, b))
        return total(sum_)

    return add, value


_add_0, _value_0 = _flipping(0)
_add_1, _value_1 = _flipping(1)
_add_2, _value_2 = _flipping(2)
_add_3, _value_3 = _flipping(3)
# With vectors of four these are never called.
_add_4, _value_4 = _flipping(4 % WIDTH)
_add_5, _value_5 = _flipping(5 % WIDTH)
_add_6, _value_6 = _flipping(6 % WIDTH)
_add_7, _value_7 = _flipping(7 % WIDTH)


@inner
def _add(x, diagonal, re, im, out_re, out_im):
    low = x & np.uint64(WIDTH - 1)
    high = x - low
    which = np.int64(low)
    if which == 0:
        _add_0(high, diagonal, re, im, out_re, out_im)
    elif which == 1:
        _add_1(high, diagonal, re, im, out_re, out_im)
    elif which == 2:
        _add_2(high, diagonal, re, im, out_re, out_im)
    elif which == 3:
        _add_3(high, diagonal, re, im, out_re, out_im)
    elif which == 4:
        _add_4(high, diagonal, re, im, out_re, out_im)
    elif which == 5:
        _add_5(high, diagonal, re, im, out_re, out_im)
    elif which == 6:
        _add_6(high, diagonal, re, im, out_re, out_im)
    else:
        _add_7(high, diagonal, re, im, out_re, out_im)


@inner
def _value(x, diagonal, re, im):
    low = x & np.uint64(WIDTH - 1)
    high = x - low
    which = np.int64(low)
    if which == 0:
        return _value_0(high, diagonal, re, im)
    if which == 1:
        return _value_1(high, diagonal, re, im)
    if which == 2:
        return _value_2(high, diagonal, re, im)
    if which == 3:
        return _value_3(high, diagonal, re, im)
    if which == 4:
        return _value_4(high, diagonal, re, im)
    if which == 5:
        return _value_5(high, diagonal, re, im)
    if which == 6:
        return _value_6(high, diagonal, re, im)
    return _value_7(high, diagonal, re, im)


@inner
def _add_one_by_one(x, real, imaginary, re, im, out_re, out_im):
    for i in range(np.uint64(re.size)):
        j = i ^ x
        out_re[i] += real[i] * re[j] - imaginary[i] * im[j]
        out_im[i] += real[i] * im[j] + imaginary[i] * re[j]


@inner
def apply(masks, diag_re, diag_im, re, im, out_re, out_im):
    """Write H psi into `out_re` and `out_im`, and return the expectation value of H."""
    size = np.uint64(re.size)
    clear(out_re)
    clear(out_im)
    real = diag_im.shape[0] == 0
    for g in range(masks.size):
        x = np.uint64(masks[g])
        if real and size >= STEP:
            _add(x, diag_re[g], re, im, out_re, out_im)
        else:
            # A real observable on few qubits has no imaginary diagonals to read.
            imaginary = np.zeros(re.size) if real else diag_im[g]
            _add_one_by_one(x, diag_re[g], imaginary, re, im, out_re, out_im)
    value = 0.0
    for i in range(size):
        value += re[i] * out_re[i] + im[i] * out_im[i]
    return value


@inner
def expectation(masks, diag_re, diag_im, re, im):
    """Return the expectation value of H."""
    size = np.uint64(re.size)
    result = 0.0
    for g in range(masks.size):
        x = np.uint64(masks[g])
        if size >= STEP:
            result += _value(x, diag_re[g], re, im)
        else:
            for i in range(size):
                result += diag_re[g, i] * (re[i] * re[i ^ x] + im[i] * im[i ^ x])
        if diag_im.shape[0] > 0:
            for i in range(size):
                result += diag_im[g, i] * (im[i] * re[i ^ x] - re[i] * im[i ^ x])
    return result
