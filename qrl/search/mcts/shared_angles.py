"""One tensor of angles for all circuits of a tree: the super-circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.search.words import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.search.mcts.pool import Pool


class SharedAngles:
    """The angles that an operation has at a level, whatever stands at the other levels.

    Circuits begin with the shared angles and are tuned from there; what came out is mixed back in, so
    that later circuits begin nearer to their own (arXiv 2207.00132, section 3.3, where a gradient step
    for the mean of a batch does the same).

    Attributes:
        angles: shape (levels, operations, letters of an operation), radians.
    """

    def __init__(self, pool: Pool, levels: int) -> None:
        self.pool = pool
        self.angles = np.zeros((levels, len(pool), pool.letters.shape[1]))

    def draw(self, width: float, rng: np.random.Generator) -> None:
        """Begin with angles drawn uniformly from -width to width."""
        drawn = rng.uniform(-width, width, self.angles.shape)
        self.angles = np.where(self.pool.turns, drawn, 0.0)

    def words(self, paths: NDArray[np.int64]) -> list[Word]:
        """Return paths as circuits with the shared angles.

        Args:
            paths: operations, shape (paths, levels), -1 behind the end of one.
        """
        start = self.pool.alphabet.start_word
        letters, angles, there = self._laid_out(paths)
        return [
            Word(
                np.concatenate([start.letters, own[holds]]),
                np.concatenate([start.angles, turned[holds]]),
            )
            for own, turned, holds in zip(letters, angles, there, strict=True)
        ]

    def mix(self, paths: NDArray[np.int64], words: Sequence[Word], share: float) -> None:
        """Mix tuned angles into the shared ones.

        Args:
            paths: as of `words`.
            words: the same circuits, tuned.
            share: weight of the mean of the tuned angles at each place, from 0 to 1.
        """
        first = self.pool.alphabet.first
        *_, there = self._laid_out(paths)
        path, step, slot = np.nonzero(there)
        tuned = np.concatenate([word.angles[first:] for word in words])
        place = step, paths[path, step], slot
        total, count = np.zeros_like(self.angles), np.zeros(self.angles.shape)
        np.add.at(total, place, tuned)
        np.add.at(count, place, 1.0)
        mean = total / np.maximum(count, 1.0)
        self.angles = np.where(count > 0, self.angles + share * (mean - self.angles), self.angles)

    def _laid_out(
        self, paths: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
        """Return letters, angles and which of them are there, shape (paths, levels, letters)."""
        letters = np.where(paths[:, :, None] >= 0, self.pool.letters[paths], -1)
        angles = self.angles[np.arange(paths.shape[1]), paths]
        return letters, angles, letters >= 0
