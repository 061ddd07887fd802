"""`qrl tasks build lattice`: a spin model on a lattice."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.tasks.task import Task

HELP = "a spin model (TFIM, Heisenberg, XXZ, J1-J2) on a chain, ring, ladder or grid"
_NUMBERS = ("field", "coupling", "anisotropy", "ratio")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a lattice model."""
    parser.add_argument(
        "--model", required=True, choices=("tfim", "heisenberg", "xxz", "j1j2"), help="the model"
    )
    parser.add_argument(
        "--geometry", default="chain", choices=("chain", "ring", "ladder", "grid"),
        help="where the sites are (default: chain)",
    )  # fmt: skip
    parser.add_argument(
        "--size", required=True, help="number of sites, as 8; or rows and columns, as 2x4"
    )
    parser.add_argument("--field", type=float, help="field in J (default: the model's usual one)")
    parser.add_argument("--coupling", type=float, help="coupling of neighbours in J (default: 1)")
    parser.add_argument("--anisotropy", type=float, help="xxz: weight of ZZ (default: 2)")
    parser.add_argument("--ratio", type=float, help="j1j2: J2 / J1 (default: 0.5)")


def build(arguments: argparse.Namespace) -> Task:
    """Build the task that the options describe.

    Raises:
        InputError: a size or a number that the model cannot have.
    """
    from qrl.tasks.ground_states.lattice import MODELS, read_size

    model = MODELS[arguments.model]
    given = {name: getattr(arguments, name) for name in _NUMBERS}
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name not in model.usual:
            raise InputError(
                f"The model {arguments.model!r} has no {name}; "
                f"it has {', '.join(f'--{known}' for known in model.usual)}."
            )
    return model.build(read_size(arguments.size), geometry=arguments.geometry, **given)
