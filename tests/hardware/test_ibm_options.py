"""What the service is told of its own mitigation, and what the command asks before it sends."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hardware.loopback.server import LoopbackService
from hardware.loopback.state import PAID_CRN

import qrl
from qrl.cli.main import main
from qrl.hardware.outcomes import of_expectations
from qrl.tasks.measurements import measurements

pytest.importorskip("qiskit_ibm_runtime")
SENT: dict[str, Any] = {"backend": "ibm_manila", "shots": 200}
DECOUPLED = {"dynamical_decoupling": {"enable": True, "sequence_type": "XX"}}
TWIRLED = {"twirling": {"enable_gates": True, "enable_measure": True}}


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"decoupling": "XX"}, DECOUPLED),
        ({"twirling": True}, TWIRLED),
        ({"service_zne": True}, {"resilience": {"zne_mitigation": True}}),
        (
            {"decoupling": "XX", "twirling": True, "mitigate": ["readout"]},
            {"default_shots": 200, **DECOUPLED, **TWIRLED},
        ),
    ],
)
def test_the_service_is_told_what_it_should_do(
    run: Path, service: LoopbackService, changes: dict[str, Any], options: dict[str, Any]
) -> None:
    # The former primitives leave it to the service; the current ones write the circuits themselves.
    sent = qrl.submit(run, primitives="former", **SENT, **changes)
    (job,) = service.jobs.values()
    assert job.payload["params"]["options"] == options
    assert sent.result() is not None


@pytest.mark.parametrize("level", [0, 1, 2])
def test_levels_of_resilience(run: Path, service: LoopbackService, level: int) -> None:
    former = qrl.submit(run, primitives="former", resilience=level, **SENT)
    (job,) = service.jobs.values()
    assert job.payload["params"]["resilience_level"] == level
    assert former.result() is not None
    current = qrl.submit(run, resilience=level, **SENT)
    result = current.result()
    assert result is not None
    spread = result["measured"][0]["standard_error"]
    assert spread is None or spread > 0  # a fit of the service to few shots may fail
    # Mitigation takes more shots, and so the estimate says.
    assert (current.record.data["estimate"]["shots"] > 3 * 200) == (level > 0)


def test_the_command_asks_before_it_sends(
    run: Path, service: LoopbackService, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    words = ["submit", str(run), "--backend", "ibm_manila", "--shots", "200", "--max-seconds", "60"]
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(words) == 2
    assert "give --yes" in capsys.readouterr().err

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("\n"))
    assert main(words) == 0
    told = capsys.readouterr()
    assert "Send this to ibm_manila? [y/N]" in told.err
    assert "limit 60 s; account has" in told.out
    assert "Nothing was sent" in told.out
    assert not service.jobs
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert main(words) == 0
    (job,) = service.jobs.values()
    assert job.payload["cost"] == 60
    assert "qrl fetch" in capsys.readouterr().out
    assert main(words) == 0  # it was sent, and nobody is asked
    assert len(service.jobs) == 1


def test_what_the_service_could_not_tell() -> None:
    task = qrl.get_task("vqe/h2-2q")
    plan = measurements(task)
    (run,) = plan.runs
    count = len(run.observables)
    known = {"values": [-1.0] * count, "errors": [0.1] * count}
    assert of_expectations(plan, [known], 100, 0).to_dict()["standard_error"] > 0
    no_error = {**known, "errors": [None, *known["errors"][1:]]}
    assert of_expectations(plan, [no_error], 100, 0).to_dict()["standard_error"] is None
    no_value = {**known, "values": [None, *known["values"][1:]]}
    with pytest.raises(qrl.InputError, match="could not tell 1 of"):
        of_expectations(plan, [no_value], 100, 0)


def test_a_session_of_a_paid_plan_lasts_no_longer_than_may_be_spent(
    run: Path, service: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QISKIT_IBM_INSTANCE", PAID_CRN)
    sent = qrl.submit(run, mode="session", max_seconds=60, **SENT)
    (session,) = service.sessions.values()
    assert session["mode"] == "dedicated"
    assert session["max_ttl"] == 60
    assert not session["accepting_jobs"]  # closed behind the last job
    (job,) = service.jobs.values()
    assert (job.payload["session_id"], job.payload["cost"]) == (session["id"], 60)
    assert sent.result() is not None
