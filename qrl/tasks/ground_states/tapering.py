"""Qubits that symmetries make superfluous (Bravyi et al., arXiv 1701.08213).

In a linear encoding the conserved parities of a molecule, of its spins and of its point group, are
strings of I and Z. Each fixes one bit as a sum of the others, so the qubit of that bit can go. The
remaining qubits keep their meaning: basis states stay basis states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qrl.circuits.pauli import PauliSum, masks
from qrl.errors import InputError
from qrl.tasks.ground_states.mappings import (
    Encoding,
    pauli_sum,
    pauli_terms,
    tapered_encoding,
)


@dataclass(frozen=True)
class Tapering:
    """Symmetries of a Pauli sum and the sector that is kept.

    Attributes:
        symmetries: labels of I and Z that commute with every term.
        sector: the sign, 1 or -1, that each symmetry has in the kept states.
        removed_qubits: one for each symmetry, which it contains alone.
    """

    symmetries: tuple[str, ...]
    sector: tuple[int, ...]
    removed_qubits: tuple[int, ...]

    def metadata(self) -> dict[str, Any]:
        """Return what a problem file keeps."""
        return {
            "symmetries": list(self.symmetries),
            "sector": list(self.sector),
            "removed_qubits": list(self.removed_qubits),
        }


def find_tapering(operator: PauliSum, label: str) -> Tapering:
    """Find all independent symmetries of I and Z, with the signs of a basis state.

    Args:
        operator: the Pauli sum.
        label: basis state of the sector to keep, leftmost letter the highest qubit.

    Returns:
        The tapering; without symmetries where there are none.
    """
    n_qubits = operator.n_qubits
    reduced: list[tuple[int, int]] = []  # pivot qubit and mask, in reduced row echelon form
    for flips in {masks(term)[0] for term in operator.labels}:
        for pivot, mask in reduced:
            if flips >> pivot & 1:
                flips ^= mask
        if flips:
            new = flips.bit_length() - 1
            reduced = [(p, mask ^ flips if mask >> new & 1 else mask) for p, mask in reduced]
            reduced.append((new, flips))
    pivots = {pivot for pivot, _ in reduced}
    symmetries, sector, removed = [], [], []
    for free in (qubit for qubit in range(n_qubits) if qubit not in pivots):
        # z with z . x = 0 for all rows x: the free bit, and each pivot whose row contains it.
        z = 1 << free | sum(1 << pivot for pivot, mask in reduced if mask >> free & 1)
        symmetries.append(format(z, f"0{n_qubits}b").replace("0", "I").replace("1", "Z"))
        sector.append(-1 if (z & int(label, 2)).bit_count() % 2 else 1)
        removed.append(free)
    return Tapering(tuple(symmetries), tuple(sector), tuple(removed))


def taper(operator: PauliSum, label: str, tapering: Tapering) -> tuple[PauliSum, str]:
    """Remove the qubits of a tapering.

    Args:
        operator: a Pauli sum that has the symmetries.
        label: a basis state in the sector.
        tapering: what `find_tapering` found.

    Returns:
        The Pauli sum and the basis state on the remaining qubits.

    Raises:
        InputError: no qubit would remain.
    """
    n_qubits = operator.n_qubits
    if len(tapering.removed_qubits) >= n_qubits:
        raise InputError(
            f"The symmetries fix all {n_qubits} qubits, so nothing is left to search; use a larger "
            "active space or leave tapering out."
        )
    qubits = Encoding(n_qubits, tuple(1 << qubit for qubit in range(n_qubits)))
    kept = tapered_encoding(qubits, tapering.metadata())
    occupied = [qubit for qubit, bit in enumerate(reversed(label)) if bit == "1"]
    return pauli_sum(kept.encode(pauli_terms(operator)), kept.n_qubits), kept.label(occupied)
