"""`qrl jobs`: what was sent to quantum computers, today or earlier."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qrl.hardware.listing import Lost
    from qrl.hardware.record import Record


_REMOTE = ("queued", "running", "done", "failed", "cancelled")
_USED = "quantum time (s)"
_TITLES = ("id", "sent (UTC)", "backend", "state", _USED, "job")


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
    from qrl.hardware.listing import listed

    if arguments.cancel is not None:
        from qrl.hardware.api import cancel

        with Progress() as progress:
            record = cancel(arguments.cancel, say=progress.say)
        print(f"{record.id}: {record.state}")
        return 0
    found, lost = listed(arguments.run)
    if arguments.refresh:
        from qrl.hardware.api import refresh

        with Progress() as progress:
            refresh(found, say=progress.say)
    if arguments.json:
        print(json.dumps([_row(record) for record in found], indent=1))
        return 0
    _print(found, lost)
    return 0


def _row(record: Record) -> dict[str, Any]:
    names = (
        "id", "created", "state", "why", "task", "backend", "job", "run", "qpu_seconds", "estimate",
    )  # fmt: skip
    return {**{name: record.data.get(name) for name in names}, "folder": str(record.folder)}


def _print(found: list[Record], lost: list[Lost]) -> None:
    if not found and not lost:
        print("Nothing was sent yet: `qrl submit RUN --backend fake:manila` does.")
        return
    rows = [_TITLES, *map(_cells, found)] if found else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    # Rich would take most of a second for a thousand rows.
    for row in rows:
        aligned = (
            cell.rjust(width) if title == _USED else cell.ljust(width)
            for title, cell, width in zip(_TITLES, row, widths, strict=True)
        )
        print("  ".join(aligned).rstrip())
    waiting = [one.id for one in found if not one.is_final]
    if waiting:
        print(
            f"{len(waiting)} not ended: `qrl fetch {waiting[-1]}` waits for one, "
            "`qrl jobs --refresh` asks how they are."
        )
    for one_lost in lost:
        job = "" if one_lost.job is None else f"; its job is {one_lost.job}"
        print(f"{one_lost.id}: no record that can be read in {one_lost.folder}{job}")


def _state(one: Record) -> str:
    """Return the state; of a job that the service has, also how it was there when it was last asked."""
    why = str(one.data.get("why") or "")
    return f"{one.state}: {why}" if one.state == "sent" and why in _REMOTE else one.state


def _cells(one: Record) -> tuple[str, ...]:
    used = one.data.get("qpu_seconds")
    return (
        one.id, str(one.data["created"])[:16].replace("T", " "), str(one.data["backend"]), _state(one),
        "" if used is None else f"{used:.1f}", one.job or "",
    )  # fmt: skip
