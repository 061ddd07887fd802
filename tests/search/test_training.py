"""Training within a search: evaluations apart, logs, callbacks, and ends before the budget."""

from __future__ import annotations

import json
import math
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reproducibility.records import found
from stable_baselines3.common.callbacks import BaseCallback
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import qrl
import qrl.search.rl as rl
from qrl.agents.callbacks import StopTraining
from qrl.agents.evaluation import Greedy
from qrl.agents.registry import AGENTS
from qrl.circuits import Expectation, PauliSum
from qrl.env import EnvConfig
from qrl.errors import InputError
from qrl.search.checkpoint import Checkpoints
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.policy import read_policy
from qrl.search.recorder import Recorder
from qrl.search.runner import Search
from qrl.tasks import Task

TASK = "vqe/tfim-3q-0.5"
TFIM = qrl.get_task(TASK)
SMALL: dict[str, dict[str, Any]] = {
    "ppo": {"num_envs": 8, "n_steps": 16, "batch_size": 32, "hidden": 16},
    "dqn": {"num_envs": 8, "hidden": 16, "batch_size": 16, "learning_starts": 100},
    "a3c": {"num_envs": 8, "n_steps": 16, "hidden": 16},
    "alphazero": {"num_envs": 8, "simulations": 4, "hidden": 16, "batch_size": 16},
}
SHORT = EnvConfig(max_gates=6)
KINDS = pytest.mark.parametrize("agent", SMALL)


def config(agent: str = "ppo", steps: int = 800, **settings: Any) -> SearchConfig:
    options = SMALL.get(agent, {})
    base = SearchConfig(
        TASK, agent=agent, budget=Budget("steps", steps), env=SHORT, options=options, compare=False
    )
    return replace(base, **settings)


def run(out: Path, agent: str = "ppo", *, callbacks: Any = (), **settings: Any) -> qrl.Run:
    chosen = config(agent, **settings)
    return Search(qrl.get_task(chosen.task), chosen, out, callbacks=tuple(callbacks)).start()


