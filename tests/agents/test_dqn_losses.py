"""The rules of deep Q-learning against numbers worked out by hand."""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from numpy.typing import NDArray

from qrl.agents.dqn import losses
from qrl.agents.dqn.learner import Learner
from qrl.agents.dqn.network import QNetwork, QPolicy
from qrl.agents.dqn.options import VARIANTS, DQNOptions, variant_options
from qrl.agents.dqn.replay import GOES_ON, TERMINATED, TRUNCATED, Step
from qrl.errors import InputError


def tensor(*rows: Any) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


LEGAL = torch.tensor([[True, True, False], [False, True, True], [False, False, False]])
TARGET = tensor([1.0, 2.0, 9.0], [8.0, -3.0, -4.0], [5.0, 6.0, 7.0])
ONLINE = tensor([4.0, 3.0, 9.0], [9.0, 0.0, 1.0], [1.0, 1.0, 1.0])


def test_the_maximum_is_over_legal_actions() -> None:
    # Illegal: the 9 of the first row, the 8 of the second, and all of the last.
    assert losses.greedy_value(TARGET, TARGET, LEGAL).tolist() == [2.0, -3.0, 0.0]


def test_double_takes_the_target_value_of_the_online_choice() -> None:
    # The online network prefers action 0 in the first row and 2 in the second.
    assert losses.greedy_value(ONLINE, TARGET, LEGAL).tolist() == [1.0, -4.0, 0.0]


def test_the_soft_value_is_the_scaled_log_sum_of_exponentials_over_legal_actions() -> None:
    value = losses.soft_value(TARGET, LEGAL, 0.5)
    by_hand = [
        0.5 * log(exp(1 / 0.5) + exp(2 / 0.5)),
        0.5 * log(exp(-3 / 0.5) + exp(-4 / 0.5)),
        0.0,
    ]
    np.testing.assert_allclose(value, by_hand, rtol=1e-12)


def test_the_soft_value_is_its_definition() -> None:
    weights = [exp(2.0), exp(4.0)]  # of values 1 and 2 at temperature 0.5
    policy = [w / sum(weights) for w in weights]
    by_hand = sum(p * (q - 0.5 * log(p)) for p, q in zip(policy, [1.0, 2.0], strict=True))
    assert losses.soft_value(TARGET[:1], LEGAL[:1], 0.5).item() == pytest.approx(by_hand, rel=1e-12)


def test_a_cold_soft_value_is_the_maximum() -> None:
    assert losses.soft_value(TARGET, LEGAL, 1e-3).tolist() == pytest.approx([2.0, -3.0, 0.0])


def test_the_munchausen_bonus_is_the_clipped_log_policy() -> None:
    actions = torch.tensor([1, 2, 0])
    bonus = losses.munchausen_bonus(TARGET, LEGAL, actions, 0.5, -0.75)
    best = 0.5 * log(exp(4.0) / (exp(2.0) + exp(4.0)))  # about -0.063, above the floor
    # The second is 0.5 log(e^-8 / (e^-6 + e^-8)) = -1.06, the last is illegal: both below it.
    np.testing.assert_allclose(bonus, [best, -0.75, -0.75], rtol=1e-12)


def test_targets_stop_where_the_discount_is_zero() -> None:
    target = losses.td_target(tensor(1.0, 2.0)[0:2], tensor(0.5, 0.0), tensor(10.0, 10.0))
    assert target.tolist() == [6.0, 2.0]


def test_weights_scale_each_samples_loss_and_slope() -> None:
    errors = tensor(0.5, -3.0).requires_grad_()
    loss = losses.weighted_huber(errors, tensor(1.0, 0.2))
    # Huber: 0.5**2 / 2 = 0.125 and 3 - 1/2 = 2.5.
    assert loss.item() == pytest.approx((1.0 * 0.125 + 0.2 * 2.5) / 2)
    loss.backward()
    assert errors.grad is not None
    assert errors.grad.tolist() == pytest.approx([1.0 * 0.5 / 2, -0.2 * 1.0 / 2])


