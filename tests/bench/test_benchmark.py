"""Benchmarks from spec to table, in real processes."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bench.small_benchmarks import Told, opened
from full_disk import largest_file

import qrl
from qrl.bench.benchmark import Benchmark
from qrl.bench.choose_workers import on_this_machine
from qrl.bench.journal import JOURNAL, Journal
from qrl.bench.locks import hold_as_leader, hold_as_worker
from qrl.bench.one_run import Ended, Progress, perform
from qrl.bench.processes import ProcessWorkers
from qrl.bench.row import COLUMNS
from qrl.bench.table import TABLE
from qrl.bench.workers import Lost
from qrl.errors import InputError

ONE = on_this_machine(workers=1)
TWO = on_this_machine(workers=2)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished benchmark; nobody may change its folder."""
    folder = tmp_path_factory.mktemp("benchmark") / "small"
    opened(folder).run(TWO, Told())
    return folder


@pytest.fixture
def copied(done: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(done, tmp_path / "copied"))


def test_every_run_has_a_row_and_a_folder(done: Path) -> None:
    benchmark = opened(done)
    assert [row["key"] for row in benchmark.rows] == [job.key for job in benchmark.jobs]
    for job, row in zip(benchmark.jobs, benchmark.rows, strict=True):
        run = qrl.load(done / row["run"])
        assert (row["status"], row["seed"], row["agent"]) == ("done", job.config.seed, job.label)
        assert run.result["agent"] == row["searcher"]
        names = ("cost", "error", "depth", "cnots", "evaluations", "seconds", "seconds_to_target")
        assert [row[name] for name in names] == [run.result[name] for name in names]
        assert row["gates_total"] == run.result["gates"]
        assert row["qiskit_difference"] < 1e-8
        assert row["trivial_cost"] == min(b["cost"] for b in run.result["baselines"].values())
        assert row["reached"] == (row["error"] <= row["target_error"])
        first = [r["evaluations"] for r in run.trace if r["cost"] <= row["reference"] + 1.6e-3]
        if row["task"] == "vqe/h2-2q":
            assert row["evaluations_to_target"] == (first[0] if first else None)
        assert row["wall_seconds"] >= row["seconds"]
        assert (row["parts"], row["threads"]) == (1, 1)


def test_the_same_seed_gives_the_same_result_in_another_process(done: Path, tmp_path: Path) -> None:
    again = opened(tmp_path / "again")
    again.run(ONE, Told())
    timed = {"seconds", "wall_seconds", "started", "seconds_to_target"}
    for one, other in zip(opened(done).rows, again.rows, strict=True):
        same = COLUMNS.keys() - timed
        assert {n: one[n] for n in same} == {n: other[n] for n in same}


def test_the_table_holds_the_rows(done: Path) -> None:
    table = pd.read_parquet(done / TABLE)
    assert list(table["key"]) == [job.key for job in opened(done).jobs]
    assert table["reached"].dtype == "boolean"
    assert opened(done).analyse().runs == 8


def test_nothing_is_run_twice(copied: Path) -> None:
    told = Told()
    opened(copied).run(_nobody, told)
    assert not told.rows
    assert len(opened(copied, seeds=3).missing()) == 4  # one more seed: only its runs


def _nobody(root: Path, jobs: int) -> Any:
    raise AssertionError("nothing is to be run")


def test_a_row_that_was_lost_is_made_from_its_folder(copied: Path) -> None:
    lines = (copied / JOURNAL).read_text().splitlines(keepends=True)
    (copied / JOURNAL).write_text("".join(lines[:5]))
    before = {path: path.stat().st_mtime_ns for path in copied.glob("runs/*/result.json")}
    told = Told()
    opened(copied).run(ONE, told)
    assert len(told.rows) == 3
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert not opened(copied).missing()
    for row in told.rows:
        assert row["qiskit_difference"] < 1e-8
        assert row["wall_seconds"] >= row["seconds"]  # the run's, not only that of reading it


def test_a_table_that_was_spoilt_is_made_anew(copied: Path) -> None:
    (copied / TABLE).write_bytes(b"no table")
    opened(copied).run(_nobody, Told())
    assert len(pd.read_parquet(copied / TABLE)) == 8


