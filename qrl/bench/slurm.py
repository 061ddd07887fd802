"""Runs as jobs of a Slurm cluster, through submitit; the benchmark's folder is on a shared disk."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qrl.bench.job import Job
from qrl.bench.workers import Event, Lost
from qrl.bench.working import Ended, perform
from qrl.errors import InputError, MissingExtra

_MOST = 200
"""Jobs in the queue at a time, where no other number is given."""
_LOGS = "slurm"


class SlurmWorkers:
    """Jobs of Slurm, one for each run.

    Args:
        root: folder of the benchmark, which the nodes must see under the same path.
        settings: of submitit, such as "partition=cpu,timeout_min=60"; `cluster=local` tries it all on
            this machine.
        threads: cores of each run.
        most: jobs in the queue at a time.

    Raises:
        InputError: no Slurm here, or an unknown setting.
        MissingExtra: submitit is not installed.
    """

    def __init__(self, root: Path, settings: str, threads: int, most: int | None = None) -> None:
        self.slots = most or _MOST
        self._root, self._threads = root, threads
        self._executor = _executor(root, settings, threads)
        self._jobs: list[tuple[Any, Job]] = []
        self._stopping = False

    def submit(self, job: Job) -> None:
        """Put a job into the queue."""
        submitted = self._executor.submit(node_run, job.to_dict(), str(self._root), self._threads)
        self._jobs.append((submitted, job))

    def events(self, seconds: float) -> Sequence[Event]:
        """Return the jobs that have ended; waits where none has."""
        ended = [pair for pair in self._jobs if pair[0].done()]
        if not ended:
            time.sleep(seconds)
        self._jobs = [pair for pair in self._jobs if pair not in ended]
        return [self._ended(submitted, job) for submitted, job in ended]

    def stop(self) -> None:
        """Cancel all jobs; those that run write down where they are."""
        self._stopping = True
        for submitted, _ in self._jobs:
            submitted.cancel(check=False)

    def close(self) -> None:
        """Cancel what is left."""
        self.stop()

    def _ended(self, submitted: Any, job: Job) -> Event:
        error = submitted.exception()
        if error is None:
            result: Ended = submitted.result()
            return result
        if self._stopping:
            return Ended(job.key)
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return Lost(job.key, f"Slurm job {submitted.job_id} ended without an answer: {lines[0]}.")


def node_run(data: dict[str, Any], root: str, threads: int) -> Ended:
    """Do a run on a node."""
    os.environ["QRL_THREADS"] = str(threads)
    return perform(Job.from_dict(data), Path(root))


def _executor(root: Path, settings: str, threads: int) -> Any:
    try:
        import submitit
    except ImportError as cause:
        raise MissingExtra('submitit is not installed; run: pip install "qrl[slurm]".') from cause
    given = read_settings(settings)
    cluster = given.pop("cluster", "slurm")
    try:
        executor = submitit.AutoExecutor(
            folder=str((root / _LOGS).absolute()), cluster=str(cluster)
        )
        executor.update_parameters(**{"name": "qrl", "cpus_per_task": threads, **given})
    except (RuntimeError, ValueError, NameError, TypeError, AssertionError) as cause:
        lines = str(cause).strip().splitlines() or [type(cause).__name__]
        raise InputError(
            f"Slurm cannot be used with --slurm {settings!r}: {lines[0].rstrip('.')}. Settings are "
            "those of submitit's AutoExecutor, such as partition=cpu,timeout_min=60,mem_gb=4; cluster=local runs "
            "the jobs on this machine."
        ) from cause
    return executor


def read_settings(text: str) -> dict[str, int | str]:
    """Read "name=value,name=value"; whole numbers become numbers."""
    found: dict[str, int | str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not equals or not name.isidentifier() or not value:
            raise InputError(
                f"The settings of Slurm must read name=value,name=value; got {part!r} in {text!r}."
            )
        found[name] = int(value) if value.isdecimal() else value
    # submitit knows Slurm's own options under names of its own.
    own = {"partition", "account", "qos", "constraint", "gres", "time"}
    return {f"slurm_{name}" if name in own else name: value for name, value in found.items()}
