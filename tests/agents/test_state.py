"""What agents keep to go on identically."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from agents.on_policy_laws import H2, SMALL, goes_on_to_the_bit
from stable_baselines3.common.vec_env import VecMonitor

from qrl.agents.ppo import PPOOptions, make_ppo
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.agents.state import agent_state, generator_state, restore_agent, restore_generators
from qrl.env.vector import CircuitVecEnv
from qrl.search.checkpoint import pack, unpack

TINY = PPOOptions(num_envs=4, n_steps=16, batch_size=32, hidden=8)


def ppo(options: PPOOptions = TINY) -> Any:
    env: Any = VecMonitor(SB3CircuitEnv(CircuitVecEnv(H2, SMALL, options.num_envs)))
    return make_ppo(env, options, 0)


def test_ppo_goes_on_to_the_bit() -> None:
    goes_on_to_the_bit(make_ppo, TINY)


def test_the_generators_are_put_back() -> None:
    def draw() -> list[float]:
        return [random.random(), random.gauss(), np.random.normal(), float(torch.randn(()))]

    draw()  # both gauss functions keep a second number for the next call
    state = unpack(pack(generator_state()))
    first = draw()
    assert draw() != first
    restore_generators(state)
    assert draw() == first


def test_returns_of_the_last_episodes_are_kept() -> None:
    model = ppo().learn(128)
    other = ppo().learn(64)
    restore_agent(other, unpack(pack(agent_state(model))))
    assert len(model.ep_info_buffer) == 20
    assert [row["r"] for row in other.ep_info_buffer] == [row["r"] for row in model.ep_info_buffer]
    assert other.ep_info_buffer.maxlen == 100


def test_a_state_is_a_copy() -> None:
    model = ppo().learn(64)
    state = agent_state(model)
    before = pack(state)
    model.learn(64, reset_num_timesteps=False)
    assert pack(state) == before
    restore_agent(model, state)
    model.learn(64, reset_num_timesteps=False)
    assert pack(state) == before


def test_a_state_of_another_network_is_refused() -> None:
    state = agent_state(ppo().learn(64))
    wider = PPOOptions(num_envs=4, n_steps=16, batch_size=32, hidden=9)
    with pytest.raises(RuntimeError, match="size mismatch"):
        restore_agent(ppo(wider), state)
