"""What a benchmark would run, and about how long that would take."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qrl.bench.job import Job
from qrl.bench.one_run import perform
from qrl.bench.row import DONE
from qrl.bench.time_left import TimeLeft
from qrl.bench.workers import thread_variables
from qrl.search.ledger import Budget

_PART = 100
"""A rehearsal has one part in so many of the budget."""
_LEAST = {"evaluations": 300, "steps": 100}
_REHEARSALS = 12
_SECONDS_BESIDE = 1.0
"""Of each run, for preparing it and for checking the result."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is still to be run.

    Attributes:
        runs: how many.
        seconds: of one worker, whatever its cores; None where nothing is known of any run.
        known: share of the runs of whose kind there are figures; the others are guessed from those.
    """

    runs: int
    seconds: float | None
    known: float


def plan(
    jobs: Sequence[Job],
    missing: Sequence[Job],
    rows: Sequence[dict[str, Any]],
    say: Callable[[str], None] = lambda text: None,
) -> Plan:
    """Estimate the time of what is missing.

    Runs with a budget of seconds take those. Of the others, ended runs of the benchmark tell; of kinds that
    have none, a dozen short rehearsals of different agents and tasks do, in a temporary folder.

    Args:
        jobs: all runs.
        missing: those to be run.
        rows: of those that have ended.
        say: told what is being done.
    """
    times = TimeLeft(jobs, rows)
    strange = [
        job for job in missing if job.config.budget.kind != "seconds" and not times.knows(job)
    ]
    chosen = _chosen(strange)
    for number, job in enumerate(chosen, start=1):
        say(f"Rehearsal {number} of {len(chosen)}: {job.label} on {job.cell}")
        seconds = _rehearsed(job)
        if seconds is not None:
            times.ended(job, {"wall_seconds": seconds, "status": DONE})
    guesses, known = [], 0
    for job in missing:
        if job.config.budget.kind == "seconds":
            guesses.append(job.config.budget.amount + _SECONDS_BESIDE)
            known += 1
            continue
        guess = times.of(job)
        known += times.knows(job)
        if guess is not None:
            guesses.append(guess)
    total = sum(guesses) if len(guesses) == len(missing) else None
    return Plan(len(missing), total, known / len(missing) if missing else 1.0)


def _chosen(missing: Sequence[Job]) -> list[Job]:
    """Return one job of each agent and of each cell, as few as do."""
    chosen: list[Job] = []
    agents: set[str] = set()
    cells: set[str] = set()
    for wanted in (all, any):  # first those that are new in both
        for job in missing:
            if wanted((job.label not in agents, job.cell not in cells)):
                chosen.append(job)
                agents.add(job.label)
                cells.add(job.cell)
    return chosen[:_REHEARSALS]


def _rehearsed(job: Job) -> float | None:
    """Return the seconds that a run should take, from a small part of its budget."""
    budget, config = job.config.budget, job.config
    part = max(_LEAST[budget.kind], int(budget.amount // _PART))
    with tempfile.TemporaryDirectory() as folder, _threads(job.threads):
        root = Path(folder)
        short = replace(config, budget=Budget(budget.kind, min(part, budget.amount)))
        ended = perform(replace(job, config=short), root)
        row = ended.row
        if row is None or row["status"] != "done":
            return None
        spent = row["evaluations"] if budget.kind == "evaluations" else row["env_steps"]
        rate = row["seconds"] / max(spent, 1)
        beside = max(_SECONDS_BESIDE, row["wall_seconds"] - row["seconds"])  # with other methods
        return float(beside + rate * budget.amount)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let the block use as many cores as a worker does."""
    wanted = thread_variables(count)
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
