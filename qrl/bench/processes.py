"""Runs in processes of this machine, each of which does one run after another."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path

import qrl
from qrl.bench.job import Job
from qrl.bench.one_run import Ended
from qrl.bench.workers import Event, Lost, thread_variables

LOG = "workers.log"
# What lies about in the user's folder must not stand in for a library, as it would with `-m`.
_PROGRAM = (
    f"import sys; sys.path.append({str(Path(qrl.__file__).parents[1])!r}); "
    "from qrl.bench.worker_process import main; main()"
)
_PATIENCE = 60.0
"""Seconds that a run may take to write down what it has when it is stopped."""


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: Connection
    job: Job | None = None


class ProcessWorkers:
    """Processes that stay, so that libraries are loaded once and not for each run.

    Args:
        root: folder of the benchmark.
        count: of processes.
        threads: cores of each.
    """

    def __init__(self, root: Path, count: int, threads: int) -> None:
        self.slots = count
        self._root, self._threads = root, threads
        self._workers: list[_Worker] = []
        self._stopping = False

    def submit(self, job: Job) -> None:
        """Give a job to a process that has none."""
        free = next((w for w in self._workers if w.job is None), None)
        if free is None:
            free = self._hire()
        free.job = job
        with contextlib.suppress(OSError):  # it died idle; `events` will see that
            free.pipe.send(job.to_dict())

    def events(self, seconds: float) -> Sequence[Event]:
        """Return what has happened, waiting for at most so long that something does."""
        found: list[Event] = []
        ready = wait([w.pipe for w in self._workers], seconds)
        for worker in [w for w in self._workers if w.pipe in ready]:
            found += self._heard(worker)
        return found

    def stop(self) -> None:
        """Let searches end with their present step, as Ctrl-C does."""
        self._stopping = True
        for worker in self._workers:
            worker.process.terminate()

    def close(self, *, at_once: bool = False) -> None:
        """End all processes."""
        patience = 0.0 if at_once else _PATIENCE if self._stopping else 0.5
        until = time.monotonic() + patience
        for worker in self._workers:
            with contextlib.suppress(OSError):
                worker.pipe.close()
        for worker in self._workers:
            try:
                worker.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
        self._workers.clear()

    def _hire(self) -> _Worker:
        # A program of its own: `multiprocessing` would run the user's script again in each process.
        ours, theirs = Pipe()
        call = [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno()), str(self._root)]
        with (self._root / LOG).open("ab") as log:
            process = subprocess.Popen(
                call,
                env=os.environ | thread_variables(self._threads),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(theirs.fileno(),),
            )
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _heard(self, worker: _Worker) -> list[Event]:
        heard: list[Event] = []
        try:
            while worker.pipe.poll():
                event = worker.pipe.recv()
                if isinstance(event, Ended):
                    if event.row is None and not event.halt and not self._stopping:
                        event = Lost(event.key, "Its process was told to end (SIGTERM).")
                    worker.job = None
                heard.append(event)
        except (EOFError, OSError):
            code = worker.process.wait()
            self._workers.remove(worker)
            if worker.job is not None:
                heard.append(
                    Ended(worker.job.key)
                    if self._stopping
                    else Lost(worker.job.key, _epitaph(code))
                )
        return heard


def _epitaph(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            hint = ": too little memory, perhaps" if name == "SIGKILL" else ""
            return f"Its process was ended by {name}{hint}."
    return f"Its process ended with exit code {code}; {LOG} may tell more."
