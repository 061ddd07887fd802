"""Terms of spin Hamiltonians: pairs of a Pauli string and its weight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from qrl.circuits.pauli import letter_on

Terms: TypeAlias = list[tuple[str, float]]


def exchange_terms(
    bonds: Iterable[tuple[int, int]], n_qubits: int, planar: float, along: float
) -> Terms:
    """Return planar (XX + YY) + along ZZ on each bond."""
    pairs = tuple(bonds)
    weights = {"X": planar, "Y": planar, "Z": along}
    return [term for p, w in weights.items() for term in bond_terms(p, pairs, n_qubits, w)]


def bond_terms(
    letter: str, bonds: Iterable[tuple[int, int]], n_qubits: int, weight: float
) -> Terms:
    """Return one letter on both ends of each bond."""
    return [(letter_on(letter, pair, n_qubits), weight) for pair in bonds]


def site_terms(letter: str, n_qubits: int, weight: float) -> Terms:
    """Return one letter on each qubit."""
    return [(letter_on(letter, (q,), n_qubits), weight) for q in range(n_qubits)]
