"""`qrl bench`: run a benchmark, list those that there are, compare two."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.bench.benchmark import Benchmark
    from qrl.bench.workers import Hire

INTERRUPTED, CHECK_FAILED = 130, 1
_EXAMPLES = """\
examples:
  qrl bench smoke                      two minutes: tasks x agents x seeds, with statistics
  qrl bench spec.toml --dry-run        what would run, and how long it would take
  qrl bench spec.toml --workers 8      goes on where it was stopped; nothing is run twice
  qrl bench list                       benchmarks below runs/bench, and the presets
  qrl bench compare A B                two benchmarks, or two agents of one (DIR:AGENT)
  qrl report runs/bench/smoke          the page with ranking, curves and circuits
"""


def add_arguments(bench: argparse.ArgumentParser) -> None:
    """Declare the arguments of `qrl bench`."""
    bench.formatter_class = argparse.RawDescriptionHelpFormatter
    bench.epilog = _EXAMPLES
    add = bench.add_argument
    add(
        "what",
        nargs="+",
        metavar="SPEC",
        help="a TOML file, a preset, or a benchmark's folder; or `list [DIR]`, or `compare A B`",
    )
    add("--out", metavar="DIR", help="folder of the benchmark (default: runs/bench/NAME)")
    add("--workers", type=int, metavar="N", help="runs at a time (default: one for each core)")
    add("--ray", metavar="ADDRESS", help="run on a Ray cluster: its address, or local (extra ray)")
    add(
        "--slurm",
        metavar="SETTINGS",
        help="run as Slurm jobs, such as partition=cpu,timeout_min=60 (extra slurm)",
    )
    add("--dry-run", action="store_true", help="show what would run and how long; start nothing")
    add("--retry-failed", action="store_true", help="run those again that failed")
    add("--json", action="store_true", help="print as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run, list or compare."""
    first, *rest = arguments.what
    if first == "list":
        from qrl.cli.bench_list import print_list

        return print_list(rest, as_json=arguments.json)
    if first == "compare":
        from qrl.cli.bench_compare import print_comparison

        return print_comparison(rest, as_json=arguments.json)
    if rest:
        raise InputError(f"One spec at a time; got {', '.join(arguments.what)}.")
    return _run(arguments, first)


def _run(arguments: argparse.Namespace, name: str) -> int:
    from qrl.bench.benchmark import Benchmark
    from qrl.bench.row import FAILED
    from qrl.bench.spec_file import folder_of, read_spec
    from qrl.cli.bench_progress import BenchProgress

    spec = read_spec(name)
    folder = Path(arguments.out) if arguments.out is not None else folder_of(spec, name)
    hire = _hire(arguments, spec.threads)
    benchmark = Benchmark.open(spec, folder)
    missing = benchmark.missing(retry_failed=arguments.retry_failed)
    with BenchProgress() as progress:
        benchmark.check(missing, progress.say)
        if arguments.dry_run:
            from qrl.bench.choose_workers import local_workers
            from qrl.cli.bench_dry_run import print_plan

            elsewhere = arguments.ray is not None or arguments.slurm is not None
            workers = (
                arguments.workers if elsewhere else local_workers(spec.threads, arguments.workers)
            )
            return print_plan(benchmark, missing, workers, progress, as_json=arguments.json)
        benchmark.run(hire, progress, retry_failed=arguments.retry_failed)
    _print(benchmark, as_json=arguments.json)
    if benchmark.stopped:
        return INTERRUPTED
    failed = any(row["status"] == FAILED for row in benchmark.rows)
    return CHECK_FAILED if failed else 0


def _hire(arguments: argparse.Namespace, threads: int) -> Hire:
    from qrl.bench.choose_workers import on_ray, on_slurm, on_this_machine

    given = [name for name in ("ray", "slurm") if getattr(arguments, name) is not None]
    if len(given) > 1:
        raise InputError("Give --ray or --slurm, not both.")
    if arguments.ray is not None:
        return on_ray(arguments.ray, threads, arguments.workers)
    if arguments.slurm is not None:
        return on_slurm(arguments.slurm, threads, arguments.workers)
    return on_this_machine(threads, arguments.workers)


def _print(benchmark: Benchmark, *, as_json: bool) -> None:
    if as_json:
        import json

        rows = benchmark.rows
        summary: dict[str, Any] = {"folder": str(benchmark.folder), "rows": rows}
        if rows:
            summary["analysis"] = benchmark.analyse().to_dict()
        print(json.dumps(summary, indent=1))
        return
    from qrl.cli.bench_tables import print_benchmark

    print_benchmark(benchmark)
