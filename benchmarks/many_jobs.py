"""A list of a thousand submissions, to be listed by `qrl jobs`."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import qrl
from qrl.hardware.record import FOLDER, RECORD

COUNT = 1000


def make_jobs(folder: Path) -> dict[str, str]:
    """Submit a circuit to a simulator, copy the submission, and return the environment that names the list.

    Each copy is a folder with all files of a real one.
    """
    state = folder / "state"
    before = os.environ.get("QRL_STATE")
    os.environ["QRL_STATE"] = str(state)
    try:
        run = qrl.search(
            "vqe/h2-2q", agent="anneal", evaluations=300, seed=0, compare=False, out=folder / "run"
        )
        first = qrl.submit(run, backend="aer", shots=100).record
    finally:
        if before is None:
            del os.environ["QRL_STATE"]
        else:
            os.environ["QRL_STATE"] = before
    with (state / "jobs.jsonl").open("a", encoding="utf-8") as file:
        for number in range(COUNT - 1):
            name = f"copy-{number}"
            copied = Path(shutil.copytree(first.folder, run.path / FOLDER / name))
            (copied / RECORD).write_text(json.dumps({**first.data, "id": name}))
            file.write(json.dumps({"id": name, "folder": str(copied), "job": None}) + "\n")
    return {"QRL_STATE": str(state)}
