"""`qrl tasks build linear`: a linear system from files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrl.tasks.task import Task

HELP = "solve A x = b, A from .npy or a Pauli sum, b from .npy or a circuit"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the kind needs to a parser."""
    parser.add_argument(
        "matrix", help="A as .npy, shape (2**n, 2**n), or a problem file with its Pauli sum"
    )
    parser.add_argument(
        "vector", help="b as .npy, shape (2**n,), or a circuit that prepares it, as .qasm"
    )
    parser.add_argument(
        "--local", action="store_true", help="minimise the local cost; b must be a circuit"
    )


def build(arguments: argparse.Namespace) -> Task:
    """Return the task that the arguments describe.

    Raises:
        InputError: a file cannot be read or used.
    """
    from qrl.tasks.linear_systems import linear_system

    name = Path(arguments.matrix).stem
    return linear_system(arguments.matrix, arguments.vector, local=arguments.local, name=name)
