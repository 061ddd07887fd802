"""Who is hired for a benchmark."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from qrl.bench.choose_workers import cores, local_workers, on_ray, on_slurm, on_this_machine
from qrl.errors import InputError


def test_as_many_processes_as_cores_allow() -> None:
    mine = len(os.sched_getaffinity(0))
    assert cores() == mine
    assert local_workers(1) == mine
    assert local_workers(10 * mine) == 1
    assert local_workers(1, 7) == 7


def test_fewer_cores_than_the_machine_has() -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert local_workers(1) == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_no_more_processes_than_jobs(tmp_path: Path) -> None:
    with closing(on_this_machine(workers=5)(tmp_path, 3)) as workers:
        assert workers.slots == 3


@pytest.mark.parametrize("workers", [0, -1, 5000])
def test_numbers_of_workers_that_cannot_be(workers: int) -> None:
    for hire in (on_this_machine, lambda workers: on_ray("local", workers=workers)):
        with pytest.raises(InputError, match="The number of workers"):
            hire(workers=workers)
    with pytest.raises(InputError, match="The number of workers"):
        on_slurm("cluster=local", workers=workers)
