"""Fronts of error against CNOTs, and what else is known beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qrl.search.archive import Archive

_LEAST_GAIN = 1e-10
"""A circuit with more CNOTs must be better by this to be on a front: less is rounding."""


@dataclass(frozen=True, slots=True)
class Point:
    """A circuit by its size and its error, in the task's unit."""

    cnots: int
    error: float
    depth: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A circuit that no agent of the benchmark found.

    Attributes:
        name: of the method.
        error: in the task's unit.
        cnots: of the circuit; None of methods without one.
        depth: of the circuit; None where it is not known.
        published: whether others reported it.
        whole: whether its counts are those of the whole circuit that must run.
    """

    name: str
    error: float
    cnots: int | None
    depth: int | None
    published: bool
    whole: bool = True


def front(archives: Iterable[Archive], reference: float) -> tuple[Point, ...]:
    """Return the circuits of all runs that no other one beats in CNOTs and error at once.

    Args:
        archives: of the runs.
        reference: cost at which the error is 0.

    Returns:
        Fewest CNOTs first; of equal ones the lowest depth.
    """
    entries = sorted(
        (e for archive in archives for e in archive.entries),
        key=lambda e: (e.cnots, e.cost, e.depth),
    )
    points: list[Point] = []
    lowest = float("inf")
    for entry in entries:
        if entry.cost < lowest - _LEAST_GAIN:
            points.append(Point(entry.cnots, entry.cost - reference, entry.depth))
            lowest = entry.cost
    return tuple(points)


def marks(
    results: Iterable[Mapping[str, Any]],
    metadata: Mapping[str, Any],
    zero: float,
    *,
    exact: bool,
) -> tuple[Mark, ...]:
    """Return all other circuits that are known, fewest CNOTs first.

    Of a baseline that several runs computed the lowest cost counts. Published circuits are compared only
    where the exact answer is known and costs are exact: under noise or shots theirs are not known.

    Args:
        results: records of the runs.
        metadata: of the task.
        zero: cost at which the error is 0.
        exact: whether that is the exact answer.
    """
    found: dict[str, Mark] = {}
    compared = exact
    for result in results:
        compared = compared and "noiseless_cost" not in result
        for name, baseline in result["baselines"].items():
            if baseline["cost"] is None:
                continue
            mark = Mark(name, baseline["cost"] - zero, baseline["cnots"], baseline["depth"], False)
            if name not in found or mark.error < found[name].error:
                found[name] = mark
    listed = list(found.values())
    if compared:
        listed += [
            Mark(row["method"], row["error"], row["cnots"], row["depth"], True, row["whole"])
            for row in metadata.get("published_circuits", ())
        ]
    return tuple(sorted(listed, key=lambda mark: (mark.cnots is None, mark.cnots or 0, mark.error)))
