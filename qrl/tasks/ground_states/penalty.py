"""A penalty that keeps a molecule's number of electrons and their spin projection.

Qubits hold all numbers of electrons. Where another one lies lower, as the neutral molecule below its
cation, the search would find the wrong ion. mu [(N - N0)^2 + (S_z - s0)^2] raises all states but the
molecule's own, among them the Hartree-Fock determinant (McClean et al., New J. Phys. 18, 023023
(2016), on constrained searches).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from qrl.checks import real_number
from qrl.circuits.pauli import PauliSum
from qrl.errors import unknown_name
from qrl.tasks.ground_states.fermions import deviation, operators_of
from qrl.tasks.ground_states.mappings import Electrons
from qrl.tasks.spectrum import basis_energies, lowest_by_group

CHOICES = ("auto", "none")
Penalty: TypeAlias = str | float
"""One of `CHOICES`, or a weight in hartree."""

_MARGIN = 0.1
_LARGEST = 1000.0  # beyond it rounding would show in the energies
_SAME_LEVEL = 1e-8
_STEP = 0.01


@dataclass(frozen=True)
class Sector:
    """A number of electrons and a spin projection.

    Attributes:
        electrons: active electrons.
        unpaired: twice the spin projection: electrons up less electrons down.
    """

    electrons: int
    unpaired: int

    def distance(self, other: Sector) -> float:
        """Return (N - N0)^2 + (S_z - s0)^2."""
        spin = (self.unpaired - other.unpaired) / 2
        return (self.electrons - other.electrons) ** 2 + spin**2

    def named(self, own: Sector) -> str:
        """Return what tells this one from the molecule's own, for sentences."""
        if self.electrons == own.electrons:
            return f"S_z = {self.unpaired / 2:g}"
        return _counted(self.electrons)


@dataclass(frozen=True)
class Levels:
    """The lowest energies of all electron numbers and spin projections.

    Attributes:
        own: the molecule's own sector.
        energies: hartree, by sector.
    """

    own: Sector
    energies: dict[Sector, float]

    @property
    def lowest(self) -> Sector:
        """The sector of the lowest state: the molecule's own where it is among equals."""
        least = min(self.energies.values())
        equal = [s for s, energy in self.energies.items() if energy <= least + _SAME_LEVEL]
        return min(equal, key=self.own.distance)

    @property
    def excess(self) -> float:
        """How far the molecule's own lowest state is above the lowest of all, in hartree."""
        return self.energies[self.own] - self.energies[self.lowest]

    @property
    def sufficient_weight(self) -> float:
        """The weight that lifts all others 0.1 Ha above the molecule's own, or further."""
        own = self.energies[self.own] + _MARGIN
        needed = max(
            (own - energy) / sector.distance(self.own)
            for sector, energy in self.energies.items()
            if sector != self.own
        )
        return round(_STEP * math.ceil(needed / _STEP), 2)

    def with_penalty(self, weight: float) -> Levels:
        """Return the levels that a penalty leaves."""
        energies = {
            sector: energy + weight * sector.distance(self.own)
            for sector, energy in self.energies.items()
        }
        return Levels(self.own, energies)


def check_penalty(penalty: Penalty) -> Penalty:
    """Return a choice or a weight that can be used.

    Raises:
        InputError: it is neither one of the choices nor a number above 0, of at most 1000 Ha.
    """
    if not isinstance(penalty, str):
        return real_number("The weight of a penalty", penalty, above=0.0, most=_LARGEST)
    if penalty not in CHOICES:
        raise unknown_name("penalty", penalty, CHOICES, "Or a weight in hartree, such as 0.5.")
    return penalty


def levels_of(operator: PauliSum, electrons: Electrons) -> Levels:
    """Diagonalise a molecule's operator for each electron number and spin projection.

    Args:
        operator: the molecule's Hamiltonian, which mixes none of them.
        electrons: of the molecule, in the operator's qubits.
    """
    counts = operators_of(electrons)
    number, spin = (
        np.rint(factor * basis_energies(counts[name].labels, counts[name].weights)).astype(int)
        for name, factor in (("particle-number", 1), ("spin-z", 2))
    )
    sectors, groups = np.unique(np.stack([number, spin]), axis=1, return_inverse=True)
    found = lowest_by_group(operator.labels, operator.weights, groups.ravel())
    own = Sector(electrons.up + electrons.down, electrons.up - electrons.down)
    named = (Sector(int(n), int(s)) for n, s in sectors.T)
    return Levels(own, dict(zip(named, map(float, found), strict=True)))


