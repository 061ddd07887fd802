"""The folder of a run: everything that is needed to show, check, export or continue it."""

from __future__ import annotations

import errno
import json
import os
import re
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError
from qrl.search.archive import Archive
from qrl.search.checkpoint import Checkpoints
from qrl.search.config import SearchConfig
from qrl.search.files import to_json, write_atomically
from qrl.tasks.problem_file import task_from_data, task_to_data

if TYPE_CHECKING:
    from qrl.search.recorder import Recorder
    from qrl.tasks.task import Task

RESULT_SCHEMA = 1
_RESULT_KEYS = (
    "schema", "task", "agent", "seed", "status", "cost", "reference", "error", "fidelity", "depth",
    "cnots", "rotations", "gates", "evaluations", "env_steps", "seconds", "seconds_to_target",
    "baselines", "circuit", "versions",
)  # fmt: skip


def default_folder(config: SearchConfig) -> Path:
    """Return a new folder's path below `runs/`, from task, agent, seed and time."""
    task = re.sub(r"[^A-Za-z0-9.]+", "-", config.task.removeprefix("vqe/")).strip("-")
    stem = f"{task}-{config.agent}-s{config.seed}-{time.strftime('%Y%m%d-%H%M%S')}"
    path, again = Path("runs") / stem, 1
    while path.exists():
        again += 1
        path = Path("runs") / f"{stem}-{again}"
    return path


def check_new(path: Path) -> None:
    """Check that a run folder can be made.

    Raises:
        InputError: it exists already, or its parent cannot be written.
    """
    if path.exists() or path.is_symlink():
        raise InputError(
            f"The output folder {str(path)!r} exists already; name a new one, or continue the run "
            f"in it with `qrl search --resume {path}`."
        )
    parent = path.absolute().parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if not parent.is_dir():
        raise InputError(
            f"The output folder {str(path)!r} cannot be made: {parent} is not a folder."
        )
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(
            f"The output folder {str(path)!r} cannot be made: {parent} is not writable."
        )


class RunFolder:
    """Files of one run, each written atomically.

    `config.toml` (all settings), `problem.json` (the task itself), `result.json`, `archive.json`,
    `trace.jsonl`, `circuit.qasm` and `checkpoint/`.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.checkpoints = Checkpoints(self.path / "checkpoint")

    @staticmethod
    def create(path: Path, config: SearchConfig, task: Task) -> RunFolder:
        """Make a new folder with settings and problem in it.

        Raises:
            InputError: it cannot be made.
        """
        import tomli_w

        check_new(path)
        try:
            path.mkdir(parents=True)
            folder = RunFolder(path)
            write_atomically(path / "config.toml", tomli_w.dumps(config.to_dict()))
            write_atomically(path / "problem.json", to_json(task_to_data(task)))
        except OSError as cause:
            raise InputError(
                f"The output folder {str(path)!r} cannot be written: {cause}."
            ) from cause
        return folder

    def write(self, result: dict[str, Any], recorder: Recorder) -> None:
        """Write what has been found so far.

        Raises:
            InputError: the folder can no longer be written (the disk is full, for example).
        """
        trace = "".join(json.dumps(row) + "\n" for row in recorder.trace)
        try:
            write_atomically(self.path / "archive.json", to_json(recorder.archive.to_list()))
            write_atomically(self.path / "trace.jsonl", trace)
            write_atomically(self.path / "circuit.qasm", result["circuit"])
            write_atomically(self.path / "result.json", to_json(result))
        except OSError as cause:
            reason = "the disk is full" if cause.errno == errno.ENOSPC else str(cause)
            raise InputError(
                f"The run folder {str(self.path)!r} cannot be written: {reason}. "
                "What was written before is still complete."
            ) from cause

    def read_config(self) -> SearchConfig:
        """Read the settings."""
        try:
            return SearchConfig.from_dict(tomllib.loads(self._text("config.toml")))
        except tomllib.TOMLDecodeError as cause:
            raise self._damaged("config.toml", cause) from cause

    def read_task(self) -> Task:
        """Read the problem."""
        where = str(self.path / "problem.json")
        try:
            return task_from_data(self._json("problem.json", dict), where=where, name="problem")
        except InputError as cause:
            raise self._damaged("problem.json", cause) from cause

    def read_result(self) -> dict[str, Any]:
        """Read the result and check that nothing is missing."""
        result: dict[str, Any] = self._json("result.json", dict)
        missing = [key for key in _RESULT_KEYS if key not in result]
        if missing:
            raise self._damaged("result.json", f"{', '.join(missing)} missing")
        if result["schema"] != RESULT_SCHEMA:
            raise InputError(
                f"{self.path / 'result.json'} has schema {result['schema']!r}; this version reads "
                f"schema {RESULT_SCHEMA}."
            )
        return result

    def read_archive(self) -> Archive:
        """Read the circuits found."""
        try:
            return Archive.from_list(self._json("archive.json", list))
        except (KeyError, TypeError, ValueError) as cause:
            raise self._damaged("archive.json", cause) from cause

    def read_trace(self) -> list[dict[str, Any]]:
        """Read the improvements of the lowest cost, in order."""
        try:
            return [json.loads(line) for line in self._text("trace.jsonl").splitlines()]
        except json.JSONDecodeError as cause:
            raise self._damaged("trace.jsonl", cause) from cause

    def _json(self, name: str, kind: type) -> Any:
        try:
            data = json.loads(self._text(name))
        except json.JSONDecodeError as cause:
            raise self._damaged(name, cause) from cause
        if not isinstance(data, kind):
            raise self._damaged(name, f"expected a JSON {kind.__name__}")
        return data

    def _text(self, name: str) -> str:
        if not self.path.is_dir():
            raise InputError(f"There is no run folder {str(self.path)!r}.")
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise self._damaged(name, "the file is missing") from None
        except (OSError, UnicodeDecodeError) as cause:
            raise self._damaged(name, cause) from cause

    def _damaged(self, name: str, cause: object) -> InputError:
        return InputError(
            f"{str(self.path)!r} is not a complete run folder: {name}: {cause}. A run folder holds "
            "config.toml, problem.json, result.json, archive.json, trace.jsonl and circuit.qasm."
        )
