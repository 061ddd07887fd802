"""Molecules, their orbitals and their active-space integrals, with PySCF.

Equal input gives equal output: the mean field is converged far beyond what is
stored, and the freedom it leaves (each orbital's sign, any rotation within a
degenerate level) is fixed by a rule.
"""

from __future__ import annotations

import difflib
import importlib
import warnings
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrl.checks import is_whole
from qrl.errors import InputError, MissingExtra, unknown_name
from qrl.tasks.ground_states.active_space import ActiveSpace, check_qubits, check_wishes
from qrl.tasks.ground_states.atoms import UNITS, Atoms, check_atoms, check_electrons
from qrl.tasks.ground_states.mappings import MAPPINGS

Floats = NDArray[np.float64]

USUAL_BASES = (
    "sto-3g",
    "sto-6g",
    "3-21g",
    "6-31g",
    "6-31g*",
    "6-311g",
    "cc-pvdz",
    "cc-pvtz",
    "def2-svp",
)
"""A choice of those that PySCF knows, named where a basis set is like none of them."""

_ORBITAL_GRADIENT_TARGET = 1e-13
_ORBITAL_GRADIENT_LIMIT = 1e-8
_SAME_LEVEL = 1e-6


@dataclass(frozen=True)
class Molecule:
    """A molecule, its active space, and the mapping to qubits.

    ``active_orbitals`` is a tuple of molecular-orbital indices (0 is the
    lowest), a count (consecutive orbitals, placed so that they hold
    ``active_electrons``), or None for all orbitals. Doubly occupied orbitals
    outside it are frozen, empty ones are left out. ``spin`` is the number of
    unpaired electrons. The mapping ``parity`` drops the two qubits that hold
    conserved parities, so only states with the molecule's parities remain;
    ``taper`` drops every qubit that a symmetry makes superfluous.
    """

    atoms: Atoms
    _: KW_ONLY
    unit: str = "angstrom"
    basis: str = "sto-3g"
    charge: int = 0
    spin: int = 0
    active_electrons: int | None = None
    active_orbitals: int | tuple[int, ...] | None = None
    mapping: str = "jordan-wigner"
    taper: bool = False

    def __post_init__(self) -> None:
        """Refuse what no later step could explain as well."""
        if self.unit not in UNITS:
            raise unknown_name("unit of length", self.unit, UNITS)
        if self.mapping not in MAPPINGS:
            raise unknown_name("mapping", self.mapping, MAPPINGS)
        check_atoms(self.atoms, self.unit)
        check_electrons(self.atoms, self.charge, self.spin)
        check_wishes(self.active_electrons, self.active_orbitals, self.mapping)
        for name in ("charge", "spin", "active_electrons", "active_orbitals"):
            value = getattr(self, name)  # NumPy's integers do not go into JSON
            if is_whole(value):
                object.__setattr__(self, name, int(value))
            elif isinstance(value, (tuple, list)):
                object.__setattr__(self, name, tuple(map(int, value)))


@dataclass(frozen=True)
class MeanField:
    """Restricted Hartree-Fock orbitals of a molecule, their freedom fixed.

    ``orbitals`` has shape ``(n_atomic_orbitals, n_orbitals)``; ``occupations``
    are 2, 1 or 0 in falling order; ``energy`` is the total energy in hartree.
    ``mole`` is PySCF's molecule.
    """

    mole: Any
    orbitals: Floats
    occupations: NDArray[np.int64]
    energy: float


def solve_mean_field(molecule: Molecule) -> MeanField:
    """Solve restricted Hartree-Fock and fix the orbitals' freedom.

    Args:
        molecule: The molecule; with unpaired electrons the method is ROHF.

    Returns:
        The mean field, orbitals sorted by occupation, then by energy.

    Raises:
        MissingExtra: If PySCF is not installed.
        InputError: If PySCF refuses the molecule or does not converge.
    """
    gto, scf, lib = import_chem("pyscf.gto"), import_chem("pyscf.scf"), import_chem("pyscf.lib")
    _check_basis(molecule.basis)
    try:
        with warnings.catch_warnings():  # of what becomes an error below
            warnings.simplefilter("ignore", UserWarning)
            mole = gto.M(
                atom=[(symbol, position) for symbol, position in molecule.atoms],
                unit=molecule.unit,
                basis=molecule.basis,
                charge=molecule.charge,
                spin=molecule.spin,
                verbose=0,
            )
    except (KeyError, RuntimeError, ValueError) as error:
        raise InputError(f"PySCF refuses this molecule: {error}") from error
    _check_room(molecule, int(mole.nelectron), int(mole.nao_nr()))
    # One thread: a parallel sum's order would reach the last digits.
    with lib.with_omp_threads(1):
        solver = scf.ROHF(mole) if molecule.spin else scf.RHF(mole)
        # A small gradient, because orbitals are only first-order accurate in it.
        solver.conv_tol_grad, solver.conv_tol = _ORBITAL_GRADIENT_TARGET, 1e-12
        solver.diis_space, solver.max_cycle = 12, 300
        try:
            solver.kernel()
        except (RuntimeError, ValueError, np.linalg.LinAlgError) as error:
            raise InputError(f"PySCF cannot solve Hartree-Fock here: {error}.") from error
        gradient = float(np.linalg.norm(solver.get_grad(solver.mo_coeff, solver.mo_occ)))
    if gradient > _ORBITAL_GRADIENT_LIMIT:
        raise InputError(
            f"Hartree-Fock did not converge: orbital gradient {gradient:.1e}, needed "
            f"{_ORBITAL_GRADIENT_LIMIT:.0e}. Check the geometry, its unit, charge and spin."
        )
    # ROHF may leave a singly occupied orbital above an empty one.
    order = np.lexsort((solver.mo_energy, -solver.mo_occ))
    occupations = np.rint(solver.mo_occ[order]).astype(np.int64)
    orbitals = fix_orbitals(
        solver.mo_coeff[:, order], solver.mo_energy[order], occupations, solver.get_ovlp()
    )
    return MeanField(mole, orbitals, occupations, float(solver.e_tot))


