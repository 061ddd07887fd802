"""All that deep Q-learning needs to go on to the bit."""

from __future__ import annotations

import io
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from qrl.agents.state import recent_episodes

if TYPE_CHECKING:
    from qrl.agents.dqn.agent import MaskedDQN


def agent_state(model: MaskedDQN) -> dict[str, Any]:
    """Return nested dicts of arrays, bytes and plain data, between two rollouts.

    Networks, optimiser, counters (exploration and importance follow from them), the one generator that
    training draws from, the filled part of the replay, priorities, and what the environments showed
    last. The global generators of torch and NumPy are not drawn from once the agent is built.
    """
    assert model.learner is not None, "an agent without an environment has no state"
    buffer = io.BytesIO()
    parts = {"policy": model.policy.state_dict(), "optimizer": model.policy.optimizer.state_dict()}
    torch.save(parts, buffer)
    return {
        "parameters": buffer.getvalue(),
        "num_timesteps": model.num_timesteps,
        "episodes": model._episode_num,
        "rng": model.rng.bit_generator.state,
        "learner": model.learner.state(),
        "last_obs": np.array(model._last_obs),
        "recent": recent_episodes(model.ep_info_buffer),
    }


def restore_agent(model: MaskedDQN, state: dict[str, Any]) -> None:
    """Put back what `agent_state` returned into an agent with the same options and environments.

    Training then goes on with `learn(..., reset_num_timesteps=False)`.
    """
    assert model.learner is not None, "an agent without an environment cannot go on"
    file = io.BytesIO(bytes(state["parameters"]))
    parts = torch.load(file, map_location=model.device, weights_only=True)
    model.policy.load_state_dict(parts["policy"])
    model.policy.optimizer.load_state_dict(parts["optimizer"])
    model.num_timesteps = int(state["num_timesteps"])
    model._episode_num = int(state["episodes"])
    model.rng.bit_generator.state = state["rng"]
    model.learner.restore(state["learner"])
    model._n_updates = model.learner.n_updates
    model._last_obs = np.array(state["last_obs"])
    recent = (dict(row) for row in state["recent"])
    model.ep_info_buffer = deque(recent, maxlen=model._stats_window_size)
    model.ep_success_buffer = deque(maxlen=model._stats_window_size)  # nothing here tells successes
    model._rows, model._legal = model.learner.replay.newest()
