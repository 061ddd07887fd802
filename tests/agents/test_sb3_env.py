"""The vector environment as stable-baselines3 and sb3-contrib step it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecMonitor

from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.circuits import Expectation, PauliSum
from qrl.env import EnvConfig
from qrl.env.vector import CircuitVecEnv
from qrl.tasks import Task, get_task

H2 = get_task("vqe/h2-4q")
Z = Task("z", Expectation(PauliSum(("Z",), (1.0,))), reference=-1.0)
SMALL: dict[str, Any] = {"n_steps": 32, "batch_size": 32, "n_epochs": 2, "device": "cpu", "seed": 0}
NET = {"net_arch": [16]}


class Recording(CircuitVecEnv):
    """Keeps, of each action taken, whether it was legal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was_legal: list[bool] = []

    def step(self, actions: Any) -> Any:
        self.was_legal += self.action_masks()[np.arange(self.num_envs), actions].tolist()
        return super().step(actions)


# One qubit and two rotations: half of all moves are illegal after the first.
NARROW = EnvConfig(gates="rx,ry", max_gates=8)


def test_a_masked_agent_takes_no_illegal_action() -> None:
    vector = Recording(Z, NARROW, num_envs=4)
    agent = MaskablePPO("MlpPolicy", SB3CircuitEnv(vector), policy_kwargs=NET, **SMALL)
    agent.learn(512)
    assert len(vector.was_legal) == 512
    assert all(vector.was_legal)


def test_an_agent_without_masks_does() -> None:
    """The test above would see it."""
    vector = Recording(Z, NARROW, num_envs=4)
    PPO("MlpPolicy", SB3CircuitEnv(vector), policy_kwargs=NET, **SMALL).learn(128)
    assert 0.2 < np.mean(vector.was_legal) < 0.9


def test_masks_are_those_of_the_current_circuits() -> None:
    env = SB3CircuitEnv(CircuitVecEnv(H2, EnvConfig(max_gates=6), num_envs=3))
    env.reset()
    assert is_masking_supported(env)
    rng = np.random.default_rng(1)
    for _ in range(15):
        masks = get_action_masks(env)
        assert masks.shape == (3, 24)
        assert np.array_equal(masks, env.vector.build.legal())
        env.step(rng.integers(24, size=3))


def test_a_trained_agent_predicts_within_the_mask() -> None:
    env = SB3CircuitEnv(CircuitVecEnv(Z, NARROW, num_envs=2))
    agent = MaskablePPO("MlpPolicy", env, policy_kwargs=NET, **SMALL)
    observations = env.reset()
    for _ in range(20):
        masks = get_action_masks(env)
        actions, _ = agent.predict(observations, action_masks=masks)
        assert masks[np.arange(2), actions].all()
        observations, _, _, _ = env.step(actions)


def test_steps_are_those_of_the_vector_environment() -> None:
    config = EnvConfig(max_gates=5, observation="tensor")
    env = SB3CircuitEnv(CircuitVecEnv(H2, config, num_envs=2))
    twin = CircuitVecEnv(H2, config, num_envs=2)
    assert np.array_equal(env.reset(), twin.reset()[0])
    rng = np.random.default_rng(2)
    for step in range(1, 12):
        row = rng.integers(24, size=2)
        observations, rewards, done, infos = env.step(row)
        seen, paid, terminated, truncated, info = twin.step(row)
        assert np.array_equal(observations, seen)
        assert rewards.dtype == np.float32
        np.testing.assert_allclose(rewards, paid, rtol=1e-6)
        assert np.array_equal(done, terminated | truncated)
        for k in range(2):
            assert ("terminal_observation" in infos[k]) == bool(done[k]) == (step % 5 == 0)
            if done[k]:
                assert np.array_equal(infos[k]["terminal_observation"], info["final_obs"][k])
                assert not np.array_equal(infos[k]["terminal_observation"], observations[k])


def test_the_length_is_part_of_the_problem_and_nothing_is_bootstrapped_beyond() -> None:
    env = SB3CircuitEnv(CircuitVecEnv(Z, EnvConfig(gates="rx,ry", max_gates=2), num_envs=1))
    env.reset()
    env.step(np.array([0]))
    _, rewards, done, infos = env.step(np.array([1]))
    assert done.tolist() == [True]
    assert rewards.tolist() == [-5.0]
    assert not infos[0].get("TimeLimit.truncated", False)


def test_only_the_finished_circuit_is_reported_as_such() -> None:
    config = EnvConfig(gates="ry,rz", minimum="reference")
    env = SB3CircuitEnv(CircuitVecEnv(Z, config, num_envs=2))
    env.reset()
    observations, rewards, done, infos = env.step(np.array([0, 1]))
    assert done.tolist() == [True, False]
    assert rewards.tolist() == [5.0, 0.0]
    assert [sorted(info) for info in infos] == [
        ["episode", "final_mask", "terminal_observation"],
        [],
    ]
    assert infos[0]["episode"] == {"r": 5.0, "l": 1}
    assert np.array_equal(observations[0], env.reset()[0])


def test_a_monitor_counts_returns_and_lengths() -> None:
    env = VecMonitor(SB3CircuitEnv(CircuitVecEnv(H2, EnvConfig(max_gates=4), num_envs=2)))
    env.reset()
    rng = np.random.default_rng(3)
    total = np.zeros(2)
    for _ in range(4):
        _, rewards, _, infos = env.step(rng.integers(24, size=2))
        total += rewards
    for k in range(2):
        assert infos[k]["episode"]["l"] == 4
        assert infos[k]["episode"]["r"] == pytest.approx(total[k], abs=1e-5)


def test_attributes_and_methods_reach_the_vector_environment() -> None:
    env = SB3CircuitEnv(CircuitVecEnv(H2, num_envs=3))
    assert env.num_envs == 3
    assert env.observation_space == env.vector.single_observation_space
    assert env.action_space == env.vector.single_action_space
    assert env.get_attr("task") == [H2, H2, H2]
    assert env.get_attr("task", indices=[1]) == [H2]
    assert env.has_attr("action_masks")
    assert not env.has_attr("no_such_attribute")
    assert len(env.env_method("action_masks", indices=[0, 2])) == 2
    env.set_attr("remark", 5)
    assert env.get_attr("remark") == [5, 5, 5]
    assert env.env_is_wrapped(VecMonitor) == [False, False, False]


def test_training_is_reproducible() -> None:
    weights = []
    for seed in (0, 0, 1):
        env = SB3CircuitEnv(CircuitVecEnv(Z, NARROW, num_envs=2))
        agent = MaskablePPO("MlpPolicy", env, policy_kwargs=NET, **{**SMALL, "seed": seed})
        agent.learn(128)
        weights.append(
            np.concatenate([p.detach().numpy().ravel() for p in agent.policy.parameters()])
        )
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])
