"""Trees of whole circuits: widening, selection, what goes up, and moving the root."""

from __future__ import annotations

import math

import numpy as np
import pytest
from search.mcts.problems import alphabet

from qrl.search.mcts.circuit_tree import CircuitTree, value
from qrl.search.words import Word


def word(number: int) -> Word:
    return Word(np.array([number]), np.zeros(1))


def grown(seed: int, size: int, exponent: float = 0.3) -> CircuitTree:
    """Return a tree grown by simulations that each score one circuit."""
    rng = np.random.default_rng(seed)
    tree = CircuitTree(exponent, word(0), 1.0)
    for number in range(1, size):
        parent = tree.select(0.4, unit=0.01, highest=1.0)
        cost = float(rng.random())
        tree.score(tree.add(parent, word(number)), word(number), cost, cost)
    return tree


@pytest.mark.parametrize("exponent", [0.2, 0.3, 0.6])
def test_children_come_with_visits(exponent: float) -> None:
    tree = grown(0, 400, exponent)
    for node in range(len(tree)):
        assert len(tree.children[node]) <= max(1, math.ceil(tree.visits[node] ** exponent))
        assert all(tree.parent[child] == node for child in tree.children[node])
        inside = sum(tree.visits[child] for child in tree.children[node])
        assert tree.visits[node] == inside + (node > 0)  # its own first visit, and its children's
    assert len(tree.children[0]) == math.ceil(399**exponent)


def test_the_best_goes_up() -> None:
    tree = grown(1, 200)

    def lowest(node: int) -> float:
        return min([tree.energy[node], *(lowest(child) for child in tree.children[node])])

    assert tree.best == [lowest(node) for node in range(200)]
    assert tree.best[tree.best_child()] == min(tree.energy[1:])


def test_selection_follows_the_confidence_bound() -> None:
    tree = CircuitTree(0.3, word(0), 1.0)
    for number, (cost, visits) in enumerate([(0.5, 9), (0.2, 30), (0.9, 2)], start=1):
        node = tree.add(0, word(number))
        tree.score(node, word(number), cost, cost)
        tree.visits[node] = visits
    tree.visits[0] = 26  # with this visit 27, which allow ceil(27**0.3) = 3 children
    bound = [
        1 - math.log(1 + lack / 0.1) / math.log(1 + 0.8 / 0.1)
        + 0.4 * math.sqrt(math.log(27) / visits)
        for lack, visits in ((0.3, 9), (0.0, 30), (0.7, 2))
    ]  # fmt: skip
    chosen = 1 + int(np.argmax(bound))
    assert tree.select(0.4, unit=0.1, highest=1.0) == chosen
    assert tree.visits[0] == 27
    assert tree.visits[chosen] == [9, 30, 2][chosen - 1] + 1


def test_simulations_of_a_batch_go_different_ways() -> None:
    tree = grown(2, 100)
    parents = []
    for number in range(16):  # none is scored yet
        parents.append(tree.select(0.4, unit=0.01, highest=1.0))
        tree.add(parents[-1], word(100 + number))
    assert len(set(parents)) > 4


def test_values_run_from_the_start_to_the_best() -> None:
    got = [
        value(energy, lowest=0.1, highest=1.0, unit=0.01)
        for energy in (2.0, 1.0, math.inf, 0.2, 0.11, 0.1, 0.0)
    ]
    middle = [1 - math.log(11) / math.log(91), 1 - math.log(2) / math.log(91)]
    assert got == pytest.approx([0.0, 0.0, 0.0, *middle, 1.0, 1.0])
    same = [value(energy, lowest=0.3, highest=0.3, unit=0.01) for energy in (0.3, 0.4, math.inf)]
    assert same == [1.0, 0.0, 0.0]


def test_a_subtree_becomes_a_tree() -> None:
    tree = grown(3, 150)
    root = tree.best_child()
    inside = [root]
    for node in inside:
        inside += tree.children[node]
    inside.sort()
    part = tree.with_root(root)
    assert [w.letters[0] for w in part.words] == [tree.words[node].letters[0] for node in inside]
    for name in ("cost", "energy", "best", "visits"):
        assert getattr(part, name) == [getattr(tree, name)[node] for node in inside]
    assert part.parent == [-1, *(inside.index(tree.parent[node]) for node in inside[1:])]


def test_other_energies_change_the_best() -> None:
    tree = grown(4, 80)
    tree.reprice(np.arange(80.0)[::-1].copy())

    def lowest(node: int) -> float:
        return min([tree.energy[node], *(lowest(child) for child in tree.children[node])])

    assert tree.best == [lowest(node) for node in range(80)]
    assert tree.best[0] == 0.0


def test_a_tree_comes_back_from_its_state() -> None:
    letters = alphabet("cx,ry", 9)  # as many letters as numbers of words
    rng = np.random.default_rng(5)
    tree = CircuitTree(0.3, letters.start_word, 1.0)
    for _ in range(25):
        parent = tree.select(0.4, unit=0.01, highest=1.0)
        new = Word(rng.integers(20, size=3), rng.random(3))
        tree.score(tree.add(parent, new), new, float(rng.random()), float(rng.random()))
    back = CircuitTree.from_state(tree.state(letters), 0.3)
    for name in ("cost", "energy", "best", "visits", "parent", "children"):
        assert getattr(back, name) == getattr(tree, name)
    assert all(
        np.array_equal(a.angles, b.angles) for a, b in zip(back.words, tree.words, strict=True)
    )
    assert [back.select(0.4, unit=0.01, highest=1.0) for _ in range(9)] == [
        tree.select(0.4, unit=0.01, highest=1.0) for _ in range(9)
    ]
