"""Submissions to simulated devices: what is written, what is found again, what is refused."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

import qrl
from qrl.hardware import record as r
from qrl.hardware.api import cancel
from qrl.hardware.combining import combined
from qrl.hardware.listing import find
from qrl.hardware.record import Record, records_of
from qrl.hardware.registry import entries, register

SHOTS = {"shots": 500}


def test_a_simulated_device_measures_at_once(run: Path) -> None:
    sent = qrl.submit(run, backend="fake:manila", shots=20_000, seed=5)
    assert sent.state == r.DONE
    result = sent.result()
    assert result is not None
    (measured,) = result["measured"]
    assert measured["shots"] == 20_000 * len(sent.record.read_json(r.PLAN)["roles"])
    assert abs(measured["cost"] - result["simulated"]) < 5 * measured["standard_error"]
    assert measured["standard_error"] > 0
    assert result["exact"] == qrl.load(run).best.cost
    assert result["reference"] == qrl.get_task("vqe/h2-2q").reference
    assert result["trivial"]
    (placed,) = sent.record.data["placed"]
    assert placed["after"]["two_qubit"] >= placed["before"]["two_qubit"] == qrl.load(run).best.cnots
    assert placed["seconds"] > 0


def test_standard_errors_are_those_of_repetitions(run: Path) -> None:
    results = [qrl.submit(run, backend="aer", shots=300, seed=seed).result() for seed in range(30)]
    measured = [one["measured"][0] for one in results if one is not None]
    costs = [one["cost"] for one in measured]
    mean = sum(costs) / 30
    scatter = (sum((c - mean) ** 2 for c in costs) / 29) ** 0.5
    told = sum(one["standard_error"] for one in measured) / 30
    assert 0.6 * told < scatter < 1.5 * told  # chi of 29 degrees of freedom
    assert abs(mean - results[0]["exact"]) < 4 * told / 30**0.5  # type: ignore[index]


def test_the_same_is_not_sent_twice(run: Path) -> None:
    first = qrl.submit(run, backend="fake:manila", **SHOTS)
    asked: list[Any] = []

    def confirm(offer: Any) -> bool:
        asked.append(offer)
        return True

    again = qrl.submit(run, backend="fake:manila", confirm=confirm, **SHOTS)
    assert again.id == first.id
    assert not asked
    other = qrl.submit(run, backend="fake:manila", shots=501)
    once_more = qrl.submit(run, backend="fake:manila", again=True, **SHOTS)
    assert len({first.id, other.id, once_more.id}) == len(records_of(run)) == 3
    assert [one.id for one in qrl.jobs()] == [first.id, other.id, once_more.id]
    assert {one.id for one in qrl.jobs(run)} == {first.id, other.id, once_more.id}


def test_what_is_declined_is_not_sent(run: Path) -> None:
    with pytest.raises(qrl.InputError, match="Nothing was sent"):
        qrl.submit(run, backend="fake:manila", confirm=lambda offer: False, **SHOTS)
    assert records_of(run) == []
    assert entries() == []


def test_a_process_that_was_killed_in_between_is_gone_on_with(run: Path) -> None:
    first = qrl.submit(run, backend="fake:manila", **SHOTS)
    result = first.result()
    for name in (r.RAW, r.RESULT):
        (first.record.folder / name).unlink()
    first.record.step(r.SENDING)
    with pytest.raises(qrl.InputError, match="runs it again"):
        qrl.fetch(first.id)
    again = qrl.submit(run, backend="fake:manila", **SHOTS)
    assert (again.id, again.state) == (first.id, r.DONE)
    assert again.result() == result


def test_results_are_made_from_what_is_kept(run: Path) -> None:
    sent = qrl.submit(run, backend="fake:manila", mitigate=["readout"], **SHOTS)
    record = Record.read(sent.record.folder)
    raw = record.read_json(r.RAW)
    assert combined(record, qrl.load(run).task, raw) == sent.result()
    with pytest.raises(qrl.InputError, match="truncated"):
        combined(record, qrl.load(run).task, raw[:-1])
    with pytest.raises(qrl.InputError, match="holds no counts"):
        combined(record, qrl.load(run).task, [*raw[:-1], {"counts": {}}])
    with pytest.raises(qrl.InputError):
        combined(record, qrl.load(run).task, [*raw[:-1], {"counts": {"00000": 3}}])


def test_submissions_are_found_by_name(run: Path) -> None:
    one = qrl.submit(run, backend="aer", **SHOTS)
    assert find(one.id).folder == find(one.record.folder).folder == find(one.id[:-2]).folder
    with pytest.raises(qrl.InputError, match="Unknown submission"):
        find("nothing")
    qrl.submit(run, backend="aer", shots=501)
    with pytest.raises(qrl.InputError, match="several submissions"):
        find(one.id[:8])
    with pytest.raises(qrl.InputError, match="ended already"):
        cancel(one.id)


def test_a_folder_that_has_gone_is_told_with_its_job(run: Path) -> None:
    one = qrl.submit(run, backend="aer", **SHOTS)
    one.record.data["job"] = "d1abc"
    register(one.record)
    (one.record.folder / r.RECORD).unlink()
    with pytest.raises(qrl.InputError, match="Its job is d1abc"):
        find("d1abc")
    assert qrl.jobs() == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "id": "x"}'])
def test_damaged_records_are_told_and_passed_over(run: Path, text: str) -> None:
    one = qrl.submit(run, backend="aer", **SHOTS)
    (one.record.folder / r.RECORD).write_text(text)
    with pytest.raises(qrl.InputError):
        find(one.id)
    assert qrl.jobs(run) == []


def test_foreign_lines_in_the_list_are_passed_over(run: Path, state: Path) -> None:
    one = qrl.submit(run, backend="aer", **SHOTS)
    with (state / "jobs.jsonl").open("ab") as file:
        file.write(b'\xff\xfe half a line {\n[]\n{"id": 3}\n')
    assert [record.id for record in qrl.jobs()] == [one.id]


def test_a_list_that_cannot_be_written_keeps_nothing_from_being_sent(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("QRL_STATE", str(tmp_path / "file"))
    told: list[str] = []
    sent = qrl.submit(run, backend="aer", say=told.append, **SHOTS)
    assert sent.state == r.DONE
    assert any("cannot be written" in text for text in told)
    assert [one.id for one in qrl.jobs(run)] == [sent.id]


def test_a_run_that_cannot_be_written_is_told(run: Path) -> None:
    (run / r.FOLDER).touch()  # root may write into folders that nobody may
    with pytest.raises(qrl.InputError, match="cannot be written"):
        qrl.submit(run, backend="aer", **SHOTS)
    assert (run / r.FOLDER).is_file()


def test_a_thousand_records_are_listed_fast(run: Path, state: Path) -> None:
    one = qrl.submit(run, backend="aer", **SHOTS)
    text = json.dumps(one.record.data)
    for number in range(1000):
        record = Record(
            run / r.FOLDER / f"copy-{number}", {**json.loads(text), "id": f"copy-{number}"}
        )
        record.folder.mkdir()
        (record.folder / r.RECORD).write_text(json.dumps(record.data))
        with (state / "jobs.jsonl").open("a") as file:
            line = {"id": record.id, "folder": str(record.folder), "job": None}
            file.write(json.dumps(line) + "\n")
    begun = time.process_time()
    assert len(qrl.jobs()) == 1001
    assert time.process_time() - begun < 5  # a guard; benchmarks/ has the figure


def test_a_circuit_found_for_a_chip_stays_on_its_qubits(tmp_path: Path) -> None:
    found = qrl.search(
        "vqe/h2-2q", agent="anneal", evaluations=300, seed=0, compare=False,
        noise="backend:fake:manila@3,4", out=tmp_path / "chip",
    )  # fmt: skip
    here = qrl.submit(found, backend="fake:manila", **SHOTS)
    assert here.record.data["placed"][0]["qubits"] == [3, 4]
    elsewhere = qrl.submit(found, backend="fake:manila", layout=[0, 1], **SHOTS)
    assert sorted(elsewhere.record.data["placed"][0]["qubits"]) == [0, 1]
    # The noise that the search was scored with is the one that the device is simulated with.
    settings = here.record.data["placed"][0]
    assert settings["after"]["two_qubit"] <= settings["before"]["two_qubit"]
    result = here.result()
    assert result is not None
    assert abs(result["simulated"] - found.best.cost) < 5e-3  # but for turning bases
