"""What an agent must keep to go on identically, as plain data and arrays."""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm


def agent_state(model: BaseAlgorithm) -> dict[str, Any]:
    """Return all that an agent between two rollouts needs to go on.

    `save` of stable-baselines3 keeps networks, optimisers and counters, but neither the generators that
    draw actions (torch) and shuffle minibatches (NumPy's global one) nor the last observation. Nothing
    here is pickled, so that reading a checkpoint runs no code.
    """
    return {
        "parameters": _plain(model.get_parameters()),
        "counters": {"num_timesteps": int(model.num_timesteps), "n_updates": int(model._n_updates)},
        "generators": generator_state(),
        "last_obs": np.array(model._last_obs),
        "last_starts": np.array(model._last_episode_starts),
        "episodes": recent_episodes(model.ep_info_buffer),
        "successes": [float(success) for success in model.ep_success_buffer or ()],
    }


def restore_agent(model: BaseAlgorithm, state: dict[str, Any]) -> None:
    """Put back what `agent_state` returned into an agent with the same options.

    Raises:
        ValueError: the state is that of an agent of another kind.
        RuntimeError: the networks have other shapes.
    """
    model.set_parameters(_tensors(state["parameters"]), exact_match=True, device=model.device)
    model.num_timesteps = state["counters"]["num_timesteps"]
    model._n_updates = state["counters"]["n_updates"]
    restore_generators(state["generators"])
    model._last_obs = np.array(state["last_obs"])
    model._last_episode_starts = np.array(state["last_starts"])
    kept = model._stats_window_size
    model.ep_info_buffer = deque((dict(row) for row in state["episodes"]), maxlen=kept)
    model.ep_success_buffer = deque(state["successes"], maxlen=kept)


def generator_state() -> dict[str, Any]:
    """Return the state of the global generators of torch, NumPy and Python."""
    name, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    _, python, next_gauss = random.getstate()
    return {
        "torch": torch.get_rng_state().numpy().copy(),
        "numpy": {"name": name, "keys": keys, "rest": [position, has_gauss, gauss]},
        "python": {"words": list(python), "gauss": next_gauss},
    }


def restore_generators(state: dict[str, Any]) -> None:
    """Put back what `generator_state` returned."""
    torch.set_rng_state(torch.tensor(np.asarray(state["torch"])))
    words = state["numpy"]
    np.random.set_state((words["name"], words["keys"], *words["rest"]))
    random.setstate((3, tuple(state["python"]["words"]), state["python"]["gauss"]))


def _plain(value: Any) -> Any:
    """Return a copy with arrays in place of tensors, and texts as keys."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy().copy()
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _tensors(value: Any) -> Any:
    """Undo `_plain`; optimisers count their parameters with numbers."""
    if isinstance(value, np.ndarray):
        return torch.tensor(value)
    if isinstance(value, dict):
        return {int(key) if key.isdecimal() else key: _tensors(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_tensors(part) for part in value]
    return value


def recent_episodes(buffer: deque[dict[str, Any]] | None) -> list[dict[str, float]]:
    """Return what a monitor told of the last episodes: returns, lengths, times."""
    return [{key: float(row[key]) for key in ("r", "l", "t") if key in row} for row in buffer or ()]
