"""What deep Q-learning regresses on: values over legal actions, targets, and the loss.

Shapes: values and masks (batch, actions), all else (batch,). Illegal actions count nowhere; the value of
a state without any legal action is 0.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss


def greedy_value(chooser: Tensor, values: Tensor, legal: Tensor) -> Tensor:
    """Return the value of the best legal action.

    Args:
        chooser: values whose largest names the action. The target network's own make it DQN's maximum;
            the online network's, Double DQN (van Hasselt et al., arXiv 1509.06461, eq. 4).
        values: the target network's.
        legal: mask of legal actions.
    """
    best = chooser.masked_fill(~legal, -torch.inf).argmax(dim=1, keepdim=True)
    return values.gather(1, best).squeeze(1) * legal.any(dim=1)


def log_policy(values: Tensor, legal: Tensor, temperature: float) -> Tensor:
    """Return temperature * log softmax(values / temperature) over the legal actions.

    -inf where an action is illegal; all -inf where none is legal. The largest value is taken out
    first, as in Vieillard et al. (arXiv 2007.14430, appendix B.1).
    """
    masked = values.masked_fill(~legal, -torch.inf)
    largest = masked.max(dim=1, keepdim=True).values.nan_to_num(neginf=0.0)
    shifted = masked - largest
    log_sum = temperature * torch.logsumexp(shifted / temperature, dim=1, keepdim=True)
    return (shifted - log_sum).masked_fill(~legal, -torch.inf)


def soft_value(values: Tensor, legal: Tensor, temperature: float) -> Tensor:
    """Return sum_a pi(a) (q(a) - temperature log pi(a)) with the soft-max policy over legal actions.

    The bootstrapped part of Vieillard et al. (arXiv 2007.14430, eq. 1).
    """
    scaled = log_policy(values, legal, temperature)
    policy = (scaled / temperature).exp()
    # An illegal action has policy 0 and log-policy -inf, whose product is no number.
    terms = policy * (values - scaled.masked_fill(~legal, 0.0))
    return terms.masked_fill(~legal, 0.0).sum(dim=1)


def munchausen_bonus(
    values: Tensor, legal: Tensor, actions: Tensor, temperature: float, floor: float
) -> Tensor:
    """Return clip(temperature log pi(a|s), floor, 0) of the actions taken.

    The term that Vieillard et al. (arXiv 2007.14430, eq. 2 and section 4) add to the reward.
    """
    scaled = log_policy(values, legal, temperature)
    return scaled.gather(1, actions[:, None]).squeeze(1).clamp(floor, 0.0)


def td_target(returns: Tensor, discounts: Tensor, next_values: Tensor) -> Tensor:
    """Return the summed rewards and the discounted value of the state after them.

    Args:
        returns: discounted sum of the rewards.
        discounts: discount to the power of the number of rewards; 0 where the episode terminated.
        next_values: value of the state after the last of the rewards.
    """
    return returns + discounts * next_values


def weighted_huber(errors: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of the samples' Huber losses (threshold 1), each times its own weight.

    Args:
        errors: temporal-difference errors.
        weights: importance weights (Schaul et al., arXiv 1511.05952, section 3.4).
    """
    losses = smooth_l1_loss(errors, torch.zeros_like(errors), reduction="none")
    return (weights * losses).mean()
