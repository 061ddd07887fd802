"""Checks of sizes, made before memory is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import whole_number
from qrl.circuits.objectives.base import checked_numbers
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_QUBITS = 20
"""Of a state vector: 2**20 amplitudes are 16 MiB."""
NORM_TOLERANCE = 1e-6
"""So far from 1 a sum or a norm is taken for rounding."""


def check_qubits(n_qubits: int, least: int) -> None:
    """Check a number of qubits before 2**n amplitudes are made.

    Raises:
        InputError: no whole number, fewer than `least`, or more than `MOST_QUBITS`.
    """
    whole_number("The number of qubits", n_qubits, least=least, most=MOST_QUBITS)


def checked_list(values: Any, what: str, kind: Any) -> NDArray[Any]:
    """Return a new array of shape (2**n,), with n from 1 to `MOST_QUBITS`.

    Args:
        values: the numbers.
        what: what they are, for the messages.
        kind: type of the result.

    Raises:
        InputError: another shape, not numbers, or not finite.
    """
    if isinstance(values, np.ndarray):  # before it is copied
        check_length(values, what)
    array = checked_numbers(values, what, kind)
    check_length(array, what)
    return array


def check_length(array: NDArray[Any], what: str) -> None:
    """Check that an array has shape (2**n,), with n from 1 to `MOST_QUBITS`.

    Raises:
        InputError: it has another.
    """
    size = array.size
    if array.ndim != 1 or size < 2 or size & (size - 1):
        raise InputError(
            f"The {what} must be a list of 2**n numbers, one for each basis state of n qubits; got "
            f"shape {array.shape}. Zeros may fill up a shorter list."
        )
    if size > 1 << MOST_QUBITS:
        raise InputError(
            f"The {what} may belong to up to {MOST_QUBITS} qubits; got {size} numbers."
        )
