"""A tree of whole circuits whose nodes may have more children the more they are visited."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.words import Alphabet

_NONE = -1


class CircuitTree:
    """Circuits, what each came from, and the best that came of it; node 0 is the root.

    Attributes:
        exponent: a node may have ceil(visits**exponent) children.
        words: the circuit of each node.
        parent: its node, -1 for the root.
        cost: of each circuit; infinite until it is scored.
        energy: what circuits are compared by.
        best: lowest energy in the subtree of each node.
        visits: simulations through each node.
    """

    def __init__(self, exponent: float, word: Word, cost: float) -> None:
        self.exponent = exponent
        self.words = [word]
        self.parent = [_NONE]
        self.cost, self.energy, self.best = [cost], [cost], [cost]
        self.visits = [0]
        self.children: list[list[int]] = [[]]

    def __len__(self) -> int:
        return len(self.words)

    def is_full(self, node: int) -> bool:
        """Tell whether a node has all children that its visits allow (progressive widening)."""
        allowed: int = math.ceil(float(self.visits[node]) ** self.exponent)
        return len(self.children[node]) >= max(1, allowed)

    def select(self, constant: float, *, unit: float, highest: float) -> int:
        """Walk down to a node that may have another child, and count the visit.

        Among children the one with the highest value + constant sqrt(ln N / n) is next. Visits count
        before rewards come, which sends a batch's simulations different ways ("virtual loss").

        Args:
            constant: weight of what is little visited.
            unit, highest: of `value`.
        """
        node, lowest = 0, self.best[0]
        while True:
            self.visits[node] += 1
            if not self.is_full(node):
                return node
            # A node has few children: plain numbers are faster than arrays here.
            more = math.log(self.visits[node])
            bounds = [
                value(self.best[child], lowest=lowest, highest=highest, unit=unit)
                + constant * math.sqrt(more / self.visits[child])
                for child in self.children[node]
            ]
            node = self.children[node][bounds.index(max(bounds))]

    def add(self, parent: int, word: Word) -> int:
        """Add a child that is not scored yet; its first visit counts."""
        node = len(self.words)
        self.words.append(word)
        self.parent.append(parent)
        for numbers in (self.cost, self.energy, self.best):
            numbers.append(math.inf)
        self.visits.append(1)
        self.children.append([])
        self.children[parent].append(node)
        return node

    def score(self, node: int, word: Word, cost: float, energy: float) -> None:
        """Give a node its tuned circuit, and tell all that it came from."""
        self.words[node], self.cost[node], self.energy[node] = word, cost, energy
        while node != _NONE:
            self.best[node] = min(self.best[node], energy)
            node = self.parent[node]

    def best_child(self) -> int:
        """Return the child of the root with the lowest energy below it."""
        return min(self.children[0], key=lambda child: (self.best[child], child))

    def with_root(self, root: int) -> CircuitTree:
        """Return the subtree of a node as a tree of its own."""
        tree = CircuitTree(self.exponent, self.words[root], self.cost[root])
        number = {root: 0}
        for name in _NUMBERS:
            getattr(tree, name)[0] = getattr(self, name)[root]
        for node in range(root + 1, len(self.words)):  # children come after their parents
            if self.parent[node] not in number:
                continue
            new = tree.add(number[self.parent[node]], self.words[node])
            number[node] = new
            for name in _NUMBERS:
                getattr(tree, name)[new] = getattr(self, name)[node]
        return tree

    def reprice(self, energy: NDArray[np.float64]) -> None:
        """Give all nodes other energies, shape (nodes,)."""
        self.energy = energy.tolist()
        self.best = energy.tolist()
        for node in range(len(self.words) - 1, 0, -1):
            parent = self.parent[node]
            self.best[parent] = min(self.best[parent], self.best[node])

    def state(self, alphabet: Alphabet) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "words": alphabet.pad(self.words).to_dict(),
            "parent": np.array(self.parent),
            **{name: np.array(getattr(self, name)) for name in _NUMBERS},
        }

    @staticmethod
    def from_state(state: dict[str, Any], exponent: float) -> CircuitTree:
        """Read what `state` returned."""
        words = Padded.from_dict(state["words"]).words()
        tree = CircuitTree(exponent, words[0], 0.0)
        for parent, word in zip(state["parent"].tolist()[1:], words[1:], strict=True):
            tree.add(parent, word)
        for name in _NUMBERS:
            setattr(tree, name, state[name].tolist())
        return tree


_NUMBERS = ("cost", "energy", "best", "visits")


def value(energy: float, *, lowest: float, highest: float, unit: float) -> float:
    """Return a value from 0 at `highest` to 1 at `lowest`, by the logarithm of what is lacking.

    Near the best circuit differences are small and count all the same: from a lack of `unit` upwards
    each factor of it costs the same.

    Args:
        energy: of a circuit; an infinite one has value 0.
        lowest, highest: energies of value 1 and 0; what is outside counts as them.
        unit: positive.
    """
    if energy <= lowest or energy >= highest:
        return 1.0 if energy <= lowest else 0.0
    return 1.0 - math.log1p((energy - lowest) / unit) / math.log1p((highest - lowest) / unit)
