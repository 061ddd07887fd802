"""Bases in which Pauli strings are read together, and with them the parities of a sector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from qrl.circuits.measurement import Diagonal, diagonalise, group
from qrl.circuits.pauli import PauliSum, label_of
from qrl.hardware.coupled_bases import diagonalise_coupled

Basis = tuple[tuple[str, ...], Diagonal]


def bases(sizes: Mapping[str, float], parities: Sequence[int] = ()) -> list[Basis]:
    """Return groups of strings, and the circuits in whose bits they are read.

    Without parities the groups are qubit-wise. A parity commutes with each string, but not qubit by qubit:
    for a basis that shows both, it is put into each group that has letters X or Y, and the circuits get
    two-qubit gates. Strings of Z need no circuit and keep a group of their own. The others are grouped
    qubit-wise and as they commute; the way whose largest circuit has fewer two-qubit gates is taken, and of
    equals the one of fewer groups.

    Args:
        sizes: by string, how much it matters; no identity.
        parities: masks of Z-strings that commute with each string.

    Returns:
        Of each group its strings, and the measurement circuit with the strings' signed Z-strings and then
        those of the parities.
    """
    if not parities:
        found = group(PauliSum(tuple(sizes), tuple(sizes.values())), "qubit-wise")
        return [(one.labels, diagonalise(one)) for one in found]
    n_qubits = len(next(iter(sizes)))
    checks = tuple(label_of(0, mask, n_qubits) for mask in parities)
    plain = {label: size for label, size in sizes.items() if set(label) <= {"I", "Z"}}
    turned = {label: size for label, size in sizes.items() if label not in plain}
    ways = []
    for method in ("general", "qubit-wise"):
        groups = group(PauliSum(tuple(turned), tuple(turned.values())), method) if turned else ()
        ways.append([_with_checks(one.labels, checks) for one in groups])
    best = min(ways, key=lambda way: (max(map(_two_qubit_gates, way), default=0), len(way)))
    return [_with_checks(tuple(plain), checks), *best] if plain else best


def _with_checks(labels: tuple[str, ...], checks: tuple[str, ...]) -> Basis:
    """Return a group's circuit, between any qubits; a parity may be one of the group's own strings."""
    return labels, diagonalise_coupled((*labels, *checks), combinations(range(len(checks[0])), 2))


def _two_qubit_gates(basis: Basis) -> int:
    return sum(len(gate.qubits) == 2 for gate in basis[1].circuit.gates)
