"""Gates and channels on a density matrix kept as its Pauli coefficients.

The coefficient of the string P is Tr(P rho). Each qubit has two bits in the index, the lower for X and
the upper for Z, so that its code is 0 I, 1 X, 2 Z, 3 Y; the bits below all qubits number the input.
Every operation on one qubit, with its noise, is then a real 4 x 4 matrix on the codes (its Pauli
transfer matrix; Greenbaum, arXiv 1509.02921), and a CNOT exchanges coefficients as two CNOTs of the
bits do, up to signs.

`mask` is as in `singles.py`: bits that are always 0 are left out.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels.cnot import cnot
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import U0, U1, by_bit, chosen, flipped
from qrl.circuits.kernels.simd import LOG_WIDTH, WIDTH, load, splat, store, total

U3 = np.uint64(3)
_LOG = np.uint64(LOG_WIDTH)


@inner
def _row(pointer, m, k):
    """Return four numbers of a matrix as vectors."""
    return (
        splat(pointer, m[k]),
        splat(pointer, m[k + 1]),
        splat(pointer, m[k + 2]),
        splat(pointer, m[k + 3]),
    )


@inner
def channel(source, target, position, mask, m):
    """Apply a 4 x 4 matrix to the codes of a qubit, from one vector of coefficients to another.

    Args:
        source, target: addresses; they may be the same.
        position: of the qubit's lower bit.
        m: address of the matrix, row by row.
    """
    k = U0
    if position >= LOG_WIDTH:
        x = U1 << np.uint64(position)
        z = x + x
        y = x + z
        rest = mask & ~y
        m0, m1 = _row(source, m, 0), _row(source, m, 4)
        m2, m3 = _row(source, m, 8), _row(source, m, 12)
        while True:
            a, b, c, d = (
                load(source, k),
                load(source, k + x),
                load(source, k + z),
                load(source, k + y),
            )
            store(target, k, m0[0] * a + m0[1] * b + m0[2] * c + m0[3] * d)
            store(target, k + x, m1[0] * a + m1[1] * b + m1[2] * c + m1[3] * d)
            store(target, k + z, m2[0] * a + m2[1] * b + m2[2] * c + m2[3] * d)
            store(target, k + y, m3[0] * a + m3[1] * b + m3[2] * c + m3[3] * d)
            k = (k - rest) & rest
            if k == U0:
                return
    # The lower bit lies within a vector: for code bit 0 or 1, own and exchanged partner.
    own_i, other_i = by_bit(source, position, m[0], m[5]), by_bit(source, position, m[1], m[4])
    own_z, other_z = by_bit(source, position, m[10], m[15]), by_bit(source, position, m[11], m[14])
    up, up_other = by_bit(source, position, m[2], m[7]), by_bit(source, position, m[3], m[6])
    down, down_other = by_bit(source, position, m[8], m[13]), by_bit(source, position, m[9], m[12])
    low = 1 << position
    if position == LOG_WIDTH - 1:
        z = U1 << np.uint64(position + 1)
        rest = mask & ~z
        while True:
            u, w = load(source, k), load(source, k + z)
            fu, fw = flipped(low, u), flipped(low, w)
            store(target, k, own_i * u + other_i * fu + up * w + up_other * fw)
            store(target, k + z, own_z * w + other_z * fw + down * u + down_other * fu)
            k = (k - rest) & rest
            if k == U0:
                return
    # Both bits lie within a vector.
    above = position + 1
    own, other = chosen(above, own_i, own_z), chosen(above, other_i, other_z)
    across, across_other = chosen(above, up, down), chosen(above, up_other, down_other)
    while True:
        v = load(source, k)
        far = flipped(low + low, v)
        store(
            target,
            k,
            own * v + other * flipped(low, v) + across * far + across_other * flipped(low, far),
        )
        k = (k - mask) & mask
        if k == U0:
            return


@inner
def _gather(acc, position, flip, spare, sums):
    """Add the numbers of a vector to the entries (code, code ^ flip), codes read off the place."""
    store(spare, U0, acc)
    for lane in range(WIDTH):
        code = (lane >> position) & 3
        sums[4 * code + (code ^ flip)] += spare[lane]


@inner
def _halves(lower, upper, position, flip, spare, sums):
    """Do what `_gather` does for a vector of codes 0 and 1 and one of codes 2 and 3."""
    for half, acc in ((0, lower), (2, upper)):
        store(spare, U0, acc)
        for lane in range(WIDTH):
            code = half + ((lane >> position) & 1)
            sums[4 * code + (code ^ flip)] += spare[lane]


@inner
def _moments_apart(co_state, state, position, mask, m, sums):
    """Do what `moments` does for a qubit whose codes stand in different vectors, in one sweep."""
    x = U1 << np.uint64(position)
    z = x + x
    y = x + z
    rest, zero, k = mask & ~y, splat(state, 0.0), U0
    m0, m1, m2, m3 = _row(state, m, 0), _row(state, m, 4), _row(state, m, 8), _row(state, m, 12)
    s10 = s11 = s12 = s13 = s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = zero
    while True:
        a, b, c, d = load(state, k), load(state, k + x), load(state, k + z), load(state, k + y)
        p, q = load(co_state, k), load(co_state, k + x)
        r, s = load(co_state, k + z), load(co_state, k + y)
        s10, s11, s12, s13 = s10 + q * a, s11 + q * b, s12 + q * c, s13 + q * d
        s20, s21, s22, s23 = s20 + r * a, s21 + r * b, s22 + r * c, s23 + r * d
        s30, s31, s32, s33 = s30 + s * a, s31 + s * b, s32 + s * c, s33 + s * d
        store(co_state, k, m0[0] * p + m1[0] * q + m2[0] * r + m3[0] * s)
        store(co_state, k + x, m0[1] * p + m1[1] * q + m2[1] * r + m3[1] * s)
        store(co_state, k + z, m0[2] * p + m1[2] * q + m2[2] * r + m3[2] * s)
        store(co_state, k + y, m0[3] * p + m1[3] * q + m2[3] * r + m3[3] * s)
        k = (k - rest) & rest
        if k == U0:
            break
    sums[4], sums[5], sums[6], sums[7] = total(s10), total(s11), total(s12), total(s13)
    sums[8], sums[9], sums[10], sums[11] = total(s20), total(s21), total(s22), total(s23)
    sums[12], sums[13], sums[14], sums[15] = total(s30), total(s31), total(s32), total(s33)


@inner
def moments(co_state, state, position, mask, m, transposed, spare, sums):
    """Take a co-state back over the matrix `m`, and write its moments with the state before.

    The moments are the sums of co_state[code a] * state[code b] over everything else, a 4 x 4 matrix,
    with the co-state of before. Row 0 is left out where it takes time: a step leaves the coefficient
    of I as it is, so that no slope depends on that row.

    Args:
        transposed: the transpose of `m`.
        spare: room for a vector.
    """
    zero = splat(state, 0.0)
    for entry in range(16):
        sums[entry] = 0.0
    k = U0
    if position >= LOG_WIDTH:
        _moments_apart(co_state, state, position, mask, m, sums)
        return
    low = 1 << position
    s0 = s1 = s2 = s3 = zero
    if position == LOG_WIDTH - 1:
        z = U1 << np.uint64(position + 1)
        rest = mask & ~z
        t0 = t1 = t2 = t3 = zero
        while True:
            u, w = load(state, k), load(state, k + z)
            fu, fw = flipped(low, u), flipped(low, w)
            p, q = load(co_state, k), load(co_state, k + z)
            s0, s1, s2, s3 = s0 + p * u, s1 + p * fu, s2 + p * w, s3 + p * fw
            t0, t1, t2, t3 = t0 + q * w, t1 + q * fw, t2 + q * u, t3 + q * fu
            k = (k - rest) & rest
            if k == U0:
                break
        for flip, lower, upper in ((0, s0, t0), (1, s1, t1), (2, s2, t2), (3, s3, t3)):
            _halves(lower, upper, position, flip, spare, sums)
        channel(co_state, co_state, position, mask, transposed)
        return
    while True:
        v, p = load(state, k), load(co_state, k)
        far = flipped(low + low, v)
        s0, s1 = s0 + p * v, s1 + p * flipped(low, v)
        s2, s3 = s2 + p * far, s3 + p * flipped(low, far)
        k = (k - mask) & mask
        if k == U0:
            break
    for flip, acc in ((0, s0), (1, s1), (2, s2), (3, s3)):
        _gather(acc, position, flip, spare, sums)
    channel(co_state, co_state, position, mask, transposed)


@inner
def scale(v, first, second, mask, factors):
    """Multiply coefficients by a factor for each pair of codes.

    Args:
        first, second: positions of the qubits' lower bits.
        factors: address of 16 vectors, by the code of the first qubit plus 4 times that of the
            second; bits within a vector count as 0 there and are told apart inside it.
    """
    a, b, k = np.uint64(first), np.uint64(second), U0
    while True:
        key = ((k >> a) & U3) | (((k >> b) & U3) << np.uint64(2))
        store(v, k, load(v, k) * load(factors, key << _LOG))
        k = (k - mask) & mask
        if k == U0:
            return


@inner
def controlled_not(v, control, target, mask, factors):
    """Apply a CNOT to the coefficients, with signs and Pauli noise in the factors.

    X spreads from control to target and Z from target to control (Gottesman, quant-ph/9807006).
    """
    cnot(v, control, target, mask)
    cnot(v, target + 1, control + 1, mask)
    scale(v, control, target, mask, factors)


@inner
def uncontrolled_not(v, control, target, mask, factors):
    """Apply the transpose of `controlled_not`."""
    scale(v, control, target, mask, factors)
    cnot(v, target + 1, control + 1, mask)
    cnot(v, control, target, mask)


@inner
def pair_channel(v, first, second, mask, m, spare, transposed):
    """Apply a 16 x 16 matrix to the codes of two qubits.

    Args:
        m: address of the matrix, row by row, by the code of the first qubit plus 4 times that of the
            second.
        spare: room for 16 numbers.
        transposed: whether to apply the transpose.
    """
    a, b = np.uint64(first), np.uint64(second)
    everything = mask | np.uint64(WIDTH - 1)
    rest = everything & ~((U3 << a) | (U3 << b))
    k = U0
    while True:
        for code in range(16):
            c = np.uint64(code)
            place = k + ((c & U3) << a) + ((c >> np.uint64(2)) << b)
            spare[code] = v[place] if place & ~everything == U0 else 0.0
        for row in range(16):
            c = np.uint64(row)
            place = k + ((c & U3) << a) + ((c >> np.uint64(2)) << b)
            if place & ~everything == U0:
                result = 0.0
                for column in range(16):
                    entry = m[16 * column + row] if transposed else m[16 * row + column]
                    result += entry * spare[column]
                v[place] = result
        k = (k - rest) & rest
        if k == U0:
            return
