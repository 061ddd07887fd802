"""`qrl refine`: the circuits of a finished run made smaller at the same cost."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from qrl.search.refining.folder import RefinedRun


def add_arguments(refine: argparse.ArgumentParser) -> None:
    """Declare the arguments of `qrl refine`."""
    add = refine.add_argument
    add("run", metavar="RUN", help="folder of a run that is done")
    add(
        "--tolerance",
        type=float,
        metavar="E",
        help="by how much a cost may rise, in the task's unit (default 1e-9)",
    )
    add("--gates", metavar="SET", help="write the circuits in these gates, such as ibm-cz")
    add(
        "--coupling",
        metavar="MAP",
        help="bring the circuits onto these pairs: line, ring, grid, or a file of edges",
    )
    add("--out", metavar="DIR", help="new folder (default: beside RUN, its name with -refined)")
    add("--json", action="store_true", help="print all figures and steps as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Refine the front of a run, and print each circuit before and after."""
    from qrl.cli.progress import Progress
    from qrl.search.refining.folder import refine_run
    from qrl.search.refining.refine import TOLERANCE

    tolerance = TOLERANCE if arguments.tolerance is None else arguments.tolerance
    with Progress() as progress:
        refined = refine_run(
            arguments.run,
            arguments.out,
            tolerance=tolerance,
            gates=arguments.gates,
            coupling=arguments.coupling,
            say=progress.say,
        )
    if arguments.json:
        print(json.dumps(_record(refined), indent=1))
    else:
        _print(refined)
    return 0


def _record(refined: RefinedRun) -> dict[str, Any]:
    from qrl.search.refining.folder import step_records

    circuits = [step_records(made) for _, made in refined.front.pairs]
    return {"folder": refined.run.folder, "result": refined.run.result, "circuits": circuits}


def _print(refined: RefinedRun) -> None:
    from qrl.cli.console import make_console

    console, found = make_console(), refined.run
    console.print(table(refined))
    evaluations = found.result["evaluations"]
    console.print(
        f"\n{evaluations:,} evaluations in all, those of the search included.\n"
        f"Run folder: {found.folder}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def table(refined: RefinedRun) -> Table:
    """Return each circuit of the old front, before and after."""
    from rich.table import Table

    from qrl.cli.run_tables import in_unit

    task = refined.run.task
    reference = 0.0 if task.reference is None else task.reference
    quantity = "cost" if task.reference is None else "error"
    made = Table(title="Front, before -> after", title_justify="left", box=None)
    names = "CNOTs", "depth", "gates", "rotations", "Clifford angles", in_unit(quantity, task.unit)
    for name in names:
        made.add_column(name, justify="right")
    for _, one in refined.front.pairs:
        made.add_row(
            *(_change(getattr(one.before, count), getattr(one.after, count)) for count in _COUNTS),
            f"{one.before.cost - reference:.2e} -> {one.after.cost - reference:.2e}",
        )
    return made


_COUNTS = "cnots", "depth", "gates", "rotations", "clifford"


def _change(before: int, after: int) -> str:
    return str(before) if before == after else f"{before} -> {after}"
