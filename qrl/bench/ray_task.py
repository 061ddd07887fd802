"""What a machine of a Ray cluster does: one run, in a folder that it makes and removes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from qrl.bench.job import Job
from qrl.bench.one_run import RUNS, Ended, perform
from qrl.bench.run_archive import pack, unpack


def remote_run(data: dict[str, Any], problem: bytes | None, before: bytes) -> tuple[Ended, bytes]:
    """Do a run, and return how it ended and its files.

    Args:
        data: of the job.
        problem: the problem file where the task has no id.
        before: what there is of the run already, packed.
    """
    job = Job.from_dict(data)
    with tempfile.TemporaryDirectory(prefix="qrl-") as folder:
        root = Path(folder)
        (root / RUNS).mkdir()
        unpack(before, root)
        if problem is not None:
            copied = root / Path(job.source).name
            copied.write_bytes(problem)
            job = Job(job.label, job.config, str(copied), job.threads, job.content)
        ended = perform(job, root)
        return ended, pack(root, finished=ended.row is not None)
