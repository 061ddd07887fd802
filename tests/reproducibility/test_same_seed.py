"""One seed, one result, to the bit; and nobody else's randomness is touched."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from reproducibility.records import found

import qrl

STEPS = {"ppo": 2100, "random": 960}  # PPO learns after 1024 and 2048 steps
SETTINGS = {"coupling": "line", "max_gates": 12}


def run(agent: str, out: Path, *, seed: int = 0, task: str = "vqe/lih-4q-3.4") -> dict[str, Any]:
    qrl.search(task, agent=agent, steps=STEPS[agent], seed=seed, out=out, **SETTINGS)
    return found(out)


@pytest.mark.parametrize("agent", ["ppo", "random"])
def test_the_same_seed_gives_the_same_run(tmp_path: Path, agent: str) -> None:
    first = run(agent, tmp_path / "first")
    # Whatever was drawn in between, and whatever the state of the global generators is.
    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    run("random", tmp_path / "between", seed=3)
    second = run(agent, tmp_path / "second")
    assert second == first
    assert len(first["archive"]) > 3
    assert first["result"]["env_steps"] >= STEPS[agent]


def test_another_process_gives_the_same_run(tmp_path: Path) -> None:
    here = run("ppo", tmp_path / "here")
    code = (
        "import sys, qrl\n"
        f"qrl.search('vqe/lih-4q-3.4', agent='ppo', steps={STEPS['ppo']}, seed=0, out=sys.argv[1], "
        f"**{SETTINGS})"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "there"], check=True)
    assert found(tmp_path / "there") == here


@pytest.mark.parametrize("agent", ["ppo", "random"])
def test_another_seed_gives_another_run(tmp_path: Path, agent: str) -> None:
    runs = [run(agent, tmp_path / str(seed), seed=seed) for seed in range(3)]
    for key in ("archive", "trace"):
        texts = {json.dumps(r[key]) for r in runs}
        assert len(texts) == 3
    if agent == "ppo":  # the baseline has a part of the seed of its own
        rivals = {json.dumps(r["result"]["baselines"]["random-search"]) for r in runs}
        assert len(rivals) > 1


def test_the_baseline_draws_other_numbers_than_a_random_search(tmp_path: Path) -> None:
    ppo = run("ppo", tmp_path / "ppo")["result"]["baselines"]["random-search"]
    searched = run("random", tmp_path / "random")["result"]
    assert ppo["cost"] != searched["cost"]


@pytest.mark.parametrize("agent", ["ppo", "random"])
def test_the_global_state_is_left_alone(tmp_path: Path, agent: str) -> None:
    random.seed(11)
    np.random.seed(12)
    torch.manual_seed(13)
    expected = (random.random(), np.random.random(), torch.rand(1).item())
    random.seed(11)
    np.random.seed(12)
    torch.manual_seed(13)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    threads, folder = torch.get_num_threads(), Path.cwd()
    run(agent, tmp_path / "run", task="vqe/h2-4q")
    assert (random.random(), np.random.random(), torch.rand(1).item()) == expected
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert torch.get_num_threads() == threads
    assert Path.cwd() == folder


def test_a_failed_search_leaves_the_global_state_alone(tmp_path: Path) -> None:
    from qrl.search.config import SearchConfig
    from qrl.search.ledger import Budget
    from qrl.search.recorder import Recorder
    from qrl.search.runner import Search

    def fail(recorder: Recorder) -> None:
        raise RuntimeError("broken watcher")

    config = SearchConfig("vqe/h2-4q", budget=Budget("steps", 100))
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # type: ignore[index]
    handler, threads = signal.getsignal(signal.SIGINT), torch.get_num_threads()
    with pytest.raises(RuntimeError, match="broken watcher"):
        Search(qrl.get_task("vqe/h2-4q"), config, tmp_path / "run", (fail,)).start()
    after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # type: ignore[index]
    assert after == before
    assert (signal.getsignal(signal.SIGINT), torch.get_num_threads()) == (handler, threads)
