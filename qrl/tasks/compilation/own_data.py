"""Unitaries of a user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import matrix_qubits
from qrl.circuits.objectives import ProcessInfidelity
from qrl.circuits.objectives.base import checked_numbers
from qrl.errors import InputError
from qrl.tasks.compilation.task import Compilation
from qrl.tasks.compilation.unitaries import MOST_QUBITS
from qrl.tasks.numbers_file import read_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITARY_TOLERANCE = 1e-6
"""So far from the identity V^dagger V is taken for rounding."""


def compilation_of(unitary: Any, name: str = "unitary") -> Compilation:
    """Build the task of compiling a unitary.

    A matrix that is unitary within 1e-6 is replaced by the nearest unitary one, the unitary factor
    of its polar decomposition.

    Args:
        unitary: shape (2**n, 2**n), little-endian, up to 8 qubits.
        name: of the task.

    Raises:
        InputError: another shape, not finite, or not unitary.
    """
    if isinstance(unitary, np.ndarray):  # before it is copied
        matrix_qubits("The unitary", unitary.shape, most=MOST_QUBITS)
    matrix = checked_numbers(unitary, "unitary", np.complex128)
    n_qubits = matrix_qubits("The unitary", matrix.shape, most=MOST_QUBITS)
    with np.errstate(over="ignore", invalid="ignore"):
        deviation = float(np.abs(matrix.conj().T @ matrix - np.eye(len(matrix))).max())
    if not deviation <= UNITARY_TOLERANCE:
        raise InputError(
            "The matrix V must be unitary: V^dagger V may differ from the identity by "
            f"{UNITARY_TOLERANCE:g}; it does by {deviation:.3g}. A matrix that is not unitary has "
            "no circuit without ancillas."
        )
    left, _, right = np.linalg.svd(matrix)
    return Compilation(
        name,
        ProcessInfidelity(left @ right),
        description=f"Compile a given unitary of {n_qubits} qubits.",
    )


def read_unitary(path: str | Path) -> NDArray[Any]:
    """Read a matrix from a `.npy`, `.csv` or `.txt` file; text has one row in each line.

    Raises:
        InputError: it cannot be read, or is no square matrix for 1 to 8 qubits.
    """
    matrix = read_numbers(path, most=1 << (2 * MOST_QUBITS))
    matrix_qubits(f"The unitary in {path}", matrix.shape, most=MOST_QUBITS)
    return matrix
