"""Proximal policy optimisation with action masks, from sb3-contrib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sb3_contrib import MaskablePPO

from qrl.agents.making import build
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
    """Build the agent from its settings."""
    return build(MaskablePPO, env, options, seed)
