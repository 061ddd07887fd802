"""Writes runs of single-qubit gates with as few gates of the set as they take."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.gates import GATES, Gate, gate_spec
from qrl.search.refining.axes import FIXED_TURNS
from qrl.search.refining.euler import Template, solve, template
from qrl.search.refining.placed import Placed, build, is_pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit

_LONGEST, _LONGEST_MIXED = 3, 5
"""Letters of a word: with rotations about two axes three suffice for all, else five (RZ, SX)."""
_MOST_ROTATIONS = 3


def short_runs(circuit: Circuit, allowed: frozenset[str]) -> Circuit:
    """Return the circuit with each run of single-qubit gates written anew where that is shorter.

    Runs with a gate that is not allowed are written anew in any case. The unitary stays, up to a
    global phase; so does the depth or falls.

    Args:
        circuit: any circuit.
        allowed: names of the gates to use; others than single-qubit ones are passed over.
    """
    open_runs: dict[int, list[Placed]] = {q: [] for q in range(circuit.n_qubits)}
    out: list[Placed] = []
    for gate, angle in circuit.placed():
        if not is_pair(gate):
            open_runs[gate.qubits[0]].append((gate, angle))
            continue
        for q in gate.qubits:
            out += _shortest(open_runs[q], allowed)
            open_runs[q] = []
        out.append((gate, angle))
    for run in open_runs.values():
        out += _shortest(run, allowed)
    return build(circuit.n_qubits, out)


def word_for(
    unitary: NDArray[np.complex128], allowed: frozenset[str], below: tuple[int, int] | None = None
) -> list[tuple[str, float | None]] | None:
    """Return the shortest word over allowed gates for a unitary, of these the one of lowest rank.

    Args:
        unitary: shape (2, 2).
        allowed: names of gates.
        below: rank (`_rank`) that the word must be below.

    Returns:
        Gate names with their angles in the order in which they act; None where none was found.
    """
    singles = frozenset(n for n in allowed if GATES[n].n_qubits == 1)
    for word in _templates(singles):
        if below is not None and _rank(word.names, singles) >= below:
            return None
        angles = solve(word, unitary)
        if angles is not None:
            values = iter(angles)
            return [(n, next(values) if gate_spec(n).parametric else None) for n in word.names]
    return None


def _shortest(run: list[Placed], allowed: frozenset[str]) -> list[Placed]:
    if not run:
        return run
    unitary = np.eye(2, dtype=np.complex128)
    for gate, angle in run:
        unitary = gate_spec(gate.name).matrix(angle or 0.0) @ unitary
    names = tuple(gate.name for gate, _ in run)
    stays = allowed.issuperset(names)
    word = word_for(unitary, allowed, _rank(names, allowed) if stays else None)
    if word is None:
        return run
    return [(Gate(name, run[0][0].qubits), angle) for name, angle in word]


@cache
def _templates(names: frozenset[str]) -> tuple[Template, ...]:
    """Return all words over gates, shortest first."""
    letters = [name for name in GATES if name in names]  # not in the order of a set
    mixed = sum(gate_spec(name).parametric for name in letters) < 2
    found = []
    for length in range((_LONGEST_MIXED if mixed else _LONGEST) + 1):
        for word in product(letters, repeat=length):
            made = template(word) if _is_plain(word) else None
            if made is not None:
                found.append(made)
    return tuple(sorted(found, key=lambda t: _rank(t.names, names)))


def _rank(word: tuple[str, ...], allowed: frozenset[str]) -> tuple[int, int]:
    """Return letters, then rotations; where RZ and SX make up all, RZ is free and others are pulses."""
    if {"rz", "sx"} <= allowed and not {"rx", "ry"} & allowed:
        return len(word), sum(name != "rz" for name in word)
    return len(word), sum(gate_spec(name).parametric for name in word)


def _is_plain(word: tuple[str, ...]) -> bool:
    """Whether no shorter word does the same by merging, and the solver knows its form."""
    rotations = [name for name in word if gate_spec(name).parametric]
    if len(rotations) > _MOST_ROTATIONS:
        return False
    for one, two in pairwise(word):
        axes = [gate_spec(n).generator or FIXED_TURNS.get(n, (n,))[0] for n in (one, two)]
        if axes[0] == axes[1] and (gate_spec(one).parametric or gate_spec(two).parametric):
            return False
    made = template(word)
    if made is None or len(made.axes) < _MOST_ROTATIONS:
        return made is not None
    first, middle, last = (axis.letter for axis in made.axes)
    return first == last != middle
