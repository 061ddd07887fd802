"""Density matrices of a user's own: from arrays and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import shown
from qrl.circuits.objectives import DephasingGap
from qrl.errors import InputError
from qrl.tasks.diagonalisation.density import MOST_QUBITS
from qrl.tasks.diagonalisation.task import Diagonalisation
from qrl.tasks.numbers_file import read_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_ROWS = 1 << 10


def density_from_matrix(
    matrix: Any,
    *,
    name: str = "density",
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Diagonalisation:
    """Return the task to diagonalise a density matrix.

    Args:
        matrix: rho, shape (2**n, 2**n), little-endian: Hermitian, positive, of trace 1, each to
            1e-8. It is copied, never altered.
        name: of the task.
        description: one sentence; "": written here.
        metadata: where the matrix came from.

    Raises:
        InputError: the matrix is something else.
    """
    if metadata is not None and not isinstance(metadata, Mapping):
        raise InputError(f"metadata must be a dictionary; got {shown(metadata)}.")
    rows = len(matrix) if isinstance(matrix, Sequence) or np.ndim(matrix) else 0
    if rows > _MOST_ROWS:  # asked first: to diagonalise a large one takes minutes
        raise InputError(f"The density matrix may have up to {_MOST_ROWS} rows; got {rows}.")
    objective = DephasingGap(matrix)
    rank, n = len(objective.inputs), objective.n_qubits
    return Diagonalisation(
        name,
        objective,
        description=description
        or f"Diagonalise a density matrix of {n} qubit{'s' if n > 1 else ''} and rank {rank}.",
        metadata={"rank": rank, **(metadata or {})},
    )


def read_density(path: str | Path) -> NDArray[Any]:
    """Read a matrix from a `.npy`, `.csv` or `.txt` file.

    Raises:
        InputError: no such file, or no array of numbers in it.
    """
    return read_numbers(path, most=4**MOST_QUBITS)
