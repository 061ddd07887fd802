"""Global and local cost of the variational quantum linear solver, as ratios of Pauli sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.objectives import ExpectationRatio
from qrl.tasks.linear_systems.pauli_decomposition import pauli_decomposition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit

    Matrix = NDArray[np.complex128]


def global_cost(matrix: Matrix, vector: Matrix) -> ExpectationRatio:
    """Return `1 - |<b|A|x>|^2 / <x|A^dagger A|x>`.

    Numerator `A^dagger|b><b|A` and denominator `A^dagger A`, both Hermitian for any A, and both
    divided by the square of A's norm, which the ratio does not see (Bravo-Prieto et al.,
    arXiv 1909.05820, equation 5).

    Args:
        matrix: A, shape (2**n, 2**n).
        vector: b, shape (2**n,).
    """
    scaled = matrix / np.linalg.norm(matrix, 2)
    image = scaled.conj().T @ (vector / np.linalg.norm(vector))
    return _ratio(np.outer(image, image.conj()), scaled)


def local_cost(matrix: Matrix, preparation: Circuit) -> ExpectationRatio:
    """Return `1 - <x|A^dagger U P U^dagger A|x> / <x|A^dagger A|x>`.

    U prepares b, and P is the mean over the qubits of `|0><0|` on one of them. Its gradients fade
    less on many qubits; it is zero where the global cost C is, and from C / n to C elsewhere
    (Bravo-Prieto et al., arXiv 1909.05820).

    Args:
        matrix: A, shape (2**n, 2**n).
        preparation: U, a circuit with `U|0...0> = b / |b|`.
    """
    scaled = matrix / np.linalg.norm(matrix, 2)
    n, size = preparation.n_qubits, len(matrix)
    zeros = 1.0 - np.bitwise_count(np.arange(size)) / n  # the share of qubits that are 0
    turned = preparation.unitary().conj().T @ scaled
    return _ratio(turned.conj().T @ (zeros[:, None] * turned), scaled)


def _ratio(numerator: Matrix, scaled: Matrix) -> ExpectationRatio:
    return ExpectationRatio(
        pauli_decomposition(numerator), pauli_decomposition(scaled.conj().T @ scaled)
    )
