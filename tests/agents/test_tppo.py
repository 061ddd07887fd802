"""Truly proximal policy optimisation: rollback and trust region."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from agents.on_policy_laws import (
    H2,
    LINEAR,
    SMALL,
    LinearActorCritic,
    goes_on_to_the_bit,
    is_saved_and_loaded,
    random_successes,
    takes_no_illegal_action,
    trained_successes,
)

from qrl.agents.on_policy import Rollout
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.agents.tppo import SLOPES, MaskedTPPO, TPPOOptions, make_tppo, surrogate
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError

TINY = TPPOOptions(num_envs=4, n_steps=16, batch_size=32, hidden=8)

# Ratio, advantage, divergence; then objective and its slope in the ratio.
CASES = {
    "ppo-rb": [  # clip range 0.2, alpha 0.5
        (1.1, 2.0, 9.0, 2.2, 2.0),  # inside
        (1.4, 2.0, 0.0, (1.2 - 0.5 * 0.2) * 2.0, -1.0),  # too likely already
        (0.6, 2.0, 0.0, 1.2, 2.0),  # too unlikely: towards the old policy
        (0.6, -2.0, 0.0, -(0.8 + 0.5 * 0.2) * 2.0, 1.0),
        (1.4, -2.0, 0.0, -2.8, -2.0),
    ],
    "tr-ppo-rb": [  # delta 0.1, alpha 0.5
        (1.4, 2.0, 0.05, 2.8, 2.0),
        (1.4, 2.0, 0.2, -1.4, -1.0),
        (0.6, 2.0, 0.2, 1.2, 2.0),  # outside, but on the way back
        (0.6, -2.0, 0.2, 0.6, 1.0),
        (1.4, -2.0, 0.2, -2.8, -2.0),
    ],
    "truly": [
        (1.4, 2.0, 0.05, 2.8 - 0.1, 2.0),
        (1.4, 2.0, 0.2, 2.8 - 0.5 * 0.2, 2.0),
        (0.6, 2.0, 0.2, 1.2 - 0.1, 2.0),
        (0.6, -2.0, 0.2, -1.2 - 0.5 * 0.2, -2.0),
        (1.4, -2.0, 0.2, -2.8 - 0.1, -2.0),
    ],
}
OUTSIDE = [False, True, False, True, False]
SETTINGS: dict[str, float] = {"delta": 0.1, "alpha": 0.5, "clip_range": 0.2}


@pytest.mark.parametrize("objective", SLOPES)
def test_objectives_are_those_worked_out_by_hand(objective: str) -> None:
    columns = np.array(CASES[objective], dtype=np.float32).T
    ratio, advantages, kl = (torch.tensor(column) for column in columns[:3])
    ratio.requires_grad_()
    kl.requires_grad_()
    paid = surrogate(objective, ratio, advantages, kl, **SETTINGS)
    np.testing.assert_allclose(paid.detach().numpy(), columns[3], rtol=1e-5)
    paid.sum().backward()
    assert ratio.grad is not None
    np.testing.assert_allclose(ratio.grad.numpy(), columns[4], rtol=1e-5)
    if objective == "truly":  # the divergence itself is pushed back
        assert kl.grad is not None
        np.testing.assert_allclose(kl.grad.numpy(), np.where(OUTSIDE, -0.5, 0.0))


@pytest.mark.parametrize("objective", SLOPES)
def test_the_loss_of_a_batch_is_that_worked_out_by_hand(objective: str) -> None:
    env = SB3CircuitEnv(CircuitVecEnv(H2, SMALL, 2))
    settings: dict[str, Any] = {"alpha": 0.7, "delta": 0.02, "ent_coef": 0.03, "vf_coef": 0.4}
    model = MaskedTPPO(
        "MlpPolicy", env, objective=objective, policy_kwargs=LINEAR, seed=0, **settings
    )
    rng = np.random.default_rng(5)
    steps, n_actions, width = 12, 24, env.observation_space.shape[0]  # type: ignore[index]
    with torch.no_grad():
        for parameter in model.policy.parameters():
            parameter.copy_(torch.tensor(rng.normal(size=parameter.shape)) * 0.3)
    x = rng.normal(size=(steps, width)).astype(np.float32)
    masks = rng.random((steps, n_actions)) < 0.4
    actions = np.array([rng.choice(np.flatnonzero(mask)) for mask in masks])
    advantages, returns = rng.normal(size=(2, steps)).astype(np.float32)
    net = LinearActorCritic(model.policy)
    new = net.log_probs(x, masks)
    net.parameters[0] = net.parameters[0] + 0.03 * rng.normal(size=(n_actions, width))
    old = net.log_probs(x, masks)

    spread = np.where(masks, np.where(masks, old, 0.0) - np.where(masks, new, 0.0), 0.0)
    kl = (np.exp(old) * spread).sum(axis=1)
    rows = np.arange(steps)
    r = np.exp(new[rows, actions] - old[rows, actions])
    a = (advantages - advantages.mean()) / advantages.std(ddof=1)
    outside = (kl >= 0.02) & (r * a >= a)
    assert 0 < outside.sum() < steps
    paid = {
        "truly": np.where(outside, r * a - 0.7 * kl, r * a - 0.02),
        "tr-ppo-rb": np.where(outside, -0.7 * r * a, r * a),
        "ppo-rb": np.minimum(
            r * a,
            np.where(r > 1.2, -0.7 * r + 1.7 * 1.2, np.where(r < 0.8, -0.7 * r + 1.7 * 0.8, r)) * a,
        ),
    }[objective]
    entropy = -np.where(masks, np.exp(new) * np.where(masks, new, 0.0), 0.0).sum(axis=1)
    squared = (net.values(x) - returns) ** 2
    expected = -paid.mean() - 0.03 * entropy.mean() + 0.4 * squared.mean()

    part = Rollout(
        *(torch.tensor(array) for array in (x, actions, masks, old[rows, actions])),
        torch.tensor(advantages),
        torch.tensor(returns),
    )
    before = torch.tensor(np.where(masks, old, -1e8), dtype=torch.float32)
    assert model.loss(part, before, {}).item() == pytest.approx(expected, abs=2e-5)


def test_rollback_holds_the_policy_within_reach_of_the_trust_region() -> None:
    """Many passes over one rollout drive a policy out of it; the rollback brings it back."""
    kl = {}
    for alpha in (0.0, 20.0):
        env = SB3CircuitEnv(CircuitVecEnv(H2, SMALL, 8))
        options = TPPOOptions(num_envs=8, n_steps=32, n_epochs=40, alpha=alpha, hidden=32)
        model = make_tppo(env, options, 0)
        model.learn(256)
        kl[alpha] = model.logger.name_to_value["train/kl"]
    assert kl[20.0] < 0.5 * kl[0.0]


def test_it_takes_no_illegal_action() -> None:
    takes_no_illegal_action(make_tppo, TPPOOptions(hidden=16))


def test_a_saved_state_goes_on_to_the_bit() -> None:
    goes_on_to_the_bit(make_tppo, TINY)


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    is_saved_and_loaded(make_tppo, TINY, tmp_path)


def test_it_learns() -> None:
    trained = trained_successes(make_tppo, TPPOOptions(), 20_000)
    assert trained >= 0.5
    assert random_successes() <= 0.05


def test_options_out_of_range() -> None:
    with pytest.raises(InputError, match=r"objective of Truly PPO 'truely'.*'truly'"):
        TPPOOptions(objective="truely")
    with pytest.raises(InputError, match="Truly PPO's delta must be a finite number from 1e-09"):
        TPPOOptions(delta=0.0)
    with pytest.raises(InputError, match="Truly PPO's alpha must be"):
        TPPOOptions(alpha=-1.0)
    with pytest.raises(InputError, match=r"batch_size must be at most .* = 64 .*; got 63"):
        TPPOOptions(num_envs=4, n_steps=16, batch_size=63)
