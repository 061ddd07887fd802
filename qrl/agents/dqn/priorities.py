"""Which transitions are drawn more often, and the weights that make up for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.agents.dqn.sum_tree import SumTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALLEST = 1e-6
_SORT_EVERY = 32


class ProportionalPriorities:
    """Draws slot i with probability p_i^alpha / sum_k p_k^alpha, p_i = |error| + 1e-6.

    Schaul et al., arXiv 1511.05952, eq. 1 and section 3.3. A new transition has the largest priority
    seen so far, so that each is drawn soon.

    Args:
        capacity: number of slots.
        exponent: alpha.
    """

    def __init__(self, capacity: int, exponent: float) -> None:
        self.exponent = exponent
        self.tree = SumTree(capacity)
        self.largest = 1.0

    def add(self, slots: NDArray[np.int64]) -> None:
        """Let new transitions be drawn."""
        self.tree.update(slots, self.largest**self.exponent)

    def remove(self, slots: NDArray[np.int64]) -> None:
        """Let transitions be drawn no more."""
        self.tree.update(slots, 0.0)

    def update(self, slots: NDArray[np.int64], errors: NDArray[np.floating[Any]]) -> None:
        """Take in the temporal-difference errors of transitions that were drawn."""
        priorities = np.abs(errors, dtype=np.float64) + _SMALLEST
        self.largest = max(self.largest, float(priorities.max()))
        self.tree.update(slots, priorities**self.exponent)

    def draw(
        self, count: int, rng: np.random.Generator, importance: float, size: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Draw slots, one from each of `count` parts of equal mass.

        Args:
            count: slots to draw.
            rng: draws them.
            importance: beta, from 0 (no correction) to 1 (full).
            size: transitions that may be drawn.

        Returns:
            The slots, and weights (size * P(i))^-beta over the largest of them (section 3.4).
        """
        total = self.tree.total
        parts = (np.arange(count) + rng.random(count)) / count
        slots = self.tree.find(parts * total)
        weights = (size * self.tree.masses[slots] / total) ** -importance
        return slots, (weights / weights.max()).astype(np.float32)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {"masses": self.tree.masses.copy(), "largest": self.largest}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.tree.rebuild(np.asarray(state["masses"]))
        self.largest = float(state["largest"])


class RankPriorities(ProportionalPriorities):
    """Draws slot i with probability (1 / rank(i))^alpha / sum_k (1 / rank(k))^alpha.

    rank(i) is the place of |error_i| among all, from the largest (Schaul et al., arXiv 1511.05952,
    section 3.3). All are sorted anew after every 32 updates; in between, transitions that were drawn
    find their rank among the errors as last sorted, and new ones take the first ranks. The paper sorts
    its heap far less often.
    """

    def __init__(self, capacity: int, exponent: float) -> None:
        super().__init__(capacity, exponent)
        self.errors = np.zeros(capacity)
        self._sorted = np.empty(0)
        self._new = self._updates = 0

    def add(self, slots: NDArray[np.int64]) -> None:
        """Let new transitions be drawn."""
        self.errors[slots] = self.largest
        ranks = self._new + 1.0 + np.arange(len(slots))
        self._new += len(slots)
        self.tree.update(slots, ranks**-self.exponent)

    def update(self, slots: NDArray[np.int64], errors: NDArray[np.floating[Any]]) -> None:
        """Take in the temporal-difference errors of transitions that were drawn."""
        sizes = np.abs(errors, dtype=np.float64)
        self.errors[slots] = sizes
        self.largest = max(self.largest, float(sizes.max()))
        self._updates += 1
        if self._updates % _SORT_EVERY == 0:
            self.sort()
        else:
            larger = len(self._sorted) - np.searchsorted(self._sorted, sizes, side="right")
            self.tree.update(slots, (larger + 1.0) ** -self.exponent)

    def sort(self) -> None:
        """Give all transitions their exact ranks."""
        held = np.flatnonzero(self.tree.masses)
        order = held[np.argsort(-self.errors[held], kind="stable")]
        masses = np.zeros(self.tree.capacity)
        masses[order] = np.arange(1.0, len(order) + 1.0) ** -self.exponent
        self.tree.rebuild(masses)
        self._sorted = self.errors[order[::-1]]
        self._new = 0

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            **super().state(),
            "errors": self.errors.copy(),
            "sorted": self._sorted.copy(),
            "counts": [self._new, self._updates],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        super().restore(state)
        self.errors[...] = state["errors"]
        self._sorted = np.array(state["sorted"], dtype=np.float64)
        self._new, self._updates = (int(count) for count in state["counts"])


PRIORITIES = {"proportional": ProportionalPriorities, "rank": RankPriorities}
