"""The bundled molecules: their physics, their files, and the script that makes them."""

from __future__ import annotations

import importlib
import json
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import eigsh

import qrl.tasks.ground_states.data
from qrl.errors import InputError, MissingExtra
from qrl.tasks.ground_states.active_space import choose_active_space
from qrl.tasks.ground_states.chemistry import Molecule, build_problem
from qrl.tasks.ground_states.data import build, checksum
from qrl.tasks.ground_states.molecule import fix_orbitals, solve_mean_field
from qrl.tasks.spectrum import basis_energies, lowest_levels

FOLDER = Path(qrl.tasks.ground_states.data.__file__).parent

# Ground-state energy and (best basis state - ground state), hartree: exact diagonalisation of
# Hamiltonians built from the geometries and active spaces of arXiv 2507.12189, 2402.03500 and
# 2505.09371, made before and independently of these files. Last, the number of terms where known.
EXPECTED: dict[str, tuple[float, str, int | None]] = {
    "vqe/h2-4q": (-1.13727017, "2.059e-02", 15),
    "vqe/h2-4q-2.63": (-0.93499022, "2.77e-03", 15),
    "vqe/h2-2q": (-1.13727017, "2.059e-02", 5),
    "vqe/lih-4q-1.2": (-7.85069841, "1.51e-02", None),
    "vqe/lih-4q-2.2": (-7.84487890, "3.69e-02", None),
    "vqe/lih-4q-3.4": (-7.78908887, "1.19e-01", None),
    "vqe/lih-6q-1.2": (-7.85069841, "1.51e-02", None),
    "vqe/lih-6q-2.2": (-7.84487914, "3.69e-02", None),
    "vqe/lih-6q-3.4": (-7.78908893, "7.08e-02", None),
    "vqe/beh2-6q": (-15.56313699, "3.04e-03", 34),
    "vqe/beh2-6q-published": (-14.86158918, "5.92e-03", None),
    "vqe/h2o-8q": (-74.97233561, "7.81e-03", 193),
    "vqe/h2o-8q-published": (-73.29410676, "2.63e-03", None),
    "vqe/h2o-10q": (-75.98628650, "3.04e-03", 492),
    "vqe/h2o-10q-published": (-74.56807530, "4.69e-03", None),
    "vqe/lih-12q-published": (-7.87456938, "2.45e-02", 631),
    "vqe/h4-8q-1.5": (-1.99615033, "1.67e-01", None),
}
GAPS = {"vqe/h2-4q-2.63": 2.8e-3, "vqe/lih-4q-3.4": 8.4e-3, "vqe/lih-6q-3.4": 8.4e-3}

PAULI: dict[str, Any] = {
    "I": sp.identity(2, dtype=complex, format="csr"),
    "X": sp.csr_matrix(np.array([[0, 1], [1, 0]], dtype=complex)),
    "Y": sp.csr_matrix(np.array([[0, -1j], [1j, 0]])),
    "Z": sp.csr_matrix(np.array([[1, 0], [0, -1]], dtype=complex)),
}
STRETCHED_H2 = (("H", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, 1.5)))


def load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def matrix_of(paulis: list[str], weights: list[float]) -> Any:
    size = 2 ** len(paulis[0])
    total: Any = sp.csr_matrix((size, size), dtype=complex)
    for label, weight in zip(paulis, weights, strict=True):
        factors = [PAULI[letter] for letter in label]
        total += weight * reduce(lambda a, b: sp.kron(a, b, format="csr"), factors)
    return total


def test_the_files_are_those_expected() -> None:
    stored = {f"vqe/{path.stem}" for path in (FOLDER / "vqe").glob("*.json")}
    assert set(EXPECTED) <= stored


@pytest.mark.parametrize("name", EXPECTED)
def test_energies_of_the_stored_terms(name: str) -> None:
    problem = load(name)
    metadata = problem["metadata"]
    ground, hf_error, n_terms = EXPECTED[name]
    matrix = matrix_of(problem["paulis"], problem["weights"])
    assert abs(matrix.imag).max() == 0.0
    start = np.random.default_rng(1).standard_normal(matrix.shape[0])
    lowest = eigsh(matrix.real, k=2, which="SA", v0=start, return_eigenvectors=False).min()
    diagonal = matrix.diagonal().real
    best = metadata["best_basis_state"]

    assert lowest == pytest.approx(ground, abs=1e-6)
    assert lowest == pytest.approx(metadata["exact_energy"], abs=1e-9)
    digits = len(hf_error.split("e")[0]) - 2
    assert f"{diagonal.min() - lowest:.{digits}e}" == hf_error
    assert diagonal.min() == pytest.approx(best["energy"], abs=1e-9)
    assert diagonal[int(best["label"], 2)] == pytest.approx(best["energy"], abs=1e-9)
    assert diagonal[int(problem["initial_state"], 2)] == pytest.approx(
        metadata["hf_energy"], abs=1e-9
    )
    assert n_terms in (None, len(problem["paulis"]))


