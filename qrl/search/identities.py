"""Identities of few gates, found by multiplying matrices: what a rewriting may put in their place."""

from __future__ import annotations

from functools import cache
from itertools import permutations, product
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.dense import embed
from qrl.circuits.gates import Gate, gate_spec, pauli_matrix
from qrl.search.commutation import meetings, normal_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WIDTH = 3
"""Qubits of an identity of fixed gates."""
LONGEST = 3
"""Gates on each side of it."""
_MOST = 10_000
"""Words of fixed gates that are multiplied out; where there are more, shorter ones have to do."""

Turned = tuple[tuple[tuple[str, int], ...], int]


@cache
def equal_words(names: frozenset[str], word: tuple[Gate, ...]) -> tuple[tuple[Gate, ...], ...]:
    """Return words of fixed gates with the unitary of one of them, up to a phase.

    Args:
        names: gates that may be used.
        word: such gates, in the order in which they act, on qubits below `WIDTH`.

    Returns:
        Words of up to `LONGEST` gates with at most one CNOT more; of those that differ only in
        the order of commuting gates one, and none that differs so from the word itself. The longest
        words are left out where gates are many.
    """
    gates, meets, classes = _classes(names)
    number = {gate: k for k, gate in enumerate(gates)}
    # A symmetric gate stands there once a pair.
    letters = [number[g if g in number else Gate(g.name, g.qubits[::-1])] for g in word]
    itself, most = tuple(normal_order(letters, meets)), 1 + _cnots(word)
    alike = classes.get(_key(_product([gates[k] for k in letters])), ())
    found = [tuple(gates[k] for k in other) for other in alike if other != itself]
    return tuple(other for other in found if _cnots(other) <= most)


@cache
def conjugated(name: str, on: tuple[int, ...], gate: Gate, *, inverse: bool) -> Turned | None:
    """Return what a rotation turns about when a fixed gate is carried past it.

    Args:
        name: the rotation, "rx", "ry" or "rz" or one of two qubits.
        on: its qubits.
        gate: a fixed gate U.
        inverse: whether U^dagger P U is asked for, and not U P U^dagger, of the rotation's generator P.

    Returns:
        The Pauli letters with their qubits, in ascending order, and the sign; None where the outcome
        is no Pauli string.
    """
    qubits = tuple(dict.fromkeys((*on, *gate.qubits)))
    local = {qubit: k for k, qubit in enumerate(qubits)}
    n = len(qubits)
    generator = gate_spec(name).generator
    assert generator is not None
    # The label's last letter is that of the first qubit.
    moved = embed(pauli_matrix(generator), tuple(local[q] for q in on), n)
    matrix = embed(gate_spec(gate.name).matrix(), tuple(local[q] for q in gate.qubits), n)
    matrix = matrix.conj().T if inverse else matrix
    moved = matrix @ moved @ matrix.conj().T
    for letters in product("IXYZ", repeat=n):
        overlap = np.trace(pauli_matrix("".join(letters)) @ moved).real / (1 << n)
        if abs(abs(overlap) - 1.0) < 1e-9:
            found = [(p, q) for p, q in zip(reversed(letters), qubits, strict=True) if p != "I"]
            return tuple(sorted(found, key=lambda part: part[1])), int(np.sign(overlap))
    return None


@cache
def _classes(
    names: frozenset[str],
) -> tuple[list[Gate], list[list[bool]], dict[bytes, list[tuple[int, ...]]]]:
    """Return gates, which of them do not commute, and their words by unitary."""
    gates: list[Gate] = []
    for name in sorted(names):
        spec = gate_spec(name)
        for on in permutations(range(WIDTH), spec.n_qubits):
            if not spec.symmetric or tuple(sorted(on)) == on:
                gates.append(Gate(name, on))
    meets: list[list[bool]] = meetings(gates).tolist()
    longest = LONGEST
    while longest > 1 and len(gates) ** longest > _MOST:
        longest -= 1
    words = {
        tuple(normal_order(word, meets)): None
        for length in range(longest + 1)
        for word in product(range(len(gates)), repeat=length)
    }
    classes: dict[bytes, list[tuple[int, ...]]] = {}
    for word in words:
        classes.setdefault(_key(_product([gates[k] for k in word])), []).append(word)
    return gates, meets, classes


def _cnots(word: Sequence[Gate]) -> int:
    return sum(gate_spec(gate.name).cnots for gate in word)


@cache
def _matrix(gate: Gate) -> NDArray[np.complex128]:
    return embed(gate_spec(gate.name).matrix(), gate.qubits, WIDTH)


def _product(word: Sequence[Gate]) -> NDArray[np.complex128]:
    matrix = np.eye(1 << WIDTH, dtype=np.complex128)
    for gate in word:
        matrix = _matrix(gate) @ matrix
    return matrix


def _key(matrix: NDArray[np.complex128]) -> bytes:
    """Return the same bytes for matrices that differ by a phase and rounding."""
    flat = matrix.ravel()
    # An entry that no rounding makes small, and the first such one.
    first = flat[np.flatnonzero(np.abs(flat) > 0.2)[0]]
    rounded: bytes = (np.round(matrix * (abs(first) / first), 6) + 0.0).tobytes()
    return rounded
