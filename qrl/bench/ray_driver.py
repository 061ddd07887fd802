"""The program that talks with a Ray cluster for a benchmark: jobs come through a pipe, events go back.

A process of its own, because Ray waits for ever for some addresses, ends its process when the cluster goes,
and prints into tables and JSON what its machines have to say.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from qrl.bench.one_run import Ended
from qrl.bench.ray_task import remote_run
from qrl.bench.workers import Event, Lost, thread_variables

LOCAL, AUTO = "local", "auto"
_LOOK_SECONDS, _WAIT = 5.0, 0.1
_PATIENCE = 600.0
"""Seconds to wait for machines where a cluster has none, for it may be starting them."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The cluster has been reached."""


@dataclass(frozen=True, slots=True)
class NoCluster:
    """The cluster cannot be used.

    Attributes:
        why: in Ray's words.
    """

    why: str


@dataclass(frozen=True, slots=True)
class Size:
    """How many runs the cluster has room for now."""

    slots: int


@dataclass(frozen=True, slots=True)
class Order:
    """A job to run.

    Attributes:
        job: its data.
        key: of it.
        problem: the problem file where the task has no id.
        before: what there is of the run, packed.
    """

    job: dict[str, Any]
    key: str
    problem: bytes | None
    before: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a job ended, and its files.

    Attributes:
        event: for the benchmark.
        parcel: run and failures, packed.
    """

    event: Event
    parcel: bytes = b""


class _Driver:
    def __init__(self, ray: Any, pipe: Connection, threads: int) -> None:
        self._ray, self._pipe, self._threads = ray, pipe, threads
        self._keys: dict[Any, str] = {}
        self._stopping = False
        self._look_at, self._seen = 0.0, time.monotonic()
        self._task = ray.remote(
            num_cpus=threads,
            max_retries=0,  # who counts the tries is the benchmark
            runtime_env={"env_vars": thread_variables(threads)},
        )(remote_run)

    def serve(self) -> None:
        """Do as told until the pipe is closed at the other end."""
        while True:
            self._look()
            while self._pipe.poll(0.0 if self._keys else _WAIT):
                self._obey(self._pipe.recv())
            if self._keys:
                ready, _ = self._ray.wait(list(self._keys), num_returns=1, timeout=_WAIT)
                for reference in ready:
                    self._pipe.send(self._delivery(reference))

    def _obey(self, order: Order | None) -> None:
        if order is not None:
            reference = self._task.remote(order.job, order.problem, order.before)
            self._keys[reference] = order.key
            return
        self._stopping = True
        for reference in self._keys:
            # As Ctrl-C in the worker: the search writes down where it is, and its files come back.
            with contextlib.suppress(self._ray.exceptions.RayError):
                self._ray.cancel(reference, force=False)

    def _delivery(self, reference: Any) -> Delivery:
        key, errors = self._keys.pop(reference), self._ray.exceptions
        try:
            ended, parcel = self._ray.get(reference)
            if ended.row is None and not ended.halt and not self._stopping:
                # What it found comes back all the same, and is gone on with.
                return Delivery(Lost(key, "Its worker was told to end (SIGTERM)."), parcel)
            return Delivery(ended, parcel)
        except errors.TaskCancelledError:
            return Delivery(Ended(key))
        except (errors.RayTaskError, errors.RuntimeEnvSetupError) as error:
            # `perform` tells of what goes wrong with a run; this is the cluster's own fault.
            why = f"Ray cannot run qrl on its machines: {last_line(error)}"
            return Delivery(Ended(key, halt=f"{why} All need the same qrl and Python."))
        except errors.RayError as error:
            if self._stopping:
                return Delivery(Ended(key))
            return Delivery(Lost(key, f"Its worker was lost ({type(error).__name__})."))

    def _look(self) -> None:
        """Tell the size of the cluster, which may grow and shrink."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_SECONDS
        cores = [
            int(node["Resources"].get("CPU", 0)) for node in self._ray.nodes() if node["Alive"]
        ]
        slots = sum(each // self._threads for each in cores)
        self._pipe.send(Size(slots))
        if slots:
            self._seen = now
        elif not self._keys:  # it is for a job to say so
            self._look_at = now
        elif now > self._seen + _PATIENCE or any(cores):
            need = f"{self._threads} core{'s' if self._threads > 1 else ''}"
            why = f"No machine of the Ray cluster has {need}, which a run needs."
            for key in self._keys.values():
                self._pipe.send(Delivery(Ended(key, halt=why)))
            self._keys.clear()


def last_line(error: BaseException) -> str:
    """Return what an error says in the end, as a sentence."""
    lines = str(error).strip().splitlines()
    return f"{(lines[-1] if lines else type(error).__name__).strip().rstrip('.')}."


def _connect(ray: Any, address: str) -> None:
    options: dict[str, Any] = {"log_to_driver": False, "address": address}
    if address == LOCAL:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
        options |= {"include_dashboard": False, "num_cpus": cores}
    ray.init(**options)


def main() -> None:
    """Serve a benchmark: `sys.argv` has the pipe to it, the cluster's address and cores of a run."""
    # Ctrl-C is for the process that shows the table; it tells this one when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe, address, threads = Connection(int(sys.argv[1])), sys.argv[2], int(sys.argv[3])
    import ray

    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            _connect(ray, address)
        except Exception as error:  # Ray says the same with many types
            pipe.send(NoCluster(last_line(error)))
            return
        pipe.send(Connected())
        _Driver(ray, pipe, threads).serve()
    ray.shutdown()
