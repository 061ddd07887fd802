"""Makes as many changes of a circuit at once as its cost bears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.search.refining.batches import BatchTuner, Scored

Change = TypeVar("Change")


def most_together(
    tuner: BatchTuner,
    changes: Sequence[Change],
    make: Callable[[list[Change]], Circuit],
    limit: float,
) -> tuple[list[Change], Scored] | None:
    """Return the most changes that go together, and the circuit tuned after them.

    Each change is tried alone; of those that are possible alone, the cheapest k together, for each k.
    Two-stage as `qrl.search.pruning`.

    Args:
        tuner: tunes and pays.
        changes: what may be done.
        make: builds the circuit in which some of them are done.
        limit: the highest cost that is borne.

    Returns:
        None where no change is possible.
    """
    alone = np.array([s.cost for s in tuner.tuned([make([c]) for c in changes], limit)])
    able = [changes[k] for k in np.argsort(alone, kind="stable") if alone[k] <= limit]
    sets = [able[:k] for k in range(1, len(able) + 1)]
    scored = tuner.tuned([make(chosen) for chosen in sets], limit)
    fitting = [k for k, s in enumerate(scored) if s.cost <= limit]
    return (sets[fitting[-1]], scored[fitting[-1]]) if fitting else None
