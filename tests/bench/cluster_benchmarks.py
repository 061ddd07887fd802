"""Benchmarks on clusters: their specs, and what must hold when they have ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.small_benchmarks import opened

import qrl
from qrl.bench.benchmark import Benchmark
from qrl.bench.journal import JOURNAL
from qrl.search.verify import recompute
from qrl.tasks.registry import get_task
from qrl.tasks.task_file import save_task


def check_complete(folder: Path, **changes: Any) -> Benchmark:
    """Check that all runs are done, each once, with whole folders and nothing else beside them."""
    benchmark = opened(folder, **changes)
    lines = (folder / JOURNAL).read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(benchmark.jobs) == len(benchmark.rows)
    assert {row["status"] for row in benchmark.rows} == {"done"}
    assert not benchmark.missing()
    for row in benchmark.rows:
        run = qrl.load(folder / row["run"])
        assert (run.status, run.result["seed"]) == ("done", row["seed"])
        checked = recompute(run.task, run.best.circuit)
        assert abs(checked["cost"] - row["cost"]) < 1e-8
        assert len(run.trace) > 0
    named = Counter(path.name for path in (folder / "runs").iterdir())
    assert named == Counter(job.folder for job in benchmark.jobs)
    assert not list(folder.glob(".arriving-*"))
    return benchmark


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Return what comes true, waiting for it."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.05)
    return found


def save_problem(path: Path) -> str:
    """Write a problem file, and return its path."""
    save_task(get_task("vqe/h2-2q"), path)
    return str(path)
