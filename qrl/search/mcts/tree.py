"""A tree of paths: one operation a level, with visits and rewards on its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_ROOT, _NONE = 0, -1
_FIRST_ROOM = 64


class PathTree:
    """Edges of the tree as arrays of shape (nodes, operations); node 0 is the root.

    Each path makes one node at most, so that the tree holds no more nodes than paths were played.

    Attributes:
        children: node behind each edge, -1 where there is none yet.
        visits: paths through each edge.
        total: sum of their rewards.
        pruned: edges that are not gone any more.
        count: nodes there are; the arrays have room for more.
    """

    def __init__(self, operations: int) -> None:
        shape = _FIRST_ROOM, operations
        self.children = np.full(shape, _NONE, dtype=np.int64)
        self.visits = np.zeros(shape)
        self.total = np.zeros(shape)
        self.pruned = np.zeros(shape, dtype=np.bool_)
        self.count = 1

    def enter(self, node: int, operation: int) -> tuple[int, bool]:
        """Go along an edge; the visit counts at once, its reward comes later.

        Until then the edge looks worse than it is, which sends the other paths of a batch elsewhere
        ("virtual loss", Chaslot, Winands and van den Herik, 2008).

        Returns:
            The node behind the edge, and whether it was just made.
        """
        self.visits[node, operation] += 1.0
        child = int(self.children[node, operation])
        if child != _NONE:
            return child, False
        if self.count == len(self.children):
            self._grow()
        child, self.count = self.count, self.count + 1
        self.children[node, operation] = child
        return child, True

    def reward(self, edges: Sequence[tuple[int, int]], reward: float) -> None:
        """Give a path's reward to the edges that it entered."""
        for edge in edges:
            self.total[edge] += reward

    def means(self, node: int) -> NDArray[np.float64]:
        """Return the mean reward of each edge of a node, 0 where none was entered."""
        means: NDArray[np.float64] = self.total[node] / np.maximum(self.visits[node], 1.0)
        return means

    def prune(self, node: int, ratio: float, *, visits: int, least: int) -> None:
        """Leave the children whose mean reward is below a ratio of their parent's.

        Args:
            node: the parent.
            ratio: of the mean reward of all paths through it.
            visits: that a child must have had before.
            least: children that stay, the best ones.
        """
        seen = self.visits[node]
        mean = self.total[node].sum() / max(seen.sum(), 1.0)
        means = self.means(node)
        staying = (seen > 0) & ~self.pruned[node]
        bad = np.flatnonzero(staying & (seen >= visits) & (means < ratio * mean))
        spare = int(staying.sum()) - least
        worst = bad[np.argsort(means[bad], kind="stable")][: max(0, spare)]
        self.pruned[node, worst] = True

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        own = slice(self.count)
        return {name: getattr(self, name)[own].copy() for name in _ARRAYS}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.count = len(state["children"])
        while len(self.children) < self.count:
            self._grow()
        for name in _ARRAYS:
            array = getattr(self, name)
            array[: self.count] = state[name]
            array[self.count :] = _NONE if name == "children" else 0

    def _grow(self) -> None:
        for name in _ARRAYS:
            array = getattr(self, name)
            more = np.full_like(array, _NONE if name == "children" else 0)
            setattr(self, name, np.concatenate([array, more]))


_ARRAYS = ("children", "visits", "total", "pruned")
