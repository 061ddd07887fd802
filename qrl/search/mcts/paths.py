"""Draws batches of paths: through the tree as far as it goes, and below it level by level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.env.legality import make_legality
from qrl.search.mcts.bandit import ucb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.search.mcts.bandit import LevelBandits
    from qrl.search.mcts.pool import Pool
    from qrl.search.mcts.tree import PathTree

_PRIOR = 1.0
"""Visits that the level's mean counts for beside an edge's own."""


@dataclass(slots=True)
class Played:
    """Paths of one batch.

    Attributes:
        paths: operations, shape (paths, levels), -1 behind the end of one.
        edges: (node, operation) of each path's way through the tree.
    """

    paths: NDArray[np.int64]
    edges: list[list[tuple[int, int]]]


class PathSampler:
    """Draws paths that keep to the limits.

    Args:
        pool: operations.
        levels: operations of the longest path.
        batch: paths drawn at once.
        most_cnots: CNOTs that a path may have.
        most_gates: gates that it may have; 0 for no limit.
    """

    def __init__(
        self, pool: Pool, levels: int, batch: int, *, most_cnots: int, most_gates: int
    ) -> None:
        self.pool, self.levels, self.batch = pool, levels, batch
        self.most_cnots, self.most_gates = most_cnots, most_gates or np.iinfo(np.int64).max
        start = pool.alphabet.start
        # Equal circuits are one path: operations that commute come in one order only.
        self._canonical = make_legality("canonical", pool.actions, start, batch)
        self._repeated = make_legality("repeated", pool.actions, start, batch)
        self._several = pool.lengths[:-1] > 1

    def random(self, rng: np.random.Generator) -> Played:
        """Draw each operation uniformly from the legal ones."""
        paths = self._begin(())
        for level in range(self.levels):
            keys = np.where(self._mask(), rng.random((self.batch, len(self.pool))), -1.0)
            self._append(paths, level, keys.argmax(axis=1))
        return Played(paths, [[] for _ in range(self.batch)])

    def play(
        self,
        prefix: Sequence[int],
        node: int,
        tree: PathTree,
        bandits: LevelBandits,
        *,
        constant: float,
        chance: float,
        rng: np.random.Generator,
    ) -> Played:
        """Draw paths that begin with some operations.

        In the tree an edge is chosen by the upper confidence bound of its mean reward, to which the
        level's own mean adds one visit; below it the level's best operation is.

        Args:
            prefix: operations that every path begins with.
            node: of the tree, behind them.
            tree, bandits: rewards so far.
            constant: of the confidence bound.
            chance: that below the tree an operation is drawn at random.
            rng: source of randomness.
        """
        paths = self._begin(prefix)
        at = [node] * self.batch
        edges: list[list[tuple[int, int]]] = [[] for _ in range(self.batch)]
        for level in range(len(prefix), self.levels):
            mask = self._mask()
            means, lots = bandits.means(level), rng.random(mask.shape)
            at_random = rng.random(self.batch) < chance
            # A tiny lot breaks ties; where it is all that counts, it draws uniformly.
            keys = np.where(at_random[:, None], lots, means + 1e-9 * lots)
            chosen = np.where(mask, keys, -np.inf).argmax(axis=1)
            for path in range(self.batch):
                here = at[path]
                if here < 0 or not mask[path].any():
                    continue
                seen = tree.visits[here]
                mean = (tree.total[here] + _PRIOR * means) / (seen + _PRIOR)
                bound = ucb(mean, seen + _PRIOR, float(seen.sum()) + _PRIOR, constant)
                legal = mask[path] & ~tree.pruned[here]
                bound = np.where(legal if legal.any() else mask[path], bound, -np.inf)
                choice = int((bound + 1e-9 * lots[path]).argmax())
                edges[path].append((here, choice))
                child, is_new = tree.enter(here, choice)
                chosen[path], at[path] = choice, -1 if is_new else child
            self._append(paths, level, chosen)
        return Played(paths, edges)

    # -- parts -----------------------------------------------------------------------------

    def legal_after(self, prefix: Sequence[int]) -> NDArray[np.bool_]:
        """Return which operations may follow a prefix, shape (operations,)."""
        self._begin(prefix)
        first: NDArray[np.bool_] = self._mask()[0]
        return first

    def _begin(self, prefix: Sequence[int]) -> NDArray[np.int64]:
        everyone = np.ones(self.batch, dtype=np.bool_)
        self._canonical.reset(everyone)
        self._repeated.reset(everyone)
        self._cnots = np.zeros(self.batch, dtype=np.int64)
        self._gates = np.zeros(self.batch, dtype=np.int64)
        self._open = everyone
        paths = np.full((self.batch, self.levels), -1, dtype=np.int64)
        for level, operation in enumerate(prefix):
            self._append(paths, level, np.full(self.batch, operation, dtype=np.int64))
        return paths

    def _mask(self) -> NDArray[np.bool_]:
        """Return which operations may come next, shape (paths, operations); none where a path ended."""
        mask = np.ones((self.batch, len(self.pool)), dtype=np.bool_)
        # The rule of normal forms knows no two equal unitaries of several gates that would merge.
        mask[:, :-1] = self._canonical.mask() & (self._repeated.mask() | ~self._several)
        mask &= self._cnots[:, None] + self.pool.cnots <= self.most_cnots
        mask &= self._gates[:, None] + self.pool.lengths <= self.most_gates
        mask &= self._open[:, None]
        return mask

    def _append(self, paths: NDArray[np.int64], level: int, chosen: NDArray[np.int64]) -> None:
        chosen = np.where(self._open, chosen, self.pool.stop)
        paths[self._open, level] = chosen[self._open]
        self._cnots += self.pool.cnots[chosen]
        self._gates += self.pool.lengths[chosen]
        self._open = self._open & (chosen != self.pool.stop)
        # What ended goes on in the rules with any operation; its mask is empty.
        real = np.where(self._open, chosen, 0)
        self._canonical.update(real)
        self._repeated.update(real)