def test_dueling_takes_the_mean_of_legal_advantages_out() -> None:
    net = QNetwork(2, 3, 4, dueling=True)
    with torch.no_grad():
        net.advantage.weight.zero_()
        net.advantage.bias.copy_(torch.tensor([1.0, 3.0, 100.0]))
        assert net.value is not None
        net.value.weight.zero_()
        net.value.bias.fill_(10.0)
    values = net(torch.zeros(1, 2), torch.tensor([[True, True, False]]))
    assert values[0, :2].tolist() == [10 + 1 - 2, 10 + 3 - 2]


SIZE, ACTIONS, ENVS = 3, 4, 2
SMALL: dict[str, Any] = {"num_envs": ENVS, "buffer_size": 40, "hidden": 5, "learning_starts": 0,
                         "batch_size": 4, "gamma": 0.9, "learning_rate": 1e-3}  # fmt: skip


def make_learner(options: DQNOptions) -> Learner:
    """A learner of a short made-up history, and with two networks that differ."""
    torch.manual_seed(1)
    box = spaces.Box(-1, 1, (SIZE,), np.float32)
    rate = options.learning_rate
    policy = QPolicy(box, spaces.Discrete(ACTIONS), lambda _: rate, 5, options.dueling)
    for part in policy.q_net_target.parameters():
        part.data += 0.3 * torch.randn(part.shape)
    learner = Learner(policy, options, ENVS)
    rng = np.random.default_rng(2)

    def frame() -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        legal = rng.random((ENVS, ACTIONS)) < 0.6
        legal[:, 0] = True
        return rng.uniform(-1, 1, (ENVS, SIZE)).astype(np.float32), legal

    learner.replay.begin(*frame())
    for row in range(8):
        endings = np.full(ENVS, GOES_ON, np.uint8)
        if row == 3:
            endings[:] = TERMINATED, TRUNCATED
        rewards = rng.uniform(-2, 2, ENVS).astype(np.float32)
        actions = np.zeros(ENVS, dtype=np.int64)
        learner.add(Step(actions, rewards, endings, *frame(), *frame()))
    return learner


def forward(net: QNetwork, observation: Any, legal: Any) -> NDArray[np.float64]:
    """The network by plain NumPy."""
    part = {k: v.numpy().astype(float) for k, v in net.state_dict().items()}
    x = np.asarray(observation, dtype=float)
    for layer in ("body.0", "body.2"):
        x = part[f"{layer}.weight"] @ x + part[f"{layer}.bias"]
        x = np.where(x > 0, x, 0.01 * x)
    advantage = part["advantage.weight"] @ x + part["advantage.bias"]
    if "value.weight" not in part:
        return np.asarray(advantage)
    value = part["value.weight"] @ x + part["value.bias"]
    return np.asarray(value + advantage - advantage[legal].mean())


def target_by_hand(learner: Learner, slot: int) -> float:
    """Follow one transition step by step, as the papers write it."""
    replay, options, policy = learner.replay, learner.options, learner.policy
    total, discount, at = 0.0, 1.0, slot
    for _ in range(options.n_steps):
        total += discount * float(replay.rewards[at])
        if options.munchausen:
            legal = replay.legal[at]
            q = (
                forward(policy.q_net_target, replay.observations[at], legal)
                / options.entropy_temperature
            )
            scaled = q - max(q[legal])
            log_pi = scaled[replay.actions[at]] - log(np.exp(scaled[legal]).sum())
            bonus = max(options.entropy_temperature * log_pi, options.munchausen_floor)
            total += discount * options.munchausen_scale * bonus
        discount *= options.gamma
        ending = replay.endings[at]
        last, at = at, at + ENVS
        if ending != GOES_ON:
            break
    if ending == TERMINATED:
        return total
    observation, legal = replay.observations[at], replay.legal[at]
    if ending == TRUNCATED:
        observation, legal = replay._final_observations[last], replay._final_legal[last]
    q = forward(policy.q_net_target, observation, legal)
    if options.munchausen:
        heat = options.entropy_temperature
        top = max(q[legal])
        return total + discount * (top + heat * log(np.exp((q[legal] - top) / heat).sum()))
    chooser = forward(policy.q_net, observation, legal) if options.double else q
    best = max(np.flatnonzero(legal), key=lambda a: chooser[a])
    return total + discount * float(q[best])


