"""`qrl submit`, `qrl jobs` and `qrl fetch` as users type them, on simulated devices."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import qrl


@pytest.fixture
def run(done_run: qrl.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QRL_STATE", str(tmp_path / "state"))
    return Path(shutil.copytree(done_run.folder, tmp_path / "run"))


def test_a_simulated_device_is_not_asked_about(run: Path, call: Any) -> None:
    done = call("submit", run, "--backend", "fake:manila", "--shots", 300, "--mitigate", "readout")
    assert done.code == 0, done.err
    for word in ("fake:manila, qubits", "as found", "on the device", "measured", "with readout"):
        assert word in done.out
    assert "simulated with the device's calibration" in done.out
    listed = json.loads(call("jobs", "--json").out)
    assert [(one["state"], one["backend"]) for one in listed] == [("done", "fake:manila")]
    fetched = call("fetch", listed[0]["id"], "--json")
    result = json.loads(fetched.out)["result"]
    assert [one["steps"] for one in result["measured"]] == [[], ["readout"]]
    shown = call("fetch", listed[0]["id"][:-2])
    assert f"{result['measured'][0]['cost']:.6f}" in shown.out
    assert listed[0]["id"] in call("jobs", run).out


def test_a_dry_run_sends_nothing(run: Path, call: Any) -> None:
    done = call("submit", run, "--backend", "fake:manila", "--dry-run", "--json")
    assert done.code == 0
    record = json.loads(done.out)
    assert record["circuits"] > 0
    assert record["shots"] == 4096 * record["circuits"]
    assert record["qpu_seconds"] is None
    assert record["circuit_seconds"] > 0
    assert "Nothing was sent" in call("submit", run, "--backend", "aer", "--dry-run").out
    assert not (run / "hardware").exists()
    assert "Nothing was sent yet" in call("jobs").out


def test_another_circuit_can_be_measured(run: Path, call: Any, tmp_path: Path) -> None:
    best = qrl.load(run).best.circuit
    other = best.append("ry", 0, angle=0.5)
    file = tmp_path / "other.qasm"
    file.write_text(other.qasm())
    words = ("--backend", "aer", "--shots", 100, "--json")
    first = json.loads(call("submit", run, *words).out)
    second = json.loads(call("submit", run, *words, "--circuit", file).out)
    assert first["id"] != second["id"]
    exact = qrl.make_engine("exact", qrl.load(run).task.objective)
    assert second["result"]["exact"] == pytest.approx(exact.value(other), abs=1e-9)
    assert "the circuit that was given" in call("fetch", second["id"]).out
    assert json.loads(call("submit", run, *words, "--circuit", file).out)["id"] == second["id"]
    (tmp_path / "small.qasm").write_text(qrl.Circuit(1).append("x", 0).qasm())
    refused = call("submit", run, *words, "--circuit", tmp_path / "small.qasm")
    assert (refused.code, "the given one has 1" in refused.err) == (2, True)
    assert call("submit", run, *words, "--circuit", tmp_path / "none.qasm").code == 2


def test_json_is_all_that_is_printed(run: Path, call: Any) -> None:
    done = call("submit", run, "--backend", "aer", "--shots", 100, "--json")
    record = json.loads(done.out)
    assert record["state"] == "done"
    assert record["result"]["measured"][0]["shots"] > 0


def test_bad_input_is_told(run: Path, call: Any, tmp_path: Path) -> None:
    cases: list[tuple[list[Any], str]] = [
        (["submit", run, "--backend", "fake:manilla"], "Did you mean 'manila'"),
        (["submit", run, "--backend", "ibm"], "Unknown backend 'ibm'"),
        (["submit", tmp_path / "none", "--backend", "aer"], "none"),
        (["submit", run, "--backend", "aer", "--shots", 0], "number of shots"),
        (["submit", run, "--backend", "aer", "--mitigate", "zne,zne"], "named twice"),
        (["submit", run, "--backend", "fake:manila", "--layout", "0,0"], "twice"),
        (["fetch", "nothing"], "Unknown submission"),
        (["jobs", tmp_path / "none"], "no run"),
        (["jobs", "--cancel", "nothing"], "Unknown submission"),
    ]
    for words, message in cases:
        ended = call(*words)
        assert ended.code == 2, words
        assert message in ended.err, (words, ended.err)
        assert "Traceback" not in ended.err
    assert call("submit", run).code == 2
    assert call("submit", run, "--backend", "aer", "--layout", "x").code == 2
