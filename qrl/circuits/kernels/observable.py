"""A Pauli sum acting on a state: one diagonal for each set of flipped qubits.

All terms whose X and Y letters stand on the same qubits share a mask x, and
`(H psi)[i] = sum over x of D_x[i] * psi[i ^ x]`. `D_x` is complex in general and real where each
term has an even number of Y, as every molecule's Hamiltonian has.

Of a mask, the high bits choose which vector is read and the low bits how its numbers are shuffled. An
entry is a vector of a diagonal that is not all zero. Entries stand in the order in which they are
read: by vector of the result, then by low bits; those with the same low bits are added up in registers
and shuffled once, for which their diagonals have been shuffled beforehand.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels import terms
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import STEP, U0, flipped
from qrl.circuits.kernels.simd import LOG_WIDTH, ahead, load, splat, store, total


@inner
def _by_entries(problem, observable, state, mask, base, out, keep):
    size = problem.size
    im, out_im = ahead(state, size), ahead(out, size)
    is_complex, part, outside = (mask & size) != U0, mask & ~size, ~mask
    n_lows, shift = problem.n_lows, np.uint64(LOG_WIDTH)
    first_row = np.uint64(observable) * (size >> shift)
    zero = splat(state, 0.0)
    sum_ = zero
    k = U0
    while True:
        slot = np.int64(first_row + ((base + k) >> shift)) * n_lows
        re_sum, im_sum = zero, zero
        for low in range(n_lows):
            begin, end = problem.first[slot + low], problem.first[slot + low + 1]
            if begin == end:
                continue
            x, y = zero, zero
            for e in range(begin, end):
                i = k ^ np.uint64(problem.masks[e])
                if i & outside:
                    continue
                place = np.uint64(e) * STEP
                d, a = load(problem.real, place), load(state, i)
                x = x + d * a
                if is_complex:
                    b = load(im, i)
                    y = y + d * b
                    if not problem.is_real:
                        d = load(problem.imaginary, place)
                        x, y = x - d * b, y + d * a
            re_sum = re_sum + flipped(problem.lows[low], x)
            if is_complex:
                im_sum = im_sum + flipped(problem.lows[low], y)
        sum_ = sum_ + load(state, k) * re_sum
        if is_complex:
            sum_ = sum_ + load(im, k) * im_sum
        if keep:
            store(out, k, re_sum)
            if is_complex:
                store(out_im, k, im_sum)
        k = (k - part) & part
        if k == U0:
            return total(sum_)


@inner
def measure(problem, observable, state, mask, base, out, keep):
    """Return the expectation value of an observable, and write H psi to `out` if `keep`.

    `mask` and `base` are the program's: rows outside of them are not visited.
    """
    if problem.blocks > 0:
        return terms.measure(problem, state, mask, base, out, keep)
    return _by_entries(problem, observable, state, mask, base, out, keep)
