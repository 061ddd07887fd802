"""Tunes many circuits in one call, whatever their gates, and pays for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qrl.circuits.program import lower
from qrl.circuits.tuned import TuneOptions

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.circuits.engines import Engine
    from qrl.search.ledger import Ledger

BATCH = 64
"""Circuits tuned between two looks at whether to stop."""
OPTIONS = TuneOptions(tolerance=1e-8, max_gradients=500)


class Scored(NamedTuple):
    """A circuit and its cost."""

    circuit: Circuit
    cost: float


class BatchTuner:
    """Tunes circuits from their own angles.

    Args:
        engine: scores them.
        ledger: pays.
        stop: tells whether to end; circuits that are left over cost infinitely much.
    """

    def __init__(
        self, engine: Engine, ledger: Ledger, stop: Callable[[], bool] = lambda: False
    ) -> None:
        self.engine, self.ledger, self.stop = engine, ledger, stop

    def tuned(self, circuits: Sequence[Circuit], limit: float) -> list[Scored]:
        """Return each circuit at its best angles.

        Args:
            circuits: any number.
            limit: a cost known to be within reach; one that ends above it is tried harder.
        """
        found: list[Scored] = []
        for first in range(0, len(circuits), BATCH):
            part = circuits[first : first + BATCH]
            found += [Scored(c, np.inf) for c in part] if self.stop() else self._batch(part, limit)
        return found

    def value(self, circuit: Circuit) -> float:
        """Return the cost of a circuit at its own angles."""
        self.ledger.evaluations += 1
        return float(self.engine.value(circuit))

    def _batch(self, circuits: Sequence[Circuit], limit: float) -> list[Scored]:
        rows = [lower(circuit) for circuit in circuits]
        count = len(rows)
        n_ops = np.array([len(ops) for ops, _ in rows], dtype=np.int64)
        n_theta = np.array([len(theta) for _, theta in rows], dtype=np.int64)
        all_ops = np.full((count, max(1, int(n_ops.max())), 4), -1, dtype=np.int32)
        all_theta = np.zeros((count, max(1, int(n_theta.max()))))
        for index, (ops, theta) in enumerate(rows):
            all_ops[index, : len(ops)] = ops
            all_theta[index, : len(theta)] = theta
        fresh = np.full(count, -1, dtype=np.int64)
        out = self.engine.tune_arrays(
            all_ops, n_ops, all_theta, n_theta, fresh, np.full(count, limit), OPTIONS
        )
        self.ledger.evaluations += int((out[:, 2] + out[:, 3]).sum())
        self.ledger.gradients += int(out[:, 3].sum())
        return [
            Scored(circuit.with_angles(theta[:n]), float(cost) if np.isfinite(cost) else np.inf)
            for circuit, theta, n, cost in zip(circuits, all_theta, n_theta, out[:, 0], strict=True)
        ]
