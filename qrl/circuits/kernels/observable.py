"""A Pauli sum acting on a state: one diagonal for each set of flipped qubits.

All terms whose X and Y letters stand on the same qubits share a mask x, and
`(H psi)[i] = sum over x of D_x[i] * psi[i ^ x]`. `D_x` is complex in general and real where each
term has an even number of Y, as every molecule's Hamiltonian has; then `diag_im` is empty.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels.compiled import inner


@inner
def apply(masks, diag_re, diag_im, re, im, out_re, out_im):
    """Write H psi into `out_re` and `out_im`, and return the expectation value of H."""
    size = np.uint64(re.size)
    out_re[:] = 0.0
    out_im[:] = 0.0
    real = diag_im.shape[0] == 0
    for g in range(masks.size):
        x = np.uint64(masks[g])
        dr = diag_re[g]
        if x == np.uint64(0):
            for i in range(size):
                out_re[i] += dr[i] * re[i]
                out_im[i] += dr[i] * im[i]
        elif real:
            for i in range(size):
                j = i ^ x
                out_re[i] += dr[i] * re[j]
                out_im[i] += dr[i] * im[j]
        else:
            di = diag_im[g]
            for i in range(size):
                j = i ^ x
                out_re[i] += dr[i] * re[j] - di[i] * im[j]
                out_im[i] += dr[i] * im[j] + di[i] * re[j]
    value = 0.0
    for i in range(size):
        value += re[i] * out_re[i] + im[i] * out_im[i]
    return value


@inner
def expectation(masks, diag_re, diag_im, re, im):
    """Return the expectation value of H."""
    size = np.uint64(re.size)
    real = diag_im.shape[0] == 0
    value = 0.0
    for g in range(masks.size):
        x = np.uint64(masks[g])
        dr = diag_re[g]
        part = 0.0
        for i in range(size):
            j = i ^ x
            part += dr[i] * (re[i] * re[j] + im[i] * im[j])
        if not real:
            di = diag_im[g]
            for i in range(size):
                j = i ^ x
                part += di[i] * (im[i] * re[j] - re[i] * im[j])
        value += part
    return value
