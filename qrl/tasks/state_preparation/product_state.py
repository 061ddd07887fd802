"""The best state without entanglement: what single-qubit gates alone reach."""

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


def best_product_circuit(target: NDArray[np.complex128]) -> Circuit:
    """Return single-qubit rotations whose output is as close to a state as was found.

    The factor of one qubit that is best for given others is a partial overlap with the target;
    qubits take turns until nothing changes, from the largest amplitude and from seven seeded random
    product states. The overlap tells the geometric measure of entanglement (Wei and Goldbart, Phys.
    Rev. A 68, 042307 (2003)), unless all starts end in local maxima.

    Args:
        target: shape (2**n,), normalised.
    """
    n_qubits = len(target).bit_length() - 1
    rng = np.random.default_rng(0)
    largest = int(np.abs(target).argmax())
    bits = (largest >> np.arange(n_qubits)) & 1
    starts = [np.eye(2, dtype=np.complex128)[bits]]
    for _ in range(_STARTS - 1):
        real, imaginary = rng.standard_normal((2, n_qubits, 2))
        starts.append(_normalised(real + 1j * imaginary))
    _, factors = max((_climbed(target, start) for start in starts), key=lambda pair: pair[0])
    return _rotations(factors)


def _climbed(
    target: NDArray[np.complex128], start: NDArray[np.complex128]
) -> tuple[float, NDArray[np.complex128]]:
    """Return the largest overlap reached from factors, shape (n, 2), and the factors."""
    factors, overlap = start.copy(), 0.0
    for _ in range(_SWEEPS):
        before = overlap
        for qubit in range(len(factors)):
            part = _partial_overlap(target, factors, qubit)
            overlap = float(np.linalg.norm(part))
            if overlap > 0.0:
                factors[qubit] = part / overlap
        if overlap - before < _CONVERGED:
            break
    return round(overlap, 12), factors


def _partial_overlap(
    target: NDArray[np.complex128], factors: NDArray[np.complex128], qubit: int
) -> NDArray[np.complex128]:
    """Return the target's overlap with the factors of all qubits but one, shape (2,)."""
    rest = target
    for other in range(len(factors) - 1, qubit, -1):  # the highest qubit is the leading axis
        rest = factors[other].conj() @ rest.reshape(2, -1)
    for other in range(qubit):
        rest = rest.reshape(-1, 2) @ factors[other].conj()
    return rest


def _normalised(factors: NDArray[np.complex128]) -> NDArray[np.complex128]:
    units: NDArray[np.complex128] = factors / np.linalg.norm(factors, axis=1, keepdims=True)
    return units


def _rotations(factors: NDArray[np.complex128]) -> Circuit:
    circuit = Circuit(len(factors))
    for qubit, (zero, one) in enumerate(factors):
        circuit = circuit.append("ry", qubit, angle=2 * math.atan2(abs(one), abs(zero)))
        phase = cmath.phase(one) - cmath.phase(zero)
        circuit = circuit.append("rz", qubit, angle=phase)
    return circuit
