"""Which electrons and orbitals of a molecule a problem keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import shown, whole_number
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.tasks.ground_states.molecule import Molecule

MOST_QUBITS = 24
"""Of the whole active space; tapering may leave fewer, but comes after the integrals."""

_LISTED = 10


@dataclass(frozen=True)
class ActiveSpace:
    """The electrons and orbitals that a problem keeps, and those it freezes."""

    electrons: int
    mo_indices: tuple[int, ...]
    frozen: tuple[int, ...]


def check_wishes(electrons: Any, orbitals: Any, mapping: str) -> None:
    """Refuse an active space that no molecule can have.

    Args:
        electrons: their number; None: what the orbitals hold.
        orbitals: their number, a tuple of their indices, or None for all.
        mapping: to qubits.
    """
    if electrons is not None:
        whole_number("The number of active electrons", electrons, least=0)
    if orbitals is None:
        return
    if isinstance(orbitals, (tuple, list)):
        for index in orbitals:
            whole_number("The index of an active orbital", index, least=0)
        count = len(set(orbitals))
    else:
        count = whole_number("The number of active orbitals", orbitals, least=1)
    check_qubits(count, mapping)
    if electrons is not None and electrons > 2 * count:
        raise InputError(
            f"{electrons} electrons do not fit into {count} orbitals, which hold at most {2 * count}; "
            "take fewer electrons or more orbitals."
        )


def check_qubits(n_orbitals: int, mapping: str) -> None:
    """Refuse more orbitals than can be simulated."""
    n_qubits = 2 * n_orbitals - (2 if mapping == "parity" else 0)
    if n_qubits > MOST_QUBITS:
        raise InputError(
            f"{n_orbitals} active orbitals need {n_qubits} qubits; at most {MOST_QUBITS} can be "
            "simulated. Take fewer: active_electrons and active_orbitals, or --active 4,4."
        )


def choose_active_space(molecule: Molecule, occupations: NDArray[np.int64]) -> ActiveSpace:
    """Find the active and frozen orbitals that a molecule asks for.

    Args:
        molecule: The molecule, with its wishes.
        occupations: Electrons in each orbital: 2, 1 or 0, in falling order.

    Returns:
        The active space.

    Raises:
        InputError: If the orbitals do not exist or do not hold the electrons.
    """
    n_orbitals, wanted = len(occupations), molecule.active_orbitals
    electrons, total = molecule.active_electrons, int(occupations.sum())
    if electrons is not None and electrons > total:
        raise InputError(
            f"{electrons} active electrons are more than the molecule has; it has {total}."
        )
    if wanted is None:
        indices = tuple(range(n_orbitals))
    elif isinstance(wanted, tuple):
        indices = tuple(sorted(set(wanted)))
    else:
        first, odd = divmod(total - (total if electrons is None else electrons), 2)
        if odd:
            raise InputError(
                f"{electrons} active electrons leave {2 * first + 1} of {total} outside, and those come "
                f"in pairs; try {electrons + 1}."  # type: ignore[operator]
            )
        indices = tuple(range(first, first + wanted))
    if not indices or indices[-1] >= n_orbitals:
        raise InputError(
            f"The active space asks for orbitals {_short(indices)}, the molecule has 0 to "
            f"{n_orbitals - 1} (holding {total} electrons). Choose among these, or use a larger "
            f"basis than {molecule.basis}."
        )
    outside = [index for index in range(n_orbitals) if index not in indices]
    held = int(occupations[list(indices)].sum())
    if electrons not in (None, held):
        raise InputError(
            f"Orbitals {_short(indices)} hold {held} electrons, asked for {electrons}; "
            f"the orbitals' occupations are {_short(occupations.tolist())}."
        )
    if any(occupations[outside] == 1):
        raise InputError(
            f"Orbitals {_short(indices)} leave unpaired electrons outside; include every singly occupied "
            f"one of the occupations {_short(occupations.tolist())}."
        )
    frozen = tuple(index for index in outside if occupations[index] == 2)
    return ActiveSpace(held, indices, frozen)


def _short(numbers: Sequence[int]) -> str:
    """Return a list in words; of a long one its beginning."""
    more = f", ... ({len(numbers)})" if len(numbers) > _LISTED else ""
    return f"({', '.join(map(shown, numbers[:_LISTED]))}{more})"
