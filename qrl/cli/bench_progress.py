"""The table that a benchmark shows of itself: live on a terminal, a line for each run elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from qrl.bench.time_left import TimeLeft
from qrl.bench.watcher import Watching
from qrl.cli.console import make_console

if TYPE_CHECKING:
    from qrl.bench.benchmark import Benchmark
    from qrl.bench.job import Job
    from qrl.bench.one_run import Progress

_LATEST = 8


class BenchProgress(Watching):
    """Shows running and latest runs, what is done, and the time left; writes to stderr."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._console = make_console(stderr=True)
        self._live = Live(console=self._console, transient=True, refresh_per_second=4)
        self._said = ""
        self._running: dict[str, tuple[Job, Progress]] = {}
        self._latest: list[tuple[Job, dict[str, Any]]] = []
        self._total = self._done = self._failed = 0
        self._left: TimeLeft | None = None

    def __enter__(self) -> BenchProgress:
        if self._terminal:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._terminal:
            self._live.stop()

    def begin(self, benchmark: Benchmark, missing: Sequence[Job]) -> None:
        """Show what there is, and what is to be run, before anything is."""
        again = {job.key for job in missing}
        rows = [row for row in benchmark.rows if row["key"] not in again]
        self._total, self._left = len(benchmark.jobs), TimeLeft(benchmark.jobs, rows)
        self._failed = sum(row["status"] == "failed" for row in rows)
        self._done = self._total - len(missing)
        for text in benchmark.journal.remarks():
            self._print(f"Warning: {text}.")
        if self._done and missing:
            self._print(f"{self._done} of {self._total} runs are done; going on with the others.")
        elif self._done:
            self._print(f"All {self._total} runs are done.")
        self.say("")

    def progress(self, job: Job, progress: Progress) -> None:
        """Show how far a run is."""
        self._running[job.key] = (job, progress)

    def ended(self, job: Job, row: dict[str, Any]) -> None:
        """Show the row of a run that has ended."""
        self._running.pop(job.key, None)
        self._latest = [*self._latest, (job, row)][-_LATEST:]
        self._done += 1
        self._failed += row["status"] == "failed"
        if self._left is not None:
            self._left.ended(job, row)
        if not self._terminal:
            width = len(str(self._total))
            self._print(
                f"[{self._done:{width}}/{self._total}] {_name(job)}: {_outcome(row)}"
                f"{self._time_left(', ')}"
            )

    def say(self, text: str) -> None:
        """Show what is being done now."""
        self._said = text
        if self._terminal:
            self.refresh()
        elif text and not text.startswith("Checking"):
            self._print(text)

    def refresh(self) -> None:
        """Draw the table anew."""
        if self._terminal:
            self._live.update(self._table())

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def _time_left(self, before: str) -> str:
        if self._left is None:
            return ""
        seconds = self._left.seconds({key: p.spent for key, (_, p) in self._running.items()})
        return "" if seconds is None else f"{before}about {in_words(seconds)} left"

    def _table(self) -> Group:
        bar = Table.grid(padding=(0, 2))
        failed = f", {self._failed} failed" if self._failed else ""
        text = f"{self._done} of {self._total} runs{failed}{self._time_left(', ')}"
        bar.add_row(ProgressBar(total=max(1, self._total), completed=self._done, width=30), text)
        runs = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for name in ("run", "", "lowest error", "CNOTs", "time"):
            runs.add_column(name, justify="left" if name == "run" else "right", no_wrap=True)
        for job, row in self._latest:
            runs.add_row(escape(_name(job)), *_cells(row), style="dim")
        for job, told in self._running.values():
            error = f"{told.error:.2e} {told.unit}".rstrip()
            runs.add_row(escape(_name(job)), f"{told.spent:4.0%}", error, str(told.cnots), "")
        said = [Text(self._said)] if self._said else []
        return Group(bar, *said, *([runs] if runs.row_count else []))


def _name(job: Job) -> str:
    return f"{job.label} on {job.cell}, seed {job.config.seed}"


def _cells(row: dict[str, Any]) -> tuple[str, str, str, str]:
    if row["status"] == "failed":
        return "failed", row["reason"][:60], "", ""
    error = row["error"] if row["error"] is not None else row["cost"]
    solved = "solved" if row["reached"] else "done"
    unit = row["unit"]
    return solved, f"{error:.2e} {unit}".rstrip(), str(row["cnots"]), f"{row['wall_seconds']:.1f} s"


def _outcome(row: dict[str, Any]) -> str:
    if row["status"] == "failed":
        return f"failed: {row['reason']}"
    what = "error" if row["error"] is not None else "cost"
    _, error, cnots, seconds = _cells(row)
    solved = ", solved" if row["reached"] else ""
    return f"{what} {error}{solved}, {cnots} CNOTs, {seconds}"


def in_words(seconds: float) -> str:
    """Return a time as one would say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
