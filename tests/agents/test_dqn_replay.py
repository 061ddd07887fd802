"""What is kept, what is drawn how often, and what a checkpoint holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrl.agents.dqn.priorities import PRIORITIES, ProportionalPriorities, RankPriorities
from qrl.agents.dqn.replay import GOES_ON, TERMINATED, TRUNCATED, Replay, Step
from qrl.agents.dqn.sum_tree import SumTree
from qrl.errors import InputError

ENVS, ACTIONS, GAMMA = 2, 3, 0.5


class History:
    """Every step ever made, as plain lists: what a replay must agree with."""

    def __init__(self, rows: int, n_steps: int, seed: int) -> None:
        self.replay = Replay(rows * ENVS, ENVS, 1, ACTIONS, n_steps, GAMMA)
        self.rng, self.number, self.n_steps = np.random.default_rng(seed), 0, n_steps
        self.steps: list[Step] = []
        self.seen: list[Any] = []
        self.drawable: set[int] = set()
        self.begin()

    def frame(self) -> tuple[Any, Any]:
        """Observations that occur once, and masks."""
        numbers = np.arange(self.number, self.number + ENVS, dtype=np.float32)[:, None]
        self.number += ENVS
        return numbers, self.rng.random((ENVS, ACTIONS)) < 0.5

    def begin(self) -> None:
        shown = self.frame()
        if self.steps:
            last = self.steps[-1]
            on = last.endings == GOES_ON
            last.endings[on] = TRUNCATED
            last.final_observations[on] = self.seen[-1][0][on]
            last.final_legal[on] = self.seen[-1][1][on]
        self.seen[len(self.steps) :] = [shown]
        self.replay.begin(*shown)

    def add(self) -> None:
        endings = self.rng.choice([GOES_ON, GOES_ON, TERMINATED, TRUNCATED], ENVS).astype(np.uint8)
        rewards = self.rng.integers(-8, 8, ENVS).astype(np.float32)
        step = Step(
            self.rng.integers(0, ACTIONS, ENVS), rewards, endings, *self.frame(), *self.frame()
        )
        # The replay must keep copies: the history changes its own.
        come, gone = self.replay.add(Step(*(np.array(part) for part in step)))
        self.steps.append(step)
        self.seen.append((step.observations, step.legal))
        self.drawable = (self.drawable - set(gone.tolist())) | set(come.tolist())

    def transition(self, row: int, env: int) -> tuple[float, float, float, list[bool]]:
        total, discount = 0.0, 1.0
        for at in range(row, row + self.n_steps):
            step = self.steps[at]
            total += discount * float(step.rewards[env])
            discount *= GAMMA
            if step.endings[env] == TERMINATED:
                return total, 0.0, 0.0, []
            if step.endings[env] == TRUNCATED:
                final = float(step.final_observations[env, 0])
                return total, discount, final, step.final_legal[env].tolist()
        seen, legal = self.seen[row + self.n_steps]
        return total, discount, float(seen[env, 0]), legal[env].tolist()

    def check(self) -> None:
        replay, done = self.replay, len(self.steps)
        oldest = max(done - replay.rows + 1, 0)
        rows = range(oldest, done - self.n_steps + 1)
        slots = [row % replay.rows * ENVS + env for row in rows for env in range(ENVS)]
        assert replay.ready == len(slots)
        assert self.drawable == set(slots)
        if not slots:
            return
        assert set(replay.draw(50, np.random.default_rng(0)).tolist()) <= set(slots)
        found = replay.read(np.array(slots))
        for k, (row, env) in enumerate((row, env) for row in rows for env in range(ENVS)):
            total, discount, seen, legal = self.transition(row, env)
            assert replay.observations[slots[k], 0] == self.seen[row][0][env, 0]
            assert replay.actions[slots[k]] == self.steps[row].actions[env]
            assert found.returns[k] == total
            assert found.discounts[k] == discount
            if discount:
                assert found.next_observations[k, 0] == seen
                assert found.next_legal[k].tolist() == legal


@given(
    rows=st.integers(5, 9),
    n_steps=st.integers(1, 4),
    seed=st.integers(0, 999),
    moves=st.lists(st.sampled_from("aaaab"), max_size=25),
)
@settings(max_examples=60, deadline=None)
def test_transitions_are_those_of_the_whole_history(
    rows: int, n_steps: int, seed: int, moves: list[str]
) -> None:
    history = History(rows, n_steps, seed)
    for move in moves:
        history.add() if move == "a" else history.begin()
        history.check()


def test_every_slot_is_drawn_equally_often() -> None:
    history = History(6, 2, 0)
    for _ in range(9):
        history.add()
    slots, counts = np.unique(
        history.replay.draw(8000, np.random.default_rng(1)), return_counts=True
    )
    assert len(slots) == history.replay.ready == 8
    assert np.abs(counts - 1000).max() < 150


@pytest.mark.parametrize("length", [3, 30])
def test_a_restored_replay_is_the_same(length: int) -> None:
    history = History(8, 3, 5)
    for _ in range(length):
        history.add()
    twin = Replay(16, ENVS, 1, ACTIONS, 3, GAMMA)
    state = history.replay.state()
    assert len(state["observations"]) == min(length + 1, 8) * ENVS
    twin.restore(state)
    history.replay = twin
    history.check()
    history.add()
    history.check()


def test_a_state_of_another_shape_is_refused() -> None:
    history = History(8, 3, 5)
    history.add()
    state = history.replay.state()
    state["rewards"] = state["rewards"][:1]
    with pytest.raises(ValueError, match="must have 4 rows"):
        Replay(16, ENVS, 1, ACTIONS, 3, GAMMA).restore(state)


def test_a_replay_too_small_for_its_steps_is_refused() -> None:
    with pytest.raises(InputError, match="at least 8; got 7"):
        Replay(7, 2, 1, ACTIONS, 3, GAMMA)


def test_a_replay_larger_than_memory_is_refused() -> None:
    with pytest.raises(InputError, match=r"GiB.*buffer_size"):
        Replay(10**9, 8, 100_000, 10, 1, 0.99)


@given(
    masses=st.lists(st.integers(0, 5), min_size=1, max_size=20).filter(any),
    changes=st.lists(st.tuples(st.integers(0, 19), st.integers(1, 5)), max_size=6),
)
def test_the_sum_tree_finds_what_a_running_sum_finds(
    masses: list[int], changes: list[tuple[int, int]]
) -> None:
    tree = SumTree(len(masses))
    tree.update(np.arange(len(masses)), np.array(masses, dtype=float))
    for slot, mass in changes:
        masses[slot % len(masses)] = mass
        tree.update(np.array([slot % len(masses)]), float(mass))
    total = sum(masses)
    assert tree.total == total
    targets = np.arange(2 * total) / 2
    by_hand = np.searchsorted(np.cumsum(masses), targets, side="right")
    assert tree.find(targets).tolist() == by_hand.tolist()
    twin = SumTree(len(masses))
    twin.rebuild(tree.masses)
    assert np.array_equal(twin._nodes, tree._nodes)


def test_a_target_beyond_the_sum_still_finds_a_mass() -> None:
    tree = SumTree(5)
    tree.update(np.arange(5), np.array([1.0, 2.0, 0.0, 0.0, 0.0]))
    assert tree.find(np.array([3.0, 3.5])).tolist() == [1, 1]


def test_proportional_probabilities_and_weights() -> None:
    priorities = ProportionalPriorities(8, 0.5)
    priorities.add(np.arange(3))
    priorities.update(np.arange(3), np.array([1.0, -4.0, 9.0]))
    # Square roots: 1, 2, 3 of 6 (the 1e-6 that is added changes the seventh digit).
    slots, weights = priorities.draw(60, np.random.default_rng(0), 0.4, 3)
    assert np.bincount(slots).tolist() == [10, 20, 30]
    by_hand = (3 * np.array([1, 2, 3]) / 6) ** -0.4
    np.testing.assert_allclose(weights, (by_hand / by_hand[0])[slots], rtol=1e-5)
    priorities.remove(np.array([2]))
    assert set(priorities.draw(60, np.random.default_rng(0), 0.4, 2)[0].tolist()) == {0, 1}


def test_a_new_transition_has_the_largest_priority_seen() -> None:
    priorities = ProportionalPriorities(8, 1.0)
    priorities.add(np.arange(2))
    priorities.update(np.arange(2), np.array([7.0, 0.5]))
    priorities.update(np.array([0]), np.array([0.0]))
    priorities.add(np.array([2]))
    np.testing.assert_allclose(priorities.tree.masses[:3], [1e-6, 0.5, 7.0], rtol=1e-5)


def test_rank_probabilities() -> None:
    priorities = RankPriorities(8, 0.7)
    priorities.add(np.arange(4))
    errors = np.array([0.1, -30.0, 2.0, 0.5])
    priorities.update(np.arange(4), errors)
    priorities.sort()
    ranks = np.array([4, 1, 2, 3])  # whatever the size of the largest
    np.testing.assert_allclose(priorities.tree.masses[:4], ranks**-0.7)
    priorities.update(np.array([0]), np.array([1.0]))  # above 0.1, 0.5; below 2, 30
    assert priorities.tree.masses[0] == pytest.approx(3**-0.7)
    _, weights = priorities.draw(50, np.random.default_rng(0), 1.0, 4)
    assert weights.max() == 1.0


def test_ranks_are_exact_after_32_updates() -> None:
    priorities = RankPriorities(64, 1.0)
    priorities.add(np.arange(40))
    rng = np.random.default_rng(0)
    for _ in range(32):
        priorities.update(np.arange(40), rng.normal(size=40))
    by_size = np.argsort(-priorities.errors[:40])
    np.testing.assert_allclose(1 / priorities.tree.masses[by_size], np.arange(1, 41))


@pytest.mark.parametrize("name", PRIORITIES)
def test_restored_priorities_draw_the_same(name: str) -> None:
    first, second = (PRIORITIES[name](50, 0.6) for _ in range(2))
    rng = np.random.default_rng(3)
    first.add(np.arange(40))
    for _ in range(40):
        first.update(rng.integers(0, 40, 8), rng.normal(size=8))
    second.restore(first.state())
    for kept in (first, second):
        kept.remove(np.arange(3))
        kept.add(np.arange(40, 45))
    drawn = [kept.draw(30, np.random.default_rng(4), 0.5, 42) for kept in (first, second)]
    assert np.array_equal(drawn[0][0], drawn[1][0])
    assert np.array_equal(drawn[0][1], drawn[1][1])
