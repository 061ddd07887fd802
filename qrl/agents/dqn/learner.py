"""One update of the online network from transitions in a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from stable_baselines3.common.utils import polyak_update
from torch import Tensor

from qrl.agents.dqn import losses
from qrl.agents.dqn.priorities import PRIORITIES, ProportionalPriorities
from qrl.agents.dqn.replay import Replay

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qrl.agents.dqn.network import QPolicy
    from qrl.agents.dqn.options import DQNOptions
    from qrl.agents.dqn.replay import Step, Transitions


class Learner:
    """Keeps transitions and makes updates.

    Attributes:
        replay: the transitions.
        priorities: how they are drawn; None: each with the same probability.
        n_updates: updates made.

    Args:
        policy: the networks and their optimiser.
        options: settings.
        num_envs: environments that transitions come from.
    """

    def __init__(self, policy: QPolicy, options: DQNOptions, num_envs: int) -> None:
        self.policy, self.options = policy, options
        self._online = list(policy.q_net.parameters())
        self._target = list(policy.q_net_target.parameters())
        n_actions = int(policy.action_space.n)
        self.replay = Replay(
            options.buffer_size, num_envs, policy.size, n_actions, options.n_steps, options.gamma
        )
        self.priorities: ProportionalPriorities | None = None
        if options.replay in PRIORITIES:
            kind = PRIORITIES[options.replay]
            self.priorities = kind(self.replay.capacity, options.priority_exponent)
        self.n_updates = 0

    def add(self, step: Step) -> None:
        """Keep a step of the environments."""
        come, gone = self.replay.add(step)
        if self.priorities is not None:
            self.priorities.remove(gone)
            self.priorities.add(come)

    def learn(self, rng: np.random.Generator, importance: float) -> float:
        """Draw transitions, make an update, and return its loss.

        Args:
            rng: draws them.
            importance: exponent of the importance weights.
        """
        count = self.options.batch_size
        if self.priorities is None:
            return self.update(self.replay.draw(count, rng))[0]
        slots, weights = self.priorities.draw(count, rng, importance, self.replay.ready)
        loss, errors = self.update(slots, weights)
        self.priorities.update(slots, errors)
        return loss

    def update(
        self, slots: NDArray[np.int64], weights: NDArray[np.float32] | None = None
    ) -> tuple[float, NDArray[np.float32]]:
        """Make one gradient step on the transitions that begin in some slots.

        Returns:
            The loss, and each transition's temporal-difference error.
        """
        policy, replay, options = self.policy, self.replay, self.options
        transitions = replay.read(slots)
        legal = self._tensor(replay.legal[slots])
        values = policy.q_net(self._tensor(replay.observations[slots]), legal)
        chosen = values.gather(1, self._tensor(replay.actions[slots])[:, None]).squeeze(1)
        errors = chosen - self.targets(transitions)
        scale = torch.ones_like(errors) if weights is None else self._tensor(weights)
        loss = losses.weighted_huber(errors, scale)
        policy.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(self._online, options.max_grad_norm)
        policy.optimizer.step()
        self.n_updates += 1
        if self.n_updates % options.target_update_interval == 0:
            polyak_update(self._online, self._target, options.tau)
        return loss.item(), errors.detach().cpu().numpy()

    @torch.no_grad()
    def targets(self, transitions: Transitions) -> Tensor:
        """Return what the values of the actions taken are regressed on, shape (batch,)."""
        options, target_net = self.options, self.policy.q_net_target
        after = self._tensor(transitions.next_observations)
        legal = self._tensor(transitions.next_legal)
        values = target_net(after, legal)
        returns = self._tensor(transitions.returns)
        if options.munchausen:
            returns = returns + options.munchausen_scale * self._bonuses(transitions)
            next_values = losses.soft_value(values, legal, options.entropy_temperature)
        else:
            chooser = self.policy.q_net(after, legal) if options.double else values
            next_values = losses.greedy_value(chooser, values, legal)
        return losses.td_target(returns, self._tensor(transitions.discounts), next_values)

    def state(self) -> dict[str, Any]:
        """Return the transitions and priorities, as a checkpoint must hold them."""
        priorities = None if self.priorities is None else self.priorities.state()
        return {
            "replay": self.replay.state(),
            "priorities": priorities,
            "n_updates": self.n_updates,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.replay.restore(state["replay"])
        if self.priorities is not None:
            self.priorities.restore(state["priorities"])
        self.n_updates = int(state["n_updates"])

    def _bonuses(self, transitions: Transitions) -> Tensor:
        """Return the discounted sum of the Munchausen bonuses of all actions on the way."""
        replay, options, path = self.replay, self.options, transitions.path.ravel()
        legal = self._tensor(replay.legal[path])
        values = self.policy.q_net_target(self._tensor(replay.observations[path]), legal)
        taken = self._tensor(replay.actions[path])
        # What stands after an episode's end is another one's, and an action there may be illegal;
        # its bonus is clipped, so that the discount 0 takes it away.
        each = losses.munchausen_bonus(
            values, legal, taken, options.entropy_temperature, options.munchausen_floor
        )
        on_the_way = self._tensor(transitions.path_discounts)
        return (each.reshape(on_the_way.shape) * on_the_way).sum(dim=1)

    def _tensor(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(self.policy.q_net.device)
