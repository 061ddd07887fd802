"""Advantage actor-critic with action masks, synchronous."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch

from qrl.agents.making import build
from qrl.agents.on_policy import (
    MaskedOnPolicy,
    OnPolicyOptions,
    Rollout,
    clipped_step,
    note,
    read_rollout,
)

if TYPE_CHECKING:
    from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy

    from qrl.agents.sb3_env import SB3CircuitEnv

RMS_PROP: dict[str, Any] = {
    "optimizer_class": torch.optim.RMSprop,
    "optimizer_kwargs": {"alpha": 0.99, "eps": 1e-5},
}
"""The optimiser of Mnih et al., section 4 (its decay of squared gradients is alpha)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class A2COptions(OnPolicyOptions):
    """Settings of A2C (Mnih et al., arXiv 1602.01783, algorithm S3, with workers in step).

    The paper takes 5 steps and an entropy bonus of 0.01, with which fewer seeds learn small circuits.

    Attributes:
        ent_coef: weight of the entropy bonus.
        vf_coef: weight of the value's squared error.
        max_grad_norm: norm to which gradients are cut.
    """

    n_steps: int = 16
    learning_rate: float = 2e-3
    gae_lambda: float = 1.0
    ent_coef: float = 0.03
    vf_coef: float = 0.5
    max_grad_norm: float = 0.5

    agent: ClassVar[str] = "A2C"


class MaskedA2C(MaskedOnPolicy):
    """One step of RMSProp along the policy gradient of each rollout, seen once and then forgotten."""

    log_every: ClassVar[int] = 100

    def __init__(
        self,
        policy: str | type[MaskableActorCriticPolicy],
        env: Any,
        *,
        n_steps: int = 5,
        learning_rate: Any = 7e-4,
        gae_lambda: float = 1.0,
        policy_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            policy,
            env,
            n_steps=n_steps,
            learning_rate=learning_rate,
            gae_lambda=gae_lambda,
            policy_kwargs={**RMS_PROP, **(policy_kwargs or {})},
            **kwargs,
        )

    def train(self) -> None:
        """Take one step along the gradient of the whole rollout."""
        self._begin_update()
        numbers: dict[str, list[float]] = {}
        rollout = read_rollout(self.rollout_buffer)
        loss = actor_critic_loss(self.policy, rollout, self.ent_coef, self.vf_coef, numbers)
        self.policy.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        clipped_step(self.policy.optimizer, self.policy.parameters(), self.max_grad_norm)
        self._end_update(1, numbers)


def actor_critic_loss(
    policy: MaskableActorCriticPolicy,
    rollout: Rollout,
    ent_coef: float,
    vf_coef: float,
    numbers: dict[str, list[float]],
) -> torch.Tensor:
    """Return -mean(A log pi) + vf_coef mean((R - V)^2) - ent_coef mean(H).

    Mnih et al., arXiv 1602.01783, algorithm S3 and section 4; policy and entropy are those of the legal
    actions. Advantages are taken as they are, as in the paper.
    """
    values, log_prob, entropy = policy.evaluate_actions(
        rollout.observations, rollout.actions, action_masks=rollout.masks
    )
    assert entropy is not None
    policy_loss = -(rollout.advantages * log_prob).mean()
    value_loss = torch.nn.functional.mse_loss(values.flatten(), rollout.returns)
    entropy_loss = -entropy.mean()
    note(numbers, policy_loss=policy_loss, value_loss=value_loss, entropy_loss=entropy_loss)
    return policy_loss + vf_coef * value_loss + ent_coef * entropy_loss


def make_a2c(env: SB3CircuitEnv, options: A2COptions, seed: int) -> MaskedA2C:
    """Build the agent from its settings."""
    return build(MaskedA2C, env, options, seed)
