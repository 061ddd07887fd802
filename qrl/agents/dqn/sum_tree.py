"""Drawing by priority in logarithmic time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SumTree:
    """Keeps a non-negative mass for each slot, and their sums in a binary tree.

    A node is always the sum of its two children, never of changes, so that the tree follows from its
    leaves to the bit (Schaul et al., arXiv 1511.05952, appendix B.2.1).

    Args:
        capacity: number of slots.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._levels = max(capacity - 1, 1).bit_length()
        self._first = 1 << self._levels
        self._nodes = np.zeros(2 * self._first)

    @property
    def total(self) -> float:
        """Sum of all masses."""
        return float(self._nodes[1])

    @property
    def masses(self) -> NDArray[np.float64]:
        """Mass of each slot, shape (capacity,); a view."""
        return self._nodes[self._first : self._first + self.capacity]

    def update(self, slots: NDArray[np.int64], masses: NDArray[np.floating[Any]] | float) -> None:
        """Set the masses of some slots."""
        nodes = self._nodes
        at = slots + self._first
        nodes[at] = masses
        for _ in range(self._levels):
            at = at >> 1
            nodes[at] = nodes[2 * at] + nodes[2 * at + 1]

    def rebuild(self, masses: NDArray[np.float64]) -> None:
        """Set the masses of all slots, shape (capacity,)."""
        self.masses[...] = masses
        level = self._first
        while level > 1:
            below = self._nodes[level : 2 * level]
            level //= 2
            self._nodes[level : 2 * level] = below[0::2] + below[1::2]

    def find(self, targets: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the slots at which the running sum of masses first exceeds each target.

        Args:
            targets: from 0 to below `total`.
        """
        nodes = self._nodes
        at = np.ones(targets.shape, dtype=np.int64)
        left_over = targets.astype(np.float64)
        for _ in range(self._levels):
            left = nodes[2 * at]
            # Rounding may leave a target just beyond the last mass: never go where there is none.
            right = (left_over >= left) & (nodes[2 * at + 1] > 0)
            left_over = left_over - np.where(right, left, 0.0)
            at = 2 * at + right
        return at - self._first
