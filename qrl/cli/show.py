"""`qrl show`: what a run found."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from qrl.cli.console import make_console
from qrl.cli.run_tables import front_table, others_table, print_run
from qrl.errors import InputError
from qrl.files import write_output
from qrl.search.run import load


def run(arguments: argparse.Namespace) -> int:
    """Print result, circuit and Pareto front, and draw a plot where one is asked for."""
    found = load(arguments.run)
    print_run(found)
    console = make_console()
    console.print()
    console.print(front_table(found))
    console.print()
    console.print(others_table(found))
    if arguments.plot is not None:
        path = Path(arguments.plot)
        picture = io.BytesIO()
        try:
            found.plot().savefig(picture, dpi=150, format=path.suffix[1:] or "png")
            write_output(path, picture.getvalue())
        except (OSError, ValueError) as cause:
            raise InputError(f"The plot cannot be written to {str(path)!r}: {cause}.") from cause
        console.print(f"\nPlot: {path}", highlight=False, markup=False, soft_wrap=True)
    return 0
