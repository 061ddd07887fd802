"""Single and double excitations of the Hartree-Fock determinant, in a problem's qubits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from qrl.tasks.ground_states.fermions import adjoint, combination, ladder, product
from qrl.tasks.ground_states.mappings import Electrons, Terms, pauli_labels


@dataclass(frozen=True)
class Excitation:
    """An excitation T and the Pauli form of exp(theta (T - T^dagger)).

    The strings of one excitation commute, so the exponential is the product of
    exp(-i theta c P) over its terms, in any order.

    Attributes:
        occupied: modes that lose an electron.
        virtual: modes that gain one, as many.
        terms: pairs (Pauli label P, real coefficient c) with T - T^dagger = -i sum c P.
        is_pair: whether both electrons of one orbital move to one other orbital.
    """

    occupied: tuple[int, ...]
    virtual: tuple[int, ...]
    terms: tuple[tuple[str, float], ...]
    is_pair: bool = False


def excitations(electrons: Electrons) -> list[Excitation]:
    """Return all single and double excitations that conserve the spin along z.

    T = a^dagger_a a_i and a^dagger_a a^dagger_b a_j a_i with i < j occupied and a < b empty in the
    Hartree-Fock determinant. Those that leave the symmetry sector of a tapered problem are left out.

    Returns:
        Singles first, then doubles.
    """
    found = []
    for occupied, virtual in _moves(electrons):
        terms = generator(electrons, occupied, virtual)
        if terms:
            found.append(
                Excitation(occupied, virtual, terms, _is_pair(electrons, occupied, virtual))
            )
    return found


def generator(
    electrons: Electrons, occupied: tuple[int, ...], virtual: tuple[int, ...]
) -> tuple[tuple[str, float], ...]:
    """Return the terms (P, c) with T - T^dagger = -i sum c P; none if a symmetry forbids T."""
    creators = [ladder(mode, create=True) for mode in virtual]
    destroyers = [ladder(mode, create=False) for mode in reversed(occupied)]
    move = product(*creators, *destroyers)
    return hermitian_terms(electrons, combination([(1.0, move), (-1.0, adjoint(move))]))


def hermitian_terms(electrons: Electrons, anti_hermitian: Terms) -> tuple[tuple[str, float], ...]:
    """Return the Pauli terms (P, c) of an anti-Hermitian operator -i sum c P, sorted by label."""
    encoded = electrons.encoding.encode(anti_hermitian)
    labels = pauli_labels(encoded, electrons.encoding.n_qubits)
    return tuple(sorted((label, (1j * value).real) for label, value in labels.items()))


def _moves(electrons: Electrons) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    n = electrons.n_orbitals
    up = (range(electrons.up), range(electrons.up, n))
    down = (range(n, n + electrons.down), range(n + electrons.down, 2 * n))
    for occupied, empty in (up, down):
        yield from (((i,), (a,)) for i in occupied for a in empty)
    for occupied, empty in (up, down):
        for pair in combinations(occupied, 2):
            yield from ((pair, target) for target in combinations(empty, 2))
    for i in up[0]:
        for j in down[0]:
            yield from (((i, j), (a, b)) for a in up[1] for b in down[1])


def _is_pair(electrons: Electrons, occupied: tuple[int, ...], virtual: tuple[int, ...]) -> bool:
    n = electrons.n_orbitals
    return len(occupied) == 2 and all(modes[1] == modes[0] + n for modes in (occupied, virtual))
