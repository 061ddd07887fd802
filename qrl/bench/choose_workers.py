"""Where the runs of a benchmark are done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from qrl.checks import whole_number

if TYPE_CHECKING:
    from pathlib import Path

    from qrl.bench.workers import Hire, Workers

_MOST = 4096


def cores() -> int:
    """Return on how many cores this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def local_workers(threads: int, workers: int | None = None) -> int:
    """Return how many runs this machine does at a time: a number, or as many as it has cores for."""
    return max(1, cores() // threads) if workers is None else _checked(workers)


def on_this_machine(threads: int = 1, workers: int | None = None) -> Hire:
    """Return who hires processes of this machine.

    Args:
        threads: cores of each.
        workers: processes; None for as many as there are cores for.
    """
    count = local_workers(threads, workers)

    def hire(root: Path, jobs: int) -> Workers:
        from qrl.bench.processes import ProcessWorkers

        return ProcessWorkers(root, min(count, jobs), threads)

    return hire


def _checked(workers: int) -> int:
    return whole_number("The number of workers", workers, least=1, most=_MOST)


def on_ray(address: str, threads: int = 1, workers: int | None = None) -> Hire:
    """Return who hires the machines of a Ray cluster.

    Args:
        address: "local", "auto" or "host:port".
        threads: cores of each run.
        workers: runs at a time; None for as many as the cluster has cores for.
    """
    most = None if workers is None else _checked(workers)

    def hire(root: Path, jobs: int) -> Workers:
        from qrl.bench.ray_cluster import RayWorkers

        return RayWorkers(root, address, threads, most)

    return hire


def on_slurm(settings: str, threads: int = 1, workers: int | None = None) -> Hire:
    """Return who hires the nodes of a Slurm cluster.

    Args:
        settings: of submitit, "name=value,name=value".
        threads: cores of each run.
        workers: jobs in the queue at a time.
    """
    most = None if workers is None else _checked(workers)

    def hire(root: Path, jobs: int) -> Workers:
        from qrl.bench.slurm import SlurmWorkers

        return SlurmWorkers(root, settings, threads, most)

    return hire
