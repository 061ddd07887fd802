"""The penalty that keeps a molecule's electrons: energies against PySCF, weights, sentences."""

from __future__ import annotations

import argparse
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl.tasks.ground_states.data
from qrl.circuits import PauliSum
from qrl.cli.builders import molecule as builder
from qrl.errors import InputError
from qrl.tasks.ground_states import task_from_data
from qrl.tasks.ground_states.fermions import deviation, molecular_operators
from qrl.tasks.ground_states.mappings import MAPPINGS, Electrons, electrons_of, encoding
from qrl.tasks.ground_states.penalty import Levels, Sector, levels_of, penalised
from qrl.tasks.ground_states.rivals import molecular_rivals
from qrl.tasks.spectrum import lowest_by_group

H3 = "H 0 0 0; H 0 0 0.9; H 0 0.8 0.45"
H2 = "H 0 0 0; H 0 0 0.9"
OH = "O 0 0 0; H 0 0 0.97"
BUNDLED = Path(qrl.tasks.ground_states.data.__file__).parent / "vqe"


def build(*options: str) -> dict[str, Any]:
    pytest.importorskip("pyscf")
    pytest.importorskip("qiskit_nature")
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    return builder.build(parser.parse_args(options))


@cache
def full_ci(atoms: str, charge: int, spin: int) -> float:
    """Return the lowest energy of so many electrons and this spin projection, from PySCF."""
    from pyscf import fci, gto, scf

    mole = gto.M(atom=atoms, charge=charge, spin=spin, basis="sto-3g", verbose=0)
    field = (scf.ROHF if spin else scf.RHF)(mole).run(conv_tol=1e-12)
    solver = fci.FCI(field)
    solver.conv_tol = 1e-12
    return float(solver.kernel()[0])


def ground_state(problem: dict[str, Any]) -> tuple[float, dict[str, float]]:
    """Return the lowest energy of a file's terms, and the electrons and spin of its state."""
    matrix = PauliSum(tuple(problem["paulis"]), tuple(problem["weights"])).sparse().toarray()
    energies, states = np.linalg.eigh(matrix)
    found = molecular_operators(problem["metadata"], len(problem["paulis"][0]))
    assert found is not None
    state = states[:, 0]
    counts = {k: float((state.conj() @ (o.sparse() @ state)).real) for k, o in found.items()}
    return float(energies[0]), counts


@pytest.mark.parametrize("taper", [False, True])
@pytest.mark.parametrize("mapping", MAPPINGS)
def test_the_ion_is_the_lowest(mapping: str, taper: bool) -> None:
    options = ["--atoms", H3, "--charge", "1", "--mapping", mapping]
    problem = build(*options, *(["--taper"] if taper else []))
    metadata = problem["metadata"]
    exact = full_ci(H3, 1, 0)
    energy, counts = ground_state(problem)
    assert energy == pytest.approx(exact, abs=1e-8)
    assert metadata["exact_energy"] == pytest.approx(exact, abs=1e-8)
    assert counts["particle-number"] == pytest.approx(2.0)
    assert counts["spin-z"] == pytest.approx(0.0, abs=1e-9)
    bare = build(*options, *(["--taper"] if taper else []), "--penalty", "none")
    assert metadata["hf_energy"] == bare["metadata"]["hf_energy"]
    assert problem["initial_state"] == bare["initial_state"]
    # The parities that are kept shut out the neutral molecule.
    needed = mapping != "parity" and not taper
    assert ("penalty" in metadata) == needed
    if not needed:
        assert problem == bare
        assert not {"note", "sector_energy"} & set(metadata)


def test_what_the_metadata_and_the_command_say() -> None:
    problem = build("--atoms", H3, "--charge", "1")
    metadata = problem["metadata"]
    weight = metadata["penalty"]["weight_hartree"]
    assert metadata["note"] == (
        f"A penalty of {weight:g} Ha keeps 2 electrons: without it the lowest state has 3."
    )
    assert "3 electrons" in metadata["penalty"]["because"]
    assert metadata["sector_energy"] == pytest.approx(metadata["exact_energy"], abs=1e-9)
    neutral = full_ci(H3, 0, 1)
    # From three electrons (N - N0)^2 + S_z^2 is 1.25, and 0.1 Ha is the margin.
    assert weight == pytest.approx((metadata["exact_energy"] - neutral + 0.1) / 1.25, abs=0.0101)
    assert weight * 1.25 >= metadata["exact_energy"] - neutral + 0.1
    assert metadata["gap"] >= 0.1


