"""`qrl optimizers`: optimizers side by side on one classification task."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit

HELP = "compare optimizers on a classification task"

_EFFICIENT = "efficient-su2"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add = parser.add_argument
    add("task", metavar="TASK", help="a classification task, such as classify/iris-4q")
    add(
        "--circuit",
        metavar="NAME",
        default=_EFFICIENT,
        help="what is trained: efficient-su2 (default) or the folder of a run",
    )
    add(
        "--tuners",
        metavar="A,B,...",
        help="default: cobyla,nelder-mead,powell,spsa,aqgd,adam,rotosolve,l-bfgs-b",
    )
    add(
        "--evaluations",
        type=int,
        default=200,
        metavar="N",
        help="evaluations of the loss for one training (default 200)",
    )
    add("--seeds", type=int, default=5, metavar="K", help="random starts (default 5)")
    add("--json", action="store_true", help="print a JSON array")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison as a table, or as JSON."""
    from qrl.tasks import get_task
    from qrl.tasks.classification.optimizers import USUAL_TUNERS, compare_optimizers

    tuners = USUAL_TUNERS
    if arguments.tuners is not None:
        tuners = tuple(word.strip() for word in arguments.tuners.split(","))
    rows = compare_optimizers(
        get_task(arguments.task),  # type: ignore[arg-type]
        tuners,
        arguments.evaluations,
        arguments.seeds,
        circuit=_circuit(arguments.circuit),
    )
    if arguments.json:
        print(json.dumps(rows, indent=1))
    else:
        _print_table(rows, arguments.seeds)
    return 0


def _circuit(name: str) -> Circuit | None:
    if name == _EFFICIENT:
        return None
    from qrl.search.run import load

    return load(name).best.circuit


def _print_table(rows: list[dict[str, Any]], seeds: int) -> None:
    from rich.table import Table

    from qrl.cli.console import make_console

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("optimizer", no_wrap=True)
    columns = ("loss", "train", "validation", "test", "evaluations", "seconds")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        accuracies = (f"{part}_accuracy" for part in ("train", "validation", "test"))
        table.add_row(
            row["tuner"] + ("*" if row["too_few"] else ""),
            f"{row['loss_mean']:.4f} ± {row['loss_std']:.4f}",
            *(
                f"{100 * row[f'{name}_mean']:.1f} ± {100 * row[f'{name}_std']:.1f} %"
                for name in accuracies
            ),
            f"{row['evaluations_mean']:.0f}",
            f"{row['seconds_mean']:.2f}",
        )
    console = make_console()
    console.print(table)
    starts = "one start" if seeds == 1 else f"mean ± standard deviation of {seeds} random starts"
    console.print(
        f"\nTrain, validation, test: accuracy. {starts[0].upper()}{starts[1:]}.\n"
        "A gradient (adam, l-bfgs-b) counts as one evaluation.",
        highlight=False,
    )
    few = [f"{row['tuner']} ({row['first_round']})" for row in rows if row["too_few"]]
    if few:
        console.print(
            "* Too few evaluations to turn every angle even once: this tells more of the budget than "
            f"of the optimizer.\n  Needed for that: {', '.join(few)}; see --evaluations.",
            highlight=False,
        )
