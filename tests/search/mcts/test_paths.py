"""Paths keep to the limits, and are drawn as the bandits say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search.mcts.problems import alphabet

from qrl.search.mcts.bandit import LevelBandits
from qrl.search.mcts.paths import PathSampler, Played
from qrl.search.mcts.pool import Pool
from qrl.search.mcts.shared_angles import SharedAngles
from qrl.search.mcts.tree import PathTree

GATES = st.sampled_from(["cx,rx,ry,rz", "cx,ry", "h,s,cx", "rzz,ry", "ry", "swap,h"])


@given(
    gates=GATES, n=st.integers(1, 4), levels=st.integers(1, 9), cnots=st.integers(0, 4),
    most=st.integers(0, 7), seed=st.integers(0, 2**32 - 1), random=st.booleans(),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_limits_hold(
    gates: str, n: int, levels: int, cnots: int, most: int, seed: int, random: bool
) -> None:
    if n == 1 and gates == "swap,h":
        gates = "h"
    letters, rng = alphabet(gates, n), np.random.default_rng(seed)
    pool = Pool.of(letters)
    sampler = PathSampler(pool, levels, 8, most_cnots=cnots, most_gates=most)
    if random:
        played = sampler.random(rng)
    else:
        tree, bandits = PathTree(len(pool)), LevelBandits(levels, len(pool))
        for _ in range(3):
            played = sampler.play([], 0, tree, bandits, constant=1.0, chance=0.5, rng=rng)
    for path, word in zip(
        played.paths, SharedAngles(pool, levels).words(played.paths), strict=True
    ):
        circuit = letters.circuit(word)
        assert circuit.two_qubit_count <= cnots or circuit.counts.get("swap", 0) * 3 <= cnots
        assert sum(3 if g.name == "swap" else 2 if g.name == "rzz" else 1
                   for g in circuit.gates if len(g.qubits) == 2) <= cnots  # fmt: skip
        assert not most or len(circuit) <= most
        ended = np.flatnonzero(path == pool.stop)
        assert ended.size <= 1
        assert np.all(path[int(ended[0]) + 1 :] == -1) if ended.size else np.all(path >= 0)


def test_equal_circuits_are_one_path() -> None:
    letters = alphabet("h,cx", 2)
    pool = Pool.of(letters)
    sampler = PathSampler(pool, 3, 400, most_cnots=9, most_gates=0)
    paths = np.unique(sampler.random(np.random.default_rng(0)).paths, axis=0)
    words = SharedAngles(pool, 3).words(paths)
    canonical = [letters.circuit(word).canonical().gates for word in words]
    assert len(set(canonical)) == len(canonical) > 10


def test_random_paths_are_uniform_over_legal_operations() -> None:
    pool = Pool.of(alphabet("cx,ry", 2))
    sampler = PathSampler(pool, 1, 4000, most_cnots=1, most_gates=0)
    drawn = sampler.random(np.random.default_rng(1)).paths[:, 0]
    share = np.bincount(drawn, minlength=len(pool)) / len(drawn)
    assert share == pytest.approx(np.full(len(pool), 1 / len(pool)), abs=0.03)


def play(
    sampler: PathSampler, tree: PathTree, bandits: LevelBandits, constant: float, chance: float
) -> Played:
    rng = np.random.default_rng(5)
    return sampler.play([], 0, tree, bandits, constant=constant, chance=chance, rng=rng)


def test_the_tree_is_left_where_the_confidence_bound_says() -> None:
    pool = Pool.of(alphabet("cx,ry", 2))
    sampler = PathSampler(pool, 2, 6, most_cnots=9, most_gates=0)
    tree, bandits = PathTree(len(pool)), LevelBandits(2, len(pool))
    rng = np.random.default_rng(0)
    tree.visits[0] = [3, 1, 0, 5, 2]
    tree.total[0] = [2.0, 0.9, 0.0, 1.0, 1.5]
    bandits.visits[0], bandits.total[0] = 4.0, 4.0 * rng.random(len(pool))
    visits, total = tree.visits[0].copy(), tree.total[0].copy()
    level = bandits.means(0)
    played = play(sampler, tree, bandits, 0.8, 0.0)
    for edges in played.edges:
        # One visit more from the level's bandit; visits of the batch count, rewards not yet.
        bound = (total + level) / (visits + 1) + 0.8 * np.sqrt(
            2 * np.log(visits.sum() + 1) / (visits + 1)
        )
        choice = int(bound.argmax())
        assert edges[0] == (0, choice)
        visits[choice] += 1
    assert np.array_equal(tree.visits[0], visits)


def test_below_the_tree_the_best_of_each_level_is_chosen() -> None:
    pool = Pool.of(alphabet("cx,ry", 2))
    sampler = PathSampler(pool, 3, 5, most_cnots=9, most_gates=0)
    bandits = LevelBandits(3, len(pool))
    bandits.visits[:] = 1.0
    bandits.total[1, 2] = bandits.total[2, 0] = 1.0
    for path in play(sampler, PathTree(len(pool)), bandits, 1.0, 0.0).paths:
        if path[0] not in (pool.stop, 2):
            assert path[1:].tolist() == [2, 0]
    drawn = play(sampler, PathTree(len(pool)), bandits, 1.0, 1.0).paths
    assert len(np.unique(drawn[:, 1:], axis=0)) > 2


def test_pruned_edges_are_not_taken() -> None:
    pool = Pool.of(alphabet("cx,ry", 2))
    sampler = PathSampler(pool, 2, 20, most_cnots=9, most_gates=0)
    tree = PathTree(len(pool))
    tree.pruned[0, [0, 3]] = True
    taken = play(sampler, tree, LevelBandits(2, len(pool)), 1.0, 0.0).paths[:, 0]
    assert set(taken.tolist()) == {1, 2, pool.stop}
