"""`qrl tasks build state`: prepare a vector or a distribution from a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrl.tasks.task import Task

HELP = "prepare a state or a distribution from a .npy, .csv or .txt file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the kind needs to a parser."""
    parser.add_argument(
        "file", help="2**n amplitudes in the order of the basis states, as .npy, .csv or .txt"
    )
    parser.add_argument(
        "--distribution",
        action="store_true",
        help="the file holds probabilities; the amplitudes are their roots",
    )
    parser.add_argument(
        "--normalise", action="store_true", help="scale the numbers, whatever their norm or sum"
    )


def build(arguments: argparse.Namespace) -> Task:
    """Return the task that the arguments describe.

    Raises:
        InputError: the file cannot be read or used.
    """
    from qrl.tasks.state_preparation import (
        read_vector,
        state_from_distribution,
        state_from_vector,
    )

    make = state_from_distribution if arguments.distribution else state_from_vector
    name = Path(arguments.file).stem
    return make(read_vector(arguments.file), name, normalise=arguments.normalise)
