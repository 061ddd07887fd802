"""`qrl bench`, `qrl bench list` and `qrl bench compare` as users type them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from qrl.bench.job import Job
from qrl.bench.journal import Journal

Spawn = Callable[..., "subprocess.Popen[str]"]
SPEC = """\
name = "small"
description = "Small."
tasks = ["vqe/h2-2q", "state/ghz-2q"]
agents = ["random", "anneal"]
seeds = 3
budget = { evaluations = 300 }
"""
LONG = """\
tasks = ["vqe/lih-4q-3.4"]
agents = ["anneal", "random"]
seeds = 2
budget = { evaluations = 400000 }
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, spawn: Spawn) -> Path:
    """A finished benchmark; nobody may change its folder."""
    folder = tmp_path_factory.mktemp("bench")
    (folder / "spec.toml").write_text(SPEC)
    process = spawn("bench", folder / "spec.toml", "--out", folder / "out")
    printed, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    (folder / "printed.txt").write_text(printed)
    (folder / "told.txt").write_text(told)
    return folder


def test_it_says_what_happens_and_what_was_found(small: Path) -> None:
    told, printed = (small / "told.txt").read_text(), (small / "printed.txt").read_text()
    assert len(re.findall(r"^\[ *\d+/12\] (random|anneal) on", told, re.MULTILINE)) == 12
    assert "[12/12]" in told
    assert "left" in told
    assert "Traceback" not in told + printed
    for word in ("score (IQM)", "solved", "median error", "trivial error", "evaluations to solve"):
        assert word in printed
    assert "Fewer than 5 runs" in printed
    assert f"qrl report {small / 'out'}" in printed
    assert len(pd.read_parquet(small / "out" / "runs.parquet")) == 12


def test_again_it_runs_nothing(small: Path, call: Any) -> None:
    before = (small / "out" / "rows.jsonl").read_bytes()
    done = call("bench", small / "spec.toml", "--out", small / "out", "--json")
    assert done.code == 0
    assert "All 12 runs are done." in done.err
    record = json.loads(done.out)
    assert len(record["rows"]) == 12
    assert set(record["analysis"]["agents"]) == {"random", "anneal"}
    assert (small / "out" / "rows.jsonl").read_bytes() == before
    assert call("bench", small / "out").code == 0  # the folder is a spec, too


