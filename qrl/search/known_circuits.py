"""What else is known of a run's problem: trivial answers, other methods, published circuits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qrl.search.run import Run

_SAME = 1e-9
"""Costs this near are equal: none of the two is better."""


@dataclass(frozen=True, slots=True)
class Other:
    """A circuit that the run did not find.

    Attributes:
        name: of the method.
        cost: in the task's unit.
        cnots: of the circuit.
        depth: of the circuit; None where it is not known.
        published: whether it was reported by others, and not computed beside this run.
        whole: whether its counts are those of the whole circuit that must run.
        beaten_by: the CNOTs of the smallest found circuit that is at least as good and has no more of them,
            better in one of both; None where there is none.
    """

    name: str
    cost: float
    cnots: int
    depth: int | None
    published: bool
    whole: bool
    beaten_by: int | None


def others(run: Run) -> list[Other]:
    """Return all other circuits that are known for the problem, fewest CNOTs first.

    Published circuits are compared only where costs are exact: under noise or shots theirs are not known.
    """
    found = [
        (name, b["cost"], b["cnots"], b["depth"], False, True)
        for name, b in run.result["baselines"].items()
        if b["cost"] is not None and b["cnots"] is not None
    ]
    reference = run.task.reference
    if reference is not None and "noiseless_cost" not in run.result:
        found += [
            (
                row["method"],
                reference + row["error"],
                row["cnots"],
                row["depth"],
                True,
                row["whole"],
            )
            for row in run.task.metadata.get("published_circuits", ())
        ]
    known = [Other(*row, beaten_by=_smallest(run, row[1], row[2])) for row in found]
    return sorted(known, key=lambda other: (other.cnots, other.cost))


def _smallest(run: Run, cost: float, cnots: int) -> int | None:
    """Return the CNOTs of the smallest found circuit that beats one."""
    better = [
        entry.cnots
        for entry in run.archive.entries
        if entry.cost <= cost + _SAME
        and entry.cnots <= cnots
        and (entry.cost < cost - _SAME or entry.cnots < cnots)
    ]
    return min(better, default=None)
