"""How long a benchmark will take: learned from its runs, and from rehearsals of what has none."""

from __future__ import annotations

from typing import Any

import pytest
from bench.small_benchmarks import small

from qrl.bench.estimate import plan
from qrl.bench.job import Job
from qrl.bench.time_left import TimeLeft

JOBS = small(tasks=["vqe/h2-2q"], seeds=3).jobs()  # random, anneal with seeds 0, 1, 2


def row(job: Job, seconds: float, status: str = "done") -> dict[str, Any]:
    return {"key": job.key, "wall_seconds": seconds, "status": status}


def of(label: str) -> list[Job]:
    return [job for job in JOBS if job.label == label]


def test_runs_of_the_same_kind_tell_before_others() -> None:
    times = TimeLeft(JOBS, [row(of("random")[0], 2.0), row(of("random")[1], 4.0)])
    assert times.of(of("random")[2]) == 3.0
    assert times.of(of("anneal")[0]) == 3.0  # nothing better is known
    assert (times.knows(of("random")[2]), times.knows(of("anneal")[0])) == (True, False)
    times.ended(of("anneal")[0], row(of("anneal")[0], 10.0))
    assert times.of(of("anneal")[1]) == 10.0


def test_how_soon_a_run_fails_says_nothing_of_the_others() -> None:
    times = TimeLeft(JOBS, [row(of("random")[0], 0.01, "failed")])
    assert times.of(of("random")[1]) is None
    times.ended(of("random")[1], row(of("random")[1], 5.0))
    assert times.of(of("random")[2]) == 5.0


def test_what_has_no_run_is_rehearsed_and_the_rest_is_not() -> None:
    said: list[str] = []
    first, *others = of("random")
    missing = [*others, *of("anneal")]
    made = plan(JOBS, missing, [row(first, 100.0)], said.append)
    assert [text for text in said if "random" in text] == []
    assert len([text for text in said if "anneal" in text]) == 1
    assert made.runs == 5
    assert made.known == 1.0
    assert made.seconds is not None
    assert 200.0 < made.seconds < 300.0


@pytest.mark.parametrize("status", ["done", "failed"])
def test_one_failed_run_does_not_end_the_rehearsals(status: str) -> None:
    said: list[str] = []
    first, *others = of("random")
    plan(JOBS, others, [row(first, 1.0, status)], said.append)
    assert len(said) == (status == "failed")