def test_a_search_result_has_the_ion_s_electrons() -> None:
    task = task_from_data(build("--atoms", H3, "--charge", "1"), where="test", name="test")
    rival = molecular_rivals(task)["adapt"]
    assert task.reference is not None
    assert rival.cost == pytest.approx(task.reference, abs=1e-6)
    assert rival.circuit is not None
    measured = task.metrics(rival.circuit)
    assert measured["particle-number"] == pytest.approx(2.0, abs=1e-9)
    assert measured["fidelity"] == pytest.approx(1.0, abs=1e-4)


def test_without_a_penalty_the_command_says_what_is_lower() -> None:
    problem = build("--atoms", H3, "--charge", "1", "--penalty", "none")
    metadata = problem["metadata"]
    energy, counts = ground_state(problem)
    assert counts["particle-number"] == pytest.approx(3.0)
    assert metadata["exact_energy"] == pytest.approx(energy, abs=1e-9)
    assert energy == pytest.approx(full_ci(H3, 0, 1), abs=1e-8)
    assert metadata["sector_energy"] == pytest.approx(full_ci(H3, 1, 0), abs=1e-8)
    assert "the lowest state has 3 electrons" in metadata["note"]
    assert "penalty" not in metadata


def test_a_weight_of_the_user_s_own() -> None:
    options = ["--atoms", H3, "--charge", "1", "--penalty"]
    small, large = build(*options, "0.01")["metadata"], build(*options, "0.5")["metadata"]
    assert "too small to keep 2 electrons" in small["note"]
    assert "0.13 Ha would do" in small["note"]
    expected = full_ci(H3, 0, 1) + 0.01 * 1.25
    assert small["exact_energy"] == pytest.approx(expected, abs=1e-8)
    assert large["exact_energy"] == pytest.approx(full_ci(H3, 1, 0), abs=1e-8)
    assert large["penalty"]["weight_hartree"] == 0.5
    assert "keeps 2 electrons" in large["note"]
    needless = build("--atoms", H2, "--penalty", "0.5")["metadata"]
    assert "the same without it" in needless["note"]
    assert "asked for" in needless["penalty"]["because"]
    assert needless["exact_energy"] == pytest.approx(full_ci(H2, 0, 0), abs=1e-8)


def test_spin_projections_are_kept() -> None:
    problem = build("--atoms", H2, "--spin", "2")
    energy, counts = ground_state(problem)
    assert energy == pytest.approx(full_ci(H2, 0, 2), abs=1e-8)
    assert counts["spin-z"] == pytest.approx(1.0)
    assert counts["particle-number"] == pytest.approx(2.0)
    weight = problem["metadata"]["penalty"]["weight_hartree"]
    assert problem["metadata"]["note"] == (
        f"A penalty of {weight:g} Ha keeps S_z = 1: without it the lowest state has S_z = 0."
    )


def test_the_hydroxyl_radical_needs_none_and_its_anion_does() -> None:
    radical = build("--atoms", OH, "--spin", "1")["metadata"]
    assert radical["exact_energy"] == pytest.approx(full_ci(OH, 0, 1), abs=1e-7)
    assert not {"penalty", "note", "sector_energy"} & set(radical)
    anion = build("--atoms", OH, "--charge", "-1")["metadata"]
    assert anion["exact_energy"] == pytest.approx(full_ci(OH, -1, 0), abs=1e-7)
    assert "keeps 10 electrons: without it the lowest state has 9." in anion["note"]


