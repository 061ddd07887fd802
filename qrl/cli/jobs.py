"""`qrl jobs`: what was sent to quantum computers, today or earlier."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qrl.hardware.record import Record


def add_arguments(jobs: argparse.ArgumentParser) -> None:
    """Declare the arguments of `qrl jobs`."""
    add = jobs.add_argument
    add("run", nargs="?", metavar="RUN", help="only those of this run")
    add("--refresh", action="store_true", help="ask the service about those that have not ended")
    add("--cancel", metavar="ID", help="end a job")
    add("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List submissions as they were last known, or as they are."""
    from qrl.cli.progress import Progress
    from qrl.hardware.api import cancel, jobs, refresh

    if arguments.cancel is not None:
        with Progress() as progress:
            record = cancel(arguments.cancel, say=progress.say)
        print(f"{record.id}: {record.state}")
        return 0
    found = jobs(arguments.run)
    if arguments.refresh:
        with Progress() as progress:
            refresh(found, say=progress.say)
    if arguments.json:
        print(json.dumps([_row(record) for record in found], indent=1))
        return 0
    _print(found)
    return 0


def _row(record: Record) -> dict[str, Any]:
    names = (
        "id", "created", "state", "why", "task", "backend", "job", "run", "qpu_seconds", "estimate",
    )  # fmt: skip
    return {**{name: record.data.get(name) for name in names}, "folder": str(record.folder)}


def _print(found: list[Record]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from qrl.cli.console import make_console

    console = make_console()
    if not found:
        console.print(
            "Nothing was sent yet: `qrl submit RUN --backend fake:manila` does.", markup=False
        )
        return
    table = Table(box=None, pad_edge=False)
    for name in ("id", "sent (UTC)", "backend", "state", "quantum time (s)", "job"):
        table.add_column(name, justify="right" if "time" in name else "left")
    for one in found:
        used = one.data.get("qpu_seconds")
        table.add_row(
            escape(one.id), str(one.data["created"])[:16].replace("T", " "),
            escape(str(one.data["backend"])), one.state, "" if used is None else f"{used:.1f}",
            escape(one.job or ""),
        )  # fmt: skip
    console.print(table)
    waiting = [one.id for one in found if not one.is_final]
    if waiting:
        console.print(
            f"{len(waiting)} not ended: `qrl fetch {waiting[-1]}` waits for one, "
            "`qrl jobs --refresh` asks how they are.",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