def test_a_run_that_failed_is_told_by_the_exit_code(small: Path, call: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = call("bench", small / "spec.toml", "--out", out, "--dry-run", "--json")
    job, *_ = json.loads(done.out)["jobs"]
    (out / "runs").mkdir(parents=True)
    (out / "rows.jsonl").touch()
    folder = Job.from_dict(job).folder
    (out / "runs" / folder).symlink_to(tmp_path / "nowhere")
    done = call("bench", small / "spec.toml", "--out", out)
    assert done.code == 1
    assert "exists already" in done.out
    assert len(Journal.read(out).rows) == 12
    (out / "runs" / folder).unlink()
    assert call("bench", small / "spec.toml", "--out", out, "--retry-failed").code == 0


def test_a_dry_run_starts_nothing(small: Path, call: Any, tmp_path: Path) -> None:
    done = call("bench", small / "spec.toml", "--dry-run", "--out", tmp_path / "out")
    assert done.code == 0
    assert "12 of 12 runs are to be done" in done.out
    assert "They take about" in done.out
    assert "Nothing was started." in done.out
    assert not (tmp_path / "out").exists()
    record = json.loads(
        call("bench", "searchers", "--dry-run", "--json", "--out", small / "none").out
    )
    assert record["missing"] == len(record["jobs"]) == 14 * 3 * 10
    assert record["seconds"] > 0
    seconds = tmp_path / "seconds.toml"
    seconds.write_text(SPEC.replace("evaluations = 300", "seconds = 100"))
    record = json.loads(call("bench", seconds, "--dry-run", "--json", "--workers", 3).out)
    assert 12 * 100 / 3 <= record["seconds"] <= 12 * 102 / 3


def test_benchmarks_are_listed(small: Path, call: Any) -> None:
    done = call("bench", "list", small)
    assert done.code == 0
    assert "12/12" in done.out
    assert "benchrl:" in done.out
    (one,) = json.loads(call("bench", "list", small, "--json").out)["benchmarks"]
    assert (one["name"], one["runs"], one["done"], one["failed"]) == ("small", 12, 12, 0)


def test_two_agents_are_compared(small: Path, call: Any) -> None:
    out = small / "out"
    done = call("bench", "compare", f"{out}:random", f"{out}:anneal")
    assert done.code == 0
    assert "cannot be told apart" in done.out
    assert "probability" in done.out
    assert "state/ghz-2q" in done.out


def test_two_benchmarks_are_compared(small: Path, call: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(SPEC.replace('["random", "anneal"]', '["anneal", "evolve"]'))
    assert call("bench", other, "--out", tmp_path / "out").code == 0
    done = call("bench", "compare", small / "out", tmp_path / "out")
    assert done.code == 0
    assert "anneal on vqe/h2-2q" in done.out
    assert f"2 only of {small / 'out'}, left out" in done.out
    record = json.loads(call("bench", "compare", small / "out", tmp_path / "out", "--json").out)
    assert len(record["cell_names"]) == 2


def test_ctrl_c_ends_it_and_it_goes_on(spawn: Spawn, call: Any, tmp_path: Path) -> None:
    spec = tmp_path / "long.toml"
    spec.write_text(LONG)
    out = tmp_path / "out"
    process = spawn("bench", spec, "--out", out, "--workers", 2, start_new_session=True)
    _wait_for(lambda: list(out.glob("runs/*/trace.jsonl")))
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of them
    printed, told = process.communicate(timeout=90)
    assert process.returncode == 130, told
    assert "Traceback" not in told + printed
    assert "runs are missing; the same command goes on" in printed
    assert call("bench", spec, "--out", out, "--workers", 2).code == 0
    rows = Journal.read(out).rows.values()
    assert [row["status"] for row in rows] == ["done"] * 4
    assert max(row["parts"] for row in rows) == 2


def test_a_benchmark_that_was_killed_continues(spawn: Spawn, call: Any, tmp_path: Path) -> None:
    spec = tmp_path / "long.toml"
    spec.write_text(LONG.replace("400000", "150000"))
    out = tmp_path / "out"
    process = spawn("bench", spec, "--out", out, "--workers", 1)
    _wait_for(lambda: (out / "rows.jsonl").exists() and (out / "rows.jsonl").stat().st_size > 0)
    process.kill()
    process.communicate(timeout=30)
    first = Journal.read(out).rows
    assert 0 < len(first) < 4
    assert call("bench", spec, "--out", out, "--workers", 1).code == 0
    rows = Journal.read(out).rows
    assert len(rows) == 4
    assert first.items() <= rows.items()  # what was done was not run again


def _wait_for(happened: Callable[[], Any]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.1)
    pytest.fail("it did not happen within a minute")


def test_bad_input_is_told(small: Path, call: Any, tmp_path: Path) -> None:
    out = small / "out"
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SPEC + 'agentz = ["ppo"]\n')
    readonly = tmp_path / "file"
    readonly.write_text("")
    cases: list[tuple[list[Any], str]] = [
        (["smok"], "Did you mean 'smoke'"),
        ([wrong], "Did you mean 'agents'"),
        ([tmp_path / "absent.toml"], "cannot be read"),
        (["smoke", "benchrl"], "One spec at a time"),
        (["smoke", "--workers", 0], "number of workers"),
        (["smoke", "--ray", "local", "--slurm", "x=1"], "not both"),
        (["smoke", "--out", readonly], "is a file"),
        (["smoke", "--out", small], "holds something else"),
        (["list", tmp_path / "absent"], "no folder"),
        (["list", "a", "b"], "one folder"),
        (["compare", out], "takes two"),
        (["compare", out, out], "two different ones"),
        (["compare", out, tmp_path], "no benchmark"),
        (["compare", f"{out}:rondom", f"{out}:anneal"], "Did you mean 'random'"),
        (["compare", out, f"{out}:anneal"], "but not one with the other"),
    ]
    for words, message in cases:
        ended = call("bench", *words)
        assert ended.code == 2, words
        assert message in ended.err, (words, ended.err)
        assert "Traceback" not in ended.err
