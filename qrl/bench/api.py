"""`qrl.bench`: a whole benchmark in one call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qrl.bench.benchmark import Benchmark
from qrl.bench.choose_workers import on_ray, on_slurm, on_this_machine
from qrl.bench.group import resolved
from qrl.bench.spec import Spec
from qrl.bench.spec_file import folder_of, read_spec
from qrl.bench.watcher import Watching
from qrl.checks import shown
from qrl.errors import InputError


def bench(
    spec: str | Path | Mapping[str, Any] | Spec,
    *,
    out: str | Path | None = None,
    workers: int | None = None,
    ray: str | None = None,
    slurm: str | None = None,
    retry_failed: bool = False,
    watching: Watching | None = None,
) -> Benchmark:
    """Run a benchmark, or what is missing of it.

    Args:
        spec: a TOML file, the name of a preset (`qrl.bench.spec_file.presets`), a benchmark's folder, or
            the same as a dict.
        out: folder of the benchmark; runs/bench/NAME where none is named.
        workers: runs at a time; one for each core where not given.
        ray: address of a Ray cluster, "local" or "auto".
        slurm: settings of Slurm jobs, "partition=cpu,timeout_min=60".
        retry_failed: run those again that failed.
        watching: told of everything; silent where not given.

    Returns:
        The benchmark, with `table()`, `analyse()` and its folder. Where Ctrl-C stopped it, `stopped` says
        so; the same call goes on with it.

    Raises:
        InputError: something in the spec cannot be used, or the folder cannot be written.
    """
    if ray is not None and slurm is not None:
        raise InputError("Give ray or slurm, not both.")
    made = _spec(spec)
    folder = (
        Path(out)
        if out is not None
        else folder_of(made, str(spec) if isinstance(spec, str | Path) else "")
    )
    if ray is not None:
        hire = on_ray(ray, made.threads, workers)
    elif slurm is not None:
        hire = on_slurm(slurm, made.threads, workers)
    else:
        hire = on_this_machine(made.threads, workers)
    benchmark = Benchmark.open(made, folder)
    benchmark.check(benchmark.missing(retry_failed=retry_failed))
    benchmark.run(hire, watching or Watching(), retry_failed=retry_failed)
    return benchmark


def _spec(spec: Any) -> Spec:
    if isinstance(spec, Spec):
        return spec
    if isinstance(spec, Mapping):
        return Spec.from_dict(resolved(spec, Path.cwd()))
    if isinstance(spec, str | Path):
        return read_spec(spec)
    raise InputError(
        f"A benchmark is given by a TOML file, a preset's name or a dict; got {shown(spec)}."
    )