@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "vqe/lih-12q-published"])
def test_gap_of_the_stored_terms(name: str) -> None:
    problem = load(name)
    matrix = matrix_of(problem["paulis"], problem["weights"]).real.toarray()
    ground, excited = np.linalg.eigvalsh(matrix)[:2]
    assert excited - ground == pytest.approx(problem["metadata"]["gap"], abs=1e-9)
    if name in GAPS:
        assert excited - ground == pytest.approx(GAPS[name], abs=5e-5)


@pytest.mark.parametrize("name", EXPECTED)
def test_file_is_well_formed(name: str) -> None:
    problem = load(name)
    metadata, paulis, weights = problem["metadata"], problem["paulis"], problem["weights"]
    n_qubits = int(name.split("-")[1].removesuffix("q"))
    assert problem["format"] == "qrl-problem-1"
    assert problem["name"] == name
    assert problem["qubit_order"] == "little-endian"
    assert len(paulis) == len(weights) == len(set(paulis))
    assert paulis[0] == "I" * n_qubits
    assert all(len(label) == n_qubits and set(label) <= set("IXYZ") for label in paulis)
    assert all(1e-12 <= abs(weight) < 100 for weight in weights)
    assert set(problem["initial_state"]) <= {"0", "1"}
    assert len(problem["initial_state"]) == n_qubits
    assert metadata["sha256"] == checksum(paulis, weights)
    assert metadata["exact_energy"] < metadata["best_basis_state"]["energy"]
    assert metadata["best_basis_state"]["energy"] <= metadata["hf_energy"]
    assert set(metadata) == {
        *("description", "geometry", "unit", "basis", "charge", "spin", "active_space"),
        *("mapping", "exact_energy", "gap", "hf_energy", "best_basis_state", "sha256"),
        "versions",
    }
    assert set(metadata["versions"]) == {"pyscf", "qiskit", "qiskit-nature", "numpy"}
    space = metadata["active_space"]
    removed = 2 if metadata["mapping"] == "parity" else 0
    assert n_qubits == 2 * space["orbitals"] - removed
    assert space["orbitals"] == len(space["mo_indices"])
    assert not set(space["mo_indices"]) & set(space["frozen"])
    if not removed:
        assert problem["initial_state"].count("1") == space["electrons"]
    assert (FOLDER / f"{name}.json").stat().st_size < 32_000


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.endswith("-published")])
def test_published_problems_say_what_they_are(name: str) -> None:
    metadata = load(name)["metadata"]
    assert metadata["unit"] == "bohr"
    assert "read in Bohr" in metadata["description"]
    counterpart = name.removesuffix("-published").replace("lih-12q", "lih-6q-3.4")
    assert counterpart in metadata["description"]
    assert load(counterpart)["metadata"]["geometry"] == metadata["geometry"]
    assert load(counterpart)["metadata"]["unit"] == "angstrom"


@pytest.mark.parametrize("name", GAPS)
def test_small_gaps_are_announced(name: str) -> None:
    assert "does not prove the right state" in load(name)["metadata"]["description"]


def test_checksum_ignores_order_and_sees_digits() -> None:
    paulis, weights = ["ZI", "IX"], [0.5, -1.25]
    assert checksum(paulis, weights) == checksum(paulis[::-1], weights[::-1])
    assert checksum(paulis, weights) != checksum(paulis, [0.5, -1.25000000000001])
    assert checksum(paulis, weights) != checksum(["ZI", "XI"], weights)


def test_spectrum_agrees_with_dense_matrices() -> None:
    rng = np.random.default_rng(7)
    for n_qubits in (1, 2, 3, 4):
        paulis = ["".join(rng.choice(list("IXYZ"), n_qubits)) for _ in range(6)]
        paulis = [*dict.fromkeys(paulis), "Z" * n_qubits]
        weights = rng.standard_normal(len(paulis)).tolist()
        dense = matrix_of(paulis, weights).toarray()
        levels = lowest_levels(paulis, weights, count=2**n_qubits)
        np.testing.assert_allclose(levels, np.linalg.eigvalsh(dense), atol=1e-9)
        np.testing.assert_allclose(basis_energies(paulis, weights), dense.diagonal(), atol=1e-12)


def test_spectrum_repeats_degenerate_levels() -> None:
    np.testing.assert_allclose(lowest_levels(["ZII"], [1.0], count=5), [-1, -1, -1, -1, 1])


