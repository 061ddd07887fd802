"""Retuning through a service: each measurement is one job, is paid once, and is found again."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit.primitives import BackendEstimatorV2
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap
from qiskit_aer import AerSimulator

import qrl
from qrl.hardware.device import Device
from qrl.hardware.pubs import Prepared
from qrl.hardware.remote import DONE, FAILED, QUEUED, RUNNING, JobStatus, LostAnswer
from qrl.hardware.retuning import folder as f
from qrl.hardware.retuning import runners
from qrl.hardware.retuning.api import Retuned, retune_on
from qrl.hardware.retuning.journal import Journal
from qrl.hardware.retuning.settings import RetuneSettings
from qrl.hardware.settings import HardwareSettings
from qrl.hardware.time_estimate import estimate

BACKEND = GenericBackendV2(3, coupling_map=CouplingMap.from_line(3), seed=1)
DEVICE = Device("ibm_test", "ibm", BACKEND, is_paid=True)
SIMULATOR = AerSimulator.from_backend(BACKEND)


@pytest.fixture(autouse=True, scope="module")
def soon() -> Iterator[None]:
    """Jobs are asked after without waiting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runners, "_FIRST_WAIT", 0.001)
        yield


@dataclass
class Service:
    """Takes jobs and runs them on a simulated device, with what may go wrong.

    Attributes:
        at: called with the name of each question and its number, before it is answered; it may raise.
        slower: factor between what a job takes and what was estimated.
    """

    at: Callable[[str, int], Any] = lambda what, number: None
    slower: float = 1.0
    jobs: list[tuple[str, Prepared]] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    fails: set[int] = field(default_factory=set)

    def _ask(self, what: str) -> None:
        self.asked[what] = self.asked.get(what, 0) + 1
        self.at(what, self.asked[what])

    def send(self, prepared: Prepared, tag: str) -> str:
        self._ask("before send")
        assert tag not in self.tags
        self.jobs.append((tag, prepared))
        self._ask("after send")
        return f"job-{len(self.jobs) - 1}"

    def find(self, tag: str) -> list[str]:
        self._ask("find")
        return [f"job-{k}" for k, one in enumerate(self.tags) if one == tag]

    def status(self, job: str) -> JobStatus:
        self._ask("status")
        number = int(job.removeprefix("job-"))
        turn = self.asked["status"] % 3
        if turn:
            return JobStatus((QUEUED, RUNNING)[turn - 1])
        if number in self.fails:
            return JobStatus(FAILED, "the device was reset", 1.0)
        return JobStatus(DONE, "", self.used(number))

    def results(self, job: str) -> list[dict[str, Any]]:
        self._ask("results")
        prepared = self.jobs[int(job.removeprefix("job-"))][1]
        shots, seed = prepared.settings.shots, prepared.settings.seed
        if prepared.primitive == "estimator":
            simulator = AerSimulator.from_backend(BACKEND, seed_simulator=seed)
            pubs = [(pub.circuit, list(pub.observables)) for pub in prepared.pubs]
            found = BackendEstimatorV2(backend=simulator).run(pubs, precision=shots**-0.5).result()
            return [
                {
                    "values": list(map(float, one.data.evs)),
                    "errors": list(map(float, one.data.stds)),
                }
                for one in found
            ]
        circuits = [pub.circuit for pub in prepared.pubs]
        result = SIMULATOR.run(circuits, shots=shots, seed_simulator=seed).result()
        return [{"counts": dict(result.get_counts(k))} for k in range(len(prepared.pubs))]

    def cancel(self, job: str) -> None:
        raise AssertionError("nobody asked for that")

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.jobs]

    def used(self, number: int) -> float:
        return self.slower * float(estimate(self.jobs[number][1]).qpu_seconds or 0.0)


class Killed(BaseException):
    """The process has gone."""


def retuned(run: Path, service: Service, **changes: Any) -> Retuned:
    words: dict[str, Any] = {"shots": 100, "mitigate": ["readout"], "max_seconds": 500.0, "seed": 2}
    settings = HardwareSettings.from_dict({**words, **changes})
    return retune_on(
        qrl.load(run), DEVICE, settings, RetuneSettings(14_000, "spsa"), service=service
    )


@pytest.fixture(scope="module")
def whole(found: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Retuned, Service]:
    """One that nothing disturbed."""
    copied = Path(shutil.copytree(found, tmp_path_factory.mktemp("whole") / "run"))
    service = Service()
    return retuned(copied, service), service


def test_each_measurement_is_a_job(whole: tuple[Retuned, Service]) -> None:
    tuned, service = whole
    journal = Journal(tuned.path / f.JOURNAL)
    assert tuned.state == f.DONE
    assert len(service.jobs) == len(journal) == tuned.folder.data["plan"]["jobs"]
    assert [entry.job for entry in journal.entries] == [f"job-{k}" for k in range(len(journal))]
    assert service.tags == [(entry.begin or {})["tag"] for entry in journal.entries]
    spent = tuned.folder.data["spent"]
    assert spent["shots"] == sum(prepared.shots for _, prepared in service.jobs) <= 14_000
    used = sum(service.used(k) for k in range(len(service.jobs)))
    assert spent["qpu_seconds"] == pytest.approx(used)
    left = [prepared.settings.max_seconds or 0.0 for _, prepared in service.jobs]
    assert left[:-1] == sorted(left[:-1], reverse=True)  # of the last also what was kept for it
    assert left[-1] == pytest.approx(500.0 - used + service.used(len(left) - 1))
    assert len({prepared.placed[0].qubits for _, prepared in service.jobs}) == 1


