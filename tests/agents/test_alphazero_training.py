"""AlphaZero's loss, targets and replay, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from qrl.agents.alphazero import AlphaZeroOptions
from qrl.agents.alphazero.network import PolicyValueNet, alphazero_loss
from qrl.agents.alphazero.replay import Replay, discounted_returns
from qrl.errors import InputError


def test_the_loss_of_two_positions_by_hand() -> None:
    """p = (1/4, 3/4) and (1/2, 1/2), pi = (1/2, 1/2) and (1, 0); v = 1, 0 against z = 3, -1."""
    logs = torch.log(torch.tensor([[0.25, 0.75], [0.5, 0.5]]))
    targets = torch.tensor([[0.5, 0.5], [1.0, 0.0]])
    values, returns = torch.tensor([1.0, 0.0]), torch.tensor([3.0, -1.0])
    total, policy, value = alphazero_loss(logs, values, targets, returns, 0.5)
    by_hand = (-0.5 * math.log(0.25) - 0.5 * math.log(0.75) - math.log(0.5)) / 2
    assert policy.item() == pytest.approx(by_hand)
    assert value.item() == pytest.approx((4.0 + 1.0) / 2)
    assert total.item() == pytest.approx(by_hand + 0.5 * 2.5)


def test_the_network_spreads_its_prior_over_legal_actions_only() -> None:
    network = PolicyValueNet(3, 4, 8, seed=0)
    seen = np.ones((2, 3), dtype=np.float32)
    masks = np.array([[True, False, True, False], [False, True, False, False]])
    priors, values = network.evaluate(seen, masks)
    assert priors.tolist() == [[0.5, 0.0, 0.5, 0.0], [0.0, 1.0, 0.0, 0.0]]
    assert values.tolist() == [0.0, 0.0]


def test_illegal_actions_get_no_gradient() -> None:
    network = PolicyValueNet(3, 4, 8, seed=0)
    mask = torch.tensor([[True, False, True, True]])
    logs, value = network(torch.ones(1, 3), mask)
    target = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    alphazero_loss(logs, value, target, torch.zeros(1), 1.0)[0].backward()
    gradient = network.policy.bias.grad
    assert gradient is not None
    # Of a softmax: p - pi, with p = 1/3 over the three legal ones.
    np.testing.assert_allclose(gradient.numpy(), [1 / 3 - 1, 0.0, 1 / 3, 1 / 3], atol=1e-6)


def test_an_initial_network_depends_on_its_seed_and_moves_no_generator() -> None:
    before = torch.get_rng_state()
    first, same, other = (PolicyValueNet(3, 2, 8, seed=s).trunk[0].weight for s in (0, 0, 1))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert torch.equal(before, torch.get_rng_state())


def test_returns_by_hand() -> None:
    np.testing.assert_allclose(discounted_returns([1.0, 0.0, -5.0], 0.5), [-0.25, -2.5, -5.0])


def test_replay_forgets_the_oldest() -> None:
    replay = Replay(3, 1, 2)

    def add(*values: float) -> None:
        rows = np.array(values)
        replay.add(
            observations=rows[:, None],
            masks=np.ones((len(rows), 2), bool),
            policies=np.full((len(rows), 2), 0.5),
            values=rows,
        )

    add(1.0, 2.0)
    assert replay.filled == 2
    rng = np.random.default_rng(0)
    assert set(replay.sample(50, rng)["values"]) == {1.0, 2.0}
    add(3.0, 4.0)
    drawn = replay.sample(50, rng)
    assert set(drawn["values"]) == {2.0, 3.0, 4.0}
    assert np.array_equal(drawn["observations"][:, 0], drawn["values"])
    twin = Replay(3, 1, 2)
    twin.restore(replay.state())
    add(5.0, 6.0, 7.0, 8.0)  # a game longer than the replay leaves its last positions
    assert set(replay.sample(50, rng)["values"]) == {6.0, 7.0, 8.0}
    assert set(twin.sample(50, rng)["values"]) == {2.0, 3.0, 4.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [("simulations", 0), ("simulations", 2.5), ("gamma", 1.5), ("noise_scale", 0.0), ("l2", "x")],
)
def test_options_out_of_range_are_refused(name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"AlphaZero's {name} must be"):
        AlphaZeroOptions(**{name: value})  # type: ignore[arg-type]


def test_a_minibatch_fits_into_the_replay() -> None:
    with pytest.raises(InputError, match="at most replay_size = 100"):
        AlphaZeroOptions(replay_size=100, batch_size=101)
