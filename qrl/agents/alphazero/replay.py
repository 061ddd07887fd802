"""Positions of the most recent games, to train on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Replay:
    """A ring of positions: what was seen, what was legal, what the search found, what came of it.

    Attributes:
        filled: positions that are there.
    """

    def __init__(self, size: int, inputs: int, actions: int) -> None:
        self.filled = self._next = 0
        self._size = size
        self._arrays: dict[str, NDArray[Any]] = {
            "observations": np.zeros((size, inputs), dtype=np.float32),
            "masks": np.zeros((size, actions), dtype=bool),
            "policies": np.zeros((size, actions), dtype=np.float32),
            "values": np.zeros(size, dtype=np.float32),
        }

    def add(self, **columns: Any) -> None:
        """Add the positions of a game, in the place of the oldest ones.

        Args:
            columns: `observations`, `masks`, `policies`, `values`, a row for each position.
        """
        count = len(columns["values"])
        places = (self._next + np.arange(count)) % self._size
        for name, rows in columns.items():
            self._arrays[name][places] = rows
        self._next = int(self._next + count) % self._size
        self.filled = min(self.filled + count, self._size)

    def sample(self, count: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draw positions uniformly, with replacement."""
        drawn = rng.integers(self.filled, size=count)
        return {name: array[drawn] for name, array in self._arrays.items()}

    def state(self) -> dict[str, Any]:
        """Return copies of the filled part."""
        arrays = {name: array[: self.filled].copy() for name, array in self._arrays.items()}
        return {"next": self._next, "arrays": arrays}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self._next, self.filled = int(state["next"]), len(state["arrays"]["values"])
        for name, array in self._arrays.items():
            array[: self.filled] = state["arrays"][name]


def discounted_returns(rewards: list[float], gamma: float) -> NDArray[np.float64]:
    """Return z_t = r_t + gamma z_(t+1) for every step of a finished game, shape (steps,)."""
    returns = np.zeros(len(rewards) + 1)
    for t in range(len(rewards) - 1, -1, -1):
        returns[t] = rewards[t] + gamma * returns[t + 1]
    return returns[:-1]
