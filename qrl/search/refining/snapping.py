"""Snaps angles to multiples of a quarter turn, which are Clifford gates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qrl.circuits.gates import gate_spec
from qrl.search.refining.batches import Scored
from qrl.search.refining.placed import Placed, build, place
from qrl.search.refining.together import most_together

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.search.refining.batches import BatchTuner

QUARTER = math.pi / 2
_NEAR = 1e-9
"""Radians; an angle this near to a multiple of a quarter turn is one."""
_TURNS: dict[str, dict[int, tuple[str, ...]]] = {
    "rx": {1: ("sx",), 2: ("x",), 3: ("x", "sx")},
    "ry": {1: ("z", "h"), 2: ("y",), 3: ("h", "z")},
    "rz": {1: ("s",), 2: ("z",), 3: ("z", "s")},
}
"""Fixed gates, in the order in which they act, for a rotation by so many quarter turns."""

Snap = tuple[int, int]
"""The number of a gate and its quarter turns."""


def is_clifford(angle: float) -> bool:
    """Return whether an angle is a multiple of a quarter turn."""
    return abs(math.remainder(angle, QUARTER)) < _NEAR


def snapped(tuner: BatchTuner, found: Scored, limit: float) -> Scored:
    """Return a circuit with as many angles at multiples of a quarter turn as its cost bears.

    While the others are tuned, fixed gates stand for the snapped rotations, which keeps them where
    they are. In the end they are rotations by exactly so much again.

    Args:
        tuner: tunes and pays.
        found: a circuit with tuned angles.
        limit: the highest cost that is borne.
    """
    circuit, fixed = found.circuit, dict[int, int]()
    for k, (gate, angle) in enumerate(circuit.placed()):
        if gate.name in _TURNS and angle is not None and is_clifford(angle):
            fixed[k] = round(angle / QUARTER) % 4
    while True:
        changes = _possible(circuit, fixed)

        def make(
            snaps: list[Snap], whole: Circuit = circuit, done: dict[int, int] = fixed
        ) -> Circuit:
            return _frozen(whole, {**done, **dict(snaps)})

        best = most_together(tuner, changes, make, limit)
        if best is None:
            break
        fixed |= dict(best[0])
        circuit = _thawed(circuit, fixed, best[1].circuit)
    final = Scored(circuit, tuner.value(circuit))
    return final if final.cost <= limit else found


def _possible(circuit: Circuit, fixed: dict[int, int]) -> list[Snap]:
    """Return for each free angle the multiples next to it; no turn at all is a gate less, not a snap."""
    snaps = []
    for k, (gate, angle) in enumerate(circuit.placed()):
        if gate.name in _TURNS and angle is not None and k not in fixed:
            nearest = round(angle / QUARTER) % 4
            beside = math.floor(angle / QUARTER) % 4, math.ceil(angle / QUARTER) % 4
            snaps.append((k, nearest or max(beside, key=lambda turns: turns % 4 != 0)))
    return snaps


def _frozen(circuit: Circuit, fixed: dict[int, int]) -> Circuit:
    gates: list[Placed] = []
    for k, (gate, angle) in enumerate(circuit.placed()):
        if k in fixed and fixed[k] == 0:
            continue
        if k in fixed:
            gates += [place(name, *gate.qubits) for name in _TURNS[gate.name][fixed[k]]]
        else:
            gates.append((gate, angle))
    return build(circuit.n_qubits, gates)


def _thawed(circuit: Circuit, fixed: dict[int, int], tuned: Circuit) -> Circuit:
    """Return the circuit with the tuned angles and those that were fixed."""
    free, gates = iter(tuned.angles), list[Placed]()
    for k, (gate, _) in enumerate(circuit.placed()):
        if k in fixed:
            gates.append((gate, fixed[k] * QUARTER))
        else:
            gates.append((gate, next(free) if gate_spec(gate.name).parametric else None))
    return build(circuit.n_qubits, gates)
