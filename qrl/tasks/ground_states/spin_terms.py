"""Spins in Pauli strings: terms of Hamiltonians, and the total spin."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import TypeAlias

from qrl.circuits.pauli import PauliSum, letter_on

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


def spin_operators(n_qubits: int) -> dict[str, PauliSum]:
    """Return the total spin of n spins one half, S = sum of sigma / 2.

    Returns:
        "spin-z", S_z in units of hbar, 1/2 for each |0>; "spin-squared", S^2 in units of hbar^2 with
        eigenvalues S (S + 1): 3/4 for each spin and half of XX + YY + ZZ for each pair.
    """
    pairs = tuple(combinations(range(n_qubits), 2))
    squared = [("I" * n_qubits, 0.75 * n_qubits), *exchange_terms(pairs, n_qubits, 0.5, 0.5)]
    operators = {"spin-z": site_terms("Z", n_qubits, 0.5), "spin-squared": squared}
    return {name: PauliSum(*zip(*terms, strict=True)) for name, terms in operators.items()}
