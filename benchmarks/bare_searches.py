"""Searches one after another without a harness: what `benchmarks.harness` compares workers with."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from qrl.bench.spec import Spec
from qrl.search.runner import Search
from qrl.tasks.registry import get_task


def main() -> None:
    """Search with each seed once told to; `sys.argv` has a spec as JSON, a folder and the seeds."""
    spec, folder, *seeds = sys.argv[1:]
    jobs = Spec.from_dict({**json.loads(spec), "seeds": [int(seed) for seed in seeds]}).jobs()
    task = get_task(jobs[0].source)
    short = Spec.from_dict({**json.loads(spec), "seeds": 1, "budget": {"evaluations": 300}})
    Search(task, short.jobs()[0].config, Path(folder) / "first").start()  # loads and compiles
    print("ready", flush=True)
    sys.stdin.readline()
    for job in jobs:
        Search(task, job.config, Path(folder) / job.folder).start()


if __name__ == "__main__":
    main()
