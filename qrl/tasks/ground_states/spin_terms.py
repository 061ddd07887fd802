"""Terms of spin Hamiltonians: pairs of a Pauli string and its weight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

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
    return [(_label(letter, pair, n_qubits), weight) for pair in bonds]


def site_terms(letter: str, n_qubits: int, weight: float) -> Terms:
    """Return one letter on each qubit."""
    return [(_label(letter, (q,), n_qubits), weight) for q in range(n_qubits)]


def _label(letter: str, qubits: tuple[int, ...], n_qubits: int) -> str:
    return "".join(letter if q in qubits else "I" for q in reversed(range(n_qubits)))
