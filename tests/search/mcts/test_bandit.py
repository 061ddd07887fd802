"""Confidence bounds, bandits of levels, rewards and the tree of paths."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrl.search.mcts.bandit import LevelBandits, ucb
from qrl.search.mcts.best_paths import BestPaths
from qrl.search.mcts.rewards import Rewards
from qrl.search.mcts.tree import PathTree
from qrl.search.words import Word


def test_the_confidence_bound() -> None:
    bound = ucb(np.array([0.5, 0.25, 0.9]), np.array([4.0, 16.0, 0.0]), 20.0, 0.7)
    assert bound[0] == pytest.approx(0.5 + 0.7 * math.sqrt(2 * math.log(20) / 4))
    assert bound[1] == pytest.approx(0.25 + 0.7 * math.sqrt(2 * math.log(20) / 16))
    assert bound[2] == math.inf
    assert ucb(np.array([0.3]), np.array([1.0]), 0.0, 1.0).tolist() == [0.3]


PATHS = st.lists(
    st.tuples(st.lists(st.integers(0, 3), min_size=1, max_size=3), st.floats(0, 1)), max_size=20
)


@given(played=PATHS)
@settings(max_examples=60, deadline=None)
def test_a_level_knows_the_mean_of_the_paths_through_each_choice(
    played: list[tuple[list[int], float]],
) -> None:
    bandits = LevelBandits(levels=3, operations=4)
    if played:
        paths = np.array([path + [-1] * (3 - len(path)) for path, _ in played])
        bandits.learn(paths, np.array([reward for _, reward in played]))
    for level in range(3):
        through = [(path[level], r) for path, r in played if len(path) > level]
        everyone = np.mean([r for _, r in through]) if through else 0.0
        for choice in range(4):
            own = [r for k, r in through if k == choice]
            assert bandits.means(level)[choice] == pytest.approx(np.mean(own) if own else everyone)
    before = [bandits.means(level) for level in range(3)]
    bandits.fade(0.5)
    for level in range(3):  # what is forgotten is certainty, not what was learned
        assert bandits.means(level) == pytest.approx(before[level])
    assert bandits.visits.sum() == pytest.approx(0.5 * sum(len(path) for path, _ in played))


def test_rewards_fall_with_what_is_lacking() -> None:
    rewards = Rewards(start_cost=1.0)
    cost = np.array([0.2, 0.4, 0.6, 1.0, 3.0, math.inf, math.nan])
    got = rewards.observe(cost)
    # Of the positive lacks 0.2, 0.4, 0.8, 2.8 the lower quartile is 0.2 + 0.75 * 0.2.
    assert rewards.scale == pytest.approx(0.35)
    assert got == pytest.approx([1, 1 / (1 + 0.2 / 0.35), 1 / (1 + 0.4 / 0.35), 1 / (1 + 0.8 / 0.35),
                                 1 / 9, 0, 0])  # fmt: skip
    assert rewards.observe(np.array([0.1])).tolist() == [1.0]
    assert rewards.best == 0.1
    back = Rewards(start_cost=1.0)
    back.restore(rewards.state())
    for one in (rewards, back):
        one.observe(np.array([0.3, 0.9]))
        one.rescale()
    assert back.scale == rewards.scale


def test_rewards_where_nothing_differs() -> None:
    rewards = Rewards(start_cost=0.5)
    assert rewards.observe(np.full(3, 0.5)).tolist() == [1.0] * 3
    rewards.rescale()
    assert rewards.scale == 0.0
    assert rewards.observe(np.array([math.nan])).tolist() == [0.0]


def test_edges_hold_the_mean_reward_of_the_paths_through_them() -> None:
    tree = PathTree(operations=3)
    rng = np.random.default_rng(0)
    played = []
    for _ in range(300):  # more nodes than there is room for at first
        path, node, edges = rng.integers(3, size=6).tolist(), 0, []
        for operation in path:
            edges.append((node, operation))
            node, is_new = tree.enter(node, operation)
            if is_new:
                break
        reward = float(rng.random())
        tree.reward(edges, reward)
        played.append((tuple(path), len(edges), reward))
    assert 64 < tree.count <= 301

    def node_of(prefix: tuple[int, ...]) -> int:
        node = 0
        for operation in prefix:
            node = int(tree.children[node, operation])
        return node

    for prefix in ((), (0,), (2, 1), (1, 1)):
        for operation in range(3):
            through = [
                reward
                for path, depth, reward in played
                if depth > len(prefix) and path[: len(prefix) + 1] == (*prefix, operation)
            ]
            node = node_of(prefix)
            assert tree.visits[node, operation] == len(through)
            assert tree.means(node)[operation] == pytest.approx(np.mean(through))
    again = PathTree(operations=3)
    again.restore(tree.state())
    assert again.count == tree.count
    assert again.enter(0, 1) == tree.enter(0, 1)


def test_children_far_below_their_parent_are_left() -> None:
    tree = PathTree(operations=5)
    for operation, rewards in enumerate(([0.9] * 4, [0.8] * 4, [0.1] * 4, [0.2] * 4, [0.0])):
        for reward in rewards:
            tree.enter(0, operation)
            tree.reward([(0, operation)], reward)
    # The mean of all is 8 / 17 = 0.47; operation 4 was visited too seldom to be judged.
    tree.prune(0, 0.5, visits=4, least=1)
    assert tree.pruned[0].tolist() == [False, False, True, True, False]
    kept = PathTree(operations=5)
    kept.restore({**tree.state(), "pruned": np.zeros_like(tree.state()["pruned"])})
    kept.prune(0, 0.5, visits=4, least=4)  # only the worst goes, so that four stay
    assert kept.pruned[0].tolist() == [False, False, True, False, False]


def test_the_best_paths_are_kept_once() -> None:
    best = BestPaths(3, levels=2)
    word = Word(np.array([0]), np.zeros(1))
    best.offer(np.array([[0, 1], [1, 1], [2, 2]]), np.array([0.5, np.nan, 0.3]), [word] * 3)
    best.offer(np.array([[0, 1], [0, 2], [2, 0]]), np.array([0.2, 0.4, 0.1]), [word] * 3)
    assert best.paths.tolist() == [[2, 0], [0, 1], [2, 2]]
    assert best.cost.tolist() == [0.1, 0.2, 0.3]
    assert len(best.words) == 3
