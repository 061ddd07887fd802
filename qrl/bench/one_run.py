"""One run of a benchmark, begun or gone on with, and its row."""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.bench.job import Job
from qrl.bench.row import done_row, failed_row, measured
from qrl.errors import InputError, QrlError
from qrl.search.api import resume
from qrl.search.run import load
from qrl.search.runner import Search
from qrl.search.verify import recompute
from qrl.tasks.registry import get_task

if TYPE_CHECKING:
    from qrl.search.recorder import Recorder
    from qrl.search.run import Run

RUNS, FAILURES = "runs", "failures"
PROGRESS_SECONDS = 0.5
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        key: of the job.
        spent: part of its budget.
        error: lowest so far, in the task's unit; the cost where no exact answer is known.
        cnots: of that circuit.
        unit: of the error.
    """

    key: str
    spent: float
    error: float
    cnots: int
    unit: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Attributes:
        key: of the job.
        row: of the table; None where it was interrupted and will be gone on with.
        halt: why no other run would succeed either, such as a full disk; empty where they would.
    """

    key: str
    row: dict[str, Any] | None = None
    halt: str = ""


def perform(job: Job, root: Path, tell: Callable[[Progress], bool] = lambda told: True) -> Ended:
    """Do one run, whatever of it is done already, and return its row.

    Args:
        job: what to run.
        root: folder of the benchmark.
        tell: told of the progress twice a second; a False ends the run as Ctrl-C would.

    Returns:
        The row of the run, also where it failed; none where it was interrupted.
    """
    started, begun = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    folder, parts = root / RUNS / job.folder, 1
    (root / FAILURES / f"{job.key}.txt").unlink(missing_ok=True)
    try:
        parts += _put_aside_if_useless(folder)
        watch = _Teller(job.key, tell)
        run = _run(job, folder, watch)
        if run.status == "interrupted":
            return Ended(job.key)
        # Nothing was searched where only the row was missing.
        before = run.result["seconds"] if watch.earlier is None else watch.earlier
        run = _checked(run)
        worker = measured(started, before + time.perf_counter() - begun, parts)
        return Ended(job.key, done_row(job, run, worker))
    except Exception as error:  # a failing run, of whatever kind, stops no other
        if _is_full(error):
            return Ended(job.key, halt=str(error))
        _keep_traceback(root, job)
        worker = measured(started, time.perf_counter() - begun, parts)
        return Ended(job.key, failed_row(job, _reason(error), worker))


def _run(job: Job, folder: Path, watch: _Teller) -> Run:
    if not folder.exists():
        return Search(get_task(job.source), job.config, folder, (watch,)).start()
    if (folder / "result.json").exists():
        run = load(folder)
        if run.status == "done":  # and the row was lost with the process that waited for it
            return run
    return resume(folder, (watch,))


def _put_aside_if_useless(folder: Path) -> int:
    """Return whether there is a run to go on with; one that is too damaged is renamed."""
    from qrl.search.run_folder import RunFolder

    if not folder.exists():
        return 0
    try:
        RunFolder(folder).read_config()
        RunFolder(folder).read_task()
        if (folder / "result.json").exists():
            load(folder)
    except InputError:
        number = 1
        while (aside := folder.with_name(f"{folder.name}.damaged-{number}")).exists():
            number += 1
        folder.rename(aside)
        return 0
    return 1


def _checked(run: Run) -> Run:
    if run.checked is None:
        run.checked = recompute(run.task, run.best.circuit)
    return run


class _Teller:
    """Tells of the progress, not more often than anyone looks.

    Attributes:
        earlier: seconds that earlier pieces of the run have searched; None before the search begins.
    """

    def __init__(self, key: str, tell: Callable[[Progress], bool]) -> None:
        self._key, self._tell, self._next = key, tell, 0.0
        self.earlier: float | None = None

    def __call__(self, recorder: Recorder) -> None:
        if self.earlier is None:
            self.earlier = recorder.ledger.seconds_before
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PROGRESS_SECONDS
        best, task = recorder.archive.best, recorder.task
        error = best.cost - (0.0 if task.reference is None else task.reference)
        spent = min(1.0, recorder.ledger.spent(recorder.budget))
        if not self._tell(Progress(self._key, spent, error, best.cnots, task.unit)):
            recorder.stopped = True


def _is_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__
    return False


def _reason(error: Exception) -> str:
    text = str(error).strip() or "no message"
    return text if isinstance(error, QrlError) else f"{type(error).__name__}: {text}"


def _keep_traceback(root: Path, job: Job) -> None:
    folder = root / FAILURES
    try:
        folder.mkdir(exist_ok=True)
        (folder / f"{job.key}.txt").write_text(
            f"{job.label}, {job.cell}, seed {job.config.seed}\n\n{traceback.format_exc()}",
            encoding="utf-8",
        )
    except OSError:  # the row says what happened; this only says where
        return
