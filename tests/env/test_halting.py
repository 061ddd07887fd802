"""Random halting: how long episodes are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qrl.env import EnvConfig
from qrl.env.halting import NegativeBinomial, make_halting
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.search.checkpoint import pack, unpack
from qrl.tasks import get_task

H2 = get_task("vqe/h2-4q")


def lengths(env: CircuitVecEnv, steps: int, seed: int = 0) -> list[int]:
    """Return the lengths of the episodes that end within so many steps."""
    rng = np.random.default_rng(seed)
    found, length = [], np.zeros(env.num_envs, dtype=int)
    for _ in range(steps):
        _, _, terminated, truncated, _ = env.step(rng.integers(len(env.actions), size=env.num_envs))
        length += 1
        ended = terminated | truncated
        found += length[ended].tolist()
        length[ended] = 0
    return found


def test_the_published_distribution() -> None:
    halting = make_halting("negative-binomial:70,0.573,25,70", 70)
    drawn = halting.draw(np.random.default_rng(0), 100_000)
    assert (drawn.min(), drawn.max()) == (25, 70)
    # The mean 70 * 0.427 / 0.573 = 52.2 and the deviation 9.5 lose little to the clipping at 70.
    assert drawn.mean() == pytest.approx(52.0, abs=0.2)
    assert drawn.std() == pytest.approx(9.1, abs=0.3)


def test_the_published_distribution_is_scaled_to_the_longest_episode() -> None:
    halting = make_halting("negative-binomial", 14)
    assert halting == NegativeBinomial(70, 0.573, 25, 70, scale=0.2)
    drawn = halting.draw(np.random.default_rng(0), 10_000)
    assert (drawn.min(), drawn.max()) == (5, 14)
    assert (
        make_halting("negative-binomial", 1).draw(np.random.default_rng(0), 9).tolist() == [1] * 9
    )


def test_without_halting_nothing_is_drawn() -> None:
    rng = np.random.default_rng(3)
    assert make_halting("none", 9).draw(rng, 4).tolist() == [9] * 4
    assert rng.random() == np.random.default_rng(3).random()


def test_episodes_end_at_the_length_drawn() -> None:
    config = EnvConfig(max_gates=10, halting="negative-binomial:4,0.5,2,9")
    env = CircuitVecEnv(H2, config, num_envs=4)
    env.reset(seed=5)
    limits = env.limits.copy()
    played = lengths(env, int(limits.min()))
    assert played == [limits.min()] * int((limits == limits.min()).sum())
    more = lengths(env, 60)
    assert set(more) <= set(range(1, 10))
    assert len(set(more)) > 3


def test_a_halted_episode_ends_without_success() -> None:
    env = CircuitVecEnv(H2, EnvConfig(max_gates=9, halting="negative-binomial:1,1,3,3"), num_envs=2)
    env.reset(seed=0)
    for step in range(1, 7):
        _, rewards, terminated, truncated, info = env.step(np.array([step % 2, step % 3]))
        assert not terminated.any()
        assert truncated.tolist() == [step % 3 == 0] * 2
        if step % 3 == 0:
            assert rewards.tolist() == [-5.0, -5.0]
            assert info["final_mask"].shape == (2, len(env.actions))


def test_lengths_follow_the_seed_and_go_on_from_a_state() -> None:
    config = EnvConfig(max_gates=8, halting="negative-binomial:4,0.5,1,8")

    def make(seed: int) -> CircuitVecEnv:
        env = CircuitVecEnv(H2, config, num_envs=3)
        env.reset(seed=seed)
        return env

    one, same, other = make(1), make(1), make(2)
    first = lengths(one, 30)
    assert lengths(same, 30) == first
    assert lengths(other, 30) != first
    kept = unpack(pack(one.state()))
    expected = lengths(one, 30, seed=1)
    other.restore(kept)
    assert lengths(other, 30, seed=1) == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"halting": "geometric"}, "Unknown halting 'geometric'"),
        ({"halting": "negative-binomal"}, "'negative-binomial'"),
        ({"halting": "negative-binomial:70,0.5,9,8"}, "shortest length .* got 9 and 8"),
        ({"halting": "negative-binomial:70,0.5,2.5,8"}, "whole number"),
        ({"halting": "negative-binomial:70,1.5"}, "probability .* from 0.001 to 1.0"),
        ({"halting": "negative-binomial:70,0.5,2,9", "max_gates": 8}, "at most max_gates = 8"),
        ({"halting": "none:3"}, "takes no number"),
    ],
)
def test_rules_that_cannot_be_used(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CircuitVecEnv(H2, EnvConfig(**settings))
