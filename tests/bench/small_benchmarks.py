"""Benchmarks of a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qrl.bench.benchmark import Benchmark
from qrl.bench.job import Job
from qrl.bench.spec import Spec
from qrl.bench.watcher import Watching

SMALL: dict[str, Any] = {
    "name": "small",
    "tasks": ["vqe/h2-2q", "state/ghz-2q"],
    "agents": ["random", "anneal"],
    "seeds": 2,
    "budget": {"evaluations": 300},
}


def small(**changes: Any) -> Spec:
    """Return a small spec with some keys changed."""
    return Spec.from_dict({**SMALL, **changes})


class Told(Watching):
    """Remembers what was told."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.words: list[str] = []

    def ended(self, job: Job, row: dict[str, Any]) -> None:
        self.rows.append(row)

    def say(self, text: str) -> None:
        self.words.append(text)


def opened(folder: Path, **changes: Any) -> Benchmark:
    """Open a small benchmark."""
    return Benchmark.open(small(**changes), folder)
