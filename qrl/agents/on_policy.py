"""What the on-policy agents beside PPO share: options, whole rollouts, masked distributions."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, cast

import numpy as np
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3.common.utils import explained_variance

from qrl.checks import real_number, whole_number
from qrl.env.config import MOST_ENVS
from qrl.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from sb3_contrib.common.maskable.buffers import MaskableRolloutBuffer
    from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
    from stable_baselines3.common.type_aliases import MaybeCallback

RANGES: dict[str, tuple[float, float]] = {
    "num_envs": (1, MOST_ENVS),
    "n_steps": (1, 100_000),
    "batch_size": (2, 1_000_000),
    "n_epochs": (1, 1000),
    "learning_rate": (1e-12, 10.0),
    "gamma": (0.0, 1.0),
    "gae_lambda": (0.0, 1.0),
    "ent_coef": (0.0, 100.0),
    "vf_coef": (0.0, 100.0),
    "max_grad_norm": (1e-6, 1e6),
    "hidden": (1, 8192),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPolicyOptions:
    """Settings that every on-policy agent has.

    Attributes:
        num_envs: circuits built side by side.
        n_steps: steps of each before an update.
        learning_rate: of the optimiser.
        gamma: discount.
        gae_lambda: of generalised advantage estimation; 1 sums rewards to the end of the rollout.
        hidden: units of each of the two hidden layers.
    """

    num_envs: int = 16
    n_steps: int = 64
    learning_rate: float = 1e-3
    gamma: float = 0.99
    gae_lambda: float = 0.95
    hidden: int = 128

    agent: ClassVar[str] = "The agent"
    ranges: ClassVar[dict[str, tuple[float, float]]] = {}

    def __post_init__(self) -> None:
        ranges = {**RANGES, **self.ranges}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ranges and not (value is None and field.default is None):
                least, most = ranges[field.name]
                what = f"{self.agent}'s {field.name}"
                if isinstance(field.default, int):
                    whole_number(what, value, least=int(least), most=int(most))
                else:
                    real_number(what, value, least=least, most=most)


def check_batch(agent: str, batch_size: int, collected: int) -> None:
    """Check the size of minibatches; advantages of a single step have no deviation.

    Raises:
        InputError: more than was collected, or a single step is left over.
    """
    if batch_size > collected or collected % batch_size == 1:
        raise InputError(
            f"{agent}'s batch_size must be at most num_envs * n_steps = {collected} and may not leave "
            f"a single step over; got {batch_size}."
        )


class Rollout(NamedTuple):
    """Steps in the order of time, those of all circuits at one time side by side."""

    observations: torch.Tensor
    """(steps, observation)"""
    actions: torch.Tensor
    """(steps,)"""
    masks: torch.Tensor
    """(steps, actions), true where legal"""
    old_log_prob: torch.Tensor
    """(steps,), of the action when it was taken"""
    advantages: torch.Tensor
    """(steps,)"""
    returns: torch.Tensor
    """(steps,), the target of the value"""

    def rows(self, index: NDArray[np.int64]) -> Rollout:
        """Return some of the steps."""
        chosen = torch.from_numpy(index)
        return Rollout(*(part[chosen] for part in self))


def read_rollout(buffer: MaskableRolloutBuffer, envs: slice = slice(None)) -> Rollout:
    """Return all steps of some circuits; `buffer.get` would shuffle them."""

    def flat(array: NDArray[Any]) -> torch.Tensor:
        part = array[:, envs]
        return torch.as_tensor(part.reshape(-1, *part.shape[2:]), device=buffer.device)

    return Rollout(
        flat(buffer.observations),
        flat(buffer.actions).long().flatten(),
        flat(buffer.action_masks).bool(),
        flat(buffer.log_probs),
        flat(buffer.advantages),
        flat(buffer.returns),
    )


def masked_log_probs(policy: MaskableActorCriticPolicy, rollout: Rollout) -> torch.Tensor:
    """Return the log-probabilities of all actions, shape (steps, actions).

    Those of illegal actions are large negative numbers that mean nothing.
    """
    # The policy's own hint asks for an array of NumPy; it takes either.
    masks = cast("Any", rollout.masks)
    distribution: Any = policy.get_distribution(rollout.observations, masks).distribution
    return cast("torch.Tensor", distribution.logits)


def masked_kl(old: torch.Tensor, new: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """Return D_KL(old || new) of each step over its legal actions, shape (steps,).

    Args:
        old: log-probabilities, shape (steps, actions).
        new: log-probabilities, same shape.
        masks: true where legal, same shape.
    """
    terms = torch.exp(old) * (old - new)
    return torch.where(masks, terms, torch.zeros_like(terms)).sum(dim=-1)


def normalized(advantages: torch.Tensor) -> torch.Tensor:
    """Return advantages of mean 0 and deviation 1."""
    return (advantages - advantages.mean()) / (advantages.std() + 1e-8)


class MaskedOnPolicy(MaskablePPO):
    """Collects masked rollouts as sb3-contrib's PPO does; subclasses say how to learn from them."""

    log_every: ClassVar[int] = 1
    """Updates between two lines of the log, where the caller names no other number."""

    def learn(  # type: ignore[override]  # the same arguments, with other defaults
        self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int | None = None,
        tb_log_name: str | None = None,
        reset_num_timesteps: bool = True,
        use_masking: bool = True,
        progress_bar: bool = False,
    ) -> Self:
        """Train for a number of steps; callbacks may end it earlier."""
        super().learn(
            total_timesteps,
            callback,
            log_interval=log_interval or self.log_every,
            tb_log_name=tb_log_name or type(self).__name__,
            reset_num_timesteps=reset_num_timesteps,
            use_masking=use_masking,
            progress_bar=progress_bar,
        )
        return self

    def _begin_update(self) -> None:
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)

    def _end_update(self, updates: int, numbers: dict[str, list[float]]) -> None:
        """Count the updates and log the mean of each number."""
        self._n_updates += updates
        for name, values in numbers.items():
            self.logger.record(f"train/{name}", float(np.mean(values)))
        buffer = self.rollout_buffer
        explained = explained_variance(buffer.values.flatten(), buffer.returns.flatten())
        self.logger.record("train/explained_variance", explained)
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")


def clipped_step(
    optimizer: torch.optim.Optimizer,
    parameters: Iterable[torch.nn.Parameter],
    max_grad_norm: float,
) -> None:
    """Take a step along gradients whose joint norm is cut to a maximum."""
    torch.nn.utils.clip_grad_norm_(parameters, max_grad_norm)
    optimizer.step()


def note(numbers: dict[str, list[float]], **values: torch.Tensor) -> None:
    """Append numbers for the log."""
    for name, value in values.items():
        numbers.setdefault(name, []).append(value.item())
