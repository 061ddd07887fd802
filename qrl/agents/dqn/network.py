"""Networks that give each action a value, and the policy made of them."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class QNetwork(nn.Module):
    """Two hidden layers with leaky rectifiers, then a value for each action.

    Args:
        size: numbers in an observation.
        n_actions: number of actions.
        hidden: units of each hidden layer.
        dueling: whether the last layer gives the state's value and the actions' advantages.
    """

    def __init__(self, size: int, n_actions: int, hidden: int, dueling: bool) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(size, hidden), nn.LeakyReLU(), nn.Linear(hidden, hidden), nn.LeakyReLU()
        )
        self.advantage = nn.Linear(hidden, n_actions)
        self.value = nn.Linear(hidden, 1) if dueling else None

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.advantage.weight.device

    def forward(self, observations: Tensor, legal: Tensor) -> Tensor:
        """Return the values, shape (batch, actions); those of illegal actions mean nothing.

        Dueling: V + A - mean A (Wang et al., arXiv 1511.06581, eq. 9), with the mean over the legal
        actions; no other advantage is ever learned.
        """
        features = self.body(observations)
        advantages: Tensor = self.advantage(features)
        if self.value is None:
            return advantages
        count = legal.sum(dim=1, keepdim=True).clamp(min=1)
        mean = (advantages * legal).sum(dim=1, keepdim=True) / count
        values: Tensor = self.value(features) + advantages - mean
        return values


class QPolicy(BasePolicy):
    """The online network, the target network, and Adam for the first.

    Args:
        observation_space: a Box; flattened.
        action_space: Discrete.
        lr_schedule: learning rate for the part of training that is left.
        hidden: units of each hidden layer.
        dueling: whether the networks are dueling.
    """

    action_space: spaces.Discrete

    def __init__(
        self,
        observation_space: spaces.Box,
        action_space: spaces.Discrete,
        lr_schedule: Callable[[float], float],
        hidden: int = 128,
        dueling: bool = False,
    ) -> None:
        super().__init__(observation_space, action_space)
        self._arguments = {"lr_schedule": lr_schedule, "hidden": hidden, "dueling": dueling}
        self.size = int(np.prod(observation_space.shape))
        self.q_net = QNetwork(self.size, int(action_space.n), hidden, dueling)
        self.q_net_target = deepcopy(self.q_net).requires_grad_(False)
        # One kernel for all parameters: the layers are so small that calls would cost the most.
        self.optimizer = torch.optim.Adam(self.q_net.parameters(), lr=lr_schedule(1), fused=True)

    def greedy(
        self, observations: NDArray[np.float32], legal: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return the legal action of largest value for each row."""
        with torch.inference_mode():
            # The base class' own device searches all modules for it.
            device = self.q_net.device
            mask = torch.from_numpy(legal).to(device)
            values = self.q_net(torch.from_numpy(observations).to(device), mask)
            best: NDArray[np.int64] = values.masked_fill(~mask, -torch.inf).argmax(1).cpu().numpy()
        return best

    def rows(
        self, observation: Any, action_masks: Any = None
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return observations and masks as rows; without masks all actions are legal."""
        rows = np.asarray(observation, dtype=np.float32).reshape(-1, self.size)
        shape = (len(rows), int(self.action_space.n))
        if action_masks is None:
            return rows, np.ones(shape, dtype=bool)
        return rows, np.asarray(action_masks, dtype=bool).reshape(shape)

    def predict(
        self,
        observation: Any,
        state: tuple[NDArray[Any], ...] | None = None,
        episode_start: NDArray[Any] | None = None,
        deterministic: bool = False,
        action_masks: Any = None,
    ) -> tuple[NDArray[Any], tuple[NDArray[Any], ...] | None]:
        """Return the best legal actions, and the state as it came."""
        rows, legal = self.rows(observation, action_masks)
        actions = self.greedy(rows, legal)
        single = np.shape(observation) == self.observation_space.shape
        return (actions[0] if single else actions), state

    def _predict(self, observation: Any, deterministic: bool = False) -> Tensor:
        legal = torch.ones(len(observation), int(self.action_space.n), dtype=torch.bool)
        values: Tensor = self.q_net(observation.flatten(1), legal.to(self.device))
        return values.argmax(dim=1)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        spaces_ = {"observation_space": self.observation_space, "action_space": self.action_space}
        return {**spaces_, **self._arguments}