def _check_room(molecule: Molecule, electrons: int, n_orbitals: int) -> None:
    """Refuse, before any integral, electrons or orbitals that are too many.

    Args:
        molecule: The molecule.
        electrons: All of its electrons.
        n_orbitals: How many orbitals its basis set gives.
    """
    if electrons + molecule.spin > 2 * n_orbitals:
        raise InputError(
            f"The basis set {molecule.basis} gives {n_orbitals} orbitals, too few for {electrons} "
            f"electrons, {molecule.spin} of them unpaired. Take a larger one, or check charge and spin."
        )
    if molecule.active_orbitals is None:
        check_qubits(n_orbitals, molecule.mapping)


def _check_basis(basis: str) -> None:
    """Refuse a basis set that PySCF does not have, and name the nearest."""
    library = import_chem("pyscf.gto.basis")
    plain = "".join(letter for letter in basis.lower() if letter not in "-_ ")
    if plain in library.ALIAS:
        return
    aliases: list[str] = list(library.ALIAS)
    near = difflib.get_close_matches(plain, aliases, n=3, cutoff=0.5)
    known = {name.replace("-", ""): name for name in USUAL_BASES}
    names = {*(known.get(name, name) for name in near), *USUAL_BASES}
    raise unknown_name("basis set", basis, names)


def fix_orbitals(
    orbitals: Floats, energies: Floats, occupations: NDArray[np.int64], overlap: Floats
) -> Floats:
    """Fix the sign of each orbital and the rotation of each degenerate level.

    Within a level, orbitals become the projections of the atomic orbitals with
    the largest overlap, one after the other: a lone orbital gets a sign, a pi
    pair along z becomes px and py.

    Args:
        orbitals: Columns in rising energy within each occupation.
        energies: One per column, hartree.
        occupations: One per column; levels never mix across them.
        overlap: Overlap matrix of the atomic orbitals.

    Returns:
        The same spaces with fixed orbitals.
    """
    new_level = (np.diff(energies) > _SAME_LEVEL) | (np.diff(occupations) != 0)
    fixed = []
    for level in np.split(orbitals, np.flatnonzero(new_level) + 1, axis=1):
        overlaps = overlap @ level
        for _ in range(level.shape[1]):
            lengths = np.linalg.norm(overlaps, axis=1)
            # Equivalent atoms tie up to rounding: take the first of them.
            pivot = int(np.flatnonzero(lengths > lengths.max() - _SAME_LEVEL)[0])
            direction = overlaps[pivot] / lengths[pivot]
            fixed.append(level @ direction)
            overlaps = overlaps - np.outer(overlaps @ direction, direction)
    return np.stack(fixed, axis=1)


def active_integrals(field: MeanField, space: ActiveSpace) -> tuple[float, Floats, Floats]:
    """Return the energy and integrals that define the active electrons.

    Args:
        field: The mean field.
        space: Which orbitals are active and which are frozen.

    Returns:
        The energy of nuclei and frozen electrons; one-body integrals in their
        field, shape ``(n, n)``; two-body integrals ``(pq|rs)`` in chemists'
        order, shape ``(n, n, n, n)``. All in hartree.
    """
    mole = field.mole
    with import_chem("pyscf.lib").with_omp_threads(1):
        scf, ao2mo = import_chem("pyscf.scf"), import_chem("pyscf.ao2mo")
        frozen = field.orbitals[:, list(space.frozen)]
        active = field.orbitals[:, list(space.mo_indices)]
        density = 2.0 * frozen @ frozen.T
        coulomb, exchange = scf.hf.get_jk(mole, density)
        hcore = scf.hf.get_hcore(mole)
        potential = coulomb - 0.5 * exchange
        core = mole.energy_nuc() + np.sum(density * (hcore + 0.5 * potential))
        one_body = active.T @ (hcore + potential) @ active
        packed = ao2mo.kernel(mole, active)
        two_body = ao2mo.restore(1, packed, active.shape[1])
    return float(core), one_body, two_body


def import_chem(module: str) -> Any:
    """Import a module of the ``chem`` extra, or say how to install it.

    Args:
        module: The module's full name.

    Returns:
        The module.

    Raises:
        MissingExtra: If it cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"Building a molecule needs PySCF and Qiskit Nature, but {module} cannot be "
            "imported. Try: pip install 'qrl[chem]'"
        ) from error
