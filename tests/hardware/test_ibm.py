"""IBM's service, as the real client sees a stand-in of it on this machine.

They test our code and the client of qiskit-ibm-runtime, not IBM's service.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hardware.loopback.server import LoopbackService
from hardware.loopback.state import PAID_CRN, Fault

import qrl
from qrl.hardware import record as r
from qrl.hardware.api import cancel, refresh
from qrl.hardware.listing import find
from qrl.hardware.record import Record, records_of

pytest.importorskip("qiskit_ibm_runtime")
SENT: dict[str, Any] = {"backend": "ibm_manila", "shots": 200}


def in_words(caught: pytest.ExceptionInfo[Exception]) -> str:
    return str(caught.value)


@pytest.mark.parametrize("primitives", ["current", "former"])
@pytest.mark.parametrize("mitigate", [[], ["readout"]])
def test_a_job_is_sent_and_its_result_comes_back(
    run: Path, service: LoopbackService, primitives: str, mitigate: list[str]
) -> None:
    sent = qrl.submit(run, primitives=primitives, mitigate=mitigate, max_seconds=90, **SENT)
    assert sent.state == r.SENT
    (job,) = service.jobs.values()
    assert sent.record.job == job.id
    assert sent.record.data["tag"] in job.tags
    assert job.payload["cost"] == 90
    result = sent.result()
    assert result is not None
    assert [one["steps"] for one in result["measured"]] == [[], ["readout"]][: 1 + len(mitigate)]
    for one in result["measured"]:
        assert one["standard_error"] > 0
    (first, *_) = result["measured"]
    assert abs(first["cost"] - result["simulated"]) < 6 * first["standard_error"] + 0.02
    assert result["qpu_seconds"] == job.charged > 0
    assert qrl.fetch(job.id) == result  # from the folder, by the service's name
    assert len(service.jobs) == 1


def test_the_result_comes_back_in_another_process(run: Path, service: LoopbackService) -> None:
    sent = qrl.submit(run, mitigate=["readout"], **SENT)
    ended = subprocess.run(
        [sys.executable, "-m", "qrl", "fetch", sent.id, "--json"], capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    record = json.loads(ended.stdout)
    assert record["state"] == "done"
    assert find(sent.id).read_json(r.RESULT) == record["result"]


def test_one_that_waits_is_waited_for(run: Path, service: LoopbackService) -> None:
    service.hold.clear()
    sent = qrl.submit(run, **SENT)
    said: list[str] = []
    assert qrl.fetch(sent.id, wait=False, say=said.append) is None
    assert "queued on ibm_manila" in said[-1]
    assert qrl.fetch(sent.id, seconds=0.1) is None
    record = find(sent.id)
    refresh([record])
    assert (record.state, record.data["why"]) == (r.SENT, "queued")
    service.hold.set()
    assert qrl.fetch(sent.id) is not None
    assert find(sent.id).state == r.DONE


def test_a_broken_connection_costs_nothing_and_pays_nothing_twice(
    run: Path, service: LoopbackService
) -> None:
    service.faults.append(Fault("POST /runtime/jobs", "drop_after"))
    with pytest.raises(qrl.InputError) as caught:
        qrl.submit(run, **SENT)
    assert "no answer came" in in_words(caught)
    (record,) = records_of(run)
    assert (record.state, record.job) == (r.SENDING, None)
    asked: list[Any] = []
    again = qrl.submit(run, confirm=lambda offer: not asked.append(offer), **SENT)
    assert again.id == record.id
    assert not asked
    assert again.record.job in service.jobs
    assert len(service.jobs) == 1
    assert again.result() is not None


def test_fetch_finds_a_job_whose_answer_was_lost(run: Path, service: LoopbackService) -> None:
    service.faults.append(Fault("POST /runtime/jobs", "drop_after"))
    with pytest.raises(qrl.InputError):
        qrl.submit(run, **SENT)
    (listed,) = qrl.jobs()
    assert qrl.fetch(listed.id) is not None
    assert len(service.jobs) == 1


def test_what_never_arrived_is_sent_the_next_time(run: Path, service: LoopbackService) -> None:
    service.faults.append(Fault("POST /runtime/jobs", "drop", times=9))
    with pytest.raises(qrl.InputError):
        qrl.submit(run, **SENT)
    assert not service.jobs
    service.faults.clear()
    (record,) = records_of(run)
    with pytest.raises(qrl.InputError, match="was not sent"):
        qrl.fetch(record.id)
    sent = qrl.submit(run, **SENT)
    assert (sent.id, sent.state) == (record.id, r.SENT)
    assert len(service.jobs) == 1


def test_a_job_that_the_client_sent_twice_is_ended(run: Path, service: LoopbackService) -> None:
    service.hold.clear()
    # The client asks again after an error of the service, which had taken the first.
    service.faults.append(Fault("POST /runtime/jobs", "status_after", status=502))
    sent = qrl.submit(run, **SENT)
    states = [job.status for job in service.jobs.values()]
    assert states.count("Cancelled") == len(states) - 1
    assert service.jobs[str(sent.record.job)].status == "Queued"
    service.hold.set()
    assert sent.result() is not None


def test_killed_between_the_call_and_its_answer(run: Path, service: LoopbackService) -> None:
    service.faults.append(Fault("POST /runtime/jobs", "hang", seconds=60))
    words = [sys.executable, "-m", "qrl", "submit", run, "--backend", "ibm_manila"]
    process = subprocess.Popen([*map(str, words), "--shots", "200", "--yes"])
    until = time.monotonic() + 60
    while not any("/jobs" in str(one["path"]) for one in service.requests):
        assert time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (record,) = records_of(run)
    assert record.state == r.SENDING
    sent = qrl.submit(run, **SENT)
    assert (sent.id, len(service.jobs)) == (record.id, 1)


def test_a_refusal_is_told_and_can_be_tried_again(run: Path, service: LoopbackService) -> None:
    service.faults.append(Fault("POST /runtime/jobs", "status", status=400, body={"errors": [
        {"code": 1305, "message": "The instance has reached its usage limit."}
    ]}))  # fmt: skip
    with pytest.raises(qrl.InputError, match="usage limit"):
        qrl.submit(run, **SENT)
    (record,) = records_of(run)
    assert record.state == r.PREPARED
    assert qrl.submit(run, **SENT).id == record.id


def test_a_job_that_failed_is_told(
    run: Path, service: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(fake: Any, job: Any) -> str:
        raise ValueError("The qubits have left the building.")

    monkeypatch.setattr("hardware.loopback.server.run_program", fail)
    sent = qrl.submit(run, **SENT)
    with pytest.raises(qrl.InputError, match="left the building"):
        sent.result()
    assert find(sent.id).state == r.FAILED
    with pytest.raises(qrl.InputError, match="has failed"):
        qrl.fetch(sent.id)


def test_cancelling(run: Path, service: LoopbackService) -> None:
    service.hold.clear()
    sent = qrl.submit(run, **SENT)
    assert cancel(sent.id).state == r.CANCELLED
    assert service.jobs[str(sent.record.job)].status == "Cancelled"
    with pytest.raises(qrl.InputError, match="has been cancelled: by the user"):
        qrl.fetch(sent.id)
    other = qrl.submit(run, **SENT)  # a new one, for the other will never end
    assert other.id != sent.id


def test_one_that_the_service_ended_at_its_limit(run: Path, service: LoopbackService) -> None:
    sent = qrl.submit(run, max_seconds=60, **SENT)
    job = service.jobs[str(sent.record.job)]
    deadline = time.monotonic() + 30
    while job.status not in ("Completed", "Failed"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    job.status, job.reason, job.reason_code, job.result = "Cancelled", "Ran too long", 1305, None
    with pytest.raises(qrl.InputError, match="longer than maximum execution time"):
        sent.result()
    assert find(sent.id).state == r.FAILED


def test_truncated_results_are_kept_and_told(
    run: Path, service: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qrl.hardware.ibm_jobs import IbmJobs

    whole = IbmJobs.results
    sent = qrl.submit(run, mitigate=["readout"], **SENT)
    with monkeypatch.context() as patched:
        patched.setattr(IbmJobs, "results", lambda self, job: whole(self, job)[:-1])
        with pytest.raises(qrl.InputError, match="truncated"):
            sent.result()
    record = find(sent.id)
    assert record.state == r.SENT
    assert len(record.read_json(r.RAW)) == len(record.read_json(r.PLAN)["roles"]) - 1
    assert qrl.fetch(record) is not None
    assert record.state == r.DONE


def test_paid_plans_need_a_limit(
    run: Path, service: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QISKIT_IBM_INSTANCE", PAID_CRN)
    with pytest.raises(qrl.InputError, match="max-seconds"):
        qrl.submit(run, **SENT)
    with pytest.raises(qrl.InputError, match=r"max-seconds allows 0\.5 s"):
        qrl.submit(run, max_seconds=0.5, **SENT)
    assert not service.jobs
    assert qrl.submit(run, max_seconds=30, **SENT).state == r.SENT


def test_an_account_that_names_no_instance_pays_with_the_one_that_was_shown(
    run: Path, service: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QISKIT_IBM_INSTANCE")
    sent = qrl.submit(run, **SENT)
    (job,) = service.jobs.values()
    assert sent.record.data["instance"] == job.crn
    assert service.instances[job.crn].pricing_type == "free"
    assert sent.result() is not None


def test_no_more_than_the_account_has(run: Path, service: LoopbackService) -> None:
    for instance in service.instances.values():
        instance.consumed_seconds = 599.5
    with pytest.raises(qrl.InputError, match=r"account has left 0\.5 s"):
        qrl.submit(run, **SENT)
    assert not service.jobs


def test_the_shortest_queue_of_those_that_are_online(run: Path, service: LoopbackService) -> None:
    service.queue_lengths |= {"ibm_manila": 3, "ibm_belem": 9}
    changed = {**SENT, "backend": "least-busy"}
    first = qrl.submit(run, **changed)
    assert first.record.data["backend"] == "ibm_manila"
    service.states["ibm_manila"] = (False, "maintenance")
    assert (
        qrl.submit(run, **changed).id == first.id
    )  # another queue is shorter; it was sent already
    assert qrl.submit(run, **{**changed, "shots": 201}).record.data["backend"] == "ibm_belem"
    with pytest.raises(qrl.InputError, match="offline"):
        qrl.submit(run, **SENT)
    service.states["ibm_belem"] = (False, "maintenance")
    with pytest.raises(qrl.InputError, match="is online"):
        qrl.submit(run, **changed)


def test_several_runs_in_one_batch(run: Path, service: LoopbackService, tmp_path: Path) -> None:
    from shutil import copytree

    from qrl.hardware.api import submit_all

    other = copytree(run, tmp_path / "other")
    sent = submit_all([run, other], mode="batch", **SENT)
    assert [one.state for one in sent] == [r.SENT, r.SENT]
    (session,) = service.sessions.values()
    assert session["mode"] == "batch"
    assert not session["accepting_jobs"]
    assert all(one.result() is not None for one in sent)
    with pytest.raises(qrl.InputError, match="max-seconds allows"):
        submit_all([run, other], max_seconds=4, **{**SENT, "shots": 250})  # 2 s and more each
    with pytest.raises(qrl.InputError, match="open plan"):
        submit_all([run], mode="session", **{**SENT, "shots": 300})


def test_nothing_is_opened_for_what_is_declined(run: Path, service: LoopbackService) -> None:
    from qrl.hardware.api import submit_all

    assert submit_all([run], mode="batch", confirm=lambda offer: False, **SENT) == []
    assert not service.sessions


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"QISKIT_IBM_TOKEN": "wrong-token-0123456789abcdef"}, "token"),
        ({"QISKIT_IBM_URL": "http://127.0.0.1:9/experimental"}, "online"),
    ],
)
def test_wrong_token_or_no_network(
    run: Path, service: LoopbackService, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str],
    said: str,
) -> None:  # fmt: skip
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(qrl.InputError) as caught:
        qrl.submit(run, **SENT)
    text = in_words(caught)
    # The client blames the token also where the network is down: both are said.
    assert said in text
    assert "token" in text and "online" in text
    assert all(value not in text for value in changes.values() if "token" in value)


def test_an_expired_token_is_renewed_or_told(run: Path, service: LoopbackService) -> None:
    sent = qrl.submit(run, **SENT)
    service.faults.append(Fault("GET /runtime/jobs/", "status", status=401, times=99))
    with pytest.raises(qrl.InputError, match="token"):
        sent.result()
    service.faults.clear()
    assert find(sent.id).state == r.SENT
    assert sent.result() is not None


def test_no_account(run: Path, service: LoopbackService, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QISKIT_IBM_TOKEN", "QISKIT_IBM_CHANNEL", "QISKIT_IBM_INSTANCE", "QISKIT_IBM_URL"):
        monkeypatch.delenv(name)
    with pytest.raises(qrl.InputError, match="save_account"):
        qrl.submit(run, **SENT)


def test_an_unknown_backend_names_the_nearest(run: Path, service: LoopbackService) -> None:
    with pytest.raises(qrl.InputError, match="Did you mean 'ibm_manila'"):
        qrl.submit(run, **{**SENT, "backend": "ibm_manilla"})


def test_malformed_answers_are_told(run: Path, service: LoopbackService) -> None:
    sent = qrl.submit(run, **SENT)
    service.faults.append(Fault("GET /runtime/jobs/", "malformed", times=99))
    with pytest.raises(qrl.InputError):
        sent.result()
    service.faults.clear()
    assert sent.result() is not None


def test_the_token_is_nowhere(
    run: Path, service: LoopbackService, state: Path, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from qrl.cli.main import main

    caplog.set_level(logging.DEBUG)
    words = ["submit", str(run), "--backend", "ibm_manila", "--shots", "200", "--yes"]
    assert main([*words, "--mitigate", "readout"]) == 0
    (record,) = records_of(run)
    assert main(["fetch", record.id]) == 0
    assert main(["jobs"]) == 0
    assert main(["report", str(run), "--html", str(run / "page.html")]) == 0
    service.api_key = "another"
    assert main([*words, "--again"]) == 2
    printed = capsys.readouterr()
    token = os.environ["QISKIT_IBM_TOKEN"]
    written = [path for path in (*run.rglob("*"), *state.rglob("*")) if path.is_file()]
    assert len(written) > 8
    texts = [path.read_bytes() for path in written]
    texts += [printed.out.encode(), printed.err.encode(), caplog.text.encode()]
    for bearer in (token, *service.tokens):
        assert not [text for text in texts if bearer.encode() in text]


def test_records_know_what_was_sent(run: Path, service: LoopbackService) -> None:
    from qiskit import qpy

    sent = qrl.submit(run, mitigate=["readout", "zne"], decoupling="XX", twirling=True, **SENT)
    record = Record.read(sent.record.folder)
    with (record.folder / r.CIRCUITS).open("rb") as file:
        circuits = qpy.load(file)
    assert len(circuits) == len(record.read_json(r.PLAN)["roles"])
    assert [one["state"] for one in record.data["history"]] == [r.SENDING, r.SENT]
    assert sent.result() is not None
