"""How far a circuit's unitary is from the wanted one, whatever their global phases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def average_gate_fidelity(process_fidelity: float, n_qubits: int) -> float:
    """Return the fidelity of outputs averaged over all pure inputs.

    (d F + 1) / (d + 1) with d = 2**n (Nielsen, Phys. Lett. A 303, 249 (2002), equation 3).

    Args:
        process_fidelity: F.
        n_qubits: n.
    """
    size = 1 << n_qubits
    return (size * process_fidelity + 1.0) / (size + 1.0)


def operator_norm_distance(first: NDArray[np.complex128], second: NDArray[np.complex128]) -> float:
    """Return the least spectral norm of `first - exp(i phi) second` over all phases phi.

    The eigenvalues of `second^dagger first` lie on the unit circle. The best phase is the middle of
    the shortest arc that holds them all, so the distance is `2 sin(arc / 4)`.

    Args:
        first: unitary, shape (2**n, 2**n).
        second: unitary, shape (2**n, 2**n).

    Returns:
        0 for equal unitaries, at most 2.
    """
    phases = np.sort(np.angle(np.linalg.eigvals(second.conj().T @ first)))
    gaps = np.diff(phases, append=phases[0] + 2 * math.pi)
    arc = max(0.0, 2 * math.pi - float(gaps.max()))
    return 2.0 * math.sin(arc / 4)
