"""`qrl tasks` and `qrl optimizers`: list, show, check and build, and search for what was built."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl
from qrl.cli.tasks import BUILDERS
from qrl.tasks.registry import FAMILIES

ROOT = 2**-0.5
SHOWN = {
    "vqe/h2-4q": ("Hartree-Fock", "UCCSD", "ADAPT", "hardware efficient", "particle number"),
    "state/ghz-4q": ("known circuit", "Qiskit state preparation", "fidelity"),
    "diag/random-2q-1": ("exact unitary (Qiskit)", "hardware efficient", "eigenvalue error"),
    "classify/moons-2q": ("majority class", "SVM (RBF)", "EfficientSU2 (AQGD)", "accuracy"),
    "maxcut/ring-7q": ("brute force", "one-exchange", "QAOA, p = 3", "approximation ratio"),
    "qubo/random-6q-0": ("brute force", "QAOA, p = 1", "optimum probability"),
    "ising/spin-glass-6q-0": ("brute force", "QAOA, p = 1", "optimum probability"),
    "linear/ising-4q": ("Qiskit state preparation", "residual norm", "solution fidelity"),
    "compile/toffoli-3q": ("Qiskit level 3", "average gate fidelity"),
    "code/four-two-two": ("Qiskit Clifford synthesis", "clifford check", "code distance"),
}


def test_a_family_as_json(call: Callable[..., Any]) -> None:
    done = call("tasks", "--family", "state", "--json")
    assert done.code == 0
    rows = json.loads(done.out)
    assert "state/ghz-4q" in {row["id"] for row in rows}
    for row in rows:
        assert set(row) == {
            "id",
            "family",
            "qubits",
            "unit",
            "reference",
            "baselines",
            "description",
        }
        assert row["family"] == "state"


def test_the_list_names_every_family(call: Callable[..., Any]) -> None:
    done = call("tasks")
    assert done.code == 0
    for family in FAMILIES:
        assert f"{family}/" in done.out


@pytest.mark.parametrize("name", SHOWN)
def test_a_task_is_shown_beside_its_rivals(call: Callable[..., Any], name: str) -> None:
    done = call("tasks", "show", name)
    assert done.code == 0
    assert "To measure on a device" in done.out
    missing = [text for text in SHOWN[name] if text not in done.out]
    assert not missing, done.out


def test_every_family_is_shown_once() -> None:
    assert {name.split("/")[0] for name in SHOWN} == set(FAMILIES)


def test_checking(call: Callable[..., Any], tmp_path: Path) -> None:
    assert call("tasks", "check", "state/ghz-3q").out == "state/ghz-3q: every check holds.\n"
    wrong = {
        "format": "qrl-problem-1", "qubit_order": "little-endian", "paulis": ["ZZ"],
        "weights": [1.0], "reference": -0.5,
    }  # fmt: skip
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong))
    done = call("tasks", "check", file)
    assert done.code == 1
    assert "reference: expected no cost below -0.5" in done.err


def _files(folder: Path) -> dict[str, list[object]]:
    """Write an input for each kind of problem, and return the words that build it."""
    rng = np.random.default_rng(0)
    np.save(folder / "state.npy", [0.6, 0.0, 0.0, 0.8j])
    np.save(folder / "rho.npy", np.array([[0.7, 0.2], [0.2, 0.3]]))
    np.save(folder / "unitary.npy", np.array([[0, 1], [1, 0]]))
    np.save(folder / "a.npy", np.array([[2.0, 1.0], [0.0, 1.0]]))
    np.save(folder / "b.npy", np.array([1.0, 1.0]))
    np.save(folder / "q.npy", np.array([[1.0, -2.0], [0.0, 1.5]]))
    (folder / "graph.txt").write_text("a b\nb c 2.5\nc a\n")
    (folder / "code.txt").write_text("ZZI\nIZZ\n")
    points = rng.normal(size=(40, 2)) + np.repeat([[0, 0], [4, 4]], 20, axis=0)
    rows = [f"{x},{y},{'low' if k < 20 else 'high'}" for k, (x, y) in enumerate(points)]
    (folder / "data.csv").write_text("\n".join(["x,y,kind", *rows]))
    return {
        "molecule": ["--atoms", "H 0 0 0; H 0 0 0.74", "--mapping", "parity"],
        "lattice": ["--model", "xxz", "--geometry", "ladder", "--size", "2x2"],
        "syk": ["--qubits", "3", "--seed", "2"],
        "state": [folder / "state.npy"],
        "density": [folder / "rho.npy"],
        "classifier": [folder / "data.csv", "--label", "kind"],
        "maxcut": [folder / "graph.txt"],
        "qubo": [folder / "q.npy"],
        "linear": [folder / "a.npy", folder / "b.npy"],
        "unitary": [folder / "unitary.npy"],
        "code": [folder / "code.txt"],
    }


@pytest.mark.parametrize("kind", BUILDERS)
def test_what_is_built_can_be_searched_for(
    call: Callable[..., Any], tmp_path: Path, kind: str
) -> None:
    if kind == "molecule":
        pytest.importorskip("pyscf")
        pytest.importorskip("qiskit_nature")
    file = tmp_path / "mine.json"
    words = _files(tmp_path)[kind]
    done = call("tasks", "build", kind, *words, "--name", "my-problem", "-o", file)
    assert done.code == 0, done
    assert "qrl search" in done.out
    task = qrl.get_task(file)
    assert task.name == "my-problem"
    qrl.check_task(task)
    out = tmp_path / "run"
    search = ("search", file, "--agent", "random", "--steps", 64, "--out", out)
    assert call(*search, "--no-compare").code == 0
    assert call("verify", out).code == 0
    again = call("tasks", "build", kind, *words, "-o", file)
    assert again.code == 2
    assert "exists already" in again.err


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("state", "state"), ("density", "rho"), ("unitary", "unitary"), ("classifier", "data"),
        ("maxcut", "graph"), ("qubo", "q"), ("linear", "a"), ("code", "code"),
    ],
)  # fmt: skip
def test_tasks_from_files_are_called_by_them(
    call: Callable[..., Any], tmp_path: Path, kind: str, name: str
) -> None:
    words = _files(tmp_path)[kind]
    first = Path(str(words[0]))
    words[0] = first.rename(first.with_stem(f"my-{name}"))
    done = call("tasks", "build", kind, *words, "-o", tmp_path / "mine.json")
    assert done.code == 0, done
    task = qrl.get_task(tmp_path / "mine.json")
    assert task.name == f"my-{name}"
    assert task.description.endswith(".")


def test_published_figures_are_shown(call: Callable[..., Any], tmp_path: Path) -> None:
    done = call("tasks", "show", "code/four-two-two")
    assert "Published: 1 H and 5 CNOTs (nested MCTS, arXiv 2207.00132)\n" in done.out
    odd = {
        "format": "qrl-problem-1", "qubit_order": "little-endian", "paulis": ["ZZ"],
        "weights": [1.0], "metadata": {"published": 5, "note": ["x"]},
    }  # fmt: skip
    file = tmp_path / "odd.json"
    file.write_text(json.dumps(odd))
    assert call("tasks", "show", file).code == 0


BAD: dict[str, tuple[str, tuple[str, ...], Callable[[Path], object], str]] = {
    "zero vector": ("state", (), lambda p: np.save(p / "x.npy", np.zeros(4)), "norm"),
    "three amplitudes": ("state", (), lambda p: np.save(p / "x.npy", np.ones(3)), "2**n"),
    "a NaN": ("state", (), lambda p: np.save(p / "x.npy", [1.0, np.nan]), "finite"),
    "not Hermitian": (
        "density", (), lambda p: np.save(p / "x.npy", [[0.5, 0.3], [0.0, 0.5]]), "Hermitian",
    ),
    "not positive": (
        "density", (), lambda p: np.save(p / "x.npy", [[1.5, 0.0], [0.0, -0.5]]), "positive",
    ),
    "trace 2": ("density", (), lambda p: np.save(p / "x.npy", np.eye(2)), "trace 1"),
    "not unitary": (
        "unitary", (), lambda p: np.save(p / "x.npy", [[1.0, 1.0], [0.0, 1.0]]), "must be unitary",
    ),
    "no edges": ("maxcut", (), lambda p: (p / "x.txt").write_text("# none\n"), "edge"),
    "half an edge": ("maxcut", (), lambda p: (p / "x.txt").write_text("a b\nc\n"), "line 2"),
    "anticommuting": ("code", (), lambda p: (p / "x.txt").write_text("XX\nZI\n"), "commute"),
    "dependent": ("code", (), lambda p: (p / "x.txt").write_text("ZZI\nIZZ\nZIZ\n"), "independent"),
    "missing value": (
        "classifier", (), lambda p: (p / "x.csv").write_text("a,b,c\n1,2,x\n3,,y\n"), "line 3",
    ),
    "one class": (
        "classifier", (),
        lambda p: (p / "x.csv").write_text("a,b,c\n" + "1,2,x\n3,4,x\n" * 9), "class",
    ),
    "few rows": (
        "classifier", (), lambda p: (p / "x.csv").write_text("a,b,c\n1,2,x\n3,4,y\n"), "rows|points",
    ),
    "empty file": ("classifier", (), lambda p: (p / "x.csv").write_text(""), "empty"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_problems_are_refused(call: Callable[..., Any], tmp_path: Path, case: str) -> None:
    kind, words, write, message = BAD[case]
    write(tmp_path)
    given = next(path for path in tmp_path.iterdir())
    file = tmp_path / "mine.json"
    done = call("tasks", "build", kind, given, *words, "-o", file)
    assert done.code == 2, done
    assert not file.exists()
    assert any(word in done.err for word in message.split("|")), done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--atoms", "Xx 0 0 0; H 0 0 1"), "Xx"),
        (("--atoms", "H 0 0 0; H 0 0 0.7; H 0 0 1.4"), "odd|electrons"),
        (("--atoms", "H 0 0"), "H 0 0"),
        (("--atoms", "H 0 0 0; H 0 0 1", "--mapping", "jordan"), "jordan-wigner"),
        (("--atoms", "H 0 0 0; H 0 0 1", "--unit", "nm"), "angstrom"),
        (("--atoms", "H 0 0 0; H 0 0 1", "--active", "2,9"), "orbitals"),
    ],
)
def test_bad_molecules_are_refused(
    call: Callable[..., Any], tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    pytest.importorskip("pyscf")
    done = call("tasks", "build", "molecule", *words, "-o", tmp_path / "mine.json")
    assert done.code == 2
    assert any(part in done.err for part in message.split("|")), done.err


def test_without_the_chem_extra(
    call: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyscf", None)
    done = call(
        "tasks", "build", "molecule", "--atoms", "H 0 0 0; H 0 0 1", "-o", tmp_path / "m.json"
    )
    assert done.code == 2
    assert "qrl[chem]" in done.err


@pytest.mark.parametrize("name", ["task.txt", "task", "no/such/folder/task.json"])
def test_files_that_cannot_be_written(call: Callable[..., Any], tmp_path: Path, name: str) -> None:
    done = call("tasks", "build", "syk", "--qubits", 3, "-o", tmp_path / name)
    assert done.code == 2
    assert name in done.err
    assert not list(tmp_path.iterdir())


def test_optimizers_are_compared(call: Callable[..., Any]) -> None:
    few = ("--tuners", "cobyla,aqgd", "--evaluations", 30, "--seeds", 2)
    done = call("optimizers", "classify/moons-2q", *few, "--json")
    assert done.code == 0
    rows = json.loads(done.out)
    assert [row["tuner"] for row in rows] == ["cobyla", "aqgd"]
    table = call("optimizers", "classify/moons-2q", *few)
    assert table.code == 0
    assert "cobyla" in table.out
    refused = call("optimizers", "vqe/h2-4q", *few)
    assert refused.code == 2
    assert "classif" in refused.err
