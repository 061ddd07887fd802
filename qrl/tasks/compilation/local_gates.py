"""The best circuit of single-qubit gates: what compilation reaches without a CNOT."""

from __future__ import annotations

import cmath
import math
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STARTS = 8
_SWEEPS = 200
_CONVERGED = 1e-14


def best_local_circuit(wanted: NDArray[np.complex128]) -> Circuit:
    """Return one gate on each qubit, as RZ RY RZ, as close to a unitary as was found.

    With the gates of the other qubits given, the best one is the unitary factor of the polar
    decomposition of what remains of the trace. Qubits take turns until nothing changes, from the
    identity and from seven seeded random starts; all of them may end in local maxima.

    Args:
        wanted: shape (2**n, 2**n).
    """
    n_qubits = len(wanted).bit_length() - 1
    rng = np.random.default_rng(0)
    starts = [np.tile(np.eye(2, dtype=np.complex128), (n_qubits, 1, 1))]
    for _ in range(_STARTS - 1):
        real, imaginary = rng.standard_normal((2, n_qubits, 2, 2))
        starts.append(np.linalg.qr(real + 1j * imaginary)[0])
    _, gates = max((_climbed(wanted, start) for start in starts), key=lambda pair: pair[0])
    return _rotations(gates)


def _climbed(
    wanted: NDArray[np.complex128], start: NDArray[np.complex128]
) -> tuple[float, NDArray[np.complex128]]:
    """Return the largest |trace| / 2**n reached from gates, shape (n, 2, 2), and the gates."""
    gates, overlap = start.copy(), 0.0
    for _ in range(_SWEEPS):
        before = overlap
        for qubit in range(len(gates)):
            u, values, v = np.linalg.svd(_partial_trace(wanted, gates, qubit))
            gates[qubit] = u @ v
            overlap = float(values.sum()) / len(wanted)
        if overlap - before < _CONVERGED:
            break
    return round(overlap, 12), gates


def _partial_trace(
    wanted: NDArray[np.complex128], gates: NDArray[np.complex128], qubit: int
) -> NDArray[np.complex128]:
    """Return E with Tr(V^dagger wanted) = Tr(V_q^dagger E), V_q the gate of one qubit."""
    rest = wanted
    for other in range(len(gates) - 1, qubit, -1):  # the highest qubit is the leading bit
        half = len(rest) // 2
        rest = np.einsum("ab,aibj->ij", gates[other].conj(), rest.reshape(2, half, 2, half))
    for other in range(qubit):
        half = len(rest) // 2
        rest = np.einsum("ab,iajb->ij", gates[other].conj(), rest.reshape(half, 2, half, 2))
    return rest


def _rotations(gates: NDArray[np.complex128]) -> Circuit:
    """Return gates, shape (n, 2, 2), as RZ RY RZ on each qubit, up to a global phase."""
    circuit = Circuit(len(gates))
    for qubit, gate in enumerate(gates):
        # In SU(2) the lower row is exp(i (a - b) / 2) sin(c / 2), exp(i (a + b) / 2) cos(c / 2) for
        # RZ(a) RY(c) RZ(b).
        zero, one = gate[1] / cmath.sqrt(gate[0, 0] * gate[1, 1] - gate[0, 1] * gate[1, 0])
        middle = 2 * math.atan2(abs(zero), abs(one))
        first, last = (cmath.phase(one) + sign * cmath.phase(zero) for sign in (-1, 1))
        for name, angle in (("rz", first), ("ry", middle), ("rz", last)):
            circuit = circuit.append(name, qubit, angle=angle)
    return circuit