def test_a_failing_run_has_its_reason_and_stops_no_other(tmp_path: Path) -> None:
    out = tmp_path / "out"
    benchmark = opened(out, agents=["random", "exhaustive"], tasks=["vqe/h2-2q"])
    bad = benchmark.jobs[1]
    (out / "runs").mkdir(parents=True)
    (out / JOURNAL).touch()
    (out / "runs" / bad.folder).symlink_to(tmp_path / "nowhere")
    told = Told()
    benchmark.run(ONE, told)
    rows = {row["key"]: row for row in Journal.read(out).rows.values()}
    assert len(rows) == 4
    failed = rows.pop(bad.key)
    assert failed["status"] == "failed"
    assert "exists already" in failed["reason"]
    assert "Traceback" in (out / "failures" / f"{bad.key}.txt").read_text()
    assert {row["status"] for row in rows.values()} == {"done"}
    assert benchmark.analyse().failed == 1

    assert not benchmark.missing()
    (out / "runs" / bad.folder).unlink()
    told = Told()
    again = Benchmark.open(benchmark.spec, out)
    again.run(ONE, told, retry_failed=True)
    assert [row["key"] for row in told.rows] == [bad.key]
    assert again.journal.rows[bad.key]["status"] == "done"
    assert not (out / "failures" / f"{bad.key}.txt").exists()


