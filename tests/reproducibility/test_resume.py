"""A run that was killed and resumed is the run that was never killed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from reproducibility import driver
from reproducibility.driver import EVERY, SEED, STEPS, TASK
from reproducibility.records import found

import qrl
from qrl.agents.registry import AGENTS as LEARNING
from qrl.cli.main import main
from qrl.env.config import EnvConfig
from qrl.errors import InputError
from qrl.search.checkpoint import Checkpoints
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder, Watcher
from qrl.search.run_folder import RunFolder
from qrl.search.runner import Search

AGENTS = pytest.mark.parametrize("agent", ["ppo", "random"])
FEW = ("ppo", "random", "anneal", "beam", "rainbow", "a3c", "portfolio")
SEARCHERS = pytest.mark.parametrize("agent", FEW)


def whole(agent: str, out: Path) -> None:
    """Search to the end as the driver does."""
    every = EVERY[agent]
    qrl.search(TASK, agent=agent, steps=STEPS[agent], seed=SEED, out=out, evaluate_every=every)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each agent finds when it is left alone."""
    out = tmp_path_factory.mktemp("uninterrupted")
    for agent in FEW:
        whole(agent, out / agent)
    return {agent: found(out / agent) for agent in FEW}


def drive(how: str, agent: str, out: Path, *, every: float, kill: int) -> None:
    """Search in another process, which kills itself on the way."""
    command = [sys.executable, driver.__file__, how, agent, out, str(every), str(kill)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_killed_ppo_goes_on(uninterrupted: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "run"
    drive("start", "ppo", out, every=0.0, kill=2500)  # its last checkpoint is at 2048 steps
    assert json.loads((out / "result.json").read_text())["status"] == "running"
    assert qrl.load(out).verify()
    resumed = qrl.resume(out)
    assert resumed.status == "done"
    assert found(out) == uninterrupted["ppo"]
    assert len(found(out)["evaluations"]) > 3
    assert found(out)["policy"]
    assert qrl.load(out).verify()


@pytest.mark.parametrize("agent", [name for name in STEPS if name not in ("ppo", "random")])
def test_a_killed_searcher_goes_on(tmp_path: Path, agent: str) -> None:
    alone, out = tmp_path / "alone", tmp_path / "run"
    whole(agent, alone)
    drive("start", agent, out, every=0.0, kill=1200)
    assert (out / "checkpoint").exists()
    assert qrl.resume(out).status == "done"
    assert found(out) == found(alone)
    assert bool(found(out)["policy"]) == (agent in LEARNING)


@pytest.mark.parametrize("damage", ["cut", "emptied"])
def test_a_killed_run_goes_on_from_the_checkpoint_before_a_damaged_one(
    uninterrupted: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    out = tmp_path / "run"
    drive("start", "ppo", out, every=0.0, kill=2500)
    newest = out / "checkpoint" / "state.npz"
    newest.write_bytes(newest.read_bytes()[:1000] if damage == "cut" else b"")
    assert main(["search", "--resume", str(out)]) == 0
    told = capsys.readouterr().err
    assert f"Warning: {newest}: the checkpoint is damaged" in told
    assert "state-previous.npz" in told
    assert found(out) == uninterrupted["ppo"]


def test_a_resumed_log_has_each_line_once(tmp_path: Path) -> None:
    alone, out = tmp_path / "alone", tmp_path / "run"
    whole("ppo", alone)
    drive("start", "ppo", out, every=0.0, kill=2500)
    with (out / "metrics.jsonl").open("a") as file:
        file.write('{"step": 9999}\n')  # written after the checkpoint
    qrl.resume(out)
    assert metrics(out) == metrics(alone)
    steps = [row["step"] for row in metrics(out)]
    assert steps == [1024, 2048, 3072, 3200]


def metrics(folder: Path) -> list[dict[str, Any]]:
    """Return the log without its times."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    timed = ("time/", "search/seconds")
    return [
        {name: value for name, value in json.loads(line).items() if not name.startswith(timed)}
        for line in lines
    ]


def test_a_random_search_killed_again_and_again_goes_on(
    uninterrupted: dict[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    drive("start", "random", out, every=0.0, kill=400)
    drive("resume", "random", out, every=0.0, kill=1000)
    drive("resume", "random", out, every=100.0, kill=1200)  # no checkpoint since the last time
    assert qrl.resume(out).status == "done"
    assert found(out) == uninterrupted["random"]


def test_a_run_killed_before_its_first_checkpoint_goes_on(
    uninterrupted: dict[str, Any], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    drive("start", "random", out, every=100.0, kill=400)
    assert not (out / "checkpoint").exists()
    assert qrl.resume(out).status == "done"
    assert found(out) == uninterrupted["random"]


def test_a_run_killed_from_outside_at_any_moment_goes_on(
    uninterrupted: dict[str, Any], tmp_path: Path
) -> None:
    rng = random.Random()  # a new moment each time
    out = tmp_path / "run"
    never = str(10**9)
    command = [sys.executable, driver.__file__, "start", "random", out, "0.0", never]
    with subprocess.Popen(command) as process:
        while not (out / "checkpoint" / "state.npz").exists():
            assert process.poll() is None
            time.sleep(0.002)
        time.sleep(rng.uniform(0.0, 0.3))
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert qrl.resume(out).status == "done"
    assert found(out) == uninterrupted["random"]


@SEARCHERS
def test_an_interrupted_run_goes_on(
    uninterrupted: dict[str, Any], tmp_path: Path, agent: str
) -> None:
    out = tmp_path / "run"

    def interrupt(recorder: Recorder) -> None:
        if recorder.ledger.env_steps >= 1200:
            signal.raise_signal(signal.SIGINT)

    config = SearchConfig(
        TASK,
        agent=agent,
        seed=SEED,
        budget=Budget("steps", STEPS[agent]),
        evaluate_every=EVERY[agent],
    )
    stopped = Search(qrl.get_task(TASK), config, out, (interrupt,)).start()
    assert stopped.status == "interrupted"
    assert 1200 <= stopped.result["env_steps"] < STEPS[agent]
    assert stopped.verify()
    assert qrl.resume(out).status == "done"
    assert found(out) == uninterrupted[agent]


SCORED = {
    "shots": EnvConfig(shots=2000, max_gradients=9, max_gates=6),
    "rotosolve": EnvConfig(shots=2000, max_gradients=20, max_gates=6, tuner="rotosolve"),
    "noisy shots": EnvConfig(shots=2000, max_gradients=9, max_gates=6, noise="ibm-mumbai"),
    "noise": EnvConfig(noise="depolarizing:0.001,0.01", max_gates=6),
}
SMALL = {"ppo": {"num_envs": 4, "n_steps": 8, "batch_size": 16, "hidden": 8}, "random": {}}


@AGENTS
@pytest.mark.parametrize("scored", SCORED)
def test_shots_and_noise_go_on_where_they_were(tmp_path: Path, agent: str, scored: str) -> None:
    config = SearchConfig(
        "vqe/h2-2q", agent=agent, seed=3, budget=Budget("steps", 192), env=SCORED[scored],
        options=SMALL[agent],
    )  # fmt: skip
    task = qrl.get_task("vqe/h2-2q")
    whole = Search(task, config, tmp_path / "whole").start()
    assert len(whole.trace) > 1

    class Crash(BaseException):
        pass

    def crash_at(steps: int) -> Watcher:
        def watch(recorder: Recorder) -> None:
            work.folder.checkpoints = Checkpoints(tmp_path / "run" / "checkpoint", every=0.0)
            if recorder.ledger.env_steps == steps and recorder is work.recorder:
                raise Crash

        return watch

    work = Search(task, config, tmp_path / "run", (crash_at(80),))
    with pytest.raises(Crash):
        work.start()
    assert (tmp_path / "run" / "checkpoint").exists()
    again = RunFolder(tmp_path / "run")
    work = Search(task, again.read_config(), tmp_path / "run", (crash_at(144),))
    with pytest.raises(Crash):
        work.resume(again)
    assert qrl.load(tmp_path / "run").verify()
    resumed = qrl.resume(tmp_path / "run")
    assert found(tmp_path / "run") == found(tmp_path / "whole")
    assert resumed.result.get("total_shots") == whole.result.get("total_shots")
    assert resumed.verify()


def test_the_front_may_be_put_back_after_every_step(tmp_path: Path) -> None:
    # Costs that differ by rounding alone must not be sorted out anew by whoever reads them.
    def put_back(recorder: Recorder) -> None:
        recorder.restore(recorder.state())
        recorder.ledger.start()

    for seed in range(4):
        config = SearchConfig(
            "vqe/tfim-3q", agent="random", seed=seed, budget=Budget("steps", 1600)
        )
        runs = [tmp_path / f"{seed}-{name}" for name in ("left alone", "put back")]
        for out, watchers in zip(runs, ((), (put_back,)), strict=True):
            Search(qrl.get_task("vqe/tfim-3q"), config, out, watchers).start()
        assert found(runs[0]) == found(runs[1])


def test_the_clock_of_a_resumed_run_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "run"
    drive("start", "random", out, every=0.0, kill=800)
    before = json.loads((out / "result.json").read_text())["seconds"]
    after = qrl.resume(out).result
    assert after["seconds"] > before > 0
    seconds = [row["seconds"] for row in qrl.load(out).trace]
    assert seconds == sorted(seconds)
    assert after["versions"]["qrl"] == qrl.__version__


def test_a_finished_run_is_not_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    qrl.search("vqe/h2-2q", agent="random", steps=32, out=out)
    before = {path: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(InputError, match="is done"):
        qrl.resume(out)
    capsys.readouterr()
    assert main(["search", "--resume", str(out)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("qrl: error: The run in ")
    assert f"`qrl show {out}`" in told
    assert {path: path.read_bytes() for path in out.iterdir()} == before
