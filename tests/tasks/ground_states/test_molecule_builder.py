"""`qrl tasks build molecule`: options, energies against PySCF, and what is refused."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

import numpy as np
import pytest

from qrl.cli.builders import molecule as builder
from qrl.errors import InputError, MissingExtra
from qrl.tasks.ground_states import task_from_data
from qrl.tasks.ground_states.atoms import ELEMENTS, check_electrons, read_atoms
from qrl.tasks.ground_states.chemistry import Molecule, basis_state_energy, build_problem
from qrl.tasks.ground_states.fermions import molecular_operators
from qrl.tasks.ground_states.mappings import MAPPINGS, electrons_of
from qrl.tasks.ground_states.rivals import molecular_rivals
from qrl.tasks.spectrum import basis_energies

LIH = ["--atoms", "Li 0 0 0; H 0 0 1.6"]
H2 = ["--atoms", "H 0 0 0; H 0 0 0.9"]
BEH2 = ["--atoms", "H 0 0 -1.33; Be 0 0 0; H 0 0 1.33"]
CASES = {
    "LiH": ([*LIH, "--orbitals", "1,2,5"], (2, 3), [1, 2, 5], 4),
    "H2": (H2, (2, 2), [0, 1], 1),
    "BeH2": ([*BEH2, "--active", "4,3"], (4, 3), [1, 2, 3], 2),
}
"""Options; active electrons and orbitals; which ones; qubits left by tapering."""


def build(*options: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    return builder.build(parser.parse_args(options))


def casci(options: list[str], electrons: int, orbitals: list[int]) -> float:
    """Return the lowest singlet of the active space from PySCF."""
    from pyscf import fci, gto, mcscf, scf

    mole = gto.M(atom=options[1], basis="sto-3g", verbose=0)
    field = scf.RHF(mole).run(conv_tol=1e-12)
    solver = mcscf.CASCI(field, len(orbitals), electrons)
    fci.addons.fix_spin_(solver.fcisolver, ss=0)
    solver.fcisolver.conv_tol = 1e-12
    sorted_orbitals = solver.sort_mo(orbitals, base=0)
    return float(solver.kernel(sorted_orbitals)[0])


@pytest.mark.parametrize("tapered", [False, True])
@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("name", CASES)
def test_energies_agree_with_pyscf(name: str, mapping: str, tapered: bool) -> None:
    pytest.importorskip("pyscf")
    pytest.importorskip("qiskit_nature")
    options, (electrons, n_orbitals), orbitals, n_left = CASES[name]
    problem = build(*options, "--mapping", mapping, *(["--taper"] if tapered else []))
    task = task_from_data(problem, where="test", name="test")
    found = molecular_operators(task.metadata, task.n_qubits)
    assert found is not None
    dense = {k: operator.sparse().toarray() for k, operator in found.items()}
    identity = np.eye(2**task.n_qubits)
    wrong = np.linalg.matrix_power(dense["particle-number"] - electrons * identity, 2)
    penalty = 10 * (wrong + dense["spin-squared"])
    hamiltonian = task.objective.observable.sparse().toarray()
    lowest = np.linalg.eigvalsh(hamiltonian + penalty)[0]
    assert lowest == pytest.approx(casci(options, electrons, orbitals), abs=1e-8)
    assert task.reference == pytest.approx(np.linalg.eigvalsh(hamiltonian)[0], abs=1e-9)
    assert task.reference == pytest.approx(lowest, abs=1e-8)
    qubits = 2 * n_orbitals - (2 if mapping == "parity" else 0)
    assert task.n_qubits == (n_left if tapered else qubits)
    assert ("tapering" in task.metadata) == tapered
    label = task.initial_state
    assert label is not None
    assert task.basis_state_cost(label) == pytest.approx(task.metadata["hf_energy"], abs=1e-9)
    electrons_there = electrons_of(task.metadata, task.n_qubits)
    assert electrons_there is not None
    assert electrons_there.label == label


def test_names_descriptions_and_start() -> None:
    pytest.importorskip("pyscf")
    pytest.importorskip("qiskit_nature")
    problem = build(*LIH, "--active", "2,2", "--start", "zero")
    assert problem["name"] == "lih-4q"
    assert problem["initial_state"] is None
    assert "2 electrons in 2 orbitals" in problem["metadata"]["description"]
    task = task_from_data(problem, where="test", name="test")
    assert task.initial_state is None
    assert "pair-excitations" in molecular_rivals(task)


def test_open_shells_and_charges() -> None:
    pytest.importorskip("pyscf")
    pytest.importorskip("qiskit_nature")
    from pyscf import fci, gto, scf

    options = ["--atoms", "H 0 0 0; H 0 0 0.9; H 0 0 1.8", "--spin", "1", "--mapping", "parity"]
    problem = build(*options)
    metadata = problem["metadata"]
    task = task_from_data(problem, where="test", name="test")
    found = molecular_operators(metadata, task.n_qubits)
    assert found is not None
    state = np.linalg.eigh(task.objective.observable.sparse().toarray())[1][:, 0]
    spin = (state.conj() @ (found["spin-squared"].sparse() @ state)).real
    assert spin == pytest.approx(0.75)
    mole = gto.M(atom=options[1], spin=1, basis="sto-3g", verbose=0)
    exact = fci.FCI(scf.ROHF(mole).run(conv_tol=1e-12)).kernel()[0]
    assert task.reference == pytest.approx(exact, abs=1e-7)


def test_lengths_in_bohr() -> None:
    pytest.importorskip("pyscf")
    pytest.importorskip("qiskit_nature")
    angstrom = build("--atoms", "H 0 0 0; H 0 0 0.9")
    bohr = build("--atoms", f"H 0 0 0\nH 0,0,{0.9 / 0.529177210903!r}", "--unit", "bohr")
    np.testing.assert_allclose(bohr["weights"], angstrom["weights"], atol=1e-7)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--atoms", "Xx 0 0 0"], "Unknown element 'Xx'.*Did you mean"),
        (["--atoms", "Lo 0 0 0; H 0 0 1"], "Unknown element 'Lo'.*Did you mean"),
        (["--atoms", ""], "at least one atom"),
        (["--atoms", " ; "], "at least one atom"),
        (["--atoms", "H 0 0"], "three coordinates.*got 'H 0 0'"),
        (["--atoms", "H 0 0 a"], "three coordinates"),
        (["--atoms", "H 0 0 inf; H 0 0 0"], "three coordinates.*got 'H 0 0 inf'"),
        (["--atoms", "H 0 0 1_0; H 0 0 0"], "three coordinates.*got 'H 0 0 1_0'"),
        (["--atoms", "H 0 0 1e5; H 0 0 0"], "three finite coordinates, up to 10000; got"),
        (["--atoms", "; ".join(f"H 0 0 {k}" for k in range(101))], "up to 100 atoms here; got 101"),
        ([*H2, "--charge", "1000000"], "charge .* from -1000 to 1000; got 1000000"),
        ([*H2, "--active", "5,2"], "5 electrons do not fit into 2 orbitals, .* at most 4"),
        ([*H2, "--active", "2,13"], "13 active orbitals need 26 qubits; at most 24"),
        ([*H2, "--active", "2,999999999"], "at most 24"),
        ([*H2, "--active", "2,9999999999"], "--active needs electrons"),
        (["--atoms", "H 0 0 0; H 0 0 0.01"], "same place"),
        (["--atoms", "H 0 0 0; H 0 0 0.15", "--unit", "bohr"], "same place"),
        ([*H2, "--unit", "angstroem"], "angstrom"),
        ([*H2, "--mapping", "party"], "'parity'"),
        ([*H2, "--start", "half"], "hf"),
        ([*H2, "--charge", "1"], "1 electrons need an odd number.*Try spin 1"),
        ([*H2, "--charge", "2"], "leaves 0 electrons"),
        ([*H2, "--spin", "-2"], "spin -2"),
        ([*H2, "--active", "2"], "--active needs two"),
        ([*H2, "--active", "two,2"], "--active needs electrons"),
        ([*H2, "--active", "0,2"], "two positive"),
        ([*H2, "--orbitals", "1,1"], "twice"),
        ([*H2, "--orbitals", "-1"], "orbitals from 0"),
        ([*H2, "--active", "2,3", "--orbitals", "0,1"], "asks for 3 orbitals"),
    ],
)
def test_bad_options_are_refused(options: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build(*options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([*H2, "--basis", "sto3gg"], "Unknown basis set 'sto3gg'.*sto-3g"),
        ([*H2, "--basis", "?"], "Unknown basis set.*6-31g"),
        (["--atoms", "U 0 0 0", "--basis", "sto-3g"], "PySCF refuses"),
        ([*H2, "--active", "2,3"], "asks for orbitals .0, 1, 2., the molecule has 0 to 1"),
        ([*H2, "--active", "4,2"], "4 active electrons are more than .* it has 2"),
        ([*H2, "--active", "3,2"], "3 active electrons are more than .* it has 2"),
        ([*H2, "--active", "1,1"], "leave 1 of 2 outside, .* in pairs; try 2"),
        ([*H2, "--active", "1,2", "--orbitals", "0,1"], "hold 2 electrons, asked for 1"),
        ([*H2, "--charge", "-100"], "sto-3g gives 2 orbitals, too few for 102 electrons"),
        (
            ["--atoms", "C 0 0 0; O 0 0 1.1", "--basis", "cc-pvdz"],
            "28 active .* 56 qubits; at most 24",
        ),
        ([*H2, "--mapping", "parity", "--active", "2,1"], "no qubit"),
    ],
)
def test_what_only_the_libraries_know_is_refused(options: list[str], message: str) -> None:
    pytest.importorskip("pyscf")
    pytest.importorskip("qiskit_nature")
    with pytest.raises(InputError, match=message):
        build(*options)


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(MissingExtra, match=r"pip install ['\"]qrl\[chem\]['\"]"):
        build(*LIH)


def test_atoms_are_read_from_text() -> None:
    expected = (("Li", (0.0, 0.0, 0.0)), ("H", (0.0, -1.5, 1.6)))
    assert read_atoms("Li 0 0 0; H 0 -1.5 1.6") == expected
    assert read_atoms("li 0,0,0\n\n H  0, -1.5, 1.6;") == expected
    assert len(ELEMENTS) == 118
    assert ELEMENTS.index("Fe") == 25
    assert ELEMENTS.index("U") == 91


def test_electrons_are_counted() -> None:
    atoms = read_atoms("Li 0 0 0; H 0 0 1.6")
    check_electrons(atoms, 0, 0)
    check_electrons(atoms, 1, 1)
    check_electrons(atoms, -1, 3)
    with pytest.raises(InputError, match="whole number"):
        check_electrons(atoms, 0.5, 0)  # type: ignore[arg-type]


def test_energies_of_single_basis_states() -> None:
    paulis, weights = ["III", "ZIZ", "IZZ", "XXI"], [0.3, -0.7, 0.2, 0.5]
    table = basis_energies(paulis, weights)
    for index in range(8):
        assert basis_state_energy(paulis, weights, format(index, "03b")) == pytest.approx(
            table[index]
        )


def test_tapering_leaves_a_problem_that_can_be_built_again() -> None:
    pytest.importorskip("pyscf")
    pytest.importorskip("qiskit_nature")
    asked = Molecule((("H", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, 0.9))), taper=True)
    assert build_problem(asked, name="a") == build_problem(asked, name="a")
    with pytest.raises(InputError, match="nothing is left"):
        build_problem(Molecule((("He", (0.0, 0.0, 0.0)),), taper=True), name="he")
