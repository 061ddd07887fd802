"""Proximal policy optimisation with action masks, from sb3-contrib."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sb3_contrib import MaskablePPO

from qrl.env.config import MOST_ENVS
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.agents.sb3_env import SB3CircuitEnv


@dataclass(frozen=True, slots=True)
class PPOOptions:
    """Settings of PPO (Schulman et al., arXiv 1707.06347).

    Attributes:
        num_envs: circuits built side by side.
        n_steps: steps of each before an update.
        batch_size: steps in a minibatch.
        n_epochs: passes over the collected steps.
        learning_rate: of Adam.
        gamma: discount.
        gae_lambda: of generalised advantage estimation.
        clip_range: of the probability ratio.
        ent_coef: weight of the entropy bonus.
        hidden: units of each of the two hidden layers.
    """

    num_envs: int = 16
    n_steps: int = 64
    batch_size: int = 256
    n_epochs: int = 4
    learning_rate: float = 1e-3
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip_range: float = 0.2
    ent_coef: float = 0.01
    hidden: int = 128

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise InputError(
                    f"PPO's {name} must be from {least:g} to {most:g}; got {getattr(self, name)!r}."
                )
        collected = self.num_envs * self.n_steps
        if self.batch_size > collected or collected % self.batch_size == 1:
            raise InputError(
                f"PPO's batch_size must be at most num_envs * n_steps = {collected} and may not leave "
                f"a single step over; got {self.batch_size}."
            )


_RANGES = {
    "num_envs": (1, MOST_ENVS),
    "n_steps": (1, 100_000),
    "batch_size": (2, 1_000_000),
    "n_epochs": (1, 1000),
    "learning_rate": (1e-12, 10.0),
    "gamma": (0.0, 1.0),
    "gae_lambda": (0.0, 1.0),
    "clip_range": (1e-6, 10.0),
    "ent_coef": (0.0, 100.0),
    "hidden": (1, 8192),
}


def make_ppo(env: SB3CircuitEnv, options: PPOOptions, seed: int) -> MaskablePPO:
    """Build the agent on the CPU, where networks this small are fastest."""
    return MaskablePPO(
        "MlpPolicy",
        env,
        n_steps=options.n_steps,
        batch_size=options.batch_size,
        n_epochs=options.n_epochs,
        learning_rate=options.learning_rate,
        gamma=options.gamma,
        gae_lambda=options.gae_lambda,
        clip_range=options.clip_range,
        ent_coef=options.ent_coef,
        policy_kwargs={"net_arch": [options.hidden, options.hidden]},
        seed=seed,
        device="cpu",
    )


def agent_state(model: MaskablePPO) -> dict[str, Any]:
    """Return all that an agent between two rollouts needs to go on identically.

    `save` of stable-baselines3 keeps networks, optimiser and counters, but neither the generators that
    draw actions (torch) and shuffle minibatches (NumPy's global one) nor the last observation.
    """
    buffer = io.BytesIO()
    model.save(buffer)
    name, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return {
        "model": buffer.getvalue(),
        "torch": torch.get_rng_state().numpy(),
        "numpy": {"name": name, "keys": keys, "rest": [position, has_gauss, gauss]},
        "python": list(random.getstate()[1]),
        "last_obs": np.asarray(model._last_obs),
        "last_starts": np.asarray(model._last_episode_starts),
    }


def restore_agent(model: MaskablePPO, state: dict[str, Any]) -> None:
    """Put back what `agent_state` returned into an agent with the same options."""
    model.set_parameters(_saved_parameters(state["model"]), exact_match=True, device="cpu")
    data = _saved_data(state["model"])
    model.num_timesteps, model._n_updates = data["num_timesteps"], data["_n_updates"]
    torch.set_rng_state(torch.from_numpy(state["torch"].copy()))
    rest = state["numpy"]["rest"]
    np.random.set_state((state["numpy"]["name"], state["numpy"]["keys"], *rest))
    random.setstate((3, tuple(state["python"]), None))
    model._last_obs = state["last_obs"].copy()
    model._last_episode_starts = state["last_starts"].copy()


def _saved_parameters(model: Any) -> Any:
    from stable_baselines3.common.save_util import load_from_zip_file

    _, parameters, _ = load_from_zip_file(io.BytesIO(bytes(model)), device="cpu")
    return parameters


def _saved_data(model: Any) -> dict[str, Any]:
    from stable_baselines3.common.save_util import load_from_zip_file

    data, _, _ = load_from_zip_file(io.BytesIO(bytes(model)), device="cpu")
    assert data is not None
    return data
