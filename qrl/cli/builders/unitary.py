"""`qrl tasks build unitary`: compile a matrix from a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrl.tasks.task import Task

HELP = "compile a unitary matrix from a .npy, .csv or .txt file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the kind needs to a parser."""
    parser.add_argument(
        "file", help="matrix of shape (2**n, 2**n), little-endian, as .npy, .csv or .txt"
    )


def build(arguments: argparse.Namespace) -> Task:
    """Return the task that the arguments describe.

    Raises:
        InputError: the file cannot be read, or its matrix is not unitary.
    """
    from qrl.tasks.compilation import compilation_of, read_unitary

    return compilation_of(read_unitary(arguments.file), Path(arguments.file).stem)
