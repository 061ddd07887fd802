"""The last touch on a found circuit: angles to the last digits, idle rotations out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from qrl.circuits.gates import gate_spec
from qrl.circuits.tuned import Tuned, TuneOptions
from qrl.search.archive import RESOLUTION, Archive

if TYPE_CHECKING:
    from collections.abc import Callable

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.engines import Engine
    from qrl.search.ledger import Ledger

FINE = TuneOptions(tolerance=1e-9, max_gradients=1000)
IDLE_ANGLE = 1e-4
"""Radians; a rotation by less is taken out if the cost does not rise by more than `KEPT`."""
KEPT = 1e-10
_SHARE, _LEAST_SPENT = 0.1, 1000
"""Evaluations that tidying a front may spend: a part of what the search has spent, and so many anyway."""


def tidy_front(
    engine: Engine,
    archive: Archive,
    ledger: Ledger,
    tuner: str,
    stop: Callable[[], bool] = lambda: False,
) -> Archive:
    """Tidy the circuits of a front where costs are exact, and measure them once more where not.

    The lowest of many sampled costs is partly luck; a new sample of the same circuit is not. Tidying may
    spend a part of what the search has spent, on the best circuits first; the others stay as they are.

    Args:
        engine: what scores them.
        archive: the front.
        ledger: pays.
        tuner: what turns the angles.
        stop: tells whether to end early.
    """
    if getattr(engine, "shots", 0):
        return _measured_again(engine, archive, ledger)
    tidied = Archive()
    left = max(_LEAST_SPENT, int(_SHARE * ledger.evaluations))
    for entry in sorted(archive.entries, key=lambda e: (e is not archive.best, e.cost, e.cnots)):
        if left <= 0 or stop():
            tidied.offer(entry)
            continue
        tuned = tidy(engine, entry.circuit, tuner, most=max(1, left // 2))
        left -= tuned.evaluations
        ledger.evaluations += tuned.evaluations
        ledger.gradients += tuned.gradients
        new = replace(
            entry,
            circuit=tuned.circuit,
            cost=tuned.cost,
            cnots=tuned.circuit.two_qubit_count,
            depth=tuned.circuit.depth,
        )
        tidied.offer(new if tuned.cost <= entry.cost + RESOLUTION else entry)
    return tidied


def tidy(
    engine: Engine, circuit: Circuit, tuner: str = "lbfgs", most: int = FINE.max_gradients
) -> Tuned:
    """Tune a circuit finely, take out rotations that do nothing, and wrap angles into [-pi, pi].

    Two-qubit gates stay; a whole turn of an angle changes the global phase alone.

    Args:
        engine: what scores it.
        circuit: a circuit with tuned angles.
        tuner: what turns the angles.
        most: gradient evaluations of each of the two times that it is tuned, up to 1000.

    Returns:
        The circuit with its cost; evaluations and gradients are all that were spent.
    """
    options = replace(FINE, tuner=tuner, max_gradients=min(most, FINE.max_gradients))
    # No cost is low enough: the closed-form sweep follows, which leaves maxima and saddles.
    tuned = engine.tune(circuit, target=-math.inf, options=options)
    evaluations, gradients = tuned.evaluations, tuned.gradients
    shorter = _without_idle(_wrapped(tuned.circuit))
    candidate = engine.tune(shorter, target=-math.inf, options=options)
    evaluations += candidate.evaluations
    gradients += candidate.gradients
    if candidate.cost <= tuned.cost + KEPT:
        tuned = candidate
    return replace(
        tuned, circuit=_wrapped(tuned.circuit), evaluations=evaluations, gradients=gradients
    )


def _measured_again(engine: Engine, archive: Archive, ledger: Ledger) -> Archive:
    again = Archive()
    for entry in archive.entries:
        circuit = _wrapped(entry.circuit)
        again.offer(replace(entry, circuit=circuit, cost=engine.value(circuit)))
        ledger.evaluations += 1
    return again


def _wrapped(circuit: Circuit) -> Circuit:
    return circuit.with_angles([math.remainder(angle, 2 * math.pi) for angle in circuit.angles])


def _without_idle(circuit: Circuit) -> Circuit:
    angles = iter(circuit.angles)
    idle = [
        index
        for index, gate in enumerate(circuit.gates)
        if gate_spec(gate.name).parametric and abs(next(angles)) < IDLE_ANGLE
    ]
    for index in reversed(idle):
        circuit = circuit.remove(index)
    return circuit
