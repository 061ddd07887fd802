"""Truly proximal policy optimisation with action masks: rollback and a trust region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from qrl.agents.making import build
from qrl.agents.on_policy import (
    MaskedOnPolicy,
    OnPolicyOptions,
    Rollout,
    check_batch,
    clipped_step,
    masked_kl,
    masked_log_probs,
    normalized,
    note,
    read_rollout,
)
from qrl.errors import unknown_name

if TYPE_CHECKING:
    from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy

    from qrl.agents.sb3_env import SB3CircuitEnv

SLOPES = {"truly": 5.0, "tr-ppo-rb": 0.05, "ppo-rb": 0.3}
"""The objectives, and the slope of rollback that the authors took for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TPPOOptions(OnPolicyOptions):
    """Settings of Truly PPO (Wang, He and Tan, arXiv 1903.07940).

    Attributes:
        batch_size: steps in a minibatch.
        n_epochs: passes over the collected steps.
        objective: "truly" (outside the trust region the divergence itself is pushed back), "tr-ppo-rb"
            (there the slope of the probability ratio is turned round) or "ppo-rb" (it is turned round
            outside the clip range, without trust region).
        delta: trust region, the divergence D_KL(old || new) of one state, nats; "ppo-rb" has none.
        alpha: strength of the rollback; None for the authors' (`SLOPES`), 0 for none.
        clip_range: of the probability ratio; for "ppo-rb" alone.
        ent_coef: weight of the entropy bonus.
        vf_coef: weight of the value's squared error.
        max_grad_norm: norm to which gradients are cut.
    """

    batch_size: int = 256
    n_epochs: int = 4
    objective: str = "truly"
    delta: float = 0.03
    alpha: float | None = None
    clip_range: float = 0.2
    ent_coef: float = 0.01
    vf_coef: float = 0.5
    max_grad_norm: float = 0.5

    agent: ClassVar[str] = "Truly PPO"
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "delta": (1e-9, 1e3),
        "alpha": (0.0, 1e6),
        "clip_range": (1e-6, 10.0),
    }

    def __post_init__(self) -> None:
        OnPolicyOptions.__post_init__(self)
        if self.objective not in SLOPES:
            raise unknown_name("objective of Truly PPO", str(self.objective), SLOPES)
        check_batch(self.agent, self.batch_size, self.num_envs * self.n_steps)


def surrogate(
    objective: str,
    ratio: torch.Tensor,
    advantages: torch.Tensor,
    kl: torch.Tensor,
    *,
    delta: float,
    alpha: float,
    clip_range: float,
) -> torch.Tensor:
    """Return the objective of each step, to be made large, shape (steps,).

    Wang, He and Tan, arXiv 1903.07940, section 4, with r the ratio, A the advantage and D the
    divergence; "better" means r A >= A, that the step is one which the objective still drives on:

        ppo-rb     min(r A, F(r) A), F the line of slope -alpha through the clipped r outside
                   [1 - clip_range, 1 + clip_range], r inside
        tr-ppo-rb  -alpha r A where D >= delta and better, else r A
        truly      r A - alpha D where D >= delta and better, else r A - delta

    Args:
        objective: one of `SLOPES`.
        ratio: pi_new / pi_old of the action taken.
        advantages: of the action taken.
        kl: D_KL(old || new) of the state over its legal actions, nats.
        delta: trust region, nats.
        alpha: strength of the rollback.
        clip_range: of the ratio.
    """
    driven = ratio * advantages
    if objective == "ppo-rb":
        clipped = torch.clamp(ratio, 1.0 - clip_range, 1.0 + clip_range)
        return torch.min(driven, (clipped - alpha * (ratio - clipped)) * advantages)
    outside = (kl >= delta) & (driven >= advantages)
    if objective == "tr-ppo-rb":
        return torch.where(outside, -alpha * driven, driven)
    return torch.where(outside, driven - alpha * kl, driven - delta)


class MaskedTPPO(MaskedOnPolicy):
    """PPO whose policies are held within the trust region by pushing them back into it."""

    def __init__(
        self,
        policy: str | type[MaskableActorCriticPolicy],
        env: Any,
        *,
        objective: str = "truly",
        delta: float = 0.03,
        alpha: float | None = None,
        **kwargs: Any,
    ) -> None:
        self.objective, self.delta = objective, delta
        self.alpha = SLOPES[objective] if alpha is None else alpha
        super().__init__(policy, env, **kwargs)

    def train(self) -> None:
        """Pass over the rollout in shuffled minibatches."""
        self._begin_update()
        numbers: dict[str, list[float]] = {}
        rollout = read_rollout(self.rollout_buffer)
        steps = len(rollout.actions)
        with torch.no_grad():
            old = masked_log_probs(self.policy, rollout)
        for _ in range(self.n_epochs):
            order = np.random.permutation(steps)
            for start in range(0, steps, self.batch_size or steps):
                chosen = order[start : start + (self.batch_size or steps)]
                part = rollout.rows(chosen)
                loss = self.loss(part, old[torch.from_numpy(chosen)], numbers)
                self.policy.optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch's own
                clipped_step(self.policy.optimizer, self.policy.parameters(), self.max_grad_norm)
        self._end_update(self.n_epochs, numbers)

    def loss(
        self, part: Rollout, old: torch.Tensor, numbers: dict[str, list[float]]
    ) -> torch.Tensor:
        """Return the loss of a minibatch, given the log-probabilities before the update."""
        clip_range = self.clip_range(self._current_progress_remaining)  # type: ignore[operator]  # a schedule by now
        new = masked_log_probs(self.policy, part)
        kl = masked_kl(old, new, part.masks)
        taken = part.actions[:, None]
        ratio = torch.exp((new - old).gather(1, taken).squeeze(1))
        objective = surrogate(
            self.objective,
            ratio,
            normalized(part.advantages),
            kl,
            delta=self.delta,
            alpha=self.alpha,
            clip_range=clip_range,
        )
        policy_loss = -objective.mean()
        entropy_loss = torch.where(part.masks, torch.exp(new) * new, 0.0).sum(dim=-1).mean()
        values = self.policy.predict_values(part.observations).flatten()
        value_loss = torch.nn.functional.mse_loss(values, part.returns)
        note(
            numbers,
            policy_loss=policy_loss,
            value_loss=value_loss,
            entropy_loss=entropy_loss,
            kl=kl.mean(),
            outside_trust_region=(kl >= self.delta).float().mean(),
        )
        return policy_loss + self.ent_coef * entropy_loss + self.vf_coef * value_loss


def make_tppo(env: SB3CircuitEnv, options: TPPOOptions, seed: int) -> MaskedTPPO:
    """Build the agent from its settings."""
    return build(MaskedTPPO, env, options, seed)
