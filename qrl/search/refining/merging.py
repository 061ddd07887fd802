"""Merges rotations about one axis and cancels inverse gates, across all that commutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.circuits.gates import Gate
from qrl.search.refining.axes import as_gate, turn
from qrl.search.refining.placed import Placed, build, commuting, same_place

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit

OWN_INVERSES = frozenset({"cx", "cz", "swap", "ecr", "h", "x", "y", "z"})


def merged(circuit: Circuit, allowed: frozenset[str]) -> Circuit:
    """Return the circuit with all gates merged that can be brought next to each other.

    Two gates can where no chain of gates that hold each other back leads from one to the other
    (Cartier and Foata's partially commutative monoid). The unitary stays, up to a global phase.

    Args:
        circuit: any circuit.
        allowed: names of the gates that a merged one may be.
    """
    gates, first, changed = list(circuit.placed()), 0, False
    while first < len(gates):
        shorter = _merge_at(gates, first, allowed)
        if shorter is None:
            first += 1
        else:
            gates, changed = shorter, True
        if first == len(gates) and changed:  # what is gone may have held others back
            first, changed = 0, False
    return build(circuit.n_qubits, gates)


def _merge_at(gates: list[Placed], first: int, allowed: frozenset[str]) -> list[Placed] | None:
    """Return the gates after one merge into that at `first`, None where there is none."""
    single = _joined(gates[first], None, allowed)
    if single is not None:
        return gates[:first] + single + gates[first + 1 :]
    held = list[int]()  # what cannot come before the first gate
    for second in range(first + 1, len(gates)):
        free = all(commuting(gates[second], gates[k]) for k in held)
        joined = _joined(gates[first], gates[second], allowed) if free else None
        if joined is not None:
            passing = [k for k in range(first + 1, second) if k not in held]
            order = [gates[k] for k in passing] + joined + [gates[k] for k in held]
            return gates[:first] + order + gates[second + 1 :]
        if not free or not commuting(gates[second], gates[first]):
            held.append(second)
    return None


def _joined(first: Placed, second: Placed | None, allowed: frozenset[str]) -> list[Placed] | None:
    """Return what two gates are together, or one alone that is nothing; None for no gain."""
    turn_of_first = turn(first[0].name, first[1])
    if second is None:
        if turn_of_first is None or as_gate(*turn_of_first, allowed) != []:
            return None
        return []
    if not same_place(first[0], second[0]):
        return None
    if first[0].name == second[0].name and first[0].name in OWN_INVERSES:
        return []
    turn_of_second = turn(second[0].name, second[1])
    if turn_of_first is None or turn_of_second is None or turn_of_first[0] != turn_of_second[0]:
        return None
    word = as_gate(turn_of_first[0], turn_of_first[1] + turn_of_second[1], allowed)
    return None if word is None else [(Gate(n, first[0].qubits), angle) for n, angle in word]
