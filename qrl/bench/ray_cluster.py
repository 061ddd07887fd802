"""Runs on a Ray cluster; machines need share no disk, and may go down."""

from __future__ import annotations

import contextlib
import io
import shutil
import socket
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qrl.bench.job import Job
from qrl.bench.workers import Event, Lost
from qrl.bench.working import RUNS, Ended, perform
from qrl.errors import InputError, MissingExtra

LOCAL, AUTO = "local", "auto"
_CONNECT_SECONDS = 5.0
_LOOK_SECONDS = 5.0
"""How often the size of the cluster is looked up, which may grow and shrink."""
_LEFT_BEHIND = "checkpoint"


class RayWorkers:
    """Tasks of a Ray cluster.

    A run that is stopped begins anew the next time, for what its machine had of it is gone.

    Args:
        root: folder of the benchmark, on this machine.
        address: "local" for a cluster of this machine alone, "auto" for the one that this machine is a
            part of, or "host:port".
        threads: cores of each run.
        most: runs at a time; None for as many as the cluster has cores for.

    Raises:
        InputError: there is no such cluster, or it is of another version.
        MissingExtra: Ray is not installed.
    """

    def __init__(self, root: Path, address: str, threads: int, most: int | None = None) -> None:
        self._ray = _connected(address)
        self._root, self._threads, self._most = root, threads, most
        self._jobs: dict[Any, Job] = {}
        self._looked, self._size = 0.0, 0
        self._stopping = False
        names = ("QRL_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        self._task = self._ray.remote(
            num_cpus=threads,
            max_retries=0,  # who counts the tries is the benchmark
            runtime_env={"env_vars": dict.fromkeys(names, str(threads))},
        )(remote_run)

    @property
    def slots(self) -> int:
        """How many runs the cluster has cores for now, at least one."""
        if time.monotonic() > self._looked + _LOOK_SECONDS or not self._size:
            cores = self._ray.cluster_resources().get("CPU", 0)
            self._size, self._looked = max(1, int(cores // self._threads)), time.monotonic()
        return self._size if self._most is None else min(self._size, self._most)

    def submit(self, job: Job) -> None:
        """Give a job to the cluster, its problem file with it."""
        path = Path(job.source)
        problem = path.read_bytes() if job.content else None
        self._jobs[self._task.remote(job.to_dict(), problem)] = job

    def events(self, seconds: float) -> Sequence[Event]:
        """Return the jobs that have ended, waiting for at most so long that one does."""
        if not self._jobs:
            time.sleep(seconds)
            return []
        ready, _ = self._ray.wait(list(self._jobs), num_returns=1, timeout=seconds)
        return [self._ended(reference) for reference in ready]

    def stop(self) -> None:
        """Cancel all tasks."""
        self._stopping = True
        for reference in self._jobs:
            with contextlib.suppress(self._ray.exceptions.RayError):
                self._ray.cancel(reference, force=True)

    def close(self) -> None:
        """Leave the cluster; tasks of this benchmark end with it."""
        self._ray.shutdown()

    def _ended(self, reference: Any) -> Event:
        job, errors = self._jobs.pop(reference), self._ray.exceptions
        try:
            ended, files = self._ray.get(reference)
        except errors.RayTaskError as error:
            # `perform` tells of what goes wrong with a run; this is the cluster's own fault.
            why = str(error.cause or error).strip().splitlines()[-1]
            return Ended(
                job.key,
                halt=f"Ray cannot run qrl on its nodes: {why}. Install the same qrl on all of them.",
            )
        except errors.RayError as error:
            if self._stopping:
                return Ended(job.key)
            return Lost(job.key, f"Its worker was lost ({type(error).__name__}).")
        if ended.row is not None:
            _unpack(files, self._root)
        result: Ended = ended
        return result


def remote_run(data: dict[str, Any], problem: bytes | None) -> tuple[Ended, bytes]:
    """Do a run on a node, and return its row and its files.

    Args:
        data: of the job.
        problem: the problem file where the task has no id.
    """
    job = Job.from_dict(data)
    with tempfile.TemporaryDirectory(prefix="qrl-") as folder:
        root = Path(folder)
        (root / RUNS).mkdir()
        if problem is not None:
            copied = root / Path(job.source).name
            copied.write_bytes(problem)
            job = Job(job.label, job.config, str(copied), job.threads, job.content)
        ended = perform(job, root)
        return ended, _packed(root)


def _packed(root: Path) -> bytes:
    """Return runs and failures as an archive, without checkpoints."""
    buffer = io.BytesIO()

    def wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if Path(entry.name).name == _LEFT_BEHIND else entry

    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for path in sorted(root.iterdir()):
            if path.is_dir():
                archive.add(path, arcname=path.name, filter=wanted)
    return buffer.getvalue()


def _unpack(files: bytes, root: Path) -> None:
    """Put runs and failures into the benchmark's folder, each in one step."""
    with tempfile.TemporaryDirectory(dir=root, prefix=".arriving-") as folder:
        with tarfile.open(fileobj=io.BytesIO(files)) as archive:
            archive.extractall(folder, filter="data")
        for path in Path(folder).glob("*/*"):
            place = root / path.parent.name / path.name
            place.parent.mkdir(exist_ok=True)
            if place.is_dir():  # of an earlier try
                shutil.rmtree(place)
            path.replace(place)


def _connected(address: str) -> Any:
    try:
        import ray
    except ImportError as cause:
        raise MissingExtra('Ray is not installed; run: pip install "qrl[ray]".') from cause
    _look_for(address)
    options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    options |= {"include_dashboard": False} if address == LOCAL else {"address": address}
    try:
        ray.init(ignore_reinit_error=True, **options)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as cause:
        raise InputError(
            f"There is no Ray cluster at {address!r} that can be used: {_first_line(cause)} Start one "
            "with `ray start --head`, or give `--ray local`."
        ) from cause
    return ray


def _look_for(address: str) -> None:
    """Knock at the cluster's door, where Ray itself would wait for minutes."""
    if address in (LOCAL, AUTO):
        return
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not host or not port.isdecimal():
        raise InputError(
            f"The address of a Ray cluster must be local, auto or host:port; got {address!r}."
        )
    try:
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except (OSError, OverflowError) as cause:
        raise InputError(
            f"Nobody answers at {address!r}: {cause}. Start a Ray cluster with `ray start --head`, or "
            "give `--ray local`."
        ) from cause


def _first_line(cause: BaseException) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0].rstrip(".") + "." if lines else f"{type(cause).__name__}."
