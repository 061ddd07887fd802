"""Active-space qubit Hamiltonians of molecules, as problems.

PySCF finds the orbitals and the integrals, Qiskit Nature maps electrons to
qubits; both come with the ``chem`` extra and are imported on first use. The
result is a problem in the ``qrl-problem-1`` format, qubits little-endian.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from qrl.circuits.pauli import PauliSum, masks
from qrl.errors import InputError
from qrl.tasks.ground_states.active_space import ActiveSpace, choose_active_space
from qrl.tasks.ground_states.atoms import UNITS
from qrl.tasks.ground_states.data import checksum
from qrl.tasks.ground_states.mappings import MAPPINGS, Electrons, encoding, tapered_encoding
from qrl.tasks.ground_states.molecule import (
    MeanField,
    Molecule,
    active_integrals,
    import_chem,
    solve_mean_field,
)
from qrl.tasks.ground_states.penalty import Penalty, check_penalty, penalised
from qrl.tasks.ground_states.tapering import find_tapering, taper
from qrl.tasks.spectrum import basis_energies, lowest_levels

__all__ = ["MAPPINGS", "UNITS", "Molecule", "build_problem"]

EXACT_QUBIT_LIMIT = 14
_SCAN_QUBIT_LIMIT = 20

_WEIGHT_DECIMALS = 12
_ENERGY_DECIMALS = 10
_FORBIDDEN = 1e-9


def build_problem(
    molecule: Molecule, *, name: str, description: str = "", penalty: Penalty = "auto"
) -> dict[str, Any]:
    """Build the qubit Hamiltonian of a molecule as a problem.

    The identity's weight holds the nuclear repulsion and the energy of the
    frozen electrons, so eigenvalues are total energies in hartree. Where another
    electron number or spin projection has a lower state, a penalty lifts it above
    the molecule's own, and the metadata say so ("penalty", "sector_energy",
    "note"). The exact energy is the lowest eigenvalue of what is stored; it is
    None beyond 14 qubits, where no penalty is chosen either. The best basis
    state is left out beyond 20. Where the molecule asks for tapering, the
    metadata name the symmetries, their signs and the removed qubits.

    Args:
        molecule: What to build.
        name: The problem's id, such as ``vqe/h2-4q``.
        description: One sentence for lists of problems.
        penalty: "auto", "none", or a weight in hartree that is always added.

    Returns:
        The content of a problem file, ready for JSON.

    Raises:
        MissingExtra: If PySCF or Qiskit Nature is not installed.
        InputError: If the molecule is impossible, or its active space does not
            fit it, or its mean field does not converge, or there is no such
            penalty.
    """
    penalty = check_penalty(penalty)
    field = solve_mean_field(molecule)
    space = choose_active_space(molecule, field.occupations)
    operator, initial_state = _map_to_qubits(molecule, field, space)
    paulis, weights = _sorted_terms(operator.to_list())
    tapering: dict[str, Any] = {}
    if molecule.taper:
        paulis, weights, initial_state, tapering = _without_symmetries(
            paulis, weights, initial_state
        )
    operator, kept = penalised(
        PauliSum(tuple(paulis), tuple(weights)),
        _electrons(molecule, space, tapering),
        penalty,
        exact=len(initial_state) <= EXACT_QUBIT_LIMIT,
    )
    if "penalty" in kept:
        paulis, weights = _sorted_terms(operator.terms())
    metadata: dict[str, Any] = {
        "description": description,
        "geometry": [[symbol, list(position)] for symbol, position in molecule.atoms],
        "unit": molecule.unit,
        "basis": molecule.basis,
        "charge": molecule.charge,
        "spin": molecule.spin,
        "active_space": {
            "electrons": space.electrons,
            "orbitals": len(space.mo_indices),
            "mo_indices": list(space.mo_indices),
            "frozen": list(space.frozen),
        },
        "mapping": molecule.mapping,
        **tapering,
        **_reference_energies(paulis, weights, initial_state),
        **kept,
        "sha256": checksum(paulis, weights),
        "versions": {
            package: import_chem(package.replace("-", "_")).__version__
            for package in ("pyscf", "qiskit", "qiskit-nature", "numpy")
        },
    }
    return {
        "format": "qrl-problem-1",
        "name": name,
        "qubit_order": "little-endian",
        "paulis": paulis,
        "weights": weights,
        "initial_state": initial_state,
        "metadata": metadata,
    }


def _map_to_qubits(molecule: Molecule, field: MeanField, space: ActiveSpace) -> tuple[Any, str]:
    """Return the qubit operator and the label of the mean-field determinant."""
    core_energy, one_body, two_body = active_integrals(field, space)
    n_active = len(space.mo_indices)
    counts = _counts(molecule, space)
    if molecule.mapping == "parity" and n_active == 1:
        raise InputError(
            "The parity mapping removes two qubits, so one orbital leaves no qubit; use a larger "
            "active space or another mapping."
        )
    mappers = import_chem("qiskit_nature.second_q.mappers")
    if molecule.mapping == "parity":
        mapper = mappers.ParityMapper(num_particles=counts)
    elif molecule.mapping == "bravyi-kitaev":
        mapper = mappers.BravyiKitaevMapper()
    else:
        mapper = mappers.JordanWignerMapper()
    hamiltonian = import_chem("qiskit_nature.second_q.hamiltonians").ElectronicEnergy
    electronic = hamiltonian.from_raw_integrals(one_body, two_body).second_q_op()
    operator = mapper.map(electronic)
    identity = type(operator)("I" * operator.num_qubits, core_energy)
    library = import_chem("qiskit_nature.second_q.circuit.library.initial_states.hartree_fock")
    bits = library.hartree_fock_bitstring_mapped(n_active, counts, mapper)
    label = "".join("1" if bit else "0" for bit in reversed(bits))
    return (operator + identity).simplify(atol=0.0), label


def _counts(molecule: Molecule, space: ActiveSpace) -> tuple[int, int]:
    """Return the active electrons with spin up and with spin down."""
    n_up = (space.electrons + molecule.spin) // 2
    return n_up, space.electrons - n_up


def _electrons(molecule: Molecule, space: ActiveSpace, tapering: dict[str, Any]) -> Electrons:
    counts, n_orbitals = _counts(molecule, space), len(space.mo_indices)
    code = encoding(molecule.mapping, n_orbitals, counts)
    if tapering:
        code = tapered_encoding(code, tapering["tapering"])
    return Electrons(n_orbitals, *counts, code)


def _without_symmetries(
    paulis: list[str], weights: list[float], label: str
) -> tuple[list[str], list[float], str, dict[str, Any]]:
    """Remove the qubits that symmetries make superfluous, in the sector of a basis state.

    Returns:
        Labels, weights and basis state on the remaining qubits, and the metadata that say how.
    """
    operator = PauliSum(tuple(paulis), tuple(weights))
    # What rounding leaves of forbidden terms must not hide a symmetry.
    clear = [term for term, weight in operator.terms() if abs(weight) > _FORBIDDEN]
    tapering = find_tapering(PauliSum(tuple(clear), (1.0,) * len(clear)), label)
    tapered, label = taper(operator, label, tapering)
    paulis, weights = _sorted_terms(tapered.terms())
    return paulis, weights, label, {"tapering": tapering.metadata()}


def _sorted_terms(terms: Iterable[tuple[str, complex]]) -> tuple[list[str], list[float]]:
    """Round the weights, drop those that vanish, and sort by letters, then label."""
    rounded = {label: round(float(weight.real), _WEIGHT_DECIMALS) for label, weight in terms}
    labels = [label for label, weight in rounded.items() if weight != 0.0]
    labels.sort(key=lambda label: (len(label) - label.count("I"), label))
    return labels, [rounded[label] for label in labels]


def _reference_energies(
    paulis: list[str], weights: list[float], initial_state: str
) -> dict[str, Any]:
    """Return exact, mean-field and best basis-state energies of the stored terms."""
    n_qubits = len(paulis[0])
    exact = gap = None
    if n_qubits <= EXACT_QUBIT_LIMIT:
        ground, excited = lowest_levels(paulis, weights)
        exact = round(float(ground), _ENERGY_DECIMALS)
        gap = round(float(excited - ground), _ENERGY_DECIMALS)
    if n_qubits > _SCAN_QUBIT_LIMIT:
        mean = round(basis_state_energy(paulis, weights, initial_state), _ENERGY_DECIMALS)
        return {"exact_energy": exact, "gap": gap, "hf_energy": mean}
    energies = basis_energies(paulis, weights)
    # Spin partners tie up to rounding: prefer the mean field, then the lowest index.
    ties = np.flatnonzero(energies < energies.min() + 1e-9)
    mean_field = int(initial_state, 2)
    best = mean_field if mean_field in ties else int(ties[0])
    return {
        "exact_energy": exact,
        "gap": gap,
        "hf_energy": round(float(energies[mean_field]), _ENERGY_DECIMALS),
        "best_basis_state": {
            "label": format(best, f"0{n_qubits}b"),
            "energy": round(float(energies[best]), _ENERGY_DECIMALS),
        },
    }


def basis_state_energy(paulis: Sequence[str], weights: Sequence[float], label: str) -> float:
    """Return the energy of one basis state.

    Args:
        paulis: labels of the terms.
        weights: hartree, one for each.
        label: the basis state, in the same order of letters.
    """
    ones, total = int(label, 2), 0.0
    for pauli, weight in zip(paulis, weights, strict=True):
        x, z, _ = masks(pauli)
        if not x:
            total += -weight if (z & ones).bit_count() % 2 else weight
    return total
