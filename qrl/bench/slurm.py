"""Runs as jobs of a Slurm cluster, through submitit; the benchmark's folder is on a shared disk."""

from __future__ import annotations

import contextlib
import getpass
import os
import shlex
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qrl.bench.job import Job
from qrl.bench.locks import hold_as_worker
from qrl.bench.one_run import Ended, perform
from qrl.bench.slurm_settings import read_settings
from qrl.bench.workers import Event, Lost, thread_variables
from qrl.errors import InputError, MissingExtra

_MOST = 200
"""Jobs in the queue at a time, where no other number is given."""
_LOGS, _OWNER = "slurm", "owner"
_LOOK_SECONDS, _GRACE = 3.0, 10.0
"""How often the queue is looked at, and how long an answer may take to get through a shared disk."""
_PATIENCE = 60.0


@dataclass(slots=True)
class _Submitted:
    job: Job
    handle: Any
    gone_at: float = 0.0


class SlurmWorkers:
    """Jobs of Slurm, one for each run.

    Args:
        root: folder of the benchmark, which the nodes must see under the same path.
        settings: such as "partition=cpu,timeout_min=60"; `cluster=local` tries it all on this machine.
        threads: cores of each run.
        most: jobs in the queue at a time.

    Raises:
        InputError: no Slurm here, or an unknown setting.
        MissingExtra: submitit is not installed.
    """

    def __init__(self, root: Path, settings: str, threads: int, most: int | None = None) -> None:
        cluster, parameters = read_settings(settings, threads)
        self._local = cluster == "local"
        self._root, self._settings = root.absolute(), settings
        # First: jobs that an earlier, killed benchmark left in the queue have another's and do nothing.
        self._token = uuid.uuid4().hex
        (self._root / _LOGS).mkdir(exist_ok=True)
        (self._root / _LOGS / _OWNER).write_text(self._token, encoding="utf-8")
        self._executor = _executor(self._root, cluster, parameters, threads)
        self._most = most or (_cores_for(threads) if self._local else _MOST)
        self._submitted: list[_Submitted] = []
        self._held: list[Job] = []
        self._stopping, self._look_at = False, 0.0

    @property
    def slots(self) -> int:
        """Jobs in the queue at a time; while it takes no more, as many as it has."""
        return len(self._submitted) + len(self._held) if self._held else self._most

    def submit(self, job: Job) -> None:
        """Put a job into the queue, or hold it back while the queue takes no more of this user's."""
        try:
            with _shielded():
                handle = self._executor.submit(
                    node_run, job.to_dict(), str(self._root), self._token
                )
        except (RuntimeError, OSError, subprocess.SubprocessError) as cause:
            if not self._submitted:
                raise InputError(
                    f"Slurm took no job with --slurm {self._settings!r}: {_last_line(cause)}"
                ) from cause
            self._held.append(job)
            return
        self._submitted.append(_Submitted(job, handle))

    def events(self, seconds: float) -> Sequence[Event]:
        """Return the jobs that have ended; waits where none has."""
        self._look()
        found: list[Event] = []
        for one in list(self._submitted):
            event = self._ended(one)
            if event is not None:
                self._submitted.remove(one)
                found.append(event)
        if self._stopping:
            found += [Ended(job.key) for job in self._held]
            self._held.clear()
        elif found:
            held, self._held = self._held, []
            for job in held:
                self.submit(job)
        if not found:
            time.sleep(seconds)
        return found

    def stop(self) -> None:
        """Cancel all jobs; those that run write down where they are."""
        self._stopping = True
        self._cancel()

    def close(self, *, at_once: bool = False) -> None:
        """Cancel what is left, and wait for it to end."""
        until = time.monotonic() + (0.0 if at_once else _PATIENCE)
        self.stop()
        while self._submitted and time.monotonic() < until:
            self.events(0.2)

    def _cancel(self) -> None:
        ids = [one.handle.job_id for one in self._submitted]
        if self._local:
            # To submitit's own `cancel` a run has one second.
            for number in ids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(number), signal.SIGTERM)
        elif ids:
            subprocess.run(["scancel", *ids], capture_output=True, check=False)

    def _look(self) -> None:
        """Find out which jobs are in the queue no more."""
        now = time.monotonic()
        if now < self._look_at or not self._submitted:
            return
        self._look_at = now + (0.5 if self._local else _LOOK_SECONDS)
        if self._local:
            queued = {one.handle.job_id for one in self._submitted if not one.handle.done()}
            if self._stopping:  # one that had just begun may not have heard it
                self._cancel()
        else:
            call = ["squeue", "--noheader", "--format=%i", f"--user={getpass.getuser()}"]
            answer = subprocess.run(call, capture_output=True, text=True, check=False)
            if answer.returncode:  # nobody at home for the moment
                return
            queued = set(answer.stdout.split())
        for one in self._submitted:
            if one.handle.job_id not in queued:
                one.gone_at = one.gone_at or now
            else:
                one.gone_at = 0.0

    def _ended(self, one: _Submitted) -> Event | None:
        key, handle = one.job.key, one.handle
        if handle.paths.result_pickle.exists():
            error = handle.exception()
            if error is not None:
                why = f"The nodes of Slurm cannot run qrl: {_cause(error)}"
                return Ended(
                    key, halt=f"{why} They need the same disk, and qrl under the same path."
                )
            ended: Ended = handle.result()
            if ended.row is None and not ended.halt and not self._stopping:
                return Lost(key, "Slurm stopped its job, as at its time limit (timeout_min).")
            self._tidy(handle)
            return ended
        never_began = self._stopping and not handle.paths.stdout.exists()
        grace = 0.0 if self._local or never_began else _GRACE
        if not one.gone_at or time.monotonic() < one.gone_at + grace:
            return None
        if handle.paths.result_pickle.exists():  # between the two looks
            return None
        if self._stopping:
            return Ended(key)
        logs = f"{_LOGS}/{handle.paths.stderr.name}"
        return Lost(
            key, f"Its Slurm job {handle.job_id} ended without an answer; {logs} may tell why."
        )

    def _tidy(self, handle: Any) -> None:
        """Remove what submitit writes of a job, which is five files."""
        folder = self._root / _LOGS
        for path in [*folder.glob(f"{handle.job_id}_*")]:
            path.unlink(missing_ok=True)


