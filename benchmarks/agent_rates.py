"""Whole training rates of the agents: circuits scored per second, learning included.

Each agent trains through `qrl.search`, as a user would have it, so that tuning, observations, updates,
archive and checkpoints all take part. Wall clock; the machine should be idle.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import qrl
from benchmarks.common import Table, Target
from qrl.agents.registry import AGENTS

TASK = "vqe/h2o-8q-published"
PPO_LIMIT, DQN_LIMIT = 1500.0, 400.0
"""Steps per second, two cores, 8 environments."""
_BENCHRL = {"vqe/h2o-8q-published": 6.7}
"""Environment steps per second of BenchRL-QAS alone on the same problem, one core, as computed once."""


def run(*, quick: bool = False) -> list[Table]:
    """Train each agent for a while, PPO and DQN alone where there is little time."""
    table = Table(
        f"Agents: training rate on {TASK}",
        ("agent", "environments", "steps/s", "over BenchRL-QAS's environment alone", "target"),
    )
    for name in ("ppo", "dqn") if quick else AGENTS:
        rate = _rate(name, seconds=8.0 if quick else 20.0)
        limit = PPO_LIMIT if name == "ppo" else DQN_LIMIT if _is_dqn(name) else None
        wanted = "-" if limit is None else f"{limit:.0f}"
        times = f"{rate / _BENCHRL[TASK]:.0f} times"
        table.rows.append((name, "8", f"{rate:.0f}", times, wanted))
        if limit is not None:
            table.targets.append(Target(f"{name}, steps per second", rate, limit))
    table.notes = [
        "Whole searches of 20 s with the default settings but 8 environments: tuning of all angles after "
        "each gate, observations, updates, archive and checkpoints included.",
        "A step of alphazero is one simulation, which scores one circuit.",
    ]
    return [table]


def _is_dqn(name: str) -> bool:
    return "dqn" in name or name == "rainbow"


def _rate(name: str, seconds: float) -> float:
    """Return the steps per second of a search."""
    with tempfile.TemporaryDirectory() as folder:
        found = qrl.search(
            TASK,
            agent=name,
            seconds=seconds,
            seed=0,
            compare=False,
            options={"num_envs": 8},
            out=Path(folder) / "run",
        )
    return float(found.result["env_steps"] / found.result["seconds"])
