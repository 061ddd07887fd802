"""Asynchronous advantage actor-critic: workers that change the shared network, reproducibly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
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

from qrl.agents.a3c import A3COptions, MaskedA3C, make_a3c
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError

TINY = A3COptions(num_envs=4, n_workers=2, hidden=8)


def test_two_stale_workers_update_the_shared_net_as_worked_out_by_hand() -> None:
    env = SB3CircuitEnv(CircuitVecEnv(H2, SMALL, 4))
    model = MaskedA3C(
        "MlpPolicy", env, n_workers=2, n_steps=5, ent_coef=0.02, gamma=0.9,
        policy_kwargs=LINEAR, seed=0,
    )  # fmt: skip
    shared = LinearActorCritic(model.policy)
    before = [part.copy() for part in shared.parameters]
    squares = [np.zeros_like(part) for part in shared.parameters]
    copies = [LinearActorCritic(model.policy) for _ in range(2)]
    rollouts = Rollouts()
    model.learn(3 * 4 * 5, callback=rollouts)

    assert len(rollouts.kept) == 3
    for kept in rollouts.kept:
        for worker, own in enumerate(copies):
            mine = slice(2 * worker, 2 * worker + 2)
            part = {
                name: value[mine] if name in ("next", "done") else value[:, mine]
                for name, value in kept.items()
            }
            x = part["observations"].reshape(10, -1).astype(float)
            masks = part["masks"].reshape(10, -1)
            actions = part["actions"].reshape(10).astype(int)
            # It acted with its own copy, not with the shared parameters.
            taken = own.log_probs(x, masks)[np.arange(10), actions]
            np.testing.assert_allclose(part["log_probs"].reshape(10), taken, atol=1e-5)
            returns = n_step_returns(part, own.values(part["next"]), gamma=0.9)
            gradient = own.gradient(x, masks, actions, returns.reshape(10), 0.02, 0.5)
            for parameter, square, slope in zip(
                shared.parameters, squares, clipped(gradient, 0.5), strict=True
            ):
                square[...] = 0.99 * square + 0.01 * slope**2
                parameter -= 7e-4 * slope / (np.sqrt(square) + 1e-5)
            own.parameters = [parameter.copy() for parameter in shared.parameters]

    found = LinearActorCritic(model.policy).parameters
    for parameter, expected, was in zip(found, shared.parameters, before, strict=True):
        np.testing.assert_allclose(parameter, expected, atol=5e-5)
        assert np.abs(parameter - was).max() > 1e-3
    for worker, own in enumerate(copies):
        copied = LinearActorCritic(model.policy.worker(worker)).parameters
        for parameter, expected in zip(copied, own.parameters, strict=True):
            np.testing.assert_allclose(parameter, expected, atol=5e-5)


def test_workers_begin_with_the_shared_net_and_differ_after_an_update() -> None:
    model = make_a3c(SB3CircuitEnv(CircuitVecEnv(H2, SMALL, 4)), TINY, 0)

    def bias(net: torch.nn.Module) -> np.ndarray:
        return net.action_net.bias.detach().numpy().copy()  # type: ignore[union-attr, operator]

    nets = [model.policy, *map(model.policy.worker, range(2))]
    assert all(np.array_equal(bias(net), bias(model.policy)) for net in nets)
    model.learn(20)
    assert np.array_equal(bias(nets[2]), bias(model.policy))  # it had the last turn
    assert not np.array_equal(bias(nets[1]), bias(model.policy))


def test_the_optimiser_knows_the_shared_parameters_alone() -> None:
    model = make_a3c(SB3CircuitEnv(CircuitVecEnv(H2, SMALL, 4)), TINY, 0)
    known = {id(p) for group in model.policy.optimizer.param_groups for p in group["params"]}
    assert known == {id(parameter) for parameter in model.policy.shared}
    assert not known & {id(parameter) for parameter in model.policy.workers.parameters()}


def test_it_takes_no_illegal_action() -> None:
    takes_no_illegal_action(make_a3c, A3COptions(hidden=16))


def test_a_saved_state_goes_on_to_the_bit() -> None:
    goes_on_to_the_bit(make_a3c, TINY)


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    is_saved_and_loaded(make_a3c, TINY, tmp_path)


def test_it_learns() -> None:
    trained = trained_successes(make_a3c, A3COptions(), 20_000)
    assert trained >= 0.5
    assert random_successes() <= 0.05


def test_workers_share_the_circuits_evenly() -> None:
    with pytest.raises(InputError, match=r"n_workers must divide num_envs = 16.*got 5"):
        A3COptions(n_workers=5)
    with pytest.raises(InputError, match="A3C's n_workers must be a whole number from 1"):
        A3COptions(n_workers=0)
    with pytest.raises(InputError, match="each of its 3 workers; got 4 circuits"):
        MaskedA3C("MlpPolicy", SB3CircuitEnv(CircuitVecEnv(H2, SMALL, 4)), n_workers=3)
