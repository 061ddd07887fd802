"""StopTraining with agents of stable-baselines3 and with our own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecMonitor

from qrl.agents.alphazero import AlphaZero, AlphaZeroOptions
from qrl.agents.callbacks import StopTraining
from qrl.agents.dqn import DQNOptions, MaskedDQN
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.env import EnvConfig, make_env
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks import get_task

TFIM = get_task("vqe/tfim-3q-0.5")
MANY = 10**6


class Recording(CircuitVecEnv):
    """Keeps the lowest cost and the evaluations of each step."""

    def __init__(self) -> None:
        super().__init__(TFIM, EnvConfig(max_gates=9), num_envs=4)
        self.costs: list[float] = []
        self.spent: list[int] = []

    def step(self, actions: Any) -> Any:
        row = super().step(actions)
        self.costs.append(float(row[-1]["cost"].min()))
        self.spent.append(int(row[-1]["evaluations"].sum()))
        return row


def plain_ppo(env: SB3CircuitEnv) -> Any:
    net: dict[str, Any] = {"net_arch": [16]}
    return PPO("MlpPolicy", env, n_steps=32, batch_size=32, policy_kwargs=net, device="cpu", seed=0)


def dqn(env: SB3CircuitEnv) -> Any:
    return MaskedDQN("MlpPolicy", env, DQNOptions(num_envs=4, hidden=16), seed=0)


def alphazero(env: SB3CircuitEnv) -> Any:
    return AlphaZero(env, AlphaZeroOptions(num_envs=4, simulations=4, hidden=16), seed=0)


AGENTS = pytest.mark.parametrize("make", [plain_ppo, dqn, alphazero])
Make = Callable[[SB3CircuitEnv], Any]


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain stable-baselines3 leaves a folder behind for its log."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@AGENTS
def test_training_stops_with_the_first_circuit_that_is_good_enough(make: Make) -> None:
    vector, enough = Recording(), -2.2
    stop = StopTraining(cost=enough)
    make(SB3CircuitEnv(vector)).learn(MANY, callback=stop)
    assert len(vector.costs) < MANY / 4
    assert vector.costs[-1] <= enough
    assert all(cost > enough for cost in vector.costs[:-1])
    assert len(vector.costs) > 1
    assert stop.lowest_cost == min(vector.costs)
    assert vector.on_scored is None


@AGENTS
def test_training_stops_when_evaluations_are_spent(make: Make) -> None:
    vector, allowed = Recording(), 3000
    stop = StopTraining(evaluations=allowed)
    make(SB3CircuitEnv(vector)).learn(MANY, callback=stop)
    assert stop.spent == sum(vector.spent) >= allowed > sum(vector.spent[:-1])
    assert vector.on_scored is None


@AGENTS
def test_training_stops_after_a_time(make: Make) -> None:
    vector = Recording()
    began = time.perf_counter()
    model = make(SB3CircuitEnv(vector))
    model.learn(MANY, callback=StopTraining(seconds=0.4, cost=-100.0))
    assert 0.4 <= time.perf_counter() - began < 20
    assert 0 < model.num_timesteps < MANY
    assert vector.on_scored is None


def test_training_that_ends_by_itself_leaves_no_hook() -> None:
    vector = Recording()
    plain_ppo(SB3CircuitEnv(vector)).learn(128, callback=StopTraining(evaluations=MANY))
    assert len(vector.costs) == 32
    assert vector.on_scored is None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_who_watched_before_goes_on_watching(order: tuple[int, ...]) -> None:
    vector = Recording()
    seen: list[float] = []

    def watch(build: Any) -> None:
        seen.append(float(build.cost.min()))

    vector.on_scored = watch
    stops = [StopTraining(cost=-100.0), StopTraining(evaluations=MANY), StopTraining(seconds=99)]
    env = SB3CircuitEnv(vector)
    plain_ppo(env).learn(128, callback=[stops[k] for k in order])
    assert seen == vector.costs
    assert {stop.spent for stop in stops} == {sum(vector.spent)}
    assert vector.on_scored is watch
    before = stops[0].spent
    env.reset()
    env.step(np.zeros(4, dtype=np.int64))
    assert stops[0].spent == before
    assert len(seen) == len(vector.costs)


def test_a_hook_set_during_training_stays() -> None:
    vector = Recording()

    def late(build: Any) -> None:
        pass

    class Replace(BaseCallback):
        def _on_step(self) -> bool:
            vector.on_scored = late
            return True

    plain_ppo(SB3CircuitEnv(vector)).learn(
        128, callback=[StopTraining(evaluations=MANY), Replace()]
    )
    assert vector.on_scored is late


def test_each_training_counts_anew() -> None:
    vector = Recording()
    stop = StopTraining(evaluations=500)
    model = plain_ppo(SB3CircuitEnv(vector))
    model.learn(MANY, callback=stop)
    first = len(vector.spent)
    model.learn(MANY, callback=stop)
    assert stop.spent == sum(vector.spent[first:]) >= 500 > sum(vector.spent[first:-1])


def test_a_monitor_around_the_circuits_changes_nothing() -> None:
    vector = Recording()
    stop = StopTraining(evaluations=800)
    plain_ppo(VecMonitor(SB3CircuitEnv(vector))).learn(MANY, callback=stop)  # type: ignore[arg-type]
    assert stop.spent == sum(vector.spent) >= 800 > sum(vector.spent[:-1])
    assert vector.on_scored is None


def test_other_environments_are_refused() -> None:
    env: Any = make_vec_env(lambda: make_env(TFIM, max_gates=4), n_envs=2)
    with pytest.raises(InputError, match=r"needs circuits in a SB3CircuitEnv.*got DummyVecEnv"):
        plain_ppo(env).learn(64, callback=StopTraining(seconds=1.0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs a cost, seconds or evaluations; got none"),
        ({"cost": float("nan")}, "The cost must be a finite number; got nan"),
        ({"cost": "low"}, "The cost must be a finite number; got 'low'"),
        ({"seconds": 0}, "seconds must be a finite number above 0.0; got 0"),
        ({"seconds": -1.0}, "seconds must be"),
        ({"seconds": float("inf")}, "seconds must be"),
        ({"evaluations": 0}, "evaluations must be a whole number of at least 1; got 0"),
        ({"evaluations": 2.5}, "evaluations must be a whole number"),
        ({"evaluations": True}, "evaluations must be a whole number"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        StopTraining(**settings)
