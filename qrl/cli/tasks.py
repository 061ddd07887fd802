"""`qrl tasks`: list what can be searched for."""

from __future__ import annotations

import argparse
import json
from typing import Any

from qrl.errors import unknown_name
from qrl.tasks import baselines, get_task, task_ids


def run(arguments: argparse.Namespace) -> int:
    """Print the tasks as a table, or as JSON."""
    rows = [_row(name) for name in task_ids()]
    families = {row["family"] for row in rows}
    if arguments.family is not None:
        if arguments.family not in families:
            raise unknown_name("family", arguments.family, families)
        rows = [row for row in rows if row["family"] == arguments.family]
    if arguments.json:
        print(json.dumps(rows, indent=1))
    else:
        _print_table(rows)
    return 0


def _row(name: str) -> dict[str, Any]:
    task = get_task(name)
    trivial = {
        key: {"cost": b.cost, "cnots": b.cnots, "depth": b.depth}
        for key, b in baselines(task).items()
    }
    return {
        "id": name,
        "family": task.family,
        "qubits": task.n_qubits,
        "unit": task.unit,
        "reference": task.reference,
        "baselines": trivial,
        "description": task.description,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from qrl.cli.console import make_console

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("qubits", justify="right")
    table.add_column("exact", justify="right", no_wrap=True)
    table.add_column("trivial error", justify="right", no_wrap=True)
    table.add_column("description")
    for row in rows:
        lowest = min((b["cost"] for b in row["baselines"].values()), default=None)
        reference, unit = row["reference"], row["unit"]
        known = reference is not None
        table.add_row(
            row["id"],
            str(row["qubits"]),
            f"{reference:.8f} {unit}" if known else "unknown",
            f"{lowest - reference:.2e} {unit}" if known and lowest is not None else "-",
            escape(row["description"]),
        )
    console = make_console()
    console.print(table)
    console.print(
        "\nTrivial error: of the best circuit without a search, one computational basis state.\n"
        "Chains of other lengths and fields have ids too: vqe/tfim-8q-0.5, vqe/heisenberg-7q-0.",
        highlight=False,
    )