@pytest.mark.parametrize(
    ("what", "number"),
    [("before send", 1), ("after send", 1), ("after send", 7), ("status", 8), ("results", 5)],
)
def test_a_process_that_was_killed_pays_nothing_twice(
    run: Path, whole: tuple[Retuned, Service], what: str, number: int
) -> None:
    def at(name: str, count: int) -> None:
        if (name, count) == (what, number):
            raise Killed

    service = Service(at)
    with pytest.raises(Killed):
        retuned(run, service)
    done = retuned(run, service)
    assert len(list((run / f.FOLDER).iterdir())) == 1
    assert len(service.jobs) == len(whole[1].jobs)
    assert done.circuit == whole[0].circuit
    assert done.result == whole[0].result


@pytest.mark.parametrize("what", ["before send", "after send"])
def test_an_answer_that_was_lost_is_looked_for(
    run: Path, whole: tuple[Retuned, Service], what: str
) -> None:
    def at(name: str, count: int) -> None:
        if (name, count) == (what, 4):
            raise LostAnswer("the line broke")

    service = Service(at)
    if what == "before send":
        with pytest.raises(LostAnswer, match="looks for it once more"):
            retuned(run, service)
    done = retuned(run, service)
    assert service.asked["find"] >= 1
    assert len(service.jobs) == len(whole[1].jobs)
    assert done.result == whole[0].result


def test_a_line_that_breaks_for_a_while_ends_nothing(
    run: Path, whole: tuple[Retuned, Service]
) -> None:
    def at(name: str, count: int) -> None:
        if (name == "status" and 5 <= count < 8) or (name == "results" and count == 2):
            raise qrl.InputError("cannot be reached")

    assert retuned(run, Service(at)).result == whole[0].result


def test_a_job_that_fails_is_told_and_sent_anew(run: Path, whole: tuple[Retuned, Service]) -> None:
    service = Service(fails={3})
    with pytest.raises(qrl.InputError, match="the device was reset"):
        retuned(run, service)
    (folder,) = (run / f.FOLDER).iterdir()
    assert f.RetuneFolder.read(folder).state == f.INTERRUPTED
    done = retuned(run, service)
    assert done.state == f.DONE
    assert len(set(service.tags)) == len(service.tags)
    spent = done.folder.data["spent"]
    assert spent["shots"] == sum(prepared.shots for _, prepared in service.jobs) <= 14_000
    seconds = sum(1.0 if k == 3 else service.used(k) for k in range(len(service.jobs)))
    assert spent["qpu_seconds"] == pytest.approx(seconds)
    # It is counted like any other: a later start from the journal comes to the same end.
    before, jobs = done.result, len(service.jobs)
    done.folder.write(state=f.RUNNING, result=None)
    assert retuned(run, service).result == before
    assert len(service.jobs) == jobs


def test_ctrl_c_leaves_the_job_to_the_service(run: Path, whole: tuple[Retuned, Service]) -> None:
    def at(name: str, count: int) -> None:
        if (name, count) == ("status", 10):
            signal.raise_signal(signal.SIGINT)

    service = Service(at)
    stopped = retuned(run, service)
    assert stopped.state == f.INTERRUPTED
    assert Journal(stopped.path / f.JOURNAL).entries[-1].came is None
    assert retuned(run, service).result == whole[0].result
    assert len(service.jobs) == len(whole[1].jobs)


def test_time_is_limited(run: Path) -> None:
    with pytest.raises(qrl.InputError, match="max-seconds"):
        retuned(run, Service(), max_seconds=None)
    with pytest.raises(qrl.InputError, match="larger --max-seconds"):
        retuned(run, Service(), max_seconds=3.0)
    assert not (run / f.FOLDER).exists()
    few = retuned(run, Service(), max_seconds=20.0)
    assert 0 < few.folder.data["plan"]["steps"] < 8
    assert few.folder.data["spent"]["qpu_seconds"] <= 20.0
    assert few.result is not None
    assert few.result["measured"] is not None


def test_jobs_that_take_longer_end_it_early(run: Path) -> None:
    service = Service(slower=2.0)
    tuned = retuned(run, service, max_seconds=60.0)
    assert tuned.result is not None
    assert tuned.result["stopped"] == "seconds"
    assert tuned.folder.data["spent"]["steps"] < tuned.folder.data["plan"]["steps"]
    assert tuned.result["measured"] is not None
    estimated = estimate(service.jobs[-1][1]).qpu_seconds or 0.0
    spent = tuned.folder.data["spent"]["qpu_seconds"]
    assert spent - service.used(len(service.jobs) - 1) + estimated <= 60.0
    before, jobs = tuned.result, len(service.jobs)
    tuned.folder.write(state=f.RUNNING, result=None)
    assert retuned(run, service, max_seconds=60.0).result == before
    assert len(service.jobs) == jobs


def test_expectation_values_of_a_service_do_as_well(run: Path) -> None:
    service = Service()
    loaded = qrl.load(run)
    off = loaded.best.circuit.with_angles(np.array(loaded.best.circuit.angles) + 0.5)
    loaded.best.circuit = off
    tuned = retune_on(
        loaded, DEVICE, HardwareSettings(max_seconds=500.0), RetuneSettings(100_000, "gradient"),
        shots_given=False, service=service,
    )  # fmt: skip
    assert {prepared.primitive for _, prepared in service.jobs} == {"estimator"}
    result = tuned.result
    assert result is not None
    assert result["verdict"] == "better"
    measured, simulated = result["measured"], result["simulated"]
    assert abs(measured["after"] - simulated["after"]) < 5 * measured["after_error"]
    assert tuned.folder.data["spent"]["shots"] <= 100_000
