"""Unitaries with a name, and seeded random ones; little-endian, as Qiskit's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.checks import whole_number
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_QUBITS = 8
"""Of a unitary: each evaluation carries all 2**n basis states."""


def toffoli(n_qubits: int) -> NDArray[np.complex128]:
    """Return X on the highest qubit where all others are set.

    Args:
        n_qubits: at least 3; with more the gate has more controls.
    """
    check_qubits(n_qubits, 3)
    half = 1 << (n_qubits - 1)
    return _exchange(n_qubits, half - 1, 2 * half - 1)


def fredkin(n_qubits: int) -> NDArray[np.complex128]:
    """Return the exchange of the two highest qubits where all others are set.

    Args:
        n_qubits: at least 3; with more the gate has more controls.
    """
    check_qubits(n_qubits, 3)
    quarter = 1 << (n_qubits - 2)
    return _exchange(n_qubits, 2 * quarter - 1, 3 * quarter - 1)


def ccz(n_qubits: int) -> NDArray[np.complex128]:
    """Return the sign change of |1...1>.

    Args:
        n_qubits: at least 3.
    """
    check_qubits(n_qubits, 3)
    signs = np.ones(1 << n_qubits, dtype=np.complex128)
    signs[-1] = -1.0
    return np.diag(signs)


def swap(n_qubits: int) -> NDArray[np.complex128]:
    """Return the exchange of two qubits.

    Args:
        n_qubits: 2.
    """
    if n_qubits != 2:
        raise InputError(f"A swap acts on 2 qubits; got {n_qubits}.")
    return _exchange(2, 1, 2)


def qft(n_qubits: int) -> NDArray[np.complex128]:
    """Return the quantum Fourier transform: entry (j, k) is exp(2 pi i j k / 2**n) / 2**(n/2).

    Nielsen and Chuang, Quantum Computation and Quantum Information, equation 5.2; with the swaps.

    Args:
        n_qubits: at least 2.
    """
    check_qubits(n_qubits, 2)
    index = np.arange(1 << n_qubits)
    products = np.outer(index, index) % (1 << n_qubits)
    waves = np.exp(2j * np.pi * products / (1 << n_qubits))
    matrix: NDArray[np.complex128] = waves / np.sqrt(1 << n_qubits)
    return matrix


def haar_unitary(n_qubits: int, seed: int) -> NDArray[np.complex128]:
    """Return a random unitary of the Haar measure.

    The QR decomposition of a complex Gaussian matrix, with the phases of R's diagonal moved to Q
    (Mezzadri, Notices of the AMS 54, 592 (2007)).

    Args:
        n_qubits: at least 1.
        seed: from 0; the same one gives the same unitary.
    """
    check_qubits(n_qubits, 1)
    seed = whole_number("The seed", seed, least=0)
    real, imaginary = np.random.default_rng(seed).standard_normal((2, 1 << n_qubits, 1 << n_qubits))
    q, r = (np.asarray(part, np.complex128) for part in np.linalg.qr(real + 1j * imaginary))
    phases = np.diag(r) / np.abs(np.diag(r))
    unitary: NDArray[np.complex128] = q * phases
    return unitary


def check_qubits(n_qubits: int, least: int) -> None:
    """Check a number of qubits before a matrix of that size is made.

    Raises:
        InputError: no whole number, fewer than `least`, or more than `MOST_QUBITS`.
    """
    whole_number("The number of qubits", n_qubits, least=least, most=MOST_QUBITS)


def _exchange(n_qubits: int, first: int, second: int) -> NDArray[np.complex128]:
    order = np.arange(1 << n_qubits)
    order[[first, second]] = second, first
    return np.eye(1 << n_qubits, dtype=np.complex128)[order]
