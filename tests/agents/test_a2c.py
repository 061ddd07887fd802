"""Masked advantage actor-critic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from agents.on_policy_laws import (
    H2,
    LINEAR,
    SMALL,
    LinearActorCritic,
    Rollouts,
    clipped,
    goes_on_to_the_bit,
    is_saved_and_loaded,
    n_step_returns,
    random_successes,
    takes_no_illegal_action,
    trained_successes,
)

from qrl.agents.a2c import A2COptions, MaskedA2C, make_a2c
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError


def test_two_updates_are_those_worked_out_by_hand() -> None:
    env = SB3CircuitEnv(CircuitVecEnv(H2, SMALL, 4))
    model = MaskedA2C(
        "MlpPolicy", env, n_steps=5, ent_coef=0.02, gamma=0.9, policy_kwargs=LINEAR, seed=0
    )
    by_hand = LinearActorCritic(model.policy)
    squares = [np.zeros_like(part) for part in by_hand.parameters]
    rollouts = Rollouts()
    model.learn(2 * 4 * 5, callback=rollouts)

    assert len(rollouts.kept) == 2
    assert any(kept["episode_starts"][1:].any() for kept in rollouts.kept)
    for kept in rollouts.kept:
        returns = n_step_returns(kept, by_hand.values(kept["next"]), gamma=0.9)
        x = kept["observations"].reshape(20, -1).astype(float)
        masks = kept["masks"].reshape(20, -1)
        actions = kept["actions"].reshape(20).astype(int)
        gradient = by_hand.gradient(x, masks, actions, returns.reshape(20), 0.02, 0.5)
        for parameter, square, slope in zip(
            by_hand.parameters, squares, clipped(gradient, 0.5), strict=True
        ):
            square[...] = 0.99 * square + 0.01 * slope**2
            parameter -= 7e-4 * slope / (np.sqrt(square) + 1e-5)

    found = LinearActorCritic(model.policy)
    for parameter, expected in zip(found.parameters, by_hand.parameters, strict=True):
        np.testing.assert_allclose(parameter, expected, atol=2e-5)


def test_it_takes_no_illegal_action() -> None:
    takes_no_illegal_action(make_a2c, A2COptions(hidden=16))


def test_a_saved_state_goes_on_to_the_bit() -> None:
    goes_on_to_the_bit(make_a2c, A2COptions(num_envs=4, hidden=8))


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    is_saved_and_loaded(make_a2c, A2COptions(num_envs=4, hidden=8), tmp_path)


def test_it_learns() -> None:
    trained = trained_successes(make_a2c, A2COptions(), 20_000)
    assert trained >= 0.5
    assert random_successes() <= 0.05


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_envs", 0),
        ("n_steps", 2.0),
        ("gamma", 1.01),
        ("gamma", float("nan")),
        ("learning_rate", "fast"),
        ("ent_coef", -0.1),
        ("max_grad_norm", 0.0),
        ("hidden", True),
    ],
)
def test_options_out_of_range(name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"A2C's {name} must be a .* number from .*; got"):
        A2COptions(**{name: value})  # type: ignore[arg-type]
