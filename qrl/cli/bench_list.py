"""`qrl bench list`: benchmarks in a folder, and the presets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from qrl.cli.console import make_console
from qrl.errors import InputError, QrlError


def print_list(words: list[str], *, as_json: bool) -> int:
    """Print the benchmarks below a folder (default runs/bench) and the presets."""
    from qrl.bench.spec_file import DEFAULT_ROOT, presets, read_spec

    if len(words) > 1:
        raise InputError(f"`qrl bench list` takes one folder; got {', '.join(words)}.")
    root = Path(words[0]) if words else DEFAULT_ROOT
    if words and not root.is_dir():
        raise InputError(f"There is no folder {str(root)!r}.")
    found = [_record(path) for path in _benchmarks(root)]
    if as_json:
        print(json.dumps({"benchmarks": found, "presets": list(presets())}, indent=1))
        return 0
    console = make_console()
    if found:
        console.print(_table(found))
    else:
        console.print(f"No benchmarks below {str(root)!r}.", highlight=False, markup=False)
    console.print("\nPresets, run by name:", highlight=False)
    for name in presets():
        description = read_spec(name).description
        console.print(f"  {name}: {description}", highlight=False, markup=False, soft_wrap=True)
    return 0


def _benchmarks(root: Path) -> list[Path]:
    from qrl.bench.table import is_benchmark

    if is_benchmark(root):
        return [root]
    inside = sorted(root.iterdir()) if root.is_dir() else []
    return [path for path in inside if path.is_dir() and is_benchmark(path)]


def _record(path: Path) -> dict[str, Any]:
    from qrl.bench.benchmark import Benchmark
    from qrl.bench.journal import Journal
    from qrl.bench.spec_file import read_spec

    rows = list(Journal.read(path).rows.values())
    record: dict[str, Any] = {"folder": str(path), "name": path.name, "runs": None, "why": ""}
    try:
        benchmark = Benchmark.open(read_spec(path), path)
        rows, record["runs"] = benchmark.rows, len(benchmark.jobs)
        record["name"] = benchmark.spec.name
    except QrlError as cause:  # of another version, or a problem file has gone: its rows remain
        record["why"] = str(cause)
    return record | {
        "done": sum(row["status"] == "done" for row in rows),
        "failed": sum(row["status"] == "failed" for row in rows),
        "agents": sorted({row["agent"] for row in rows}),
        "tasks": sorted({row["task"] for row in rows}),
        "latest": max((row["started"] for row in rows if row["started"]), default=None),
    }


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("folder", "runs done", "failed", "agents", "tasks", "latest run (UTC)"):
        table.add_column(name, justify="left" if name == "folder" else "right")
    for one in found:
        planned = "?" if one["runs"] is None else one["runs"]
        table.add_row(
            escape(one["folder"]),
            f"{one['done']}/{planned}",
            str(one["failed"]),
            str(len(one["agents"])),
            str(len(one["tasks"])),
            (one["latest"] or "-").removesuffix("+00:00"),
        )
    return table
