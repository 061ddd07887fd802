"""What `qrl bench` costs beside the runs, two workers against one, and how fast it resumes and reports.

Not part of a plain `python -m benchmarks`: it takes some minutes of both cores, and wants them for itself.
`python -m benchmarks harness --markdown docs/harness.md` writes the page.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.common import Table, Target, cpu_seconds
from qrl.bench.benchmark import Benchmark
from qrl.bench.choose_workers import on_this_machine
from qrl.bench.one_run import RUNS, perform
from qrl.bench.spec import Spec
from qrl.bench.watcher import Watching
from qrl.search.runner import Search
from qrl.tasks.registry import get_task

LONG: dict[str, Any] = {
    "name": "long",
    "tasks": ["vqe/lih-6q-2.2"],
    "agents": ["evolve"],
    "budget": {"evaluations": 400_000},
}
MANY: dict[str, Any] = {
    "name": "many",
    "tasks": ["vqe/h2-4q", "vqe/lih-4q-3.4", "vqe/beh2-6q", "state/w-4q", "diag/random-2q-1"],
    "agents": ["random", "anneal", "evolve", "greedy"],
    "seeds": 10,
    "budget": {"evaluations": 3_000},
}
MOST_OVERHEAD, LEAST_SPEEDUP = 2.0, 1.8
MOST_RESUME, MOST_REPORT, MOST_MEGABYTES = 3.0, 10.0, 5.0


def run(*, quick: bool) -> Iterator[Table]:
    """Yield the tables of the harness."""
    with tempfile.TemporaryDirectory() as folder:
        yield overhead(Path(folder), pairs=5 if quick else 15)
        yield workers(Path(folder), runs=8 if quick else 20)
        yield commands(Path(folder))


def overhead(folder: Path, pairs: int) -> Table:
    """Compare a run within the harness with the same search alone, in turn, in CPU time."""
    rounds, beside = [], []
    for number in range(pairs + 1):
        (job,) = Spec.from_dict({**LONG, "seeds": [number]}).jobs()
        root, alone = folder / f"with-{number}", folder / f"alone-{number}"
        (root / RUNS).mkdir(parents=True)
        task = get_task(job.source)
        rounds.append(
            (
                cpu_seconds(lambda j=job, r=root: perform(j, r)),  # type: ignore[misc]
                cpu_seconds(lambda t=task, j=job, a=alone: Search(t, j.config, a).start()),  # type: ignore[misc]
            )
        )
        # The run is there already: what is left is reading it, checking the folder and making the row.
        beside.append(cpu_seconds(lambda j=job, r=root: perform(j, r)))  # type: ignore[misc]
    rounds, beside = rounds[1:], beside[1:]  # the first compiles
    extra = 100.0 * (median(inside / alone for inside, alone in rounds) - 1.0)
    table = Table(
        f"A run within the harness and alone, {LONG['tasks'][0]}, one core",
        ("", "within (s)", "alone (s)", "overhead (%)"),
    )
    for number, (inside, alone) in enumerate(rounds):
        part = 100.0 * (inside / alone - 1.0)
        table.rows.append((f"pair {number}", f"{inside:.2f}", f"{alone:.2f}", f"{part:+.2f}"))
    most = 100.0 * median(beside) / median(alone for _, alone in rounds)
    table.notes.append(
        "Pairs scatter with the machine. All that the harness does beside searching, and reading the run "
        f"once more, takes {1000 * median(beside):.0f} ms of each run, {most:.2f} % of these."
    )
    table.targets.append(
        Target(
            "overhead of the harness, median over pairs", extra, MOST_OVERHEAD, False, "% of a run"
        )
    )
    return table


def workers(folder: Path, runs: int) -> Table:
    """Time the same benchmark with one worker and with two, by the clock."""
    table = Table(
        f"{runs} runs of {LONG['tasks'][0]} with one worker and with two",
        ("workers", "whole command (s)", "sum of the runs (s)", "beside the runs (s)"),
    )
    times = {}
    for count in (1, 2):
        benchmark = Benchmark.open(
            Spec.from_dict({**LONG, "seeds": runs}), folder / f"workers-{count}"
        )
        start = time.perf_counter()
        benchmark.run(on_this_machine(workers=count), Watching())
        times[count] = time.perf_counter() - start
        assert not benchmark.missing(), "a run is missing: interrupted?"
        inside = sum(row["wall_seconds"] for row in benchmark.rows)
        beside = times[count] - inside / count
        table.rows.append((str(count), f"{times[count]:.1f}", f"{inside:.1f}", f"{beside:.1f}"))
    alone = {count: bare(folder, runs, count) for count in (1, 2)}
    for count, seconds in alone.items():
        table.rows.append((f"{count}, bare processes", "", f"{seconds * count:.1f}", ""))
    limit = alone[1] / alone[2]
    table.notes += [
        "Beside the runs: starting the processes, which load their libraries once.",
        f"Bare processes search without qrl bench, started before the clock: what this machine gives two "
        f"processes at a time is {limit:.2f} of one (two bare processes against one). Two workers reach "
        f"{times[1] / times[2] / limit:.0%} of that.",
    ]
    table.targets.append(Target("one worker / two workers", times[1] / times[2], LEAST_SPEEDUP))
    return table


def bare(folder: Path, runs: int, count: int) -> float:
    """Return the seconds for the same runs shared out to processes without a harness."""
    call = [sys.executable, "-m", "benchmarks.bare_searches", json.dumps(LONG)]
    processes = []
    for number in range(count):
        seeds = [str(seed) for seed in range(number, runs, count)]
        out = str(folder / f"bare-{count}-{number}")
        processes.append(
            subprocess.Popen(
                [*call, out, *seeds], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    start = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        assert process.wait() == 0
    return time.perf_counter() - start


def commands(folder: Path) -> Table:
    """Time `qrl bench` on 200 finished runs, and `qrl report` on them."""
    out = folder / "many"
    benchmark = Benchmark.open(Spec.from_dict(MANY), out)
    benchmark.run(on_this_machine(), Watching())
    count = len(benchmark.rows)
    resume = min(_seconds("bench", out) for _ in range(3))
    report = min(_seconds("report", out) for _ in range(3))
    size = (out / "report.html").stat().st_size / 1e6
    table = Table(
        f"Commands on {count} finished runs", ("command", "fastest of 3 (s)", "size (MB)")
    )
    table.rows = [
        ("qrl bench, again", f"{resume:.2f}", ""),
        ("qrl report", f"{report:.2f}", f"{size:.2f}"),
    ]
    table.targets += [
        Target("resuming 200 finished runs", resume, MOST_RESUME, False, "s"),
        Target("report of 200 runs", report, MOST_REPORT, False, "s"),
        Target("its size", size, MOST_MEGABYTES, False, "MB"),
    ]
    return table


def _seconds(*words: object) -> float:
    call = [sys.executable, "-c", "from qrl.cli.main import main; raise SystemExit(main())"]
    start = time.perf_counter()
    subprocess.run([*call, *map(str, words)], check=True, capture_output=True)
    return time.perf_counter() - start