def node_run(data: dict[str, Any], root: str, token: str) -> Ended:
    """Do a run on a node.

    Args:
        data: of the job.
        root: folder of the benchmark.
        token: of the benchmark that submitted it; where another has taken its place, nothing is done.
    """
    job, folder, stopped = Job.from_dict(data), Path(root), False

    def stop(number: int, frame: Any) -> None:
        nonlocal stopped
        stopped = True

    # Slurm's word before it kills. The other is submitit's, a minute and a half before the time limit;
    # a search listens to the first.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGUSR2, lambda number, frame: signal.raise_signal(signal.SIGTERM))
    with hold_as_worker(folder):
        if (folder / _LOGS / _OWNER).read_text(encoding="utf-8") != token:
            return Ended(job.key)
        return perform(job, folder, lambda told: not stopped)


def _executor(root: Path, cluster: str, parameters: dict[str, Any], threads: int) -> Any:
    try:
        import submitit
    except ImportError as cause:
        raise MissingExtra('submitit is not installed; run: pip install "qrl[slurm]".') from cause
    # Before Python starts: BLAS counts its threads as it is loaded. -P: what lies about in the user's
    # folder must not stand in for a library.
    variables = " ".join(f"{name}={value}" for name, value in thread_variables(threads).items())
    python = f"env {variables} {shlex.quote(sys.executable)} -P"
    try:
        executor = submitit.AutoExecutor(
            folder=str(root / _LOGS), cluster=cluster, **{f"{cluster}_python": python}
        )
        executor.update_parameters(**parameters)
    except (RuntimeError, ValueError, NameError, TypeError, AssertionError) as cause:
        raise InputError(
            f"Slurm cannot be used: {_last_line(cause)} Run this where sbatch and srun are, or try "
            "it out with --slurm cluster=local."
        ) from cause
    return executor


@contextmanager
def _shielded() -> Iterator[None]:
    """Keep Ctrl-C from what is started in the block: it is told when to end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cores_for(threads: int) -> int:
    from qrl.bench.choose_workers import local_workers

    return local_workers(threads)


def _last_line(cause: BaseException) -> str:
    lines = str(cause).strip().splitlines()
    return f"{(lines[-1] if lines else type(cause).__name__).strip().rstrip('.')}."


def _cause(error: BaseException) -> str:
    """Return the last line of the traceback that submitit quotes between rules."""
    quoted = str(error).split("-" * 22)
    lines = (quoted[1] if len(quoted) > 1 else str(error)).strip().splitlines()
    return f"{lines[-1].strip().rstrip('.')}."
