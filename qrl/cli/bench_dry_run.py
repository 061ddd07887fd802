"""`qrl bench --dry-run`: what would run, and how long it would take."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from qrl.cli.bench_progress import in_words
from qrl.cli.console import make_console

if TYPE_CHECKING:
    from qrl.bench.benchmark import Benchmark
    from qrl.bench.job import Job
    from qrl.cli.bench_progress import BenchProgress

_FEW = 60


def print_plan(
    benchmark: Benchmark,
    missing: list[Job],
    workers: int | None,
    progress: BenchProgress,
    *,
    as_json: bool,
) -> int:
    """Print the runs that are missing and an estimate of their time.

    Args:
        benchmark: what is to be run.
        missing: runs that are not done.
        workers: runs at a time; None where a cluster decides.
        progress: told what is being done.
        as_json: whether to print JSON.
    """
    from qrl.bench.estimate import plan

    made = plan(benchmark.jobs, missing, benchmark.rows, progress.say)
    progress.say("")
    at_a_time = min(workers or 1, max(1, made.runs))
    wall = None if made.seconds is None else made.seconds / at_a_time
    if as_json:
        jobs = [{"key": job.key, **job.to_dict()} for job in missing]
        record = {
            "folder": str(benchmark.folder),
            "runs": len(benchmark.jobs),
            "missing": len(missing),
            "workers": workers,
            "seconds": wall,
            "core_seconds": None if made.seconds is None else made.seconds * benchmark.spec.threads,
            "jobs": jobs,
        }
        print(json.dumps(record, indent=1))
        return 0
    console = make_console()
    if missing:
        console.print(_table(missing))
    lines = [
        f"{len(missing)} of {len(benchmark.jobs)} runs are to be done in {str(benchmark.folder)!r}.",
        *([] if not missing else [_estimate(wall, made.known, workers)]),
        "Nothing was started.",
    ]
    console.print("\n" + "\n".join(lines), highlight=False, markup=False, soft_wrap=True)
    return 0


def _estimate(wall: float | None, known: float, workers: int | None) -> str:
    if wall is None:
        return "How long they take cannot be told: no rehearsal came to its end."
    many = "one at a time" if workers in (1, None) else f"{workers} at a time"
    sure = "" if known == 1.0 else f"; {1 - known:.0%} of the runs are guessed from others"
    return f"They take about {in_words(wall)}, {many} (a rough estimate{sure})."


def _table(missing: list[Job]) -> Table:
    """Return one row per cell and budget: agents and how many seeds."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("task", "agents", "seeds", "runs", "budget of each"):
        table.add_column(name, justify="left" if name in ("task", "agents") else "right")
    groups: dict[tuple[str, str], list[Job]] = {}
    for job in missing:
        groups.setdefault((job.cell, str(job.config.budget)), []).append(job)
    for (cell, budget), jobs in list(groups.items())[:_FEW]:
        seeds = {job.config.seed for job in jobs}
        labels = Counter(job.label for job in jobs)
        table.add_row(
            escape(cell), escape(", ".join(labels)), str(len(seeds)), str(len(jobs)), budget
        )
    if len(groups) > _FEW:
        table.add_row(f"and {len(groups) - _FEW} more", "", "", "", "")
    return table
