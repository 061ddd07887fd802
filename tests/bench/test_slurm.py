"""Benchmarks as Slurm jobs, which submitit runs on this machine."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from bench.cluster_benchmarks import check_complete
from bench.small_benchmarks import Told, opened

import qrl
from qrl.bench.choose_workers import on_slurm, on_this_machine
from qrl.bench.journal import JOURNAL
from qrl.bench.slurm import SlurmWorkers, node_run
from qrl.bench.slurm_settings import read_settings
from qrl.errors import InputError, MissingExtra

pytest.importorskip("submitit")
LOCAL = on_slurm("cluster=local", workers=2)
LONG: dict[str, Any] = {
    "tasks": ["vqe/h2-2q"], "agents": ["anneal"], "seeds": 1, "budget": {"evaluations": 300_000}
}  # fmt: skip


def test_a_benchmark_of_jobs(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "tasks": ["vqe/h2-2q"],
        "agents": ["random", {"agent": "evolve", "options": {"nonsense": 1}}, "anneal"],
        "seeds": 1,
    }
    folder, told = tmp_path / "out", Told()
    benchmark = opened(folder, **settings)
    benchmark.run(LOCAL, told)
    first, failed, last = benchmark.rows
    assert (first["status"], failed["status"], last["status"]) == ("done", "failed", "done")
    assert "nonsense" in failed["reason"]
    assert "Traceback" in (folder / "failures" / f"{failed['key']}.txt").read_text()
    assert [path.name for path in (folder / "slurm").iterdir()] == ["owner"]

    opened(tmp_path / "here", **settings).run(on_this_machine(workers=1), Told())
    for one, other in zip(benchmark.rows, opened(tmp_path / "here", **settings).rows, strict=True):
        names = ("key", "run", "status", "cost", "cnots", "evaluations", "parts", "threads")
        assert [one[name] for name in names] == [other[name] for name in names]

    told = Told()
    opened(folder, **settings).run(LOCAL, told)
    assert not told.rows


class _Signalling(Told):
    """Sends a signal half a second after a run has begun to search, once."""

    def __init__(self, folder: Path, number: int, *, ours: bool) -> None:
        super().__init__()
        self.folder, self.number, self.ours, self.due = folder, number, ours, 0.0
        self.sent = False

    def refresh(self) -> None:
        if not self.due and next(self.folder.glob("runs/*/config.toml"), None):
            self.due = time.monotonic() + 0.5
        if self.due and time.monotonic() > self.due and not self.sent:
            self.sent = True
            for pid in [os.getpid()] if self.ours else _tasks(self.folder):
                os.kill(pid, self.number)


def _tasks(folder: Path) -> list[int]:
    """Return the processes that run jobs of a benchmark (not those that wait for them)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode().split("\0")
        except OSError:
            continue
        if "submitit.core._submit" in words and str(folder / "slurm") in words:
            found.append(int(path.parent.name))
    assert found
    return found


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (signal.SIGKILL, "ended without an answer"),
        (signal.SIGTERM, "Slurm stopped its job, as at its time limit"),
        (signal.SIGUSR2, "Slurm stopped its job, as at its time limit"),
    ],
)
def test_a_job_that_is_killed_is_gone_on_with(number: int, said: str, tmp_path: Path) -> None:
    told = _Signalling(tmp_path, number, ours=False)
    opened(tmp_path, **LONG).run(LOCAL, told)
    [words] = told.words
    assert said in words
    assert words.endswith("Once more.")
    [row] = check_complete(tmp_path, **LONG).rows
    assert row["parts"] == 2
    assert row["evaluations"] >= 300_000


def test_ctrl_c_keeps_what_a_job_has_found(tmp_path: Path) -> None:
    told = _Signalling(tmp_path, signal.SIGINT, ours=True)
    benchmark = opened(tmp_path, **LONG)
    benchmark.run(LOCAL, told)
    assert benchmark.stopped
    assert not told.rows
    run = qrl.load(tmp_path / "runs" / benchmark.jobs[0].folder)
    assert run.status == "interrupted"
    assert 0 < run.result["evaluations"] < 300_000
    opened(tmp_path, **LONG).run(on_this_machine(workers=1), told)
    [row] = check_complete(tmp_path, **LONG).rows
    assert row["parts"] == 2


def test_jobs_of_a_benchmark_that_was_killed_do_nothing(tmp_path: Path) -> None:
    job = opened(tmp_path, **LONG).jobs[0]
    SlurmWorkers(tmp_path, "cluster=local", 1)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR2)}
    try:
        ended = node_run(job.to_dict(), str(tmp_path), "another's")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert ended.row is None
    assert not (tmp_path / "runs").exists()


def test_nodes_that_cannot_run_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark = opened(tmp_path, **LONG)
    monkeypatch.setattr(type(benchmark.jobs[0]), "to_dict", lambda self: {"label": "random"})
    with pytest.raises(InputError, match=r"nodes of Slurm cannot run qrl: KeyError"):
        benchmark.run(LOCAL, Told())


def test_settings() -> None:
    cluster, found = read_settings(
        "partition=12, mem_gb=0.5,timeout_min=7,reservation=mine,name=bench", 3
    )
    assert cluster == "slurm"
    assert found == {
        "slurm_partition": "12",
        "mem_gb": 0.5,
        "timeout_min": 7,
        "name": "bench",
        "cpus_per_task": 3,
        "slurm_additional_parameters": {"reservation": "mine"},
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("", "must read name=value"),
        ("partition", "must read name=value.*'partition'"),
        ("partition=", "must read name=value"),
        ("qos=1,,name=2", "must read name=value"),
        ("partion=cpu", "Unknown setting of --slurm 'partion'. Did you mean 'partition'"),
        ("partition=a,partition=b", "'partition' of --slurm is given twice"),
        ("timeout_min=soon", "timeout_min of --slurm must be a whole number above 0; got 'soon'"),
        ("timeout_min=0", "timeout_min of --slurm must be a whole number above 0; got '0'"),
        ("mem_gb=nan", "mem_gb of --slurm must be a number above 0; got 'nan'"),
        ("mem_gb=inf", "mem_gb of --slurm must be a number above 0; got 'inf'"),
        ("cluster=debug", "Unknown cluster for --slurm 'debug'"),
    ],
)
def test_settings_that_cannot_be(settings: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        opened(tmp_path / "out").run(on_slurm(settings), Told())


def test_no_slurm_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r'Could not detect "srun".*cluster=local'):
        opened(tmp_path / "out").run(on_slurm("partition=cpu"), Told())
    assert not (tmp_path / "out" / JOURNAL).read_text()


def test_submitit_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(MissingExtra, match=r'pip install "qrl\[slurm\]"'):
        opened(tmp_path / "out").run(LOCAL, Told())


def test_a_queue_that_takes_one_job_at_a_time(tmp_path: Path) -> None:
    hired: list[SlurmWorkers] = []

    def hire(root: Path, jobs: int) -> SlurmWorkers:
        workers = SlurmWorkers(root, "cluster=local", 1, 4)
        submit = workers._executor.submit

        def refusing(*arguments: Any) -> Any:
            if workers._submitted:
                raise RuntimeError("sbatch: error: QOSMaxSubmitJobPerUserLimit")
            return submit(*arguments)

        workers._executor.submit = refusing
        hired.append(workers)
        return workers

    settings: dict[str, Any] = {"tasks": ["state/ghz-2q"], "agents": ["random"], "seeds": 3}
    opened(tmp_path, **settings).run(hire, Told())
    check_complete(tmp_path, **settings)
    assert hired[0].slots == 4  # the queue may take more again
