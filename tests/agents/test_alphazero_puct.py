"""AlphaZero's formulas and trees against numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from qrl.agents.alphazero.puct import draw_action, noisy_prior, puct_scores
from qrl.agents.alphazero.trees import Trees

FLAT = {"c_init": 1.0, "c_base": 1e12}
"""The weight of exploration is 1 but for 1e-12."""


def scores(visits: Any, values: Any, priors: Any, legal: Any, low: float, high: float) -> Any:
    rows = [np.array([row]) for row in (visits, values, priors, legal)]
    bounds = np.array([low]), np.array([high])
    return puct_scores(*rows, *bounds, c_init=1.25, c_base=19652.0)[0]


def test_puct_of_a_node_by_hand() -> None:
    """N = 1 + 3 + 1: Q of 2 and -1 between -1 and 3 are 0.75 and 0; unseen is the mean of returns."""
    got = scores([3, 1, 0], [6.0, -1.0, 0.0], [0.5, 0.3, 0.2], [True] * 3, -1.0, 3.0)
    weight = math.log((1 + 5 + 19652) / 19652) + 1.25
    unseen = (5.0 / 4.0 + 1.0) / 4.0
    wanted = [
        0.75 + weight * 0.5 * math.sqrt(5) / 4,
        0.0 + weight * 0.3 * math.sqrt(5) / 2,
        unseen + weight * 0.2 * math.sqrt(5) / 1,
    ]
    np.testing.assert_allclose(got, wanted, rtol=1e-14)


def test_a_new_node_follows_the_prior_and_nothing_illegal() -> None:
    got = scores([0, 0, 0], [0.0] * 3, [0.3, 0.6, 0.1], [True, False, True], np.inf, -np.inf)
    weight = math.log(19654 / 19652) + 1.25
    np.testing.assert_allclose(got, [weight * 0.3, -np.inf, weight * 0.1], rtol=1e-14)


def test_equal_returns_say_nothing() -> None:
    got = scores([1, 0], [-4.0, 0.0], [0.5, 0.5], [True, True], -4.0, -4.0)
    assert got[1] == pytest.approx(2 * got[0])


def test_noise_is_that_of_dirichlet_over_legal_actions() -> None:
    prior, legal = np.array([0.7, 0.0, 0.3, 0.0]), np.array([True, False, True, True])
    mixed = noisy_prior(prior, legal, fraction=0.25, scale=6.0, rng=np.random.default_rng(3))
    drawn = np.random.default_rng(3).dirichlet([2.0, 2.0, 2.0])
    np.testing.assert_allclose(mixed[legal], 0.75 * prior[legal] + 0.25 * drawn)
    assert mixed[1] == 0.0
    assert mixed.sum() == pytest.approx(1.0)


def test_moves_are_drawn_by_visits() -> None:
    rng, visits = np.random.default_rng(0), np.array([1, 0, 3])
    drawn = [draw_action(visits, 0.5, rng) for _ in range(4000)]
    shares = np.bincount(drawn, minlength=3) / 4000
    np.testing.assert_allclose(shares, [0.1, 0.0, 0.9], atol=0.02)  # 1 to 9
    assert draw_action(visits, 0.0, rng) == 2


def grow(trees: Trees, steps: int, rewards: dict[tuple[int, ...], float], priors: Any) -> None:
    """Search a game of two actions and two moves whose rewards are given by path."""
    one = np.array([0])
    paths: dict[int, tuple[int, ...]] = {0: ()}
    for _ in range(steps):
        node, action, ended = trees.select(one, **FLAT)
        if not ended[0]:
            path = (*paths[int(node[0])], int(action[0]))
            last = np.array([len(path) == 2])
            node = trees.attach(node, action, np.array([rewards[path]]), last)
            paths[int(node[0])] = path
            trees.expand(one, node, np.array([priors.get(path, (0.5, 0.5))]), np.ones((1, 2), bool))
        trees.backup(one, node, np.zeros(1), 0.5)


REWARDS = {(0,): 0.0, (1,): 1.0, (0, 0): 0.0, (0, 1): 3.0, (1, 0): 0.0, (1, 1): 0.0}


def planted() -> Trees:
    trees = Trees(1, 8, 2)
    trees.plant(0, np.array([0.7, 0.3]), np.array([True, True]))
    return trees


def test_a_search_of_two_levels_by_hand() -> None:
    """Discount 1/2; s = scaled Q + prior sqrt(N) / (1 + n); the path and return of each simulation:

    1. 0.70 against 0.30: 0, return 0.
    2. 0.7 sqrt2/2 = 0.49 against 0.3 sqrt2 = 0.42: 0; then 0.22 against 0.78: 1; return 1.5.
    3. Q between 0 and 3; unseen as the mean 0.75: 0.25 + 0.7 sqrt3/3 = 0.65 against
       0.25 + 0.3 sqrt3 = 0.77: 1, return 1.
    4. 0.25 + 0.7 * 2/3 = 0.72 against 1/3 + 0.3 * 2/2 = 0.63: 0; then
       1 + 0.22 sqrt2 = 1.31 against 1 + 0.78 sqrt2/2 = 1.55: 1, known: return 1.5.
    5. 1/3 + 0.7 sqrt5/4 = 0.72 against 1/3 + 0.3 sqrt5/2 = 0.67: 0; then 1 + 0.22 sqrt3 = 1.38
       against 1 + 0.78 sqrt3/3 = 1.45: 1: return 1.5.
    6. 0.375 + 0.7 sqrt6/5 = 0.72 against 1/3 + 0.3 sqrt6/2 = 0.70: 0; then 1 + 0.22 * 2 = 1.44
       against 1 + 0.78 * 2/4 = 1.39: 0, return 0.
    7. 0.3 + 0.7 sqrt7/6 = 0.61 against 1/3 + 0.3 sqrt7/2 = 0.73: 1; then a tie: 0, return 1.
    """
    for visits in ([1, 0], [2, 0], [2, 1], [3, 1], [4, 1], [5, 1], [5, 2]):
        trees = planted()
        grow(trees, sum(visits), REWARDS, {(0,): (0.22, 0.78)})
        assert trees.root_visits().tolist() == [visits]
    assert trees.values[0, 0].tolist() == [4.5, 2.0]
    left = int(trees.children[0, 0, 0])
    assert trees.visits[0, left].tolist() == [1, 3]
    assert trees.values[0, left].tolist() == [0.0, 9.0]
    assert (trees.low[0], trees.high[0]) == (0.0, 3.0)


def test_backup_discounts_along_the_path() -> None:
    trees = Trees(1, 4, 2)
    both = np.array([True, True])
    trees.plant(0, np.array([0.5, 0.5]), both)
    one = np.array([0])
    first = trees.attach(np.array([0]), np.array([1]), np.array([2.0]), np.array([False]))
    second = trees.attach(first, np.array([0]), np.array([-1.0]), np.array([False]))
    trees.backup(one, second, np.array([10.0]), 0.9)
    assert trees.values[0, first[0]].tolist() == [-1.0 + 0.9 * 10.0, 0.0]
    assert trees.values[0, 0].tolist() == [0.0, pytest.approx(2.0 + 0.9 * 8.0)]
    assert trees.visits[0, 0].tolist() == [0, 1]
    assert (trees.low[0], trees.high[0]) == (8.0, pytest.approx(9.2))


def test_a_move_keeps_what_is_below_and_frees_the_rest() -> None:
    trees = planted()
    grow(trees, 7, REWARDS, {(0,): (0.22, 0.78)})
    assert trees.used[0].sum() == 6  # the root, both children, three ends
    assert trees.advance(0, 0) == 1
    assert np.flatnonzero(trees.used[0]).tolist() == [1, 2, 4]
    assert trees.root_visits().tolist() == [[1, 3]]
    assert (trees.low[0], trees.high[0]) == (0.0, 3.0)
    # Backing up ends at the new root, and a new node takes a slot that was given up.
    trees.backup(np.array([0]), np.array([4]), np.zeros(1), 0.5)
    assert trees.root_visits().tolist() == [[2, 3]]
    slot = trees.attach(np.array([1]), np.array([0]), np.array([0.0]), np.array([True]))
    assert slot.tolist() == [0]


def test_games_descend_and_back_up_apart() -> None:
    both = Trees(2, 8, 2)
    legal = np.array([[True, True], [False, True]])
    for game in (0, 1):
        both.plant(game, np.array([0.9, 0.1]), legal[game])
    _, actions, ended = both.select(np.arange(2), **FLAT)
    assert actions.tolist() == [0, 1]  # the second game's first action is illegal
    assert not ended.any()
    nodes = both.attach(
        np.zeros(2, np.int64), actions, np.array([1.0, 5.0]), np.array([False, True])
    )
    both.expand(np.arange(2), nodes, np.full((2, 2), 0.5), np.ones((2, 2), bool))
    both.backup(np.arange(2), nodes, np.array([2.0, 0.0]), 1.0)
    assert both.values[:, 0].tolist() == [[3.0, 0.0], [0.0, 5.0]]
    nodes, actions, ended = both.select(np.array([1]), **FLAT)
    assert (actions.tolist(), ended.tolist()) == ([-1], [True])
