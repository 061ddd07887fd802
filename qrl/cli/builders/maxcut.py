"""`qrl tasks build maxcut`: MaxCut of a graph from an edge list."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrl.tasks.task import Task

HELP = "cut a graph from an edge list, one 'u v' or 'u v weight' a line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the kind needs to a parser."""
    parser.add_argument("file", help="edge list: 'u v' or 'u v weight' a line, or CSV")


def build(arguments: argparse.Namespace) -> Task:
    """Return the task that the arguments describe.

    Raises:
        InputError: the file cannot be read or used.
    """
    from qrl.tasks.optimisation import maxcut, read_edges

    return maxcut(read_edges(arguments.file), name=Path(arguments.file).stem)
