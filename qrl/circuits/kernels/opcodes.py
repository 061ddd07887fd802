"""Numbers by which kernels know the gates; `qrl.circuits.gates` holds the same ones.

A compiled circuit is an int32 array of rows `(opcode, first qubit, second qubit, parameter)`;
the last two are -1 where the gate has none.
"""

import numpy as np

RX, RY, RZ, RZZ, CX, CZ, SWAP = range(7)
H, X, Y, Z, S, T, SX = range(7, 14)
FIRST_MATRIX = H
"""Opcodes from here on are fixed single-qubit gates, applied through their matrix."""

_r = np.sqrt(0.5)
MATRICES = np.array(
    [
        [[_r, _r], [_r, -_r]],
        [[0, 1], [1, 0]],
        [[0, -1j], [1j, 0]],
        [[1, 0], [0, -1]],
        [[1, 0], [0, 1j]],
        [[1, 0], [0, np.exp(0.25j * np.pi)]],
        [[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]],
    ]
)
"""Matrices of the opcodes from `FIRST_MATRIX` on: h, x, y, z, s, t, sx."""
