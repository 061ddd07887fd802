"""`qrl tasks build density`: the diagonalisation of a density matrix."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrl.tasks.task import Task

HELP = "diagonalisation of a density matrix, from a NumPy file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this kind of problem needs."""
    parser.add_argument("file", help=".npy file with a matrix of shape (2**n, 2**n)")


def build(arguments: argparse.Namespace) -> Task:
    """Build the task.

    Raises:
        InputError: the file holds no density matrix.
    """
    from qrl.tasks.diagonalisation import density_from_matrix, read_density

    return density_from_matrix(read_density(arguments.file), name=Path(arguments.file).stem)
