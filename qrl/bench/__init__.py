"""Benchmarks: tasks x agents x seeds, run once, compared with uncertainty.

The package itself can be called: `qrl.bench("smoke")` is `qrl.bench.api.bench`.

- What is run: `spec` (the whole), `group` (lists and their product), `spec_file` (TOML and `presets/`),
  `job` (one run and its fingerprint), `estimate` (how long it would take).
- Running: `benchmark` (what is missing is given out, rows are kept), `one_run` (begun or gone on with, in
  whatever process), `workers` (what these have in common): `processes` with `worker_process` and `locks`,
  `ray_cluster` (`ray_driver` talks with it, `ray_task` is what its machines do, `run_archive` what
  travels), `slurm`; `choose_workers` chooses. `watcher` is told of everything, `time_left` guesses.
- What is kept: `row` (the columns), `journal` (rows.jsonl, appended), `table` (runs.parquet, made from it).
- What it says: `statistics`, `versus` (two benchmarks), `report` (pages, tables, figures).
- `tuning`: hyperparameters.
"""

from qrl.bench.api import bench
from qrl.bench.benchmark import Benchmark
from qrl.bench.spec import Spec
from qrl.bench.table import read_rows
from qrl.callable_module import make_callable

make_callable(__name__, bench)

__all__ = ["Benchmark", "Spec", "bench", "read_rows"]
