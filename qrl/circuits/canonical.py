"""One representative for all circuits that differ only in the order of commuting gates."""

from __future__ import annotations

from functools import cache

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.dense import embed
from qrl.circuits.gates import Gate, gate_spec

_GENERIC = (0.7390851, 1.2618595)
"""Two unrelated angles: gates that commute at these commute at all."""


def canonical_form(circuit: Circuit) -> Circuit:
    """Return the lexicographic normal form of a circuit.

    Gates form a partially commutative monoid; picking, again and again, the least gate that no
    earlier one holds back gives the same word for all equivalent ones (Cartier and Foata, 1969).
    Gates that are symmetric in their qubits get them in ascending order.
    """
    letters = []
    for gate, angle in circuit.placed():
        qubits = tuple(sorted(gate.qubits)) if gate_spec(gate.name).symmetric else gate.qubits
        letters.append((qubits, gate.name, 0.0 if angle is None else angle))
    blockers = [
        {i for i in range(j) if not commute(_gate(letters[i]), _gate(letters[j]))}
        for j in range(len(letters))
    ]
    waiting = set(range(len(letters)))
    order = []
    while waiting:
        free = min((j for j in waiting if not blockers[j] & waiting), key=lambda j: (letters[j], j))
        waiting.remove(free)
        order.append(free)
    gates = tuple(_gate(letters[j]) for j in order)
    angles = tuple(letters[j][2] for j in order if gate_spec(letters[j][1]).parametric)
    return Circuit(circuit.n_qubits, gates, angles)


def commute(first: Gate, second: Gate) -> bool:
    """Return whether two gates commute at every angle, decided from their matrices."""
    shared = set(first.qubits) & set(second.qubits)
    if not shared:
        return True
    relabel = {q: k for k, q in enumerate(dict.fromkeys((*first.qubits, *second.qubits)))}
    return _commute(
        first.name,
        tuple(relabel[q] for q in first.qubits),
        second.name,
        tuple(relabel[q] for q in second.qubits),
    )


@cache
def _commute(name: str, qubits: tuple[int, ...], other: str, other_qubits: tuple[int, ...]) -> bool:
    width = 1 + max(*qubits, *other_qubits)
    a = embed(gate_spec(name).matrix(_GENERIC[0]), qubits, width)
    b = embed(gate_spec(other).matrix(_GENERIC[1]), other_qubits, width)
    return bool(np.allclose(a @ b, b @ a, atol=1e-12))


def _gate(letter: tuple[tuple[int, ...], str, float]) -> Gate:
    return Gate(letter[1], letter[0])
