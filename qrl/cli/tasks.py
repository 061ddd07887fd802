"""`qrl tasks`: list what can be searched for; show, check and build a task."""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from typing import Any

from qrl.errors import unknown_name
from qrl.tasks import get_task, task_ids
from qrl.tasks.registry import FAMILIES, hints

BUILDERS = (
    "molecule", "lattice", "syk", "state", "density", "classifier", "maxcut", "qubo", "linear",
    "unitary", "code",
)  # fmt: skip


def add_arguments(tasks: argparse.ArgumentParser) -> None:
    """Declare the options of `qrl tasks` and its subcommands."""
    tasks.add_argument("--family", metavar="F", help=f"only tasks of this family: {_families()}")
    tasks.add_argument("--json", action="store_true", help="print a JSON array")
    actions = tasks.add_subparsers(dest="action", metavar="ACTION")
    show = actions.add_parser(
        "show",
        help="show a task: its trivial answers, other methods, what to measure on a device",
        allow_abbrev=False,
    )
    show.add_argument("task", metavar="TASK", help="a task's id, or a problem file")
    check = actions.add_parser(
        "check", help="check a task: cost, gradients, baselines, storage", allow_abbrev=False
    )
    check.add_argument("task", metavar="TASK", help="a task's id, or a problem file")
    build = actions.add_parser("build", help="write a problem file of your own", allow_abbrev=False)
    kinds = build.add_subparsers(dest="kind", required=True, metavar="KIND")
    for name in BUILDERS:
        builder = _builder(name)
        kind = kinds.add_parser(
            name, help=builder.HELP, description=builder.HELP, allow_abbrev=False
        )
        builder.add_arguments(kind)
        kind.add_argument("--name", metavar="NAME", help="what the task is called")
        kind.add_argument("-o", "--output", metavar="FILE", required=True, help="a new .json file")


def run(arguments: argparse.Namespace) -> int:
    """Carry out the action; without one, list the tasks."""
    if arguments.action is None:
        return _list(arguments)
    if arguments.action == "build":
        from qrl.cli.build import write_problem

        return write_problem(arguments, _builder(arguments.kind).build)
    task = get_task(arguments.task)
    if arguments.action == "check":
        from qrl.cli.console import make_console
        from qrl.tasks.check import check_task

        check_task(task)
        make_console().print(f"{task.name}: every check holds.", highlight=False, markup=False)
        return 0
    from qrl.cli.task_report import print_task

    print_task(task)
    return 0


def _builder(name: str) -> Any:
    return import_module(f"qrl.cli.builders.{name}")


def _families() -> str:
    return ", ".join(FAMILIES)


def _list(arguments: argparse.Namespace) -> int:
    if arguments.family is not None and arguments.family not in FAMILIES:
        raise unknown_name("family", arguments.family, FAMILIES)
    rows = [_row(name) for name in task_ids(arguments.family)]
    if arguments.json:
        print(json.dumps(rows, indent=1))
    else:
        _print_table(rows)
    return 0


def _row(name: str) -> dict[str, Any]:
    task = get_task(name)
    return {
        "id": name,
        "family": task.family,
        "qubits": task.n_qubits,
        "unit": task.unit,
        "reference": task.reference,
        "baselines": {
            key: {"cost": b.cost, "cnots": b.cnots, "depth": b.depth}
            for key, b in task.trivial().items()
        },
        "description": task.description,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from qrl.cli.console import make_console

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("qubits", justify="right")
    table.add_column("exact cost", justify="right", no_wrap=True)
    table.add_column("trivial error", justify="right", no_wrap=True)
    table.add_column("description")
    for row in rows:
        costs = [b["cost"] for b in row["baselines"].values() if b["cost"] is not None]
        reference, unit = row["reference"], row["unit"]
        known = reference is not None
        table.add_row(
            row["id"],
            str(row["qubits"]),
            f"{reference:.8f} {unit}".rstrip() if known else "unknown",
            f"{min(costs) - reference:.2e} {unit}".rstrip() if known and costs else "-",
            escape(row["description"]),
        )
    console = make_console()
    console.print(table)
    console.print(
        "\nTrivial error: of the best answer that needs no search, such as one basis state. "
        "`qrl tasks show TASK` tells more of a task.\n" + "\n".join(hints()),
        highlight=False,
        markup=False,
    )