@pytest.mark.parametrize("path", sorted(BUNDLED.glob("*.json")), ids=lambda path: path.stem)
def test_bundled_molecules_need_none(path: Path) -> None:
    problem = json.loads(path.read_text(encoding="utf-8"))
    metadata, n_qubits = problem["metadata"], len(problem["paulis"][0])
    electrons = electrons_of(metadata, n_qubits)
    assert electrons is not None
    operator = PauliSum(tuple(problem["paulis"]), tuple(problem["weights"]))
    levels = levels_of(operator, electrons)
    assert levels.own == Sector(metadata["active_space"]["electrons"], metadata["spin"])
    assert levels.energies[levels.own] == pytest.approx(metadata["exact_energy"], abs=1e-7)
    assert levels.lowest == levels.own
    assert penalised(operator, electrons, "auto", exact=True) == (operator, {})


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_the_deviation_counts_electrons_and_spin(mapping: str) -> None:
    electrons = Electrons(3, 2, 1, encoding(mapping, 3, (2, 1)))
    code = electrons.encoding
    diagonal = deviation(electrons).sparse().toarray()
    assert not np.any(diagonal - np.diag(np.diag(diagonal)))
    for occupation in range(2**6):
        occupied = [mode for mode in range(6) if occupation >> mode & 1]
        if any((mask & occupation).bit_count() % 2 != value for mask, value in code.fixed):
            continue
        up = sum(mode < 3 for mode in occupied)
        down = len(occupied) - up
        expected = (up + down - 3) ** 2 + ((up - down - 1) / 2) ** 2
        state = int(code.label(occupied), 2)
        assert diagonal[state, state] == pytest.approx(expected, abs=1e-12)


def test_the_weight_lifts_each_sector_enough() -> None:
    own = Sector(2, 0)
    levels = Levels(own, {own: 0.0, Sector(1, 1): -1.0, Sector(4, 0): -4.0, Sector(2, 2): 0.05})
    assert levels.lowest == Sector(4, 0)
    assert levels.excess == 4.0
    assert levels.sufficient_weight == pytest.approx(1.03)  # 4.1 / 4, rounded up
    after = levels.with_penalty(levels.sufficient_weight).energies
    assert after[own] == 0.0
    assert min(energy for sector, energy in after.items() if sector != own) >= 0.1
    tied = Levels(own, {own: 0.0, Sector(3, 1): -5e-9})
    assert tied.lowest == own


def test_lowest_levels_of_groups_agree_with_dense_matrices() -> None:
    paulis, weights = ["ZII", "IXX", "IYY", "IZI", "IIZ"], [0.7, 0.4, 0.4, -0.3, 0.2]
    dense = PauliSum(tuple(paulis), tuple(weights)).sparse().toarray()
    ones = np.array([state.bit_count() for state in range(8)])
    found = lowest_by_group(paulis, weights, ones)
    for count in range(4):
        states = np.flatnonzero(ones == count)
        expected = np.linalg.eigvalsh(dense[np.ix_(states, states)])[0]
        assert found[count] == pytest.approx(expected, abs=1e-12)


def test_beyond_the_exact_limit_only_a_number_adds_one() -> None:
    electrons = Electrons(2, 1, 1, encoding("jordan-wigner", 2, (1, 1)))
    operator = PauliSum(("ZIII", "IIII"), (0.1, -1.0))
    for choice in ("auto", "none"):
        same, facts = penalised(operator, electrons, choice, exact=False)
        assert same == operator
        assert set(facts) == {"note"}
        assert "2 electrons could not be checked" in facts["note"]
    heavier, facts = penalised(operator, electrons, 0.25, exact=False)
    assert facts["penalty"]["weight_hartree"] == 0.25
    assert "could not be checked" in facts["note"]
    difference = heavier.sparse().toarray() - operator.sparse().toarray()
    np.testing.assert_allclose(difference, 0.25 * deviation(electrons).sparse().toarray())


def test_large_molecules_are_built_and_say_that_they_are_unchecked() -> None:
    pytest.importorskip("pyscf")
    options = ["--atoms", H2, "--basis", "6-311g", "--active", "2,6", "--mapping", "jordan-wigner"]
    assert "note" not in build(*options)["metadata"]
    chain = "; ".join(f"H 0 0 {0.9 * k:.1f}" for k in range(8))
    metadata = build("--atoms", chain)["metadata"]
    assert metadata["exact_energy"] is None
    assert "8 electrons could not be checked" in metadata["note"]


@pytest.mark.parametrize("penalty", ["auot", "0", "-1", "nan", "inf", "1e9", ""])
def test_other_penalties_are_refused(penalty: str) -> None:
    with pytest.raises(InputError, match=r"Unknown penalty.*auto, none.*hartree|above 0.0 and of"):
        build("--atoms", H2, f"--penalty={penalty}")
