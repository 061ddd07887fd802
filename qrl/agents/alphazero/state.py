"""What an AlphaZero agent must keep to go on identically, as plain data and arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from qrl.agents.alphazero.agent import AlphaZero


def agent_state(model: AlphaZero) -> dict[str, Any]:
    """Return all that an agent between two batches needs to go on.

    The environment's own state (`CircuitVecEnv.state`) is kept apart. No global generator is used.
    """
    optimizer = model.optimizer.state_dict()["state"]
    return {
        "network": {name: _array(part) for name, part in model.policy.state_dict().items()},
        "optimizer": {
            str(index): {name: _array(part) for name, part in moments.items()}
            for index, moments in optimizer.items()
        },
        "replay": model.replay.state(),
        "games": model.games.state(),
        "rng": model.rng.bit_generator.state,
        "counters": {
            "num_timesteps": model.num_timesteps,
            "updates": model.updates,
            "owed": model.owed,
            "begun": model.begun,
        },
    }


def restore_agent(model: AlphaZero, state: dict[str, Any]) -> None:
    """Put back what `agent_state` returned into an agent with the same options and environment.

    Raises:
        KeyError: parts are missing.
        RuntimeError, ValueError, IndexError: parts have other shapes.
    """
    model.policy.load_state_dict(_tensors(state["network"]))
    optimizer = model.optimizer.state_dict()
    optimizer["state"] = {int(k): _tensors(part) for k, part in state["optimizer"].items()}
    model.optimizer.load_state_dict(optimizer)
    model.replay.restore(state["replay"])
    model.games.restore(state["games"])
    model.rng.bit_generator.state = state["rng"]
    counters = state["counters"]
    model.num_timesteps, model.updates = counters["num_timesteps"], counters["updates"]
    model.owed, model.begun = counters["owed"], counters["begun"]


def _array(tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    copied: np.ndarray[Any, Any] = tensor.detach().numpy().copy()
    return copied


def _tensors(arrays: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(np.asarray(array)) for name, array in arrays.items()}