def test_orbitals_do_not_depend_on_signs_and_rotations() -> None:
    rng = np.random.default_rng(3)
    root = rng.standard_normal((5, 5))
    overlap = root @ root.T + 5 * np.eye(5)
    orbitals = np.linalg.inv(np.linalg.cholesky(overlap)).T
    energies = np.array([-2.0, -1.0, -1.0, 0.5, 0.5])
    occupations = np.array([2, 2, 2, 2, 0])
    fixed = fix_orbitals(orbitals, energies, occupations, overlap)
    rotation, _ = np.linalg.qr(rng.standard_normal((2, 2)))
    other = orbitals * np.array([-1, 1, 1, -1, 1])
    other[:, 1:3] = other[:, 1:3] @ rotation
    np.testing.assert_allclose(fixed.T @ overlap @ fixed, np.eye(5), atol=1e-12)
    again = fix_orbitals(other, energies, occupations, overlap)
    np.testing.assert_allclose(again, fixed, atol=1e-12)


def test_active_space_counts_from_the_fermi_level() -> None:
    occupations = np.array([2, 2, 2, 1, 0, 0])
    asked = Molecule(STRETCHED_H2, active_electrons=3, active_orbitals=3)
    space = choose_active_space(asked, occupations)
    assert (space.electrons, space.mo_indices, space.frozen) == (3, (2, 3, 4), (0, 1))


@pytest.mark.parametrize(
    ("electrons", "orbitals", "message"),
    [
        (2, (0, 6), "the molecule has 0 to 5"),
        (4, (2, 3), "hold 3 electrons, asked for 4"),
        (None, (1, 2), "unpaired electrons outside"),
    ],
)
def test_impossible_active_spaces_are_refused(
    electrons: int | None, orbitals: tuple[int, ...], message: str
) -> None:
    asked = Molecule(STRETCHED_H2, active_electrons=electrons, active_orbitals=orbitals)
    with pytest.raises(InputError, match=message):
        choose_active_space(asked, np.array([2, 2, 2, 1, 0, 0]))


def test_impossible_molecules_are_refused() -> None:
    with pytest.raises(InputError, match="at least one atom"):
        Molecule(())
    with pytest.raises(InputError, match="same place"):
        Molecule((STRETCHED_H2[0], STRETCHED_H2[0]))
    with pytest.raises(InputError, match="angstrom"):
        Molecule(STRETCHED_H2, unit="angstroms")
    with pytest.raises(InputError, match="parity"):
        Molecule(STRETCHED_H2, mapping="parities")


def test_a_missing_extra_names_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(MissingExtra, match=r"pip install 'qrl\[chem\]'"):
        solve_mean_field(Molecule(STRETCHED_H2))


def test_differences_see_physics_and_not_versions() -> None:
    stored, other = load("vqe/h2-2q"), load("vqe/h2-2q")
    other["metadata"]["versions"]["numpy"] = "0"
    other["weights"][1] += 1e-10
    assert build.differences(stored, other) == []
    other["weights"][1] += 1e-8
    other["metadata"]["unit"] = "bohr"
    other["paulis"].pop()
    lines = build.differences(stored, other)
    assert [line.split(":")[0] for line in lines] == [".paulis", ".weights[1]", ".metadata.unit"]


@pytest.mark.parametrize("name", ["vqe/h2-2q", "vqe/lih-4q-3.4", "vqe/beh2-6q"])
def test_rebuilding_gives_the_stored_bytes(name: str) -> None:
    pytest.importorskip("pyscf")
    pytest.importorskip("qiskit_nature")
    [(asked, text)] = [(m, d) for n, m, d in build.bundled() if n == name]
    problem = build_problem(asked, name=name, description=text)
    energy = solve_mean_field(asked).energy
    assert problem["metadata"]["hf_energy"] == pytest.approx(energy, abs=1e-9)
    stored = load(name)
    assert build.differences(stored, problem) == []
    # Other versions of the tools may move a last digit; the same ones may not.
    if stored["metadata"]["versions"] == problem["metadata"]["versions"]:
        path = FOLDER / f"{name}.json"
        assert build.render(problem).encode() == path.read_bytes()


def test_check_lists_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyscf")
    pytest.importorskip("qiskit_nature")
    only = [entry for entry in build.bundled() if entry[0] == "vqe/h2-2q"]
    monkeypatch.setattr(build, "bundled", lambda: iter(only))
    arguments = ["--out", str(tmp_path)]
    assert build.main([*arguments, "--check"]) == 1
    assert build.main(arguments) == 0
    assert build.main([*arguments, "--check"]) == 0
    path = tmp_path / "vqe" / "h2-2q.json"
    problem = json.loads(path.read_text(encoding="utf-8"))
    problem["metadata"]["sha256"] = "0" * 64
    path.write_text(build.render(problem), encoding="utf-8")
    assert build.main([*arguments, "--check"]) == 1
    problem["weights"][2] += 1e-6
    path.write_text(build.render(problem), encoding="utf-8")
    assert build.main([*arguments, "--check"]) == 1
    output = capsys.readouterr().out
    assert "does not exist" in output
    assert ".metadata.sha256: not the checksum" in output
    assert ".weights[2]: stored" in output
