"""Asynchronous advantage actor-critic with action masks, reproducible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy

from qrl.agents.a2c import MaskedA2C, actor_critic_loss
from qrl.agents.making import build
from qrl.agents.on_policy import OnPolicyOptions, clipped_step, read_rollout
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.agents.sb3_env import SB3CircuitEnv


@dataclass(frozen=True, slots=True, kw_only=True)
class A3COptions(OnPolicyOptions):
    """Settings of A3C (Mnih et al., arXiv 1602.01783, algorithm S3).

    Attributes:
        n_workers: workers; each builds num_envs / n_workers circuits.
        ent_coef: weight of the entropy bonus.
        vf_coef: weight of the value's squared error.
        max_grad_norm: norm to which a worker's gradients are cut.
    """

    n_steps: int = 16
    learning_rate: float = 1e-3
    gae_lambda: float = 1.0
    n_workers: int = 4
    ent_coef: float = 0.05
    vf_coef: float = 0.5
    max_grad_norm: float = 0.5

    agent: ClassVar[str] = "A3C"
    ranges: ClassVar[dict[str, tuple[float, float]]] = {"n_workers": (1, 1024)}

    def __post_init__(self) -> None:
        OnPolicyOptions.__post_init__(self)
        if self.num_envs % self.n_workers:
            raise InputError(
                f"A3C's n_workers must divide num_envs = {self.num_envs}, so that each worker builds "
                f"as many circuits; got {self.n_workers}."
            )


class WorkersPolicy(MaskableActorCriticPolicy):
    """The shared network, and each worker's copy of it.

    The copies are part of the state dict, so that saved agents go on as they would have. The optimiser
    knows the shared parameters alone.
    """

    def __init__(self, *args: Any, n_workers: int = 4, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shared = list(self.parameters())
        self.workers = torch.nn.ModuleList(
            MaskableActorCriticPolicy(*args, **kwargs) for _ in range(n_workers)
        )
        for index in range(n_workers):
            self.refresh(index)
        self.acting_rows = 0
        """Circuits of the vector environment while the workers act; else 0, and the shared net acts."""

    def worker(self, index: int) -> MaskableActorCriticPolicy:
        """Return a worker's network."""
        found = self.workers[index]
        assert isinstance(found, MaskableActorCriticPolicy)
        return found

    def refresh(self, index: int) -> None:
        """Give a worker the shared parameters."""
        with torch.no_grad():
            for own, shared in zip(self.worker(index).parameters(), self.shared, strict=True):
                own.copy_(shared)

    def forward(
        self, obs: Any, deterministic: bool = False, action_masks: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return actions, values and log-probabilities, of each worker for its own circuits."""
        if len(obs) != self.acting_rows:
            return super().forward(obs, deterministic, action_masks)
        logits = self._by_worker(
            obs, lambda net, x: net.action_net(net.mlp_extractor.forward_actor(x))
        )
        distribution = self.action_dist.proba_distribution(logits)
        if action_masks is not None:
            distribution.apply_masking(action_masks)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, self.predict_values(obs), distribution.log_prob(actions)

    def predict_values(self, obs: Any) -> torch.Tensor:
        """Return values, of each worker for its own circuits."""
        if len(obs) != self.acting_rows:
            return super().predict_values(obs)
        return self._by_worker(
            obs, lambda net, x: net.value_net(net.mlp_extractor.forward_critic(x))
        )

    def _by_worker(self, obs: torch.Tensor, compute: Any) -> torch.Tensor:
        parts = obs.reshape(len(self.workers), -1, *obs.shape[1:])
        nets = map(self.worker, range(len(self.workers)))
        return torch.cat(
            [compute(net, net.extract_features(x)) for net, x in zip(nets, parts, strict=True)]
        )

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), "n_workers": len(self.workers)}


class MaskedA3C(MaskedA2C):
    """Workers that act and differentiate with copies of their own, and update the shared network.

    Threads would make every run another one. Here the workers take turns in a fixed order, as
    asynchronous workers of equal speed do: a worker collects with its copy, its gradient at that copy
    is applied to the shared parameters (with squared gradients that all share), and only then it takes
    a fresh copy. Since its last one, each of the other workers has updated the shared parameters once:
    from the second round on, every gradient is stale by n_workers - 1 updates, and still a run is the
    same for the same seed. One round takes `n_steps` steps of all circuits.
    """

    policy: WorkersPolicy  # type: ignore[assignment]  # the base class names its own

    def __init__(self, policy: Any, env: Any, *, n_workers: int = 4, **kwargs: Any) -> None:
        own = {"n_workers": n_workers, **(kwargs.pop("policy_kwargs", None) or {})}
        super().__init__(
            WorkersPolicy if policy == "MlpPolicy" else policy, env, policy_kwargs=own, **kwargs
        )

    def _setup_model(self) -> None:
        super()._setup_model()
        if self.n_envs % len(self.policy.workers):
            raise InputError(
                f"A3C needs as many circuits for each of its {len(self.policy.workers)} workers; got "
                f"{self.n_envs} circuits."
            )

    def collect_rollouts(self, env: Any, *args: Any, **kwargs: Any) -> bool:
        """Let each worker act in its own circuits."""
        self.policy.acting_rows = env.num_envs
        try:
            return super().collect_rollouts(env, *args, **kwargs)
        finally:
            self.policy.acting_rows = 0

    def train(self) -> None:
        """Let each worker in turn update the shared network and copy it."""
        self._begin_update()
        numbers: dict[str, list[float]] = {}
        policy = self.policy
        each = self.n_envs // len(policy.workers)
        for index in range(len(policy.workers)):
            net = policy.worker(index)
            rollout = read_rollout(self.rollout_buffer, slice(index * each, (index + 1) * each))
            loss = actor_critic_loss(net, rollout, self.ent_coef, self.vf_coef, numbers)
            gradients = torch.autograd.grad(loss, list(net.parameters()))
            for shared, gradient in zip(policy.shared, gradients, strict=True):
                shared.grad = gradient
            clipped_step(policy.optimizer, policy.shared, self.max_grad_norm)
            policy.refresh(index)
        self._end_update(len(policy.workers), numbers)


def make_a3c(env: SB3CircuitEnv, options: A3COptions, seed: int) -> MaskedA3C:
    """Build the agent from its settings."""
    return build(MaskedA3C, env, options, seed)
