"""Scores of circuits seen before: the transposition table of a search."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qrl.circuits.engines.threads import together
from qrl.circuits.kernels import entries, table, tuning

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMNS = tuning.COLUMNS
_KEY_BYTES = 16
_PER_THREAD = 16
"""Circuits to put in order for which waking a thread pays."""


class Batch(NamedTuple):
    """Circuits in normal order, and which of them have to be tuned."""

    ops: NDArray[np.int32]
    theta: NDArray[np.float64]
    fresh: NDArray[np.bool_]
    parameters: NDArray[np.int64]
    digests: NDArray[np.uint64]
    source: NDArray[np.int64]
    todo: NDArray[np.int64]


class KnownScores:
    """Results of tuning by circuit, start and options, within a bound of memory.

    Circuits with the same normal order of gates and the same start are scored once, within a batch as
    well. A hit returns to the bit what tuning would have returned.

    Args:
        table_bytes: memory for them; 0 for none.
        keep_order: whether gates that share a qubit stay in their order, as noise demands.

    Attributes:
        lookups: circuits asked for so far.
        hits: those that did not have to be tuned.
    """

    def __init__(self, table_bytes: int, *, keep_order: bool = False) -> None:
        self._bytes = table_bytes
        self._keep_order = keep_order
        self._width = 0
        self._allocate(0)
        self.lookups = 0
        self.hits = 0

    @property
    def hit_rate(self) -> float:
        """Share of circuits that did not have to be tuned; 0 before the first."""
        return self.hits / self.lookups if self.lookups else 0.0

    def look_up(
        self,
        ops: NDArray[np.int32],
        n_ops: NDArray[np.int64],
        theta: NDArray[np.float64],
        n_theta: NDArray[np.int64],
        fresh: NDArray[np.int64],
        target: NDArray[np.float64],
        options: NDArray[np.float64],
        threads: int = 1,
    ) -> Batch:
        """Put circuits into normal order and find those that are known."""
        if theta.shape[1] > self._width and self._bytes:
            self._allocate(theta.shape[1])
        count = len(ops)
        batch = Batch(
            np.empty_like(ops), np.empty_like(theta), np.empty(theta.shape, dtype=np.bool_),
            np.empty(theta.shape, dtype=np.int64),
            np.empty((count, 2), dtype=np.uint64), np.empty(count, dtype=np.int64),
            np.empty(count, dtype=np.int64),
        )  # fmt: skip
        salt = int.from_bytes(blake2b(options.tobytes(), digest_size=7).digest(), "little")
        ordered: Any = entries.order
        arguments = (
            ops, n_ops, theta, n_theta, fresh, target, salt, self._keep_order, batch.ops,
            batch.theta, batch.fresh, batch.parameters, batch.digests, np.zeros(1, dtype=np.int64),
        )  # fmt: skip
        together(ordered, [arguments] * max(1, min(threads, count // _PER_THREAD)))
        left = entries.find(batch.digests, batch.source, batch.todo, self._keys)
        self.lookups += count
        self.hits += count - left
        return batch._replace(todo=batch.todo[:left])

    def hand_out(
        self, batch: Batch, theta: NDArray[np.float64], n_theta: NDArray[np.int64], out: Any
    ) -> None:
        """Write the results in the order in which the circuits came, and keep the new ones."""
        entries.hand_out(
            theta, n_theta, batch.theta, batch.parameters, batch.digests, batch.source, out,
            self._keys, self._results, self._angles, self._ages,
        )  # fmt: skip

    def _allocate(self, width: int) -> None:
        per_slot = _KEY_BYTES + 8 * (_COLUMNS + width)
        sets = self._bytes // (per_slot * table.WAYS) if width else 0
        slots = sets * table.WAYS
        self._width = width
        self._keys = np.zeros((slots, 2), dtype=np.uint64)
        self._results = np.zeros((slots, _COLUMNS))
        self._angles = np.zeros((slots, width))
        self._ages = np.zeros(max(sets, 1), dtype=np.int64)
