"""The network of AlphaZero and its loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PolicyValueNet(nn.Module):
    """A trunk of two layers, shared by a policy head and a value head.

    Args:
        inputs: size of an observation.
        actions: number of actions.
        hidden: units of each layer.
        seed: of the initial parameters; no global generator is moved.
    """

    def __init__(self, inputs: int, actions: int, hidden: int, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.trunk = nn.Sequential(
                nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()
            )
            self.policy = nn.Linear(hidden, actions)
            self.value = nn.Linear(hidden, 1)
        # All legal actions begin equally likely, and all values at nothing.
        for head in (self.policy, self.value):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def forward(
        self, observations: torch.Tensor, masks: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return log-probabilities of the legal actions and values.

        Args:
            observations: shape (batch, inputs).
            masks: shape (batch, actions), true where legal.

        Returns:
            Log-probabilities, shape (batch, actions), of a softmax over legal actions only, hugely
            negative but finite elsewhere; and values, shape (batch,).
        """
        features = self.trunk(observations)
        # Finite, because 0 * infinity in the loss is no number.
        logits = self.policy(features).masked_fill(~masks, _ILLEGAL)
        return torch.log_softmax(logits, dim=1), self.value(features).squeeze(1)

    def evaluate(
        self, observations: NDArray[np.float32], masks: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return probabilities, shape (batch, actions), and values, shape (batch,), as arrays."""
        with torch.no_grad():
            logs, values = self(torch.from_numpy(observations), torch.from_numpy(masks))
        return logs.exp().double().numpy(), values.double().numpy()


def alphazero_loss(
    log_policy: torch.Tensor,
    value: torch.Tensor,
    target_policy: torch.Tensor,
    target_value: torch.Tensor,
    value_weight: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the loss, its policy part and its value part, means over the batch.

    l = weight (z - v)^2 - pi . log p (Silver et al. 2018, eq. 1); the third term, the squared
    parameters, is the optimiser's weight decay.

    Args:
        log_policy: log p, shape (batch, actions).
        value: v, shape (batch,).
        target_policy: pi, parts of the visits, 0 where illegal; shape (batch, actions).
        target_value: z, discounted returns, shape (batch,).
        value_weight: weight of the value's part.
    """
    policy_loss = -(target_policy * log_policy).sum(dim=1).mean()
    value_loss = (target_value - value).square().mean()
    return policy_loss + value_weight * value_loss, policy_loss, value_loss


_ILLEGAL = -1e30
