"""What the vector environment tells of finished episodes, against sums made outside of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.env import EnvConfig
from qrl.env.editing import vector_env
from qrl.env.vector import CircuitVecEnv
from qrl.search.checkpoint import pack, unpack
from qrl.tasks import get_task

H2 = get_task("vqe/h2-4q")
EDITS = EnvConfig(max_gates=4, mode="edit")
CONFIGS = {
    "plain": EnvConfig(max_gates=5),
    "shaped": EnvConfig(max_gates=5, reward="staircase", shaping="cost"),
    "lengths": EnvConfig(max_gates=9, halting="negative-binomial:3,0.5,2,9"),
    "goal": EnvConfig(max_gates=9, gates="cx,ry", start="zero", curriculum="fixed:-0.5"),
    "easier first": EnvConfig(
        max_gates=6,
        problems="vqe/h2-4q-2.63",
        problem_episodes=7,
        halting="negative-binomial:3,0.5,2,6",
    ),
}


class Sums:
    """Adds up rewards and steps of each circuit."""

    def __init__(self, env: CircuitVecEnv, seed: int) -> None:
        self.env, self.rng = env, np.random.default_rng(seed)
        self.total, self.steps = np.zeros(env.num_envs), np.zeros(env.num_envs, dtype=int)
        self.told: list[tuple[float, int]] = []
        self.mask = env.reset(seed=seed)[1]["action_mask"]

    def step(self) -> None:
        chosen = [self.rng.choice(np.flatnonzero(row)) for row in self.mask]
        _, rewards, terminated, truncated, info = self.env.step(np.array(chosen))
        self.mask = info["action_mask"]
        self.total += rewards
        self.steps += 1
        done = terminated | truncated
        assert ("final_return" in info) == ("final_steps" in info) == bool(done.any())
        if not done.any():
            return
        assert np.array_equal(info["_final_return"], done)
        assert np.array_equal(info["_final_steps"], done)
        np.testing.assert_allclose(info["final_return"][done], self.total[done], atol=1e-12)
        assert info["final_steps"][done].tolist() == self.steps[done].tolist()
        self.told += zip(self.total[done].tolist(), self.steps[done].tolist(), strict=True)
        self.total[done], self.steps[done] = 0.0, 0


@pytest.mark.parametrize("name", CONFIGS)
def test_returns_and_lengths_are_those_added_up_outside(name: str) -> None:
    sums = Sums(vector_env(H2, CONFIGS[name], num_envs=4), 3)
    for _ in range(40):
        sums.step()
    assert len(sums.told) > 10
    returns, lengths = zip(*sums.told, strict=True)
    assert len(set(returns)) > 1
    assert (len(set(lengths)) > 1) == (name in ("lengths", "goal", "easier first"))


def test_edited_circuits_tell_their_sums_too() -> None:
    sums = Sums(vector_env(H2, EDITS, num_envs=4), 3)
    for _ in range(40):
        sums.step()
    assert len(set(sums.told)) > 3


def test_a_reset_forgets_what_was_under_way() -> None:
    env = CircuitVecEnv(H2, CONFIGS["plain"], num_envs=2)
    sums = Sums(env, 1)
    for seed in (None, 4):
        for _ in range(3):
            sums.step()
        sums.mask = env.reset(seed=seed)[1]["action_mask"]
        sums.total[...], sums.steps[...] = 0.0, 0
        for _ in range(5):
            sums.step()
    assert [steps for _, steps in sums.told] == [5] * 4


def test_sums_go_on_from_a_checkpoint() -> None:
    env = CircuitVecEnv(H2, CONFIGS["shaped"], num_envs=3)
    sums = Sums(env, 2)
    for _ in range(3):
        sums.step()
    other = CircuitVecEnv(H2, CONFIGS["shaped"], num_envs=3)
    other.reset()
    other.restore(unpack(pack(env.state())))
    sums.env, sums.mask = other, other.action_masks()
    for _ in range(12):
        sums.step()
    assert len(sums.told) == 9


def test_agents_are_told_of_episodes_as_a_monitor_tells() -> None:
    env = SB3CircuitEnv(CircuitVecEnv(H2, CONFIGS["lengths"], num_envs=3))
    env.reset()
    rng = np.random.default_rng(6)
    total, steps = np.zeros(3), np.zeros(3, dtype=int)
    told: list[Any] = []
    for _ in range(30):
        _, rewards, done, infos = env.step(rng.integers(24, size=3))
        total += rewards
        steps += 1
        for k in range(3):
            assert ("episode" in infos[k]) == bool(done[k])
            if done[k]:
                episode = infos[k]["episode"]
                assert episode == {"r": pytest.approx(total[k], abs=1e-5), "l": steps[k]}
                told.append(episode["l"])
                total[k], steps[k] = 0.0, 0
    assert len(set(told)) > 1
