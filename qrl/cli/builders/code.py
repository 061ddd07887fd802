"""`qrl tasks build code`: the encoder of a stabiliser code."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from qrl.checks import shown
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.tasks.task import Task

HELP = "encoder of a code, from a text file with one stabiliser a line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this kind of problem needs."""
    parser.add_argument("file", help="text file with one stabiliser a line, such as -XZZXI")
    both = "joined by commas; given with the other, or computed; begin as --%s=-XX with a minus"
    parser.add_argument("--logical-x", metavar="PAULIS", help=both.replace("%s", "logical-x"))
    parser.add_argument("--logical-z", metavar="PAULIS", help=both.replace("%s", "logical-z"))
    parser.add_argument(
        "--data-qubits", metavar="QUBITS", help="where the data come in, as 0,1 (the lowest qubits)"
    )


def build(arguments: argparse.Namespace) -> Task:
    """Build the task.

    Raises:
        InputError: the file or an option does not describe a code.
    """
    from qrl.tasks.codes import code_from_stabilisers, read_stabilisers

    return code_from_stabilisers(
        read_stabilisers(arguments.file),
        _parts(arguments.logical_x),
        _parts(arguments.logical_z),
        _whole_numbers(arguments.data_qubits),
        name=Path(arguments.file).stem,
    )


def _parts(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",")]


def _whole_numbers(text: str | None) -> list[int] | None:
    try:
        return None if text is None else [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--data-qubits must be numbers such as 0,1; got {shown(text)}.") from None
