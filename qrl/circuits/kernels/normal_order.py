"""The lexicographic normal order of a circuit's gates, in compiled code.

Circuits that differ only in the order of commuting gates get the same order, so that they are scored
alike to the bit and can share one score. `qrl.circuits.canonical` says what the order means; here
whether two gates commute is read off a table of what each gate does on each of its qubits.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.opcodes import AXES, ECR, SYMMETRIC

_BOTH = 2


@inner
def _commute(x, i, y, j, keep_order):
    """Tell whether two rows commute: mostly, where both are diagonal in one basis on shared qubits."""
    same = True
    for k in range(3):
        same = same and x[i, k] == y[j, k]
    if same:
        return True
    shared, alike = 0, True
    for a in range(2):
        for b in range(2):
            if x[i, 1 + a] >= 0 and x[i, 1 + a] == y[j, 1 + b]:
                shared += 1
                axis = AXES[x[i, 0], a]
                alike = alike and axis > 0 and axis == AXES[y[j, 0], b]
    if keep_order:
        return shared == 0
    # Two gates unchanged by an exchange of their qubits commute where both have the same ones.
    if shared == _BOTH and SYMMETRIC[x[i, 0]] and SYMMETRIC[y[j, 0]]:
        return True
    # So do the two directions of an ECR.
    return alike or (shared == _BOTH and x[i, 0] == ECR and y[j, 0] == ECR)


@inner
def _before(x, i, y, j):
    """Tell whether a row comes before another: by qubits, then by opcode."""
    for k in (1, 2, 0):
        if x[i, k] != y[j, k]:
            return x[i, k] < y[j, k]
    return False


@inner
def arrange(ops, ordered, places, keep_order):
    """Write the rows in normal order to `ordered`, and to `places` where each stood.

    A gate is appended to an ordered word by passing over gates that it commutes with; it settles
    before the first of those that come after it (Anisimov and Knuth, 1979). With `keep_order`, only
    gates on different qubits pass each other: noise on a shared qubit need not commute.
    """
    row = np.empty((1, 4), np.int32)
    for g in range(ops.shape[0]):
        for c in range(4):
            row[0, c] = ops[g, c]
        if SYMMETRIC[row[0, 0]] and not keep_order and row[0, 1] > row[0, 2]:
            row[0, 1], row[0, 2] = row[0, 2], row[0, 1]
        settle, k = g, g - 1
        while k >= 0 and _commute(ordered, k, row, 0, keep_order):
            if _before(row, 0, ordered, k):
                settle = k
            k -= 1
        for k in range(g, settle, -1):
            for c in range(4):
                ordered[k, c] = ordered[k - 1, c]
            places[k] = places[k - 1]
        for c in range(4):
            ordered[settle, c] = row[0, c]
        places[settle] = g


@inner
def renumber(ordered, theta, ordered_theta, parameters):
    """Number the parameters of ordered rows in their order, and bring the angles along.

    `parameters` receives which angle of `theta` each was.
    """
    p = 0
    for g in range(ordered.shape[0]):
        if ordered[g, 3] >= 0:
            parameters[p] = ordered[g, 3]
            ordered_theta[p] = theta[ordered[g, 3]]
            ordered[g, 3] = np.int32(p)
            p += 1
