"""A benchmark from spec to table: what is missing is run, and nothing twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.bench.job import Job
from qrl.bench.journal import JOURNAL, Journal
from qrl.bench.locks import hold_as_leader
from qrl.bench.one_run import RUNS, Progress
from qrl.bench.row import FAILED, failed_row, measured
from qrl.bench.spec import Spec
from qrl.bench.spec_file import read_spec
from qrl.bench.table import SPEC, is_benchmark, table_of, write_table
from qrl.bench.watcher import Watching
from qrl.bench.workers import Event, Hire, Lost, Workers
from qrl.errors import InputError, QrlError
from qrl.files import write_atomically
from qrl.search.signals import stopping

if TYPE_CHECKING:
    import pandas as pd

    from qrl.bench.statistics.analysis import Analysis

_TRIES = 3
"""How often a run is given out whose worker was lost."""
_WAIT, _TABLE_SECONDS = 0.5, 10.0


@dataclass
class Benchmark:
    """The runs of a spec in a folder.

    Attributes:
        spec: what to run.
        folder: where everything is written.
        jobs: all runs of the spec.
        journal: the rows that there are, those of earlier specs too.
        stopped: set from outside (Ctrl-C) to end with the present steps of the runs.
    """

    spec: Spec
    folder: Path
    jobs: list[Job]
    journal: Journal
    stopped: bool = False
    _lost: dict[str, int] = field(default_factory=dict)
    _waiting: list[Job] = field(default_factory=list)
    _running: dict[str, Job] = field(default_factory=dict)

    @staticmethod
    def open(spec: Spec, folder: Path) -> Benchmark:
        """Read what a folder has of a spec; the folder need not be there yet."""
        jobs = spec.jobs()
        if folder.exists() and not folder.is_dir():
            raise InputError(
                f"The output folder {str(folder)!r} is a file; name another with --out."
            )
        if folder.is_dir() and any(folder.iterdir()) and not is_benchmark(folder):
            raise InputError(
                f"The folder {str(folder)!r} holds something else than a benchmark ({JOURNAL} is missing); "
                "name another with --out."
            )
        return Benchmark(spec, folder, jobs, Journal.read(folder))

    @staticmethod
    def table_in(folder: Path) -> pd.DataFrame:
        """Return the rows of the spec in a folder; all rows there, where the spec can be read no more.

        Raises:
            InputError: the journal cannot be read.
        """
        try:
            return Benchmark.open(read_spec(folder), folder).table()
        except QrlError:  # of another version, or a problem file has gone
            return table_of(Journal.read(folder).rows.values())

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of this spec, in the order of its runs."""
        known = self.journal.rows
        return [known[job.key] for job in self.jobs if job.key in known]

    def table(self) -> pd.DataFrame:
        """Return the rows of this spec as a table with the columns of `qrl.bench.row.COLUMNS`."""
        return table_of(self.rows)

    def analyse(self) -> Analysis:
        """Return what the rows say, with uncertainty.

        Raises:
            InputError: there are no rows yet.
        """
        from qrl.bench.statistics.analysis import analyse

        return analyse(self.table(), weights=self.spec.weights or None, counts=self.spec.counts)

    @property
    def others(self) -> int:
        """Number of rows in the folder that belong to no run of this spec."""
        return len(self.journal.rows) - len(self.rows)

    def missing(self, *, retry_failed: bool = False) -> list[Job]:
        """Return the runs that are not done yet.

        Args:
            retry_failed: count those that failed among them.
        """
        rows = self.journal.rows
        return [
            job
            for job in self.jobs
            if job.key not in rows or (retry_failed and rows[job.key]["status"] == FAILED)
        ]

    def check(self, jobs: list[Job], say: Callable[[str], None] = lambda text: None) -> None:
        """Build everything once that the jobs need, so that a wrong setting is told before any starts.

        Raises:
            InputError: naming task and agent.
        """
        from qrl.search.runner import Search
        from qrl.tasks.registry import get_task

        checked = set()
        for job in jobs:
            config = job.config.to_dict()
            what = repr((job.source, job.label, config["env"], config["options"]))
            if what in checked:
                continue
            checked.add(what)
            say(f"Checking {job.label} on {job.cell}")
            try:
                Search(
                    get_task(job.source), job.config, self.folder / RUNS / job.folder
                ).check_settings()
            except InputError as cause:
                raise InputError(f"{job.label} on {job.cell}: {cause}") from cause

    def run(self, hire: Hire, watching: Watching, *, retry_failed: bool = False) -> None:
        """Run what is missing, and write rows and table as runs end.

        Args:
            hire: makes the workers.
            watching: told of everything.
            retry_failed: run those again that failed.

        Raises:
            InputError: the folder cannot be written (the disk is full, for example), or another
                process works in it. Rows that were written stay.
        """
        with self._writing():
            self.journal = Journal.read(self.folder)  # another may just have ended
            self._waiting = self.missing(retry_failed=retry_failed)
            watching.begin(self, self._waiting)
            try:
                if self._waiting:
                    self._work(hire(self.folder, len(self._waiting)), watching)
            finally:
                write_table(self.folder, self.rows)

    def _work(self, workers: Workers, watching: Watching) -> None:
        at_once = False
        try:
            with stopping(self._stop):
                self._give_out(workers, watching)
        except KeyboardInterrupt:  # the second Ctrl-C
            at_once = True
            raise
        finally:
            workers.close(at_once=at_once)

    def _give_out(self, workers: Workers, watching: Watching) -> None:
        told, table_due = False, time.monotonic() + _TABLE_SECONDS
        while (self._waiting and not self.stopped) or self._running:
            while self._waiting and not self.stopped and len(self._running) < workers.slots:
                job = self._waiting.pop(0)
                self._running[job.key] = job
                workers.submit(job)
            for event in workers.events(_WAIT):
                self._take(event, watching)
            watching.refresh()
            if self.stopped and not told:
                told = True
                watching.say("Stopping: runs write down what they have (Ctrl-C again: at once)")
                workers.stop()
            if time.monotonic() > table_due:
                write_table(self.folder, self.rows)
                table_due = time.monotonic() + _TABLE_SECONDS

    def _stop(self) -> None:
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True

    def _take(self, event: Event, watching: Watching) -> None:
        job = self._running.get(event.key)
        if job is None:  # a late word of a run that was given out anew
            return
        if isinstance(event, Progress):
            watching.progress(job, event)
            return
        del self._running[event.key]
        if isinstance(event, Lost):
            self._take_lost(job, event, watching)
        elif event.halt:
            raise InputError(
                f"{event.halt} The benchmark stops here; the same command goes on with it."
            )
        elif event.row is not None:
            self._keep(job, event.row, watching)

    def _take_lost(self, job: Job, event: Lost, watching: Watching) -> None:
        tries = self._lost[job.key] = self._lost.get(job.key, 0) + 1
        if tries < _TRIES:
            watching.say(
                f"{job.label} on {job.cell}, seed {job.config.seed}: {event.why} Once more."
            )
            self._waiting.insert(0, job)
            return
        why = f"{event.why} Tried {_TRIES} times."
        self._keep(job, failed_row(job, why, measured(watching.now(), 0.0, parts=2)), watching)

    def _keep(self, job: Job, row: dict[str, Any], watching: Watching) -> None:
        self.journal.append(row)
        watching.ended(job, row)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Make and lock the folder, and tell of a disk that cannot be written as bad input."""
        import tomli_w

        what = f"The benchmark folder {str(self.folder)!r} cannot be written"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with hold_as_leader(self.folder):  # before anything of another's is written over
                (self.folder / JOURNAL).touch()  # it says whose folder this is
                (self.folder / RUNS).mkdir(exist_ok=True)
                write_atomically(self.folder / SPEC, tomli_w.dumps(self.spec.to_dict()))
                what = f"The benchmark in {str(self.folder)!r} cannot go on"
                yield
        except OSError as cause:
            raise InputError(
                f"{what}: {cause.strerror or cause}"
                f"{f' ({cause.filename})' if cause.filename else ''}. "
                "Rows written before are complete; the same command goes on."
            ) from cause
