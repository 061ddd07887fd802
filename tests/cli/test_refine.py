"""`qrl refine` on a run folder: a new one that all other commands read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qrl
from qrl.circuits.gates import GATE_SETS


def test_a_refined_run_is_a_run(
    call: Callable[..., Any], done_run: qrl.Run, tmp_path: Path
) -> None:
    out = tmp_path / "refined"
    end = call("refine", done_run.folder, "--out", out)
    assert end.code == 0, end.err
    assert "before -> after" in end.out
    assert str(out) in end.out
    new, old = qrl.load(out), done_run
    assert call("verify", out).code == 0
    assert call("show", out).code == 0
    assert "OPENQASM 3" in call("export", out, "--format", "qasm3").out
    assert new.best.cost <= old.best.cost + 1e-9
    assert new.result["evaluations"] > old.result["evaluations"]
    assert new.result["baselines"] == old.result["baselines"]
    for entry in old.archive.entries:
        assert any(
            e.cost <= entry.cost + 1e-9 and e.cnots <= entry.cnots and e.depth <= entry.depth
            for e in new.archive.entries
        )
    again = call("refine", out, "--out", tmp_path / "twice", "--json")
    assert json.loads(again.out)["result"]["cnots"] <= new.best.cnots


def test_native_gates_on_a_line_as_json(
    call: Callable[..., Any], done_run: qrl.Run, tmp_path: Path
) -> None:
    out = tmp_path / "native"
    words = ("--gates", "ibm-cz", "--coupling", "line", "--tolerance", "1e-5", "--json")
    end = call("refine", done_run.folder, *words, "--out", out)
    assert end.code == 0, end.err
    record = json.loads(end.out)
    assert record["result"]["refined"]["tolerance"] == 1e-5
    assert len(record["circuits"]) == len(done_run.archive)
    assert json.loads((out / "refinement.json").read_text()) == record["circuits"]
    new = qrl.load(out)
    for entry in new.archive.entries:
        assert set(entry.circuit.counts) <= set(GATE_SETS["ibm-cz"])
        assert all(abs(g.qubits[0] - g.qubits[-1]) <= 1 for g in entry.circuit.gates)
    assert call("verify", out).code == 0


def test_without_a_name_the_new_folder_stands_beside_the_run(
    call: Callable[..., Any], done_run: qrl.Run, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(done_run.folder, run)
    assert call("refine", run).code == 0
    assert qrl.load(tmp_path / "run-refined").status == "done"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--tolerance=-1e-9",), "tolerance must be a finite number of at least 0"),
        (("--tolerance", "nan"), "tolerance must be a finite number"),
        (("--tolerance", "small"), "invalid float value"),
        (("--gates", "ibm-cy"), "Unknown gate set"),
        (("--gates", "cx,ry"), "cannot be written exactly"),
        (("--coupling", "star"), "Unknown coupling map"),
        (("--coupling", "missing.txt"), "cannot be read"),
    ],
)
def test_bad_words_end_with_code_2_and_write_nothing(
    call: Callable[..., Any],
    done_run: qrl.Run,
    tmp_path: Path,
    words: tuple[str, ...],
    message: str,
) -> None:
    end = call("refine", done_run.folder, *words, "--out", tmp_path / "new")
    assert end.code == 2
    assert message in end.err
    assert not (tmp_path / "new").exists()


def test_bad_maps_and_folders(call: Callable[..., Any], done_run: qrl.Run, tmp_path: Path) -> None:
    (tmp_path / "apart.txt").write_text("0 1\n2 3\n")
    end = call("refine", done_run.folder, "--coupling", tmp_path / "apart.txt")
    assert (end.code, "no path leads" in end.err) == (2, True)
    assert call("refine", tmp_path / "nowhere").code == 2
    assert "exists already" in call("refine", done_run.folder, "--out", tmp_path).err
    (tmp_path / "file").write_text("")
    end = call("refine", done_run.folder, "--out", tmp_path / "file" / "new")
    assert (end.code, "is not a folder" in end.err) == (2, True)


def test_a_run_that_has_not_ended_is_refused(
    call: Callable[..., Any], done_run: qrl.Run, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(done_run.folder, run)
    for status in ("interrupted", "running"):
        result = json.loads((run / "result.json").read_text())
        (run / "result.json").write_text(json.dumps({**result, "status": status}))
        end = call("refine", run)
        assert end.code == 2
        assert f"is {status}" in end.err


def test_shots_are_refused(call: Callable[..., Any], tmp_path: Path) -> None:
    run = qrl.search(
        "vqe/h2-2q", agent="random", steps=20, shots=100, compare=False, out=tmp_path / "shots"
    )
    end = call("refine", run.folder)
    assert (end.code, "100 shots" in end.err) == (2, True)
    assert not (tmp_path / "shots-refined").exists()
