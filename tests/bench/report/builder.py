"""Benchmark folders for tests: real tiny runs, copied for more seeds and cells."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from qrl.bench.job import Job
from qrl.bench.row import COLUMNS, done_row, failed_row, measured
from qrl.search.config import SearchConfig
from qrl.search.runner import Search
from qrl.tasks.registry import get_task

STARTED = "2026-11-22T04:00:00Z"


@dataclass(frozen=True)
class Made:
    """A run that was really made: its row and its folder."""

    row: dict[str, Any]
    folder: Path


def job(task: str, agent: str, seed: int, *, label: str | None = None, **env: Any) -> Job:
    """Return a run of 400 evaluations, which takes a tenth of a second."""
    plain = {"task": task, "agent": agent, "seed": seed, "compare": False}
    config = SearchConfig.from_dict({**plain, "budget": {"evaluations": 400}, "env": env})
    return Job(label or agent, config, task)


def make(one: Job, folder: Path) -> Made:
    """Make a run."""
    begun = time.perf_counter()
    run = Search(get_task(one.source), one.config, folder / one.folder).start()
    worker = measured(STARTED, time.perf_counter() - begun, 1)
    return Made(done_row(one, run, worker), folder / one.folder)


def failed(one: Job, reason: str) -> dict[str, Any]:
    """Return the row of a run that failed."""
    return failed_row(one, reason, measured(STARTED, 0.5, 1))


def write_benchmark(folder: Path, rows: Iterable[dict[str, Any]], spec: str | None = None) -> Path:
    """Write the table of a benchmark, and its specification."""
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(list(rows), columns=list(COLUMNS)).to_parquet(folder / "runs.parquet")
    if spec is not None:
        (folder / "spec.toml").write_text(spec, encoding="utf-8")
    return folder


def copied(made: Made, folder: Path, **changes: Any) -> dict[str, Any]:
    """Copy a run into a benchmark's folder under another seed, label or cell; return its row."""
    row = {**made.row, **changes}
    name = "-".join(str(row[key]) for key in ("cell", "agent", "seed"))
    row["run"] = "runs/" + "".join(letter if letter.isalnum() else "-" for letter in name)
    shutil.copytree(made.folder, folder / row["run"])
    return row


def renamed(one: Made, label: str) -> Made:
    """Return a run whose agent is called something else."""
    return replace(one, row={**one.row, "agent": label})
