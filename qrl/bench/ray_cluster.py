"""Runs on a Ray cluster; machines need share no disk, and may go down."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

import qrl
from qrl.bench.job import Job
from qrl.bench.one_run import FAILURES, Ended
from qrl.bench.processes import LOG
from qrl.bench.ray_driver import AUTO, LOCAL, Connected, Delivery, NoCluster, Order, Size
from qrl.bench.run_archive import pack_run, sweep, unpack
from qrl.bench.workers import Event
from qrl.errors import InputError, MissingExtra

_PROGRAM = (
    f"import sys; sys.path.append({str(Path(qrl.__file__).parents[1])!r}); "
    "from qrl.bench.ray_driver import main; main()"
)
_KNOCK_SECONDS, _CONNECT_SECONDS, _START_SECONDS = 5.0, 20.0, 120.0
_LEAVE_SECONDS = 15.0
_HELP = "Start a cluster with `ray start --head`, or give `--ray local`."


class RayWorkers:
    """Tasks of a Ray cluster.

    A run takes along what there is of it, and its folder comes back when it ends or is stopped. What a
    machine that goes down had of a run is lost, and the run begins where it was given out.

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
        if importlib.util.find_spec("ray") is None:
            raise MissingExtra('Ray is not installed; run: pip install "qrl[ray]".')
        _look_for(address)
        self._root, self._most, self._size = root, most, 1
        self._keys: set[str] = set()
        sweep(root)
        self._process, self._pipe = _started(root, address, threads)
        try:
            self._await(address)
        except BaseException:
            self.close()
            raise

    @property
    def slots(self) -> int:
        """How many runs the cluster has cores for now, at least one."""
        size = max(1, self._size)
        return size if self._most is None else min(size, self._most)

    def submit(self, job: Job) -> None:
        """Give a job to the cluster, with its problem file and what there is of the run."""
        problem = Path(job.source).read_bytes() if job.content else None
        self._keys.add(job.key)
        order = Order(job.to_dict(), job.key, problem, pack_run(self._root, job.folder))
        self._send(order)

    def events(self, seconds: float) -> Sequence[Event]:
        """Return the jobs that have ended, waiting for at most so long that one does."""
        found: list[Event] = []
        until = time.monotonic() + seconds
        while True:
            try:
                if not self._pipe.poll(max(0.0, until - time.monotonic())):
                    return found
                told = self._pipe.recv()
            except (EOFError, OSError):
                return [*found, *self._cut_off()]
            until = time.monotonic()  # what else is there already, but no more
            if isinstance(told, Size):
                self._size = told.slots
            elif isinstance(told, Delivery):
                found.append(self._taken(told))

    def stop(self) -> None:
        """Let searches end with their present step, as Ctrl-C does; their folders come back."""
        self._send(None)

    def close(self, *, at_once: bool = False) -> None:
        """Leave the cluster; tasks of this benchmark end with it."""
        with contextlib.suppress(OSError):
            self._pipe.close()
        try:
            self._process.wait(0.1 if at_once else _LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await(self, address: str) -> None:
        seconds = _START_SECONDS if address == LOCAL else _CONNECT_SECONDS
        try:
            told = self._pipe.recv() if self._pipe.poll(seconds) else None
        except (EOFError, OSError):
            told = NoCluster(f"Ray ended its process with exit code {self._process.wait()}.")
        if isinstance(told, Connected):
            return
        if told is None:
            self._process.kill()
            told = NoCluster(f"Ray got no answer within {seconds:.0f} seconds.")
        raise InputError(
            f"There is no Ray cluster at {address!r} that can be used: {told.why} {_HELP}"
        )

    def _send(self, what: Any) -> None:
        with contextlib.suppress(OSError):  # `events` will see that nobody is there
            self._pipe.send(what)

    def _taken(self, delivery: Delivery) -> Event:
        key = delivery.event.key
        self._keys.discard(key)
        (self._root / FAILURES / f"{key}.txt").unlink(missing_ok=True)  # of an earlier try
        unpack(delivery.parcel, self._root)
        return delivery.event

    def _cut_off(self) -> list[Event]:
        why = f"The Ray cluster has gone; {LOG} may tell more."
        lost = [Ended(key, halt=why) for key in self._keys]
        self._keys.clear()
        return list(lost)


def _started(root: Path, address: str, threads: int) -> tuple[subprocess.Popen[bytes], Connection]:
    ours, theirs = Pipe()
    call = [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno()), address, str(threads)]
    with (root / LOG).open("ab") as log:
        process = subprocess.Popen(
            call,
            env=os.environ | {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"},  # silences a warning
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(theirs.fileno(),),
        )
    theirs.close()
    return process, ours


def _look_for(address: str) -> None:
    """Knock at the cluster's door, where Ray itself would wait for minutes."""
    if address in (LOCAL, AUTO):
        return
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdecimal()):
        raise InputError(
            f"The address of a Ray cluster must be local, auto or host:port; got {address!r}."
        )
    try:
        socket.create_connection((host, int(port)), _KNOCK_SECONDS).close()
    except (OSError, OverflowError, UnicodeError) as cause:
        raise InputError(f"Nobody answers at {address!r}: {cause}. {_HELP}") from cause
