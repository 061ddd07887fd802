"""`qrl tasks build syk`: a Sachdev-Ye-Kitaev model."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrl.tasks.task import Task

HELP = "a Sachdev-Ye-Kitaev model with random couplings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the model."""
    parser.add_argument(
        "--qubits", type=int, required=True, help="number of qubits: half that of Majorana fermions"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random couplings (default: 0)")
    parser.add_argument("--coupling", type=float, default=1.0, help="J (default: 1)")


def build(arguments: argparse.Namespace) -> Task:
    """Build the task that the options describe.

    Raises:
        InputError: a size or a number that the model cannot have.
    """
    from qrl.tasks.ground_states.syk import syk

    return syk(arguments.qubits, arguments.seed, coupling=arguments.coupling)
