"""Numbers by which kernels know the gates; `qrl.circuits.gates` holds the same ones.

A compiled circuit is an int32 array of rows `(opcode, first qubit, second qubit, parameter)`;
the last two are -1 where the gate has none.
"""

import numpy as np

RX, RY, RZ, RZZ, CX, CZ, SWAP = range(7)
H, X, Y, Z, S, T, SX, ECR = range(7, 15)

AXES = np.array(
    [
        (1, 0), (2, 0), (3, 0), (3, 3), (3, 1), (3, 3), (0, 0),
        (0, 0), (1, 0), (2, 0), (3, 0), (3, 0), (3, 0), (1, 0),
        (0, 1),
    ],
    dtype=np.int8,
)  # fmt: skip
"""The Pauli operator that a gate commutes with on its first and second qubit: 1 X, 2 Y, 3 Z, 0 none."""

SYMMETRIC = np.array([op in (RZZ, CZ, SWAP) for op in range(len(AXES))])
"""Whether exchanging its qubits leaves a gate the same."""
