"""CNOT on the numbers at an address: those whose control bit is 1 change places with their partner.

Whether control and target lie within a vector or apart decides between a swap of vectors, a mix of
two, and a shuffle of one. `mask` is as in `singles.py`.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import U0, U1, chosen, exchanged, moved
from qrl.circuits.kernels.simd import LOG_WIDTH, load, store


@inner
def cnot(v, control, target, mask):
    """Apply CNOT to numbers of a state, real and imaginary parts alike."""
    k = U0
    if control < LOG_WIDTH and target < LOG_WIDTH:
        while True:
            store(v, k, moved(control, target, load(v, k)))
            k = (k - mask) & mask
            if k == U0:
                return
    if control < LOG_WIDTH:
        bit = U1 << np.uint64(target)
        rest = mask & ~bit
        while True:
            x, y = load(v, k), load(v, k + bit)
            store(v, k, chosen(control, x, y))
            store(v, k + bit, chosen(control, y, x))
            k = (k - rest) & rest
            if k == U0:
                return
    on = U1 << np.uint64(control)
    if target < LOG_WIDTH:
        rest = mask & ~on
        while True:
            store(v, k + on, exchanged(target, load(v, k + on)))
            k = (k - rest) & rest
            if k == U0:
                return
    both = on | (U1 << np.uint64(target))
    rest = mask & ~both
    while True:
        x, y = load(v, k + on), load(v, k + both)
        store(v, k + on, y)
        store(v, k + both, x)
        k = (k - rest) & rest
        if k == U0:
            return


@inner
def cz(v, first, second, mask):
    """Change the sign of numbers whose bits of both qubits are 1."""
    both = (U1 << np.uint64(first)) | (U1 << np.uint64(second))
    k = U0
    while True:
        if first >= LOG_WIDTH and second >= LOG_WIDTH:
            if k & both == both:
                store(v, k, -load(v, k))
        elif first >= LOG_WIDTH:
            if (k >> np.uint64(first)) & U1:
                x = load(v, k)
                store(v, k, chosen(second, x, -x))
        elif second >= LOG_WIDTH:
            if (k >> np.uint64(second)) & U1:
                x = load(v, k)
                store(v, k, chosen(first, x, -x))
        else:
            x = load(v, k)
            store(v, k, chosen(first, x, chosen(second, x, -x)))
        k = (k - mask) & mask
        if k == U0:
            return
