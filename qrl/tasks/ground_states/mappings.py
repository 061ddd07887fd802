"""Linear encodings of electrons in qubits, and operators written in them.

Every mapping here is linear over GF(2): a qubit holds the parity of some orbitals' occupations, and
a parity whose value is known needs no qubit (Seeley, Richard and Love, arXiv 1208.5986; Bravyi et
al., arXiv 1701.08213). Operators are sums of c X^x Z^z with x and z as bit masks, which such an
encoding turns into the same form without a sign of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from qrl.checks import is_whole, shown
from qrl.circuits.pauli import PauliSum, label_of, masks
from qrl.errors import InputError, unknown_name

Terms: TypeAlias = dict[tuple[int, int], complex]
"""Coefficients of X^x Z^z by (x, z); bit k belongs to mode or qubit k."""

MAPPINGS = ("jordan-wigner", "parity", "bravyi-kitaev")

_NEGLIGIBLE = 1e-14
_MOST_ORBITALS = 500  # what a damaged file claims must not cost minutes


@dataclass(frozen=True)
class Encoding:
    """Which parities of the modes' occupations the qubits hold.

    Modes are spin orbitals: the spatial orbitals with spin up, then those with spin down.

    Attributes:
        n_modes: number of modes.
        rows: for each qubit the mask of modes whose parity it holds.
        fixed: parities that are known: mask of modes, and value 0 or 1. With the rows they must
            form a basis of the masks.
    """

    n_modes: int
    rows: tuple[int, ...]
    fixed: tuple[tuple[int, int], ...] = ()

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return len(self.rows)

    def label(self, occupied: Iterable[int]) -> str:
        """Return the basis label of a determinant, leftmost letter the highest qubit."""
        occupation = sum(1 << mode for mode in occupied)
        return "".join(str(_parity(row & occupation)) for row in reversed(self.rows))

    def encode(self, terms: Terms) -> Terms:
        """Write an operator on the modes in the qubits.

        Parts that change a fixed parity are left out: they have no matrix elements within the space
        that the qubits hold.

        Args:
            terms: the operator on the modes, in Jordan-Wigner form.

        Returns:
            The operator on the qubits.
        """
        parities = _expansions(self.rows + tuple(mask for mask, _ in self.fixed), self.n_modes)
        known = sum(value << k for k, (_, value) in enumerate(self.fixed))
        everything = (1 << self.n_qubits) - 1
        encoded: Terms = {}
        for (x, z), coefficient in terms.items():
            if any(_parity(mask & x) for mask, _ in self.fixed):
                continue
            flips = sum(_parity(row & x) << k for k, row in enumerate(self.rows))
            signs = 0
            for mode in _bits(z):
                signs ^= parities[mode]
            negative = _parity((signs >> self.n_qubits) & known)
            key = (flips, signs & everything)
            encoded[key] = encoded.get(key, 0.0) + (-coefficient if negative else coefficient)
        return encoded


def encoding(mapping: str, n_orbitals: int, electrons: tuple[int, int]) -> Encoding:
    """Return the encoding of a mapping, without tapering.

    Args:
        mapping: one of `MAPPINGS`. "parity" leaves out the parity of the spin-up electrons and that
            of all electrons, which are conserved.
        n_orbitals: number of spatial orbitals.
        electrons: number with spin up, number with spin down.

    Raises:
        InputError: there is no such mapping.
    """
    n_modes = 2 * n_orbitals
    if mapping == "jordan-wigner":
        return Encoding(n_modes, tuple(1 << mode for mode in range(n_modes)))
    if mapping == "parity":
        prefixes = [(2 << mode) - 1 for mode in range(n_modes)]
        total, up = prefixes.pop(), prefixes.pop(n_orbitals - 1)
        return Encoding(
            n_modes, tuple(prefixes), ((up, electrons[0] % 2), (total, sum(electrons) % 2))
        )
    if mapping == "bravyi-kitaev":
        # Qubit j sums the modes above j - (lowest set bit of j + 1), up to j: a Fenwick tree.
        return Encoding(
            n_modes, tuple(((1 << (j & -j)) - 1) << (j - (j & -j)) for j in range(1, n_modes + 1))
        )
    raise unknown_name("mapping", mapping, MAPPINGS)


@dataclass(frozen=True)
class Electrons:
    """The electrons of a molecular problem and the encoding of their orbitals.

    Attributes:
        n_orbitals: number of spatial orbitals.
        up: electrons with spin up; they fill the lowest orbitals in the mean field.
        down: electrons with spin down.
        encoding: how the qubits hold them.
    """

    n_orbitals: int
    up: int
    down: int
    encoding: Encoding

    @property
    def occupied(self) -> tuple[int, ...]:
        """Modes that the Hartree-Fock determinant occupies."""
        return (*range(self.up), *range(self.n_orbitals, self.n_orbitals + self.down))

    @property
    def label(self) -> str:
        """Basis label of the Hartree-Fock determinant."""
        return self.encoding.label(self.occupied)


def electrons_of(metadata: Mapping[str, Any], n_qubits: int) -> Electrons | None:
    """Read the electrons and their encoding from a problem's metadata.

    Args:
        metadata: of a problem file; the entries `mapping`, `active_space` (`electrons`, `orbitals`),
            `spin` (unpaired electrons, 0 where absent) and `tapering` count.
        n_qubits: number of qubits of the problem.

    Returns:
        The electrons; None where the metadata describe no molecule of that many qubits.
    """
    space, spin = metadata.get("active_space"), metadata.get("spin", 0)
    if not isinstance(space, Mapping):
        return None
    n_orbitals, count = space.get("orbitals"), space.get("electrons")
    if not (is_whole(n_orbitals) and is_whole(count) and is_whole(spin)):
        return None
    up, down = (count + spin) // 2, (count - spin) // 2
    possible = 0 <= down <= up <= n_orbitals <= _MOST_ORBITALS and (count + spin) % 2 == 0
    mapping = metadata.get("mapping")
    if not possible or not isinstance(mapping, str) or mapping not in MAPPINGS:
        return None
    found = encoding(mapping, n_orbitals, (up, down))
    try:
        if metadata.get("tapering") is not None:
            found = tapered_encoding(found, metadata["tapering"])
    except InputError:
        return None
    return Electrons(n_orbitals, up, down, found) if found.n_qubits == n_qubits else None


def tapered_encoding(whole: Encoding, tapering: Any) -> Encoding:
    """Return an encoding without the qubits that a tapering removes.

    Args:
        whole: the encoding before.
        tapering: `{"symmetries": [labels of I and Z], "sector": [1 or -1], "removed_qubits": [...]}`;
            each removed qubit belongs to the symmetry at the same place, and to no other.

    Raises:
        InputError: it is of another form or does not fit the encoding.
    """
    n_qubits = whole.n_qubits
    try:
        labels, sector, removed = (
            tuple(tapering[key]) for key in ("symmetries", "sector", "removed_qubits")
        )
        symmetries = [masks(label)[1] for label in labels]
        fits = (
            len(labels) == len(sector) == len(removed)
            and all(len(label) == n_qubits and set(label) <= {"I", "Z"} for label in labels)
            and set(sector) <= {1, -1}
            and all(
                [mask >> qubit & 1 for mask in symmetries]
                == [k == own for own in range(len(labels))]
                for k, qubit in enumerate(removed)
            )
        )
    except (TypeError, KeyError, ValueError, IndexError, AttributeError, OverflowError) as cause:
        raise InputError(f"The tapering cannot be read: {cause!r}.") from cause
    if not fits:
        raise InputError(
            f"A tapering of {n_qubits} qubits needs symmetries of {n_qubits} letters I and Z, as many "
            f"signs 1 or -1 and as many removed qubits, each in one symmetry alone; got {shown(tapering)}."
        )
    fixed = list(whole.fixed)
    for symmetry, sign in zip(symmetries, sector, strict=True):
        mask = 0
        for qubit in _bits(symmetry):
            mask ^= whole.rows[qubit]
        fixed.append((mask, int(sign == -1)))
    rows = tuple(row for qubit, row in enumerate(whole.rows) if qubit not in removed)
    return Encoding(whole.n_modes, rows, tuple(fixed))


def pauli_terms(operator: PauliSum) -> Terms:
    """Return a Pauli sum as coefficients of X^x Z^z."""
    terms: Terms = {}
    for label, weight in operator.terms():
        x, z, phase = masks(label)
        terms[x, z] = phase * weight
    return terms


def pauli_labels(terms: Terms, n_qubits: int) -> dict[str, complex]:
    """Return an operator as coefficients of Pauli labels, negligible ones left out."""
    found = {}
    for (x, z), coefficient in terms.items():
        if abs(coefficient) > _NEGLIGIBLE:
            phase = (-1j) ** (x & z).bit_count()  # XZ = -iY
            found[label_of(x, z, n_qubits)] = coefficient * phase
    return found


def pauli_sum(terms: Terms, n_qubits: int) -> PauliSum:
    """Return a Hermitian operator as a Pauli sum; nothing left gives the identity times 0."""
    labels = pauli_labels(terms, n_qubits) or {"I" * n_qubits: 0.0}
    return PauliSum(tuple(labels), tuple(labels.values()))  # type: ignore[arg-type]


@cache
def _expansions(basis: tuple[int, ...], size: int) -> tuple[int, ...]:
    """Return for each single mode the mask of basis vectors that add up to it, over GF(2)."""
    left = [(vector, 1 << k) for k, vector in enumerate(basis)]
    for mode in range(size):
        place = next((k for k in range(mode, len(left)) if left[k][0] >> mode & 1), None)
        if place is None or len(left) != size:
            raise InputError(f"The parities {basis} are no basis of {size} modes.")
        left[mode], left[place] = left[place], left[mode]
        vector, combination = left[mode]
        for k, (other, others) in enumerate(left):
            if k != mode and other >> mode & 1:
                left[k] = (other ^ vector, others ^ combination)
    return tuple(combination for _, combination in left)


def _parity(mask: int) -> int:
    return mask.bit_count() & 1


def _bits(mask: int) -> list[int]:
    return [k for k in range(mask.bit_length()) if mask >> k & 1]
