"""Fermionic operators in the qubits of a molecular problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qrl.circuits.pauli import PauliSum
from qrl.tasks.ground_states.mappings import Electrons, Terms, electrons_of, pauli_sum


def ladder(mode: int, *, create: bool) -> Terms:
    """Return a creation or annihilation operator in Jordan-Wigner form.

    a_p = Z_0 ... Z_(p-1) X_p (1 - Z_p) / 2 in the form of coefficients of X^x Z^z; its adjoint has
    the other sign.
    """
    below, here = (1 << mode) - 1, 1 << mode
    return {(here, below): 0.5, (here, below | here): 0.5 if create else -0.5}


def product(*factors: Terms) -> Terms:
    """Multiply operators, the rightmost acting first."""
    result: Terms = {(0, 0): 1.0}
    for factor in factors:
        new: Terms = {}
        for (x, z), a in result.items():
            for (u, v), b in factor.items():
                key = (x ^ u, z ^ v)
                sign = -1.0 if (z & u).bit_count() % 2 else 1.0  # Z^z X^u = (-1)^(z.u) X^u Z^z
                new[key] = new.get(key, 0.0) + sign * a * b
        result = {key: value for key, value in new.items() if value}
    return result


def combination(parts: Iterable[tuple[complex, Terms]]) -> Terms:
    """Add operators up, each with a factor."""
    total: Terms = {}
    for factor, part in parts:
        for key, value in part.items():
            total[key] = total.get(key, 0.0) + factor * value
    return total


def adjoint(terms: Terms) -> Terms:
    """Return the adjoint of an operator."""
    return {
        (x, z): complex(c).conjugate() * (-1.0 if (x & z).bit_count() % 2 else 1.0)
        for (x, z), c in terms.items()
    }


def molecular_operators(metadata: Mapping[str, Any], n_qubits: int) -> dict[str, PauliSum] | None:
    """Return what counts electrons and measures their spin, in a problem's own qubits.

    Where qubits were removed, the operators act within the sector that is left.

    Args:
        metadata: of the problem, as `build_problem` writes them.
        n_qubits: number of qubits of the problem.

    Returns:
        "particle-number" (electrons of the active space), "spin-z" and "spin-squared" (S_z and S^2,
        in units of hbar and hbar^2); None where the metadata describe no molecule.
    """
    electrons = electrons_of(metadata, n_qubits)
    return None if electrons is None else operators_of(electrons)


def operators_of(electrons: Electrons) -> dict[str, PauliSum]:
    """Return the operators that `molecular_operators` names, for given electrons."""
    operators = {
        "particle-number": _number(electrons),
        "spin-z": _spin_z(electrons),
        "spin-squared": _spin_squared(electrons),
    }
    code = electrons.encoding
    return {name: pauli_sum(code.encode(part), code.n_qubits) for name, part in operators.items()}


def deviation(electrons: Electrons) -> PauliSum:
    """Return (N - N0)^2 + (S_z - s0)^2: 0 for the molecule's electrons, 1 or more for others.

    N counts the active electrons, S_z is in units of hbar; N0 and s0 are the molecule's own.
    """
    one: Terms = {(0, 0): 1.0}
    too_many = combination([(1.0, _number(electrons)), (-(electrons.up + electrons.down), one)])
    too_much = combination([(1.0, _spin_z(electrons)), ((electrons.down - electrons.up) / 2, one)])
    squares = combination((1.0, product(part, part)) for part in (too_many, too_much))
    return pauli_sum(electrons.encoding.encode(squares), electrons.encoding.n_qubits)


def _count(mode: int) -> Terms:
    return {(0, 0): 0.5, (0, 1 << mode): -0.5}


def _number(electrons: Electrons) -> Terms:
    return combination((1.0, _count(mode)) for mode in range(2 * electrons.n_orbitals))


def _spin_z(electrons: Electrons) -> Terms:
    n = electrons.n_orbitals
    return combination((0.5 if mode < n else -0.5, _count(mode)) for mode in range(2 * n))


def _spin_squared(electrons: Electrons) -> Terms:
    """Return S^2 = S_- S_+ + S_z (S_z + 1)."""
    n = electrons.n_orbitals
    raising = combination(
        (1.0, product(ladder(p, create=True), ladder(p + n, create=False))) for p in range(n)
    )
    along = _spin_z(electrons)
    parts = [product(adjoint(raising), raising), product(along, along), along]
    return combination((1.0, part) for part in parts)
