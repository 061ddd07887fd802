"""Damaged files, gone folders, several processes at once: nothing is lost, and nothing is sent twice."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl
from qrl.hardware import record as r
from qrl.hardware.listing import find, listed
from qrl.hardware.outcomes import Counted, redrawn
from qrl.hardware.record import Record, records_of
from qrl.hardware.roles import SETTING, Role

SHOTS: dict[str, Any] = {"backend": "aer", "shots": 200}


@pytest.mark.parametrize("text", ["", "null", "[]", '{"schema": 1}', None])
def test_a_record_that_cannot_be_read_is_not_sent_again_unasked(
    run: Path, text: str | None
) -> None:
    one = qrl.submit(run, **SHOTS)
    file = one.record.folder / r.RECORD
    file.unlink()
    if text is None:
        file.mkdir()
    else:
        file.write_text(text)
    for settings in (SHOTS, {**SHOTS, "shots": 201}):
        with pytest.raises(qrl.InputError, match=r"Repair or remove.*--again"):
            qrl.submit(run, **settings)
    assert [one.id for one in listed()[1]] == [one.id for one in listed(run)[1]] == [one.id]
    assert qrl.submit(run, again=True, **SHOTS).id != one.id


@pytest.mark.parametrize(
    "text", [None, "", "null", "[]", '{"schema": 1, "measured": [{"cost": NaN}]}']
)
def test_a_result_that_was_lost_is_made_anew(run: Path, text: str | None) -> None:
    one = qrl.submit(run, mitigate=["readout"], **SHOTS)
    result, file = one.result(), one.record.folder / r.RESULT
    file.unlink()
    if text is not None:
        file.write_text(text)
    assert qrl.fetch(one.id) == result
    assert json.loads(file.read_text()) == result
    file.unlink()
    (one.record.folder / r.PLAN).write_text("null")
    with pytest.raises(qrl.InputError, match=r"is lost.*plan.json.*--again"):
        qrl.fetch(one.id)


def test_a_run_that_was_moved(run: Path, tmp_path: Path) -> None:
    one = qrl.submit(run, **SHOTS)
    moved = Path(shutil.move(run, tmp_path / "elsewhere"))
    with pytest.raises(
        qrl.InputError, match=rf"Was its run moved\? Then give the folder .*{one.id}"
    ):
        qrl.fetch(one.id)
    here = moved / r.FOLDER / one.id
    (here / r.RESULT).unlink()
    assert qrl.fetch(here) is not None
    assert [lost.id for lost in listed()[1]] == [one.id]


def test_a_list_that_cannot_be_read_is_told(run: Path, state: Path) -> None:
    one = qrl.submit(run, **SHOTS)
    (state / "jobs.jsonl").unlink()
    (state / "jobs.jsonl").mkdir()
    with pytest.raises(qrl.InputError, match="cannot be read"):
        qrl.jobs()
    assert [record.id for record in qrl.jobs(run)] == [one.id]
    (state / "jobs.jsonl").rmdir()
    with pytest.raises(qrl.InputError, match="none was made by this user yet"):
        find(one.id)


def test_what_is_sent_after_all_is_what_is_written_down(run: Path) -> None:
    """A device is calibrated anew between a call that was cut off and its repetition."""
    words = {"backend": "fake:manila", "shots": 200, "mitigate": ["readout", "zne"]}
    first = qrl.submit(run, **words)
    tag, result = first.record.data["tag"], first.result()
    plan = first.record.read_json(r.PLAN)
    stale = {**plan, "roles": plan["roles"][:2], "shots": plan["shots"][:2]}
    (first.record.folder / r.PLAN).write_text(json.dumps(stale))
    first.record.step(r.SENDING)
    again = qrl.submit(run, **words)
    assert (again.id, again.record.data["tag"]) == (first.id, tag)
    assert again.record.read_json(r.PLAN) == plan
    assert again.result() == result
    assert len(records_of(run)) == 1


def test_two_processes_send_the_same_once(run: Path) -> None:
    words = [sys.executable, "-m", "qrl", "submit", str(run), "--backend", "fake:manila", "--json"]
    both = [
        subprocess.Popen([*words, "--shots", "300"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [json.loads(process.communicate(timeout=120)[0]) for process in both]
    assert told[0] == told[1]
    assert [one.id for one in records_of(run)] == [told[0]["id"]]


@pytest.mark.parametrize(
    "changes",
    [{"twirling": True}, {"decoupling": "XX"}, {"resilience": 1}, {"service_zne": True}],
)
def test_simulated_devices_do_not_pretend(run: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(qrl.InputError, match="only IBM's service"):
        qrl.submit(run, backend="fake:manila", **changes)
    assert not (run / r.FOLDER).exists()


def test_noise_factors_that_cannot_be_made_are_told(run: Path) -> None:
    one = qrl.submit(run, backend="fake:manila", shots=100, mitigate=["zne"], scales=[1.0, 1.2])
    assert any("nothing is extrapolated" in text for text in one.record.data["warnings"])
    clear = qrl.submit(run, backend="fake:manila", shots=100, mitigate=["zne"])
    assert not clear.record.data["warnings"]


def test_processes_are_measured_with_twice_the_qubits(tmp_path: Path) -> None:
    found = qrl.search(
        "compile/swap-2q",
        agent="random",
        evaluations=50,
        seed=0,
        compare=False,
        out=tmp_path / "run",
    )
    with pytest.raises(qrl.InputError, match="has 3 qubits, and the circuit needs 4"):
        qrl.submit(found, backend="fake:generic:3", shots=100)
    one = qrl.submit(found, backend="aer:depolarizing:0.001,0.01", shots=400)
    result = one.result()
    assert result is not None
    (measured,) = result["measured"]
    assert abs(measured["cost"] - result["simulated"]) < 5 * measured["standard_error"]
    # What checks the process is not counted as the circuit that was found.
    assert one.record.data["found"]["two_qubit"] == found.best.circuit.two_qubit_count
    assert one.record.data["placed"][0]["before"]["two_qubit"] > found.best.circuit.two_qubit_count


def test_what_qiskit_cannot_transpile_at_one_level_it_may_at_another(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qiskit.exceptions import QiskitError

    from qrl.hardware.transpiling import Placer

    managers = Placer._manager

    class Failing:
        def run(self, circuit: Any) -> Any:
            raise QiskitError("TwoQubitWeylDecomposition: failed to diagonalize M2.")

    def above(level: int) -> Any:
        return lambda self, at, layout: Failing() if at > level else managers(self, at, layout)

    monkeypatch.setattr(Placer, "_manager", above(1))
    one = qrl.submit(run, **SHOTS)
    assert any("was transpiled at level 1" in text for text in one.record.data["warnings"])
    monkeypatch.setattr(Placer, "_manager", above(-1))
    with pytest.raises(qrl.InputError, match=r"cannot transpile.*failed to diagonalize"):
        qrl.submit(run, backend="fake:manila")


def test_outcomes_that_were_missed_scatter_too() -> None:
    # One outcome of 4 came in all 20 shots: the others may have a share of some percent.
    counts = np.array([20, 0, 0, 0])
    rows = redrawn(Counted(Role(SETTING), counts), 4000, np.random.default_rng(0))
    assert (rows.sum(axis=1) == 20).all()
    shares = 1.0 - rows[:, 0] / 20
    exact = 0.75 / 21
    assert shares.mean() == pytest.approx(exact, rel=0.1)
    assert shares.std() == pytest.approx(math.sqrt(exact * (1 - exact) / 20), rel=0.1)


def test_records_say_what_was_found(run: Path) -> None:
    one = qrl.submit(run, **SHOTS)
    best = qrl.load(run).best
    assert one.record.data["found"]["two_qubit"] == best.cnots
    assert Record.read(one.record.folder).data["asked"] == "aer"


def test_submissions_of_one_second_stay_in_order(run: Path) -> None:
    sent = [qrl.submit(run, backend="aer", shots=100 + k).id for k in range(6)]
    assert [one.id for one in qrl.jobs(run)] == [one.id for one in qrl.jobs()] == sent