def rows(folder: Path, name: str = "evaluations.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Read the events as TensorBoard itself does."""
    events = EventAccumulator(str(folder / "tensorboard"), size_guidance={"scalars": 0})
    events.Reload()
    names = events.Tags()["scalars"]
    return {name: [(e.step, e.value) for e in events.Scalars(name)] for name in names}


def timeless(data: dict[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in data.items() if not n.startswith(("time/", "search/seconds"))}


# -- evaluations -------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize(
    "env", [SHORT, replace(SHORT, shots=300, max_gradients=5)], ids=["exact", "shots"]
)
def test_evaluations_change_nothing(tmp_path: Path, agent: str, env: EnvConfig) -> None:
    steps = 500 if env.shots == 0 else 300
    with_them, without = (
        run(tmp_path / str(every), agent, env=env, steps=steps, evaluate_every=every)
        for every in (60, 0)
    )
    assert len(rows(with_them.path)) > 2
    assert not (without.path / "evaluations.jsonl").exists()
    one, other = found(with_them.path), found(without.path)
    for part in (one, other):
        del part["evaluations"]
        part["config"] = part["config"].replace("evaluate_every = 60", "evaluate_every = 0")
        part["result"].get("config", {}).pop("evaluate_every", None)
    assert one == other
    assert one["policy"]
    logs = [[timeless(row) for row in rows(r.path, "metrics.jsonl")] for r in (with_them, without)]
    assert logs[0] == logs[1]


@pytest.mark.parametrize(("agent", "rollout"), [("ppo", 128), ("dqn", 8), ("alphazero", 8)])
@pytest.mark.parametrize("every", [1, 100, 128, 200, 5000])
def test_rows_come_with_the_first_rollout_after_each_multiple(
    tmp_path: Path, agent: str, rollout: int, every: int
) -> None:
    budget = 400
    folder = run(tmp_path / "run", agent, steps=budget, evaluate_every=every).path
    wanted = {math.ceil(m / rollout) * rollout for m in range(0, budget, every)}
    seen = rows(folder)
    assert [row["env_steps"] for row in seen] == sorted(at for at in wanted if at < budget)
    assert {row["episodes"] for row in seen} == {1}
    assert [row["evaluations"] for row in seen] == sorted(row["evaluations"] for row in seen)


@KINDS
def test_a_row_tells_what_the_policy_builds(tmp_path: Path, agent: str) -> None:
    trained = run(tmp_path / "a", agent, steps=300).path
    policy = read_policy(trained)
    next_run = qrl.search(
        TASK, policy=trained, steps=8, evaluate_every=1, out=tmp_path / "b", compare=False
    )
    row, built = rows(next_run.path)[0], policy.build(TFIM)
    assert TFIM.reference is not None
    assert row["cost"] == built.cost[0]
    assert row["error"] == pytest.approx(built.cost[0] - TFIM.reference, abs=1e-12)
    assert (row["cnots"], row["depth"]) == (built.cnots[0], built.depth[0])
    assert row["return"] == pytest.approx(built.returns[0], abs=1e-9)
    assert (row["env_steps"], row["evaluations"], row["episodes"]) == (0, 1, 1)


def test_under_shots_eight_episodes_are_averaged(tmp_path: Path) -> None:
    env = replace(SHORT, shots=100, max_gradients=5)
    seen = rows(run(tmp_path / "run", env=env, steps=300, evaluate_every=128).path)
    assert [row["episodes"] for row in seen] == [8, 8, 8]
    # Each evaluation draws its own shots.
    assert len({row["cost"] for row in seen}) == 3


def test_the_whole_problem_is_evaluated(tmp_path: Path) -> None:
    easy = replace(SHORT, curriculum="fixed:100.0", halting="negative-binomial:1,0.9,1,6")
    plain, short = (
        rows(run(tmp_path / name, env=env, steps=1, evaluate_every=1).path)[0]
        for name, env in (("plain", SHORT), ("short", easy))
    )
    for name in ("cost", "cnots", "depth"):
        assert short[name] == plain[name]


def test_the_clock_stands_and_nothing_is_kept_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = 0.4
    episodes = rl.greedy_episodes

    def slow(*arguments: Any) -> Greedy:
        time.sleep(slept)
        return episodes(*arguments)

    monkeypatch.setattr(rl, "greedy_episodes", slow)
    began = time.perf_counter()
    done = run(tmp_path / "run", steps=400, evaluate_every=128)
    wall = time.perf_counter() - began
    assert len(rows(done.path)) == 4
    assert done.result["seconds"] < wall - 4 * slept
    assert done.result["env_steps"] == 400


def test_a_task_without_a_known_answer_has_no_error(tmp_path: Path) -> None:
    unknown = Task("unknown", Expectation(PauliSum(("ZZ", "XI"), (1.0, 0.5))))
    done = qrl.search(
        unknown, agent="ppo", options=SMALL["ppo"], steps=200, evaluate_every=100,
        out=tmp_path / "run", compare=False, max_gates=4,
    )  # fmt: skip
    assert [row["error"] for row in rows(done.path)] == [None, None]
    assert "evaluation/error" not in scalars(done.path)
    assert "evaluation/cost" in scalars(done.path)


# -- logs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("agent", AGENTS)
def test_every_agent_leaves_a_log_that_tensorboard_reads(tmp_path: Path, agent: str) -> None:
    options: dict[str, Any] = {"num_envs": 8, "hidden": 16}
    if agent in ("ppo", "a2c", "a3c", "tppo", "trpo"):
        options["n_steps"] = 16
    if agent in ("ppo", "tppo"):
        options["batch_size"] = 32
    done = run(tmp_path / "run", agent, options=options, steps=600, evaluate_every=200)
    written, seen = rows(done.path, "metrics.jsonl"), scalars(done.path)
    last = written[-1]
    assert last["step"] == done.result["env_steps"] >= 600
    assert [row["step"] for row in written] == sorted({row["step"] for row in written})
    found_by = {row["step"]: row for row in written}
    for name, values in seen.items():
        if name.startswith("evaluation/"):
            continue
        assert [step for step, _ in values] == [s for s, row in found_by.items() if name in row]
        for step, value in values:
            assert value == np.float32(found_by[step][name])
    assert {"search/lowest_cost", "search/lowest_error", "search/evaluations"} <= set(seen)
    shown = rows(done.path)
    for part in ("return", "cost", "error", "cnots", "depth"):
        wanted = [(row["env_steps"], float(np.float32(row[part]))) for row in shown]
        assert seen[f"evaluation/{part}"] == wanted
    costs = [value for _, value in seen["search/lowest_cost"]]
    assert costs == sorted(costs, reverse=True)


class Crash(BaseException):
    """What ends a search in the middle, as a lost machine would."""


@pytest.mark.parametrize("agent", ["ppo", "a2c", "a3c", "dqn", "alphazero"])
def test_a_resumed_log_is_that_of_a_run_left_alone(tmp_path: Path, agent: str) -> None:
    chosen = config(agent, evaluate_every=150)
    Search(TFIM, chosen, tmp_path / "whole").start()

    def watch(recorder: Recorder) -> None:
        if recorder is work.recorder:
            if recorder.ledger.env_steps < 400:  # what follows the last one is written again
                work.folder.checkpoints = Checkpoints(work.out / "checkpoint", 0.0)
            else:
                work.folder.checkpoints = Checkpoints(work.out / "checkpoint", 1e6)
            if recorder.ledger.env_steps >= 700:
                raise Crash

    work = Search(TFIM, chosen, tmp_path / "killed", (watch,))
    with pytest.raises(Crash):
        work.start()
    qrl.resume(work.out)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert len(list((killed / "tensorboard").iterdir())) == 2
    assert timeless(scalars(killed)) == timeless(scalars(whole))
    lines = [[timeless(row) for row in rows(f, "metrics.jsonl")] for f in (killed, whole)]
    assert lines[0] == lines[1]
    assert found(killed) == found(whole)


@KINDS
def test_nothing_is_left_in_the_systems_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: str
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert tempfile.gettempdir() == str(temporary)
    done = run(tmp_path / "run", agent, steps=300, evaluate_every=100)
    read_policy(done.path).build(TFIM)
    assert list(temporary.iterdir()) == []


# -- callbacks ---------------------------------------------------------------------------------


class Count(BaseCallback):
    """Counts its calls, and ends training after some."""

    def __init__(self, most: int = 10**9) -> None:
        super().__init__()
        self.most, self.steps, self.begun, self.ended = most, 0, 0, 0

    def _on_training_start(self) -> None:
        self.begun += 1

    def _on_step(self) -> bool:
        self.steps += 1
        self.logger.record("mine/steps", self.steps)
        return self.steps < self.most

    def _on_training_end(self) -> None:
        self.ended += 1


@KINDS
def test_callbacks_are_called_and_may_end_training(tmp_path: Path, agent: str) -> None:
    free, stopping = Count(), Count(most=20)
    run(tmp_path / "free", agent, steps=320, callbacks=[free])
    assert (free.begun, free.steps, free.ended) == (1, 40, 1)
    done = run(tmp_path / "stopped", agent, steps=320, callbacks=[stopping])
    assert (stopping.begun, stopping.steps, stopping.ended) == (1, 20, 1)
    assert done.status == "done"
    assert done.result["env_steps"] == 160
    assert rows(done.path, "metrics.jsonl")[-1]["mine/steps"] == 20


@KINDS
def test_stop_training_ends_a_search(tmp_path: Path, agent: str) -> None:
    stops = [StopTraining(evaluations=900), StopTraining(seconds=100.0)]
    done = run(tmp_path / "run", agent, steps=10**6, callbacks=stops)
    assert done.result["env_steps"] < 10**5
    # The start was evaluated before training; the front is tidied after it.
    assert 900 <= stops[0].spent < done.result["evaluations"]
    assert stops[1].spent == stops[0].spent
    assert len(done.trace) > 1


@pytest.mark.parametrize("callbacks", [[lambda a, b: True], [None], "x", 3, StopTraining])
def test_what_is_no_callback_is_refused(tmp_path: Path, callbacks: Any) -> None:
    out = tmp_path / "run"
    if callbacks is StopTraining:
        callbacks = [StopTraining]  # the class in place of one of its kind
    with pytest.raises(InputError, match=r"callbacks must be a list of callbacks.*got"):
        qrl.search(TASK, steps=1, out=out, callbacks=callbacks)
    assert not out.exists()


def test_one_callback_needs_no_list(tmp_path: Path) -> None:
    count: Any = Count()
    qrl.search(TASK, agent="ppo", steps=16, out=tmp_path / "run", callbacks=count, compare=False)
    assert count.steps == 1


@pytest.mark.parametrize(
    ("what", "settings"),
    [("callbacks", {"callbacks": [Count()]}), ("evaluate_every", {"evaluate_every": 5})],
)
def test_only_agents_train(tmp_path: Path, what: str, settings: dict[str, Any]) -> None:
    out = tmp_path / "run"
    with pytest.raises(InputError, match=rf"{what} is for agents that learn .*'random' does not"):
        qrl.search(TASK, agent="random", steps=1, out=out, **settings)
    assert not out.exists()


# -- ends before the budget --------------------------------------------------------------------


@pytest.mark.parametrize("agent", ["ppo", "dqn", "alphazero", "random"])
def test_a_search_stops_with_the_first_circuit_at_the_error(tmp_path: Path, agent: str) -> None:
    errors: list[float] = []
    assert TFIM.reference is not None
    reference, enough = TFIM.reference, 0.1

    def watch(recorder: Recorder) -> None:
        errors.append(recorder.archive.lowest_cost - reference)

    options = SMALL.get(agent, {"num_envs": 8})
    chosen = config(agent, steps=20_000, options=options, stop_at=enough)
    done = Search(
        TFIM, replace(chosen, env=EnvConfig(max_gates=9)), tmp_path / "run", (watch,)
    ).start()
    assert done.status == "done"
    assert errors[-1] <= enough
    assert all(error > enough for error in errors[:-1])
    assert done.result["env_steps"] == 8 * len(errors) < 20_000


def test_a_search_stops_at_the_tasks_own_error(tmp_path: Path) -> None:
    task = replace(TFIM, target_error=0.1)
    ends = {}
    for stop_at in ("target", "never"):
        done = qrl.search(
            task, agent="random", steps=3000, stop_at=stop_at, out=tmp_path / stop_at,
            compare=False, max_gates=9,
        )  # fmt: skip
        ends[stop_at] = done.result["env_steps"]
        assert done.result["cost"] - TFIM.reference <= 0.1
    assert ends["target"] < ends["never"]
    assert ends["never"] >= 3000


@pytest.mark.parametrize("agent", ["ppo", "dqn", "alphazero", "random", "anneal", "beam"])
def test_a_start_that_is_good_enough_is_all(tmp_path: Path, agent: str) -> None:
    done = qrl.search(TASK, agent=agent, steps=5000, stop_at=1e6, out=tmp_path / "run")
    assert done.status == "done"
    assert done.result["env_steps"] <= 64  # some look at a first batch
    assert done.verify()


@pytest.mark.parametrize(
    ("stop_at", "message"),
    [
        (-0.1, r"stop_at \(an error, \"target\" or \"never\"\) must be .* at least 0.0; got -0.1"),
        (math.nan, "stop_at .* must be a finite number .*; got nan"),
        (math.inf, "stop_at .* must be a finite number"),
        ("soon", "stop_at .* must be a finite number .*; got 'soon'"),
        ("", "stop_at"),
        (True, "stop_at"),
        ([0.1], "stop_at"),
        (np.array([0.1, 0.2]), "stop_at"),
        (None, "stop_at"),
    ],
)
def test_errors_that_are_none(tmp_path: Path, stop_at: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        qrl.search(TASK, steps=1, stop_at=stop_at, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("stop_at", ["target", 0.5])
def test_an_error_needs_a_known_answer(tmp_path: Path, stop_at: Any) -> None:
    unknown = Task("unknown", Expectation(PauliSum(("ZZ", "XI"), (1.0, 0.5))))
    with pytest.raises(
        InputError, match=r"needs a task whose exact answer is known.*unknown is not"
    ):
        qrl.search(unknown, steps=1, stop_at=stop_at, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("every", [-1, 1.5, "often", True])
def test_steps_between_evaluations_are_whole(tmp_path: Path, every: Any) -> None:
    with pytest.raises(InputError, match="evaluate_every must be a whole number of at least 0"):
        qrl.search(TASK, steps=1, evaluate_every=every, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    done = qrl.search(
        TASK, agent="ppo", steps=200, options=SMALL["ppo"], evaluate_every=np.int64(100),  # type: ignore[arg-type]
        stop_at=np.float32(0.25), out=tmp_path / "run", compare=False,
    )  # fmt: skip
    kept = (done.path / "config.toml").read_text()
    assert "evaluate_every = 100\n" in kept
    assert "stop_at = 0.25\n" in kept
