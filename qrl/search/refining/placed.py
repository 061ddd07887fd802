"""A circuit as a list of placed gates with their angles, and which of them commute."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from qrl.circuits.canonical import commute
from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_spec

Placed = tuple[Gate, float | None]
"""A gate on its qubits with its angle in radians, None for a fixed gate."""


def place(name: str, *qubits: int, angle: float | None = None) -> Placed:
    """Return a placed gate."""
    return Gate(name, qubits), angle


def build(n_qubits: int, gates: Iterable[Placed]) -> Circuit:
    """Return a circuit of placed gates, its angles wrapped into [-pi, pi].

    A whole turn changes the global phase alone.
    """
    listed = list(gates)
    angles = [math.remainder(a, 2 * math.pi) for _, a in listed if a is not None]
    return Circuit(n_qubits, tuple(gate for gate, _ in listed), tuple(angles))


def commuting(first: Placed, second: Placed) -> bool:
    """Return whether two placed gates commute, whatever their angles."""
    one, two = first[0].qubits, second[0].qubits
    if one[0] not in two and one[-1] not in two:  # most pairs; asked very often
        return True
    return commute(first[0], second[0])


def is_pair(gate: Gate) -> bool:
    """Return whether a gate acts on two qubits."""
    return len(gate.qubits) == 2


def same_place(first: Gate, second: Gate) -> bool:
    """Return whether two gates stand on the same qubits in a way that makes no difference."""
    if first.qubits == second.qubits:
        return True
    symmetric = gate_spec(first.name).symmetric and gate_spec(second.name).symmetric
    return symmetric and sorted(first.qubits) == sorted(second.qubits)


class Gathered(NamedTuple):
    """A circuit cut so that some of its gates stand together: before, block, after."""

    before: list[Placed]
    block: list[Placed]
    after: list[Placed]


def gather(gates: Sequence[Placed], start: int, wanted: Callable[[Gate], bool]) -> Gathered:
    """Slide gates that are wanted to the one at `start`, as far as commuting lets them.

    The gates in the new order do the same as in the old one.

    Args:
        gates: in the order in which they act.
        start: index of the first of the block.
        wanted: tells whether a gate belongs into the block.
    """
    before, block, after = list(gates[:start]), [gates[start]], list[Placed]()
    for gate in gates[start + 1 :]:
        passes_after = all(commuting(gate, other) for other in after)
        if passes_after and wanted(gate[0]):
            block.append(gate)
        elif passes_after and all(commuting(gate, other) for other in block):
            before.append(gate)
        else:
            after.append(gate)
    return Gathered(before, block, after)
