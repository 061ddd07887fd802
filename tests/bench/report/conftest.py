"""A benchmark of 20 runs and a run, made once; nobody may change their folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.report import builder

import qrl

TASKS = ("vqe/h2-2q", "state/ghz-3q")
AGENTS = ("random", "anneal")
SPEC = """\
name = "two-agents"
description = "Random search beside annealing."

[weights]
accuracy = 2.0
depth = 1.0
gates = 1.0
time = 1.0
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, int], builder.Made]:
    """Real runs by task, agent and seed."""
    folder = tmp_path_factory.mktemp("made")
    return {
        (task, agent, seed): builder.make(builder.job(task, agent, seed), folder)
        for task in TASKS
        for agent in AGENTS
        for seed in range(2)
    }


@pytest.fixture(scope="session")
def benchmark(
    made: dict[tuple[str, str, int], builder.Made], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two agents in two cells with five seeds each; one run failed."""
    folder = tmp_path_factory.mktemp("benchmarks") / "two-agents"
    rows = [
        builder.copied(made[task, agent, seed % 2], folder, seed=seed)
        for task in TASKS
        for agent in AGENTS
        for seed in range(5)
        if (task, agent, seed) != ("state/ghz-3q", "anneal", 4)
    ]
    rows.append(builder.failed(builder.job("state/ghz-3q", "anneal", 4), "MemoryError: no room"))
    return builder.write_benchmark(folder, rows, SPEC)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished search whose task has published circuits."""
    out = tmp_path_factory.mktemp("runs") / "beh2"
    qrl.search("vqe/beh2-6q-published", agent="greedy", evaluations=1500, out=out)
    return out
