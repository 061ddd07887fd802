"""How long a benchmark will still take, from the runs that have ended."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qrl.bench.row import DONE

if TYPE_CHECKING:
    from qrl.bench.job import Job


class TimeLeft:
    """Guesses from runs of the same agent and cell; where there are none, of the agent or of all.

    Args:
        jobs: all runs.
        rows: of those that have ended.
    """

    def __init__(self, jobs: Sequence[Job], rows: Sequence[Mapping[str, Any]]) -> None:
        self._missing = {job.key: job for job in jobs}
        self._seen: dict[tuple[str, ...], list[float]] = defaultdict(list)
        self._begun, self._ended = time.monotonic(), 0.0
        by_key = dict(self._missing)
        for row in rows:
            if row["key"] in by_key:
                self._learn(by_key[row["key"]], row)
        self._ended = 0.0

    def ended(self, job: Job, row: Mapping[str, Any]) -> None:
        """Learn from a run."""
        self._learn(job, row)

    def of(self, job: Job) -> float | None:
        """Return the seconds that a run will take; None where nothing is known yet."""
        for kind in _kinds(job):
            if self._seen[kind]:
                return sum(self._seen[kind]) / len(self._seen[kind])
        return None

    def knows(self, job: Job) -> bool:
        """Tell whether there are figures of the same agent and cell."""
        return bool(self._seen[job.label, job.cell])

    def seconds(self, spent: Mapping[str, float]) -> float | None:
        """Return the time left.

        Args:
            spent: parts of their budgets that running jobs have spent, by key.

        Returns:
            Seconds; None where nothing is known yet. The pace is the one that runs have had until now,
            side by side as they were.
        """
        passed = time.monotonic() - self._begun
        if self._ended <= 0.0 or passed <= 0.0:
            return None
        left, now = 0.0, 0.0
        for key, job in self._missing.items():
            guess, part = self.of(job) or 0.0, spent.get(key, 0.0)
            left += guess * (1.0 - part)
            now += guess * part
        pace = (self._ended + now) / passed
        return left / pace

    def _learn(self, job: Job, row: Mapping[str, Any]) -> None:
        self._missing.pop(job.key, None)
        seconds = float(row["wall_seconds"] or 0.0)
        self._ended += seconds
        if row["status"] != DONE:  # how soon a run fails says nothing of the others
            return
        for kind in _kinds(job):
            self._seen[kind].append(seconds)


def _kinds(job: Job) -> tuple[tuple[str, ...], ...]:
    return (job.label, job.cell), ("", job.cell), (job.label, ""), ("", "")
