"""Which circuit of a front is the one found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.search.archive import RESOLUTION
from qrl.tasks.task import dense_cost

if TYPE_CHECKING:
    from qrl.search.archive import Archive, Found
    from qrl.tasks.task import Task


def choose(task: Task, archive: Archive) -> Found:
    """Return the circuit of lowest cost, on held-out data where the task has any.

    Of circuits within `RESOLUTION` of the lowest, the one with the fewest CNOTs. Held-out data take no
    part in the search itself; they keep it from choosing a circuit that has learnt its data by heart.

    Args:
        task: the problem.
        archive: the front, not empty.
    """
    if task.held_out is None:
        return archive.best
    held_out = task.held_out
    entries = archive.entries
    costs = [dense_cost(held_out, entry.circuit) for entry in entries]
    limit = min(costs) + RESOLUTION
    within = [entry for entry, cost in zip(entries, costs, strict=True) if cost <= limit]
    return min(within, key=lambda e: (e.cnots, e.depth, len(e.circuit), e.cost))
