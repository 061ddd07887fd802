"""Trust-region policy optimisation with action masks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from qrl.agents.making import build
from qrl.agents.natural_gradient import conjugate_gradient, fisher_product, flat_gradient, move
from qrl.agents.on_policy import (
    MaskedOnPolicy,
    OnPolicyOptions,
    Rollout,
    check_batch,
    masked_kl,
    masked_log_probs,
    normalized,
    note,
    read_rollout,
)

if TYPE_CHECKING:
    from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy

    from qrl.agents.sb3_env import SB3CircuitEnv


@dataclass(frozen=True, slots=True, kw_only=True)
class TRPOOptions(OnPolicyOptions):
    """Settings of TRPO (Schulman et al., arXiv 1502.05477).

    `learning_rate` is that of the value's Adam; the policy has none.

    Attributes:
        batch_size: steps in a minibatch of the value's fit.
        n_critic_updates: passes of the value's fit over the collected steps.
        target_kl: most that the mean divergence D_KL(old || new) may become, nats.
        cg_steps: products with the Fisher matrix taken to solve for the natural gradient.
        cg_damping: added to the diagonal of the Fisher matrix.
        shrink: factor by which the line search shortens a step that fails.
        line_search_steps: lengths that the line search tries.
    """

    n_steps: int = 32
    batch_size: int = 128
    n_critic_updates: int = 10
    target_kl: float = 0.03
    cg_steps: int = 10
    cg_damping: float = 0.01
    shrink: float = 0.8
    line_search_steps: int = 10

    agent: ClassVar[str] = "TRPO"
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "n_critic_updates": (1, 1000),
        "target_kl": (1e-9, 1e3),
        "cg_steps": (1, 1000),
        "cg_damping": (0.0, 1e3),
        "shrink": (0.01, 0.99),
        "line_search_steps": (1, 1000),
    }

    def __post_init__(self) -> None:
        OnPolicyOptions.__post_init__(self)
        check_batch(self.agent, self.batch_size, self.num_envs * self.n_steps)


class MaskedTRPO(MaskedOnPolicy):
    """The longest step along the natural gradient that stays in the trust region and improves.

    Policy, divergence and Fisher matrix are those of the legal actions. The value is fitted by Adam,
    which touches no parameter of the policy.
    """

    def __init__(
        self,
        policy: str | type[MaskableActorCriticPolicy],
        env: Any,
        *,
        learning_rate: Any = 1e-3,
        n_critic_updates: int = 10,
        target_kl: float = 0.01,
        cg_steps: int = 10,
        cg_damping: float = 0.1,
        shrink: float = 0.8,
        line_search_steps: int = 10,
        **kwargs: Any,
    ) -> None:
        self.n_critic_updates = n_critic_updates
        self.cg_steps, self.cg_damping = cg_steps, cg_damping
        self.shrink, self.line_search_steps = shrink, line_search_steps
        super().__init__(policy, env, learning_rate=learning_rate, target_kl=target_kl, **kwargs)

    def train(self) -> None:
        """Take one step of the policy, then fit the value."""
        self._begin_update()
        numbers: dict[str, list[float]] = {}
        rollout = read_rollout(self.rollout_buffer)
        self.step_policy(rollout, numbers)
        self._fit_values(rollout, numbers)
        self._end_update(1, numbers)

    def actor_parameters(self) -> list[torch.nn.Parameter]:
        """Return the parameters that the policy depends on."""
        net = self.policy
        parts = (net.pi_features_extractor, net.mlp_extractor.policy_net, net.action_net)
        return [parameter for part in parts for parameter in part.parameters()]

    def step_policy(self, rollout: Rollout, numbers: dict[str, list[float]]) -> None:
        """Solve for the step of length 1 in units of the trust region, and shorten it until it holds.

        Schulman et al., appendix C: the step is sqrt(2 delta / x^T F x) x with F x = g.
        """
        assert self.target_kl is not None
        parameters = self.actor_parameters()
        advantages = normalized(rollout.advantages)
        old = masked_log_probs(self.policy, rollout).detach()

        def gain_and_divergence() -> tuple[torch.Tensor, torch.Tensor]:
            new = masked_log_probs(self.policy, rollout)
            ratio = torch.exp((new - old).gather(1, rollout.actions[:, None]).squeeze(1))
            return (ratio * advantages).mean(), masked_kl(old, new, rollout.masks).mean()

        gain, divergence = gain_and_divergence()
        gradient = flat_gradient(gain, parameters)
        product = fisher_product(divergence, parameters, self.cg_damping)
        natural = conjugate_gradient(product, gradient, self.cg_steps)
        curvature = float(natural @ product(natural))
        start = [parameter.detach().clone() for parameter in parameters]
        before, accepted = gain.detach(), False
        # A gradient of zero leaves nothing to do.
        length = math.sqrt(2.0 * self.target_kl / curvature) if curvature > 0.0 else 0.0
        for _ in range(self.line_search_steps if length else 0):
            move(parameters, start, length * natural)
            with torch.no_grad():
                gain, divergence = gain_and_divergence()
            accepted = bool(divergence <= self.target_kl and gain > before)
            if accepted:
                break
            length *= self.shrink
        if not accepted:
            move(parameters, start, torch.zeros_like(natural))
            gain, divergence = before, torch.zeros(())
        note(
            numbers,
            policy_objective=gain,
            kl=divergence,
            line_search_success=torch.tensor(float(accepted)),
        )

    def _fit_values(self, rollout: Rollout, numbers: dict[str, list[float]]) -> None:
        steps = len(rollout.actions)
        batch = self.batch_size or steps
        actor = self.actor_parameters()
        for _ in range(self.n_critic_updates):
            order = np.random.permutation(steps)
            for start in range(0, steps, batch):
                part = rollout.rows(order[start : start + batch])
                values = self.policy.predict_values(part.observations).flatten()
                loss = torch.nn.functional.mse_loss(values, part.returns)
                self.policy.optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch's own
                for parameter in actor:
                    parameter.grad = None
                self.policy.optimizer.step()
                note(numbers, value_loss=loss)


def make_trpo(env: SB3CircuitEnv, options: TRPOOptions, seed: int) -> MaskedTRPO:
    """Build the agent from its settings."""
    return build(MaskedTRPO, env, options, seed)
