"""What stands beside a run: which circuits it beats, and which it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import qrl
from qrl.cli.main import main
from qrl.search.archive import Archive, Found
from qrl.search.known_circuits import others
from qrl.tasks.ground_states.published import PUBLISHED, published_circuits

H2O = qrl.get_task("vqe/h2o-8q-published")


def test_published_circuits_are_those_of_the_texts() -> None:
    rows = {row["method"]: row for row in published_circuits("vqe/h2o-8q-published")}
    assert (rows["StructureRL"]["error"], rows["StructureRL"]["cnots"]) == (1.3e-4, 30)
    assert [name for name, row in rows.items() if not row["whole"]] == ["TensorRL fixed"]
    for name, texts in PUBLISHED.items():
        whole = [row for row in published_circuits(name) if row["whole"]]
        if whole:  # the text names the one of lowest error
            best = min(whole, key=lambda row: row["error"])
            assert any(f"{best['cnots']} CNOTs ({best['method']}" in text for text in texts)
    assert published_circuits("vqe/h2-4q") == []


@pytest.fixture(scope="module")
def water(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    """A run on water whose archive is then filled by hand."""
    out = tmp_path_factory.mktemp("runs") / "water"
    return qrl.search(H2O, agent="random", steps=32, out=out, seed=0)


def with_found(run: qrl.Run, *points: tuple[float, int]) -> dict[str, int | None]:
    """Put circuits of given error and CNOTs into a run, and tell who is beaten by how many CNOTs."""
    assert H2O.reference is not None
    circuit = run.best.circuit
    run.archive = Archive(
        tuple(Found(circuit, H2O.reference + error, cnots, 9, 1, 1, 0.0) for error, cnots in points)
    )
    return {other.name: other.beaten_by for other in others(run)}


def test_who_is_beaten(water: qrl.Run) -> None:
    beaten = with_found(water, (1.74e-4, 5), (1e-4, 29))
    assert beaten["StructureRL"] == 29  # 1.3e-4 with 30
    assert beaten["CRLQAS"] == 5  # 1.8e-4 with 105
    assert beaten["vanilla RL"] == 29  # 1.7e-4 with 117: 1.74e-4 is not as good
    assert beaten["hartree-fock"] is None  # no CNOT at all
    assert with_found(water, (1.3e-4, 30))["StructureRL"] is None  # the same is not better
    assert with_found(water, (1.3e-4, 29))["StructureRL"] == 29
    assert with_found(water, (1.2e-4, 31))["StructureRL"] is None


def test_under_noise_published_figures_say_nothing(water: qrl.Run) -> None:
    noisy = {**water.result, "noiseless_cost": water.result["cost"]}
    before = water.result
    try:
        water.result = noisy
        assert not any(other.published for other in others(water))
    finally:
        water.result = before
    assert any(other.published for other in others(water))


def test_a_task_without_published_circuits_has_none(random_run: qrl.Run) -> None:
    assert not any(other.published for other in others(random_run))
    assert {"hartree-fock"} <= {other.name for other in others(random_run)}


def test_they_are_shown(water: qrl.Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "water.svg"
    assert main(["show", water.folder, "--plot", str(picture)]) == 0
    told = capsys.readouterr().out
    assert "Other circuits, and what beats them" in told
    row = next(line for line in told.splitlines() if "StructureRL, published" in line)
    assert row.split()[-4:-1] == ["30", "1.30e-04", "33"]
    assert "TensorRL fixed, published, its warm start not counted" in told
    assert "StructureRL" in picture.read_text()


def test_metadata_survives_the_problem_file(water: qrl.Run) -> None:
    read = qrl.load(water.folder).task
    assert list(read.metadata["published_circuits"]) == published_circuits(H2O.name)
    assert replace(H2O, name="other").metadata["published_circuits"]


def test_a_run_that_found_nothing_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = qrl.search("vqe/h2-4q", agent="random", steps=1, out=tmp_path / "run", compare=False)
    found = run.best.error < 0.02
    main(["show", run.folder])
    assert ("Nothing better than the start" in capsys.readouterr().out) is not found
    assert run.result["ended_by"] == "budget"


def test_a_run_that_ends_at_an_error_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["search", "vqe/h2-2q", "--agent", "random", "--stop-at", "target", "--no-compare"]
    assert main([*words, "--out", str(tmp_path / "run")]) == 0
    assert "Ended at the error asked for, after" in capsys.readouterr().out
    assert qrl.load(tmp_path / "run").result["ended_by"] == "error"