def penalised(
    operator: PauliSum, electrons: Electrons, penalty: Penalty, *, exact: bool
) -> tuple[PauliSum, dict[str, Any]]:
    """Add a penalty to a molecule's operator where it is wanted.

    Args:
        operator: the molecule's Hamiltonian, in hartree.
        electrons: of the molecule, in the operator's qubits.
        penalty: "auto" adds one where another electron number or spin projection lies lower by more
            than 1e-8 Ha, and lifts all others 0.1 Ha above the molecule's own; "none" adds none; a
            number is the weight in hartree.
        exact: whether the operator may be diagonalised; without it "auto" adds none.

    Returns:
        The operator with its penalty, and what the metadata keep: nothing where there is nothing to
        say, else "note", and where they apply "penalty" and "sector_energy".
    """
    penalty = check_penalty(penalty)
    if not exact:
        n_active = electrons.up + electrons.down
        if isinstance(penalty, str):
            return operator, {"note": _unchecked(n_active)}
        because = f"asked for; not checked whether the lowest state has {_counted(n_active)}"
        note = f"A penalty of {penalty:g} Ha was added; that it suffices could not be checked."
        return _sum(operator, electrons, penalty), {**_entry(penalty, because), "note": note}
    levels = levels_of(operator, electrons)
    if levels.lowest == levels.own and isinstance(penalty, str):
        return operator, {}
    energy = {"sector_energy": round(levels.energies[levels.own], 10)}
    if penalty == "none":
        return operator, {**energy, "note": _missing(levels)}
    weight = levels.sufficient_weight if isinstance(penalty, str) else penalty
    facts = {**_entry(weight, _because(levels)), **energy, "note": _effect(levels, weight)}
    return _sum(operator, electrons, weight), facts


def _sum(operator: PauliSum, electrons: Electrons, weight: float) -> PauliSum:
    extra = deviation(electrons)
    weights = operator.weights + tuple(weight * w for w in extra.weights)
    return PauliSum(operator.labels + extra.labels, weights)


def _entry(weight: float, because: str) -> dict[str, Any]:
    return {"penalty": {"weight_hartree": weight, "because": because}}


def _counted(electrons: int) -> str:
    return f"{electrons} electron{'' if electrons == 1 else 's'}"


def _unchecked(electrons: int) -> str:
    return (
        f"Whether the lowest state has the molecule's {_counted(electrons)} could not be checked, "
        "with so many qubits; a penalty of your own (--penalty, in hartree) keeps them."
    )


def _because(levels: Levels) -> str:
    if levels.lowest == levels.own:
        return "asked for; the lowest state without it is the molecule's own"
    other, own = levels.lowest.named(levels.own), levels.own.named(levels.lowest)
    return f"the lowest state without it has {other}, {levels.excess:.8f} Ha below that of {own}"


def _missing(levels: Levels) -> str:
    other, own = levels.lowest.named(levels.own), levels.own.named(levels.lowest)
    return (
        f"Without a penalty the lowest state has {other}, {levels.excess:.6f} Ha below the lowest "
        f"with {own}."
    )


def _effect(levels: Levels, weight: float) -> str:
    if levels.lowest == levels.own:
        return f"A penalty of {weight:g} Ha was added; the lowest state is the same without it."
    own, left = levels.own.named(levels.lowest), levels.with_penalty(weight)
    if left.lowest != left.own:
        return (
            f"A penalty of {weight:g} Ha is too small to keep {own}: the lowest state still has "
            f"{left.lowest.named(left.own)}. {levels.sufficient_weight:g} Ha would do."
        )
    # "3 electrons" after "2 electrons" reads as "3".
    other = levels.lowest.named(levels.own).removesuffix(" electrons").removesuffix(" electron")
    return f"A penalty of {weight:g} Ha keeps {own}: without it the lowest state has {other}."