class _Murderous(Told):
    """Kills the process of the first run whose progress it sees, as often as told."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times, self.key = times, ""

    def progress(self, job: Any, progress: Progress) -> None:
        self.key = self.key or job.key
        if self.times and job.key == self.key:
            self.times -= 1
            for worker in self.workers._workers:
                if worker.job is job:
                    worker.process.kill()

    def hire(self, root: Path, jobs: int) -> ProcessWorkers:
        self.workers = ProcessWorkers(root, 1, 1)
        return self.workers


@pytest.mark.parametrize(("times", "status"), [(1, "done"), (9, "failed")])
def test_a_process_that_is_killed_costs_no_other_run(
    tmp_path: Path, times: int, status: str
) -> None:
    changes: dict[str, Any] = {"tasks": ["vqe/lih-4q-3.4"], "agents": ["anneal"]}
    benchmark = opened(tmp_path / "out", **changes, budget={"evaluations": 100_000})
    killer = _Murderous(times)
    benchmark.run(killer.hire, killer)
    rows = {row["key"]: row for row in benchmark.rows}
    assert len(rows) == 2
    assert rows[killer.key]["status"] == status
    assert {row["status"] for key, row in rows.items() if key != killer.key} == {"done"}
    assert "SIGKILL" in killer.words[0]
    if status == "failed":
        assert "SIGKILL" in rows[killer.key]["reason"]


def test_ctrl_c_is_gone_on_with_to_the_same_result(tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "tasks": ["vqe/lih-4q-3.4"], "agents": ["anneal"], "budget": {"evaluations": 150_000},
    }  # fmt: skip

    class Impatient(Told):
        def progress(self, job: Any, progress: Progress) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    stopped = opened(tmp_path / "one", **changes)
    stopped.run(ONE, Impatient())
    assert stopped.stopped
    assert len(stopped.missing()) == 2
    assert (tmp_path / "one" / "runs" / stopped.jobs[0].folder / "result.json").exists()
    opened(tmp_path / "one", **changes).run(ONE, Told())
    opened(tmp_path / "two", **changes).run(ONE, Told())
    one, two = (opened(tmp_path / name, **changes).rows for name in ("one", "two"))
    assert [row["cost"] for row in one] == [row["cost"] for row in two]
    assert [row["parts"] for row in one] == [2, 1]
    assert all(row["wall_seconds"] >= row["seconds"] for row in one)


class _Stubborn:
    """Workers that never end; they remember how they were closed."""

    slots = 1

    def __init__(self, root: Path, jobs: int) -> None:
        self.closed: list[bool] = []

    def submit(self, job: Any) -> None:
        pass

    def events(self, seconds: float) -> list[Any]:
        os.kill(os.getpid(), signal.SIGINT)
        return []

    def stop(self) -> None:
        pass

    def close(self, *, at_once: bool = False) -> None:
        self.closed.append(at_once)


def test_the_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    workers = _Stubborn(tmp_path, 1)
    with pytest.raises(KeyboardInterrupt):
        opened(tmp_path / "out").run(lambda root, jobs: workers, Told())
    assert workers.closed == [True]


def test_processes_are_killed_where_there_is_no_time(tmp_path: Path) -> None:
    benchmark = opened(tmp_path / "out", budget={"seconds": 60})

    class Twice(Told):
        def progress(self, job: Any, progress: Progress) -> None:
            os.kill(hired[0]._workers[0].process.pid, signal.SIGSTOP)  # it hears nothing any more
            os.kill(os.getpid(), signal.SIGINT)

        def say(self, text: str) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    hired: list[ProcessWorkers] = []

    def hire(root: Path, jobs: int) -> ProcessWorkers:
        hired.append(ProcessWorkers(root, 1, 1))
        return hired[0]

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        benchmark.run(hire, Twice())
    assert time.monotonic() - begun < 30  # of 60 that a run may take to write down what it has


def test_with_shots_a_lucky_sample_is_no_target_reached(tmp_path: Path) -> None:
    spec = {"tasks": ["vqe/h2-2q"], "agents": ["anneal"], "env": {"shots": 20}, "seeds": 4}
    benchmark = opened(tmp_path / "out", **spec)
    benchmark.run(TWO, Told())
    for row in benchmark.rows:
        run = qrl.load(tmp_path / "out" / row["run"])
        reached = run.best.noiseless_error <= row["target_error"]
        assert row["reached"] == reached
        assert row["evaluations_to_target"] == (run.archive.best.evaluations if reached else None)
        assert (row["seconds_to_target"] is not None) == reached


def test_a_full_disk_ends_the_run_without_a_row(tmp_path: Path) -> None:
    (job, *_) = opened(tmp_path).jobs
    (tmp_path / "runs").mkdir()
    with largest_file(50):
        ended = perform(job, tmp_path)
    assert ended.row is None
    assert "cannot be written" in ended.halt
    assert perform(job, tmp_path).row is not None


def test_a_full_disk_halts_the_benchmark_and_nothing_is_lost(tmp_path: Path) -> None:
    class Full:
        slots = 1

        def submit(self, job: Any) -> None:
            self.job = job

        def events(self, seconds: float) -> list[Ended]:
            return [Ended(self.job.key, halt="The disk is full.")]

        def stop(self) -> None: ...

        def close(self, *, at_once: bool = False) -> None: ...

    benchmark = opened(tmp_path / "out")
    with pytest.raises(InputError, match="the same command goes on"):
        benchmark.run(lambda root, jobs: Full(), Told())
    assert len(opened(tmp_path / "out").missing()) == 8


def test_a_damaged_run_folder_is_put_aside_and_run_anew(copied: Path) -> None:
    (copied / JOURNAL).write_text("")
    folder = copied / "runs" / opened(copied).jobs[0].folder
    (folder / "result.json").write_text("{}")
    opened(copied).run(ONE, Told())
    assert (folder.with_name(f"{folder.name}.damaged-1") / "result.json").read_text() == "{}"
    assert {row["status"] for row in opened(copied).rows} == {"done"}


def test_two_cannot_work_in_one_folder(copied: Path) -> None:
    before = (copied / "spec.toml").read_bytes()
    with hold_as_leader(copied), pytest.raises(InputError, match="Another `qrl bench`"):
        opened(copied, seeds=7).run(_nobody, Told())
    assert (copied / "spec.toml").read_bytes() == before


def test_rows_of_an_earlier_spec_are_kept_and_left_out(copied: Path) -> None:
    changed = opened(copied, seeds=1, env={"max_gates": 3})
    changed.run(ONE, Told())
    assert (len(changed.rows), changed.others) == (4, 8)
    assert len(qrl.bench.read_rows(copied)) == len(pd.read_parquet(copied / TABLE)) == 4


def test_a_run_that_is_told_to_end_from_outside_is_run_again(tmp_path: Path) -> None:
    class Terminated(_Murderous):
        def progress(self, job: Any, progress: Progress) -> None:
            if self.times:
                self.times -= 1
                self.workers._workers[0].process.terminate()

    changes: dict[str, Any] = {"tasks": ["vqe/lih-4q-3.4"], "agents": ["anneal"], "seeds": 1}
    benchmark = opened(tmp_path / "out", **changes, budget={"evaluations": 100_000})
    killer = Terminated(1)
    benchmark.run(killer.hire, killer)
    assert [row["status"] for row in benchmark.rows] == ["done"]
    assert "SIGTERM" in killer.words[0]


def test_orphaned_workers_are_waited_for(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qrl.bench.locks._PATIENCE", 0.3)
    with hold_as_worker(copied), pytest.raises(InputError, match="still write"):
        opened(copied).run(_nobody, Told())
    opened(copied).run(_nobody, Told())


def test_folders_that_are_no_benchmark(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        opened(tmp_path)
    with pytest.raises(InputError, match="is a file"):
        opened(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "spec.toml").write_text("the user's own")
    with pytest.raises(InputError, match="holds something else"):
        opened(tmp_path)


def test_wrong_settings_are_told_before_anything_starts(tmp_path: Path) -> None:
    wrong = opened(tmp_path / "out", agents=[{"agent": "ppo", "options": {"hidden": -3}}])
    with pytest.raises(InputError, match=r"ppo on vqe/h2-2q: .*hidden"):
        wrong.check(wrong.missing())
    with pytest.raises(InputError, match="Unknown task"):
        absent = opened(tmp_path / "out", tasks=["vqe/h3-2q"])
        absent.check(absent.missing())
    assert not (tmp_path / "out").exists()


def test_a_worker_that_never_starts_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qrl.bench.processes._PROGRAM", "raise SystemExit(3)")
    workers = ProcessWorkers(tmp_path, 1, 1)
    workers.submit(opened(tmp_path / "out").jobs[0])
    events: list[Any] = []
    while not events:
        events = list(workers.events(1.0))
    workers.close()
    assert isinstance(events[0], Lost)
    assert "exit code 3" in events[0].why
