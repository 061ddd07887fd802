"""`qrl tasks build qubo`: a QUBO or Ising problem from a file."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrl.tasks.task import Task

HELP = "minimise a quadratic function of bits (or, with --ising, of spins) from .npy or .json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the kind needs to a parser."""
    parser.add_argument(
        "file",
        help="the matrix as .npy, or .json with the objects linear and quadratic "
        '(keys as "a,b") and the number constant',
    )
    parser.add_argument(
        "--ising",
        action="store_true",
        help="the variables are spins, +1 or -1; a .npy file holds their fields on its diagonal "
        "and the couplings above",
    )


def build(arguments: argparse.Namespace) -> Task:
    """Return the task that the arguments describe.

    Raises:
        InputError: the file cannot be read or used.
    """
    from qrl.tasks.optimisation import read_ising, read_qubo

    read = read_ising if arguments.ising else read_qubo
    return read(arguments.file)
