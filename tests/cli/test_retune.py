"""`qrl retune` as users type it, on simulated devices."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

import qrl
from qrl.env.circuit_file import read_circuit

SMALL = ("--shots-budget", 20_000, "--shots", 50)


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished search; nobody may change its folder."""
    out = tmp_path_factory.mktemp("found") / "run"
    qrl.search("vqe/h2-2q", agent="anneal", evaluations=400, seed=0, compare=False, out=out)
    return out


@pytest.fixture
def run(found: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(found, tmp_path / "run"))


def test_what_was_gained_is_shown(run: Path, call: Any, tmp_path: Path) -> None:
    done = call("retune", run, "--backend", "fake:manila", *SMALL, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    for word in (
        "fake:manila, qubits", "gradient", "of 20,000 shots", "before (Ha)", "after (Ha)", "+-",
        "measured anew", "simulated with the device's calibration", "without noise", "exact answer",
        "two standard errors", str(tmp_path / "out"),
    ):  # fmt: skip
        assert word in done.out
    assert "lowest measured cost" in done.err
    circuit = read_circuit(tmp_path / "out" / "circuit.json")
    assert circuit.gates == qrl.load(run).best.circuit.gates
    started = call(
        "search", "vqe/h2-2q", "--start", tmp_path / "out" / "circuit.json", "--agent", "random",
        "--steps", 5, "--no-compare", "--out", tmp_path / "next",
    )  # fmt: skip
    assert started.code == 0, started.err


def test_json_is_all_that_is_printed(run: Path, call: Any) -> None:
    words = ("retune", run, "--backend", "aer", "--method", "spsa", *SMALL, "--json")
    record = json.loads(call(*words).out)
    assert (record["state"], record["plan"]["method"]) == ("done", "spsa")
    assert record["spent"]["shots"] <= 20_000
    assert json.loads(call(*words).out) == record  # it is not done twice
    shown = call("retune", record["folder"])
    assert shown.code == 0
    assert f"{record['result']['exact']['after']:.6f}" in shown.out


def test_a_dry_run_measures_nothing(run: Path, call: Any) -> None:
    words = ("retune", run, "--backend", "fake:manila", "--dry-run")
    record = json.loads(call(*words, "--json").out)
    assert record["plan"]["estimate"]["shots"] <= record["plan"]["limits"]["shots"] == 500_000
    done = call(*words)
    assert (done.code, "Nothing was measured" in done.out) == (0, True)
    assert not (run / "retuned").exists()


def test_a_dry_run_goes_on_with_nothing(run: Path, call: Any) -> None:
    words = ("retune", run, "--backend", "aer", *SMALL)
    folder = Path(json.loads(call(*words, "--json").out)["folder"])
    record = json.loads((folder / "retune.json").read_text())
    (folder / "retune.json").write_text(json.dumps({**record, "state": "running", "result": None}))
    (folder / "journal.jsonl").unlink()
    for again in (words, ("retune", folder)):
        done = call(*again, "--dry-run")
        assert (done.code, "Nothing was measured" in done.out) == (0, True)
        assert not (folder / "journal.jsonl").exists()
    refused = call("retune", folder, "--shots", 10)
    assert (refused.code, "its own settings" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "needs a device"),
        (("--backend", "fake:manilla"), "Did you mean 'manila'"),
        (("--backend", "aer", "--shots-budget", 10), "larger --shots-budget"),
        (("--backend", "aer", "--shots-budget", "many"), "invalid int value"),
        (("--backend", "aer", "--method", "spas"), "Did you mean 'spsa'"),
        (("--backend", "aer", "--reserve", 2), "reserve"),
        (("--backend", "aer", "--mitigate", "symmetry"), "Tune without"),
        (("--backend", "aer", "--mitigate", "redout"), "Did you mean 'readout'"),
        (("--backend", "aer", "--method", "gradient", "--mitigate", "q-cluster"), "--method spsa"),
    ],
)
def test_bad_words_end_with_code_2_and_write_nothing(
    run: Path, call: Any, words: tuple[Any, ...], said: str
) -> None:
    end = call("retune", run, *words)
    assert end.code == 2
    assert said in end.err
    assert not (run / "retuned").exists()
    assert call("retune", run / "nowhere", "--backend", "aer").code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_retuning_that_was_stopped_goes_on_to_the_same_end(
    run: Path, call: Any, spawn: Any, tmp_path: Path, number: signal.Signals
) -> None:
    words = ("retune", run, "--backend", "aer:ibm-mumbai", "--method", "spsa", "--shots", 50)
    words = (*words, "--shots-budget", 25_000, "--seed", 3)
    out = tmp_path / "stopped"
    process = spawn(*words, "--out", out)
    journal, until = out / "journal.jsonl", time.monotonic() + 120
    while not journal.exists() or journal.read_bytes().count(b'"came"') < 5:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(number)
    printed, told = process.communicate(timeout=60)
    came = journal.read_bytes().count(b'"came"')
    assert "Traceback" not in told
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert f"`qrl retune {out}` goes on with it." in printed
        assert json.loads((out / "retune.json").read_text())["state"] == "interrupted"
        assert read_circuit(out / "circuit.json").gates == qrl.load(run).best.circuit.gates
    else:
        assert process.returncode == -number
        assert json.loads((out / "retune.json").read_text())["state"] == "running"
    whole = call(*words, "--out", tmp_path / "whole", "--json")
    assert whole.code == 0
    assert journal.read_bytes().count(b'"came"') == came
    again = call("retune", out, "--json")
    assert again.code == 0
    first, second = json.loads(whole.out), json.loads(again.out)
    assert second["result"] == first["result"]
    assert second["spent"] == first["spent"]
    assert read_circuit(out / "circuit.json") == read_circuit(tmp_path / "whole" / "circuit.json")


def test_a_terminal_shows_how_far_it_is(run: Path, spawn: Any) -> None:
    ours, theirs = os.openpty()
    process = spawn(
        "retune", run, "--backend", "aer", *SMALL, stdin=theirs, stdout=theirs, stderr=theirs, text=False,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 0
    assert "lowest measured cost" in shown.decode()
