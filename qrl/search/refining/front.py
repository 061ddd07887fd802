"""Refines all circuits of a front, which never gets worse by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qrl.search.archive import Archive, Found
from qrl.search.refining.refine import (
    GATE_SET,
    ROUTING,
    TOLERANCE,
    Refined,
    checked_tolerance,
    refine,
)

if TYPE_CHECKING:
    from os import PathLike

    import networkx as nx

    from qrl.search.ledger import Ledger
    from qrl.search.scoring import Scoring


@dataclass(frozen=True, slots=True)
class RefinedFront:
    """A refined front.

    Attributes:
        archive: the new front.
        pairs: each circuit of the old one with what came of it.
    """

    archive: Archive
    pairs: tuple[tuple[Found, Refined], ...]


def refine_front(
    scoring: Scoring,
    archive: Archive,
    ledger: Ledger,
    *,
    tolerance: float = TOLERANCE,
    gates: str | None = None,
    coupling: str | PathLike[str] | nx.Graph | None = None,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda text: None,
) -> RefinedFront:
    """Refine each circuit of a front and offer all circuits on the way.

    Without new gates and pairs the front gets nowhere worse: for each circuit that it had there is one
    with no more CNOTs, no more depth and a cost at most higher by the tolerance. With them, the same
    holds against that circuit as it was written in the new gates.

    Args:
        scoring: how circuits are scored; not from shots.
        archive: the front.
        ledger: pays.
        tolerance: by how much a cost may rise, in the task's unit.
        gates: as in `refine`.
        coupling: as in `refine`.
        stop: tells whether to end early; circuits not reached stay as they are.
        say: told of the progress.

    Raises:
        InputError: as `refine`.
    """
    checked_tolerance(tolerance)
    offered: list[Found] = []
    pairs: list[tuple[Found, Refined]] = []
    for number, entry in enumerate(archive.entries, start=1):
        say(f"Refining circuit {number} of {len(archive)} ({entry.cnots} CNOTs)")
        refined = refine(
            scoring,
            entry.circuit,
            tolerance=tolerance,
            gates=gates,
            coupling=coupling,
            ledger=ledger,
            stop=stop,
        )
        pairs.append((entry, refined))
        offered += _offers(entry, refined, ledger)
    # In ascending cost, nothing is refused for the sake of a circuit that costs more.
    front = Archive()
    for found in sorted(offered, key=lambda e: (e.cost, e.cnots, e.depth, e.circuit.gate_count)):
        front.offer(found)
    return RefinedFront(front, tuple(pairs))


def _offers(entry: Found, refined: Refined, ledger: Ledger) -> list[Found]:
    """Return what stands in the place of a circuit, and the last result where that is deeper."""
    names = [step.name for step in refined.history]
    first = max((k for k, n in enumerate(names) if n in (ROUTING, GATE_SET)), default=-1)
    found = [
        replace(
            entry,
            circuit=step.circuit,
            cost=step.after.cost,
            cnots=step.after.cnots,
            depth=step.after.depth,
            evaluations=ledger.evaluations,
            env_steps=ledger.env_steps,
            seconds=ledger.seconds,
        )
        for step in refined.history[max(0, first) :]
    ]
    # Without a move, the circuit as it came may not be lost; with one, the circuit as it was written.
    start, steps = (found[0], found[1:]) if refined.moved else (entry, found)
    no_larger = [f for f in steps if f.cnots <= start.cnots and f.depth <= start.depth]
    return [*([start, *no_larger][-1:]), *steps[-1:]]
