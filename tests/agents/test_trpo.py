"""Trust-region policy optimisation under masks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from agents.on_policy_laws import (
    H2,
    SMALL,
    goes_on_to_the_bit,
    is_saved_and_loaded,
    random_successes,
    takes_no_illegal_action,
    trained_successes,
    weights,
)

from qrl.agents.natural_gradient import conjugate_gradient, fisher_product, flat_gradient
from qrl.agents.on_policy import Rollout, masked_kl, masked_log_probs
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.agents.trpo import MaskedTRPO, TRPOOptions, make_trpo
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError

TINY = TRPOOptions(num_envs=4, n_steps=16, batch_size=32, hidden=8)
STEPS, ACTIONS, HIDDEN = 60, 24, 3


class Net:
    """A policy with one layer of three tanh units, and its derivatives worked out on paper."""

    def __init__(self, model: MaskedTRPO, rollout: Rollout) -> None:
        arrays = [p.detach().numpy().astype(float).copy() for p in model.actor_parameters()]
        self.w1, self.b1, self.w2, self.b2 = arrays
        self.x = rollout.observations.numpy().astype(float)
        self.masks, self.actions = rollout.masks.numpy(), rollout.actions.numpy()
        a = rollout.advantages.numpy().astype(float)
        self.advantages = (a - a.mean()) / a.std(ddof=1)

    def log_probs(self) -> np.ndarray:
        """Return those of legal actions, and 0 for others."""
        self.h = np.tanh(self.x @ self.w1.T + self.b1)
        logits = np.where(self.masks, self.h @ self.w2.T + self.b2, -np.inf)
        return np.where(self.masks, logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), 0.0)

    def jacobian(self, step: int) -> np.ndarray:
        """Return d logit / d parameter of one step, shape (actions, parameters)."""
        h, x, eye = self.h[step], self.x[step], np.eye(ACTIONS)
        by_b1 = self.w2 * (1.0 - h**2)
        by_w1 = np.einsum("ah,d->ahd", by_b1, x).reshape(ACTIONS, -1)
        by_w2 = np.einsum("ab,h->abh", eye, h).reshape(ACTIONS, -1)
        return np.hstack([by_w1, by_b1, by_w2, eye])

    def gradient_and_fisher(self) -> tuple[np.ndarray, np.ndarray]:
        """Return that of mean(r A) and the dense matrix of mean(KL), both at r = 1."""
        p = np.where(self.masks, np.exp(self.log_probs()), 0.0)
        gradient, fisher = 0.0, 0.0
        for step in range(STEPS):
            j = self.jacobian(step)
            gradient += self.advantages[step] * (np.eye(ACTIONS)[self.actions[step]] - p[step]) @ j
            fisher += j.T @ (np.diag(p[step]) - np.outer(p[step], p[step])) @ j
        return gradient / STEPS, fisher / STEPS


def tiny(**options: Any) -> tuple[MaskedTRPO, Rollout]:
    """Return an agent with three hidden units and a random rollout, half of whose actions are legal."""
    env = SB3CircuitEnv(CircuitVecEnv(H2, SMALL, 2))
    policy: dict[str, Any] = {"net_arch": {"pi": [HIDDEN], "vf": [4]}}
    model = MaskedTRPO("MlpPolicy", env, policy_kwargs=policy, seed=0, **options)
    model.learn(4)  # so that it has a logger and buffers
    rng = np.random.default_rng(2)
    with torch.no_grad():
        for parameter in model.policy.parameters():
            parameter.copy_(0.5 * torch.tensor(rng.normal(size=parameter.shape)))
    masks = rng.random((STEPS, ACTIONS)) < 0.5
    actions = np.array([rng.choice(np.flatnonzero(mask)) for mask in masks])
    width = env.observation_space.shape[0]  # type: ignore[index]
    x = rng.normal(size=(STEPS, width)).astype(np.float32)
    none = torch.zeros(STEPS)
    advantages = torch.tensor(rng.normal(size=STEPS).astype(np.float32))
    parts = (torch.tensor(x), torch.tensor(actions), torch.tensor(masks))
    return model, Rollout(*parts, none, advantages, none)


def test_conjugate_gradients_solve_a_system() -> None:
    rng = np.random.default_rng(1)
    factor = rng.normal(size=(6, 6))
    matrix = torch.tensor(factor @ factor.T + np.eye(6))
    target = torch.tensor(rng.normal(size=6))
    found = conjugate_gradient(lambda v: matrix @ v, target, steps=6, tolerance=0.0)
    np.testing.assert_allclose(found.numpy(), np.linalg.solve(matrix, target), atol=1e-9)
    nothing = conjugate_gradient(lambda v: matrix @ v, torch.zeros(6), steps=6)
    assert not nothing.any()


def test_fisher_products_are_those_of_the_dense_masked_matrix() -> None:
    model, rollout = tiny(n_steps=2)
    _, fisher = Net(model, rollout).gradient_and_fisher()
    new = masked_log_probs(model.policy, rollout)
    divergence = masked_kl(new.detach(), new, rollout.masks).mean()
    assert divergence.item() == 0.0
    product = fisher_product(divergence, model.actor_parameters(), damping=0.3)
    rng = np.random.default_rng(4)
    for _ in range(3):
        vector = rng.normal(size=len(fisher)).astype(np.float32)
        found = product(torch.tensor(vector)).numpy()
        np.testing.assert_allclose(found, fisher @ vector + 0.3 * vector, atol=1e-4)


# Little damping lets the step run along flat directions, where the divergence is not quadratic.
@pytest.mark.parametrize(("damping", "too_long"), [(0.1, False), (0.001, True)])
def test_the_policy_steps_along_the_natural_gradient_within_the_trust_region(
    damping: float, too_long: bool
) -> None:
    model, rollout = tiny(n_steps=2, target_kl=0.01, cg_steps=200, cg_damping=damping)
    net = Net(model, rollout)
    old = net.log_probs()
    gradient, fisher = net.gradient_and_fisher()
    natural = np.linalg.solve(fisher + damping * np.eye(len(fisher)), gradient)
    whole = np.sqrt(2 * 0.01 / (natural @ gradient)) * natural
    start = np.concatenate([p.detach().numpy().ravel() for p in model.actor_parameters()])
    critic = model.policy.value_net.weight.detach().clone()
    numbers: dict[str, list[float]] = {}
    model.step_policy(rollout, numbers)
    step = np.concatenate([p.detach().numpy().ravel() for p in model.actor_parameters()]) - start

    length = np.linalg.norm(step) / np.linalg.norm(whole)
    shortenings = np.log(length) / np.log(0.8)
    assert shortenings == pytest.approx(round(shortenings), abs=0.02)
    assert (round(shortenings) > 0) == too_long
    np.testing.assert_allclose(
        step, 0.8 ** round(shortenings) * whole, atol=2e-3 * np.abs(whole).max()
    )
    after = Net(model, rollout)
    new = after.log_probs()
    kl = (np.where(net.masks, np.exp(old), 0.0) * (old - new)).sum(axis=1).mean()
    rows = np.arange(STEPS)
    ratio = np.exp((new - old)[rows, net.actions])
    assert 0.001 < kl <= 0.01
    assert (ratio * net.advantages).mean() > net.advantages.mean() + 0.01
    assert numbers["kl"][0] == pytest.approx(kl, rel=1e-3)
    assert numbers["policy_objective"][0] == pytest.approx(
        (ratio * net.advantages).mean(), rel=1e-3
    )
    assert numbers["line_search_success"] == [1.0]
    assert torch.equal(critic, model.policy.value_net.weight)


def test_without_an_advantage_the_policy_stays() -> None:
    model, rollout = tiny(n_steps=2)
    before = weights(model)
    numbers: dict[str, list[float]] = {}
    model.step_policy(rollout._replace(advantages=torch.ones(STEPS)), numbers)
    assert np.array_equal(weights(model), before)
    assert numbers["line_search_success"] == [0.0]


def test_a_search_without_success_takes_the_step_back() -> None:
    # Too long as above, and there is no second trial.
    model, rollout = tiny(n_steps=2, cg_steps=200, cg_damping=0.001, line_search_steps=1)
    before = weights(model)
    numbers: dict[str, list[float]] = {}
    model.step_policy(rollout, numbers)
    assert numbers["line_search_success"] == [0.0]
    assert numbers["kl"] == [0.0]
    assert np.array_equal(weights(model), before)


def test_the_fit_of_the_value_leaves_the_policy_alone() -> None:
    model, rollout = tiny(n_steps=2, batch_size=20)
    actor = [p.detach().clone() for p in model.actor_parameters()]
    numbers: dict[str, list[float]] = {}
    model._fit_values(rollout._replace(returns=torch.ones(STEPS)), numbers)
    assert all(torch.equal(a, b) for a, b in zip(actor, model.actor_parameters(), strict=True))
    assert numbers["value_loss"][-1] < numbers["value_loss"][0]


def test_gradients_come_as_one_vector() -> None:
    a, b = torch.nn.Parameter(torch.tensor([[1.0, 2.0]])), torch.nn.Parameter(torch.tensor([3.0]))
    assert flat_gradient((a**2).sum() * b[0], [a, b]).tolist() == [6.0, 12.0, 5.0]


def test_it_takes_no_illegal_action() -> None:
    takes_no_illegal_action(make_trpo, TRPOOptions(hidden=16, n_critic_updates=2))


def test_a_saved_state_goes_on_to_the_bit() -> None:
    goes_on_to_the_bit(make_trpo, TINY)


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    is_saved_and_loaded(make_trpo, TINY, tmp_path)


def test_it_learns() -> None:
    trained = trained_successes(make_trpo, TRPOOptions(), 20_000)
    assert trained >= 0.5
    assert random_successes() <= 0.05


def test_options_out_of_range() -> None:
    with pytest.raises(InputError, match="TRPO's target_kl must be a finite number from 1e-09"):
        TRPOOptions(target_kl=0.0)
    with pytest.raises(InputError, match="TRPO's shrink must be"):
        TRPOOptions(shrink=1.0)
    with pytest.raises(InputError, match=r"TRPO's batch_size must be at most .* = 8 "):
        TRPOOptions(num_envs=2, n_steps=4)
