"""A Pauli sum acting on a state without tables as long as the state.

The diagonal of a mask is worked out block by block: within a block of 2**blocks amplitudes the high
bits of a term's z-mask give one sign, and the low bits say where its weight enters a Walsh-Hadamard
transform, whose result is the block's diagonal. That costs `blocks` additions an amplitude, however
many terms the mask has, and the block stays in the cache. A mask with one term needs no transform.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels.apply import clear
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import LANES, STEP, U0, U1, flipped, transformed
from qrl.circuits.kernels.simd import ahead, load, parity, splat, store, total

IMAGINARY = 1 << 40
"""Added to a mask whose terms have an odd number of Y: its diagonal is imaginary."""
_FLAG = np.uint64(IMAGINARY)


@inner
def transform(values, size):
    """Walsh-Hadamard transform of at least a vector of numbers at an address, unnormalised, in place."""
    for i in range(U0, size, STEP):
        store(values, i, transformed(load(values, i)))
    stride = STEP
    while stride < size:
        for block in range(U0, size, stride << U1):
            for i in range(block, block + stride, STEP):
                a, b = load(values, i), load(values, i + stride)
                store(values, i, a + b)
                store(values, i + stride, a - b)
        stride <<= U1


@inner
def _diagonal(problem, m, z, high, block):
    """Write a block of the diagonal of mask number m into the problem's scratch."""
    values = problem.scratch
    for k in range(U0, block, STEP):
        store(values, k, splat(values, 0.0))
    for t in range(problem.terms[m], problem.terms[m + 1]):
        letters = np.uint64(z[t])
        sign = 1.0 - 2.0 * parity(letters & high)
        values[letters & (block - U1)] += sign * problem.weights[t]
    transform(values, block)


@inner
def measure(problem, state, mask, base, out, keep):
    """Return the expectation value of the observable, and write H psi to `out` if `keep`."""
    size, block = problem.size, U1 << np.uint64(problem.blocks)
    im, out_im = ahead(state, size), ahead(out, size)
    is_complex, part, outside = (mask & size) != U0, mask & ~size, ~mask
    count = problem.first[0]
    z = ahead(problem.terms, count + 1)
    if keep:
        clear(out, mask)
    sum_ = splat(state, 0.0)
    within, between = part & (block - U1), part & ~(block - U1)
    high = U0
    while True:
        for m in range(count):
            flag = np.uint64(problem.masks[m])
            imaginary, x = (flag & _FLAG) != U0, flag & ~_FLAG
            low = np.int64(x & LANES)
            x &= ~LANES
            if (high ^ x) & outside & ~(block - U1):
                continue
            _diagonal(problem, m, z, (high + base) & ~(block - U1), block)
            diagonal = ahead(problem.scratch, base & (block - U1))
            k = U0
            while True:
                i = high + k
                j = i ^ x
                if not j & outside:
                    d, a = load(diagonal, k), flipped(low, load(state, j))
                    if is_complex:
                        b = flipped(low, load(im, j))
                        if imaginary:
                            a, b = -b, a
                        b = d * b
                        sum_ = sum_ + load(im, i) * b
                        if keep:
                            store(out_im, i, load(out_im, i) + b)
                    a = d * a
                    sum_ = sum_ + load(state, i) * a
                    if keep:
                        store(out, i, load(out, i) + a)
                k = (k - within) & within
                if k == U0:
                    break
        high = (high - between) & between
        if high == U0:
            return total(sum_)