RULES = [*VARIANTS, "three-step munchausen"]


def rule(name: str) -> DQNOptions:
    if name in VARIANTS:
        return variant_options(name, SMALL)
    return DQNOptions(munchausen=True, n_steps=3, **SMALL)


@pytest.mark.parametrize("name", RULES)
def test_targets_are_those_worked_out_by_hand(name: str) -> None:
    learner = make_learner(rule(name))
    slots = np.arange(learner.replay.ready)
    targets = learner.targets(learner.replay.read(slots)).numpy()
    by_hand = [target_by_hand(learner, slot) for slot in slots]
    np.testing.assert_allclose(targets, by_hand, atol=2e-6)


@pytest.mark.parametrize("name", RULES)
def test_an_update_is_adams_step_on_the_weighted_loss(name: str) -> None:
    learner = make_learner(rule(name))
    replay, net = learner.replay, learner.policy.q_net
    slots, weights = np.array([0, 5, 6, 7]), np.array([1.0, 0.5, 0.25, 0.1], dtype=np.float32)
    targets = [target_by_hand(learner, slot) for slot in slots]

    def loss_by_hand() -> tuple[float, list[float]]:
        total, errors = 0.0, []
        for slot, weight, target in zip(slots, weights, targets, strict=True):
            q = forward(net, replay.observations[slot], replay.legal[slot])
            errors.append(q[replay.actions[slot]] - target)
            size = abs(errors[-1])
            total += float(weight) * (size**2 / 2 if size < 1 else size - 0.5) / len(slots)
        return total, errors

    expected, errors = loss_by_hand()
    bias = net.advantage.bias
    before, shift = bias.detach().clone(), 1e-3
    slopes = []
    for k in range(ACTIONS):
        sides = []
        for sign in (1, -1):
            bias.data[k] = before[k] + sign * shift
            sides.append(loss_by_hand()[0])
        bias.data[k] = before[k]
        slopes.append((sides[0] - sides[1]) / (2 * shift))
    loss, told = learner.update(slots, weights)
    assert loss == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(told, errors, atol=2e-6)
    assert bias.grad is not None
    np.testing.assert_allclose(bias.grad, slopes, atol=2e-4)
    # Adam's first step is the learning rate times slope / |slope|.
    moved = (bias.detach() - before).numpy()
    clear = np.abs(slopes) > 1e-3
    assert clear.any()
    np.testing.assert_allclose(moved[clear], -1e-3 * np.sign(slopes)[clear], rtol=1e-2)


@pytest.mark.parametrize(("tau", "part"), [(1.0, 1.0), (0.25, 0.25)])
def test_the_target_network_is_refreshed(tau: float, part: float) -> None:
    learner = make_learner(DQNOptions(tau=tau, target_update_interval=3, **SMALL))
    online, target = learner.policy.q_net.advantage, learner.policy.q_net_target.advantage
    before = target.weight.clone()
    for _ in range(2):
        learner.update(np.arange(4))
    assert torch.equal(target.weight, before)
    learner.update(np.arange(4))
    mixed = part * online.weight.detach() + (1 - part) * before
    torch.testing.assert_close(target.weight, mixed)
    assert not target.weight.requires_grad


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"gamma": 1.5}, "gamma"),
        ({"gamma": float("nan")}, "gamma"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": 2.0}, "batch_size"),
        ({"double": 1}, "true or false"),
        ({"replay": "ranks"}, "Did you mean 'rank'"),
        ({"double": True, "munchausen": True}, "exclude each other"),
        ({"buffer_size": 100, "batch_size": 101}, "buffer_size"),
        ({"buffer_size": 500, "n_steps": 40}, "buffer_size"),
        ({"learning_rat": 1.0}, "Did you mean 'learning_rate'"),
    ],
)
def test_options_that_cannot_be_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        variant_options("dqn", settings)


def test_an_unknown_variant_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'dueling-dqn'"):
        variant_options("duelling-dqn")
