"""Who does the runs of a benchmark: what processes, a Ray cluster and Slurm have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from qrl.bench.job import Job
from qrl.bench.one_run import Ended, Progress


@dataclass(frozen=True, slots=True)
class Lost:
    """A run whose worker has gone: killed, out of memory, or its machine is down.

    Attributes:
        key: of the job.
        why: in a sentence.
    """

    key: str
    why: str


Event = Progress | Ended | Lost


class Workers(Protocol):
    """Does jobs, several at once."""

    @property
    def slots(self) -> int:
        """How many jobs it wants to hold at a time."""
        ...

    def submit(self, job: Job) -> None:
        """Take a job."""
        ...

    def events(self, seconds: float) -> Sequence[Event]:
        """Return what has happened, waiting for at most so long that something does."""
        ...

    def stop(self) -> None:
        """Let what is running end early, so that it can be gone on with; its `Ended` has no row."""
        ...

    def close(self, *, at_once: bool = False) -> None:
        """Let everything go.

        Args:
            at_once: kill what is running, without the time to write down what it has.
        """
        ...


Hire = Callable[[Path, int], Workers]
"""Makes workers from the benchmark's folder and the number of jobs."""


def thread_variables(threads: int) -> dict[str, str]:
    """Return the environment of a worker that uses so many cores: ours, and those of BLAS libraries."""
    names = ("QRL_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return dict.fromkeys(names, str(threads))
