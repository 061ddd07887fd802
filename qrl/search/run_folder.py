"""The folder of a run: everything that is needed to show, check, export or continue it."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.circuits.circuit import Circuit
from qrl.circuits.noise import NoiseModel
from qrl.errors import InputError
from qrl.files import to_json, to_lines, write_atomically, write_together
from qrl.search.archive import Archive
from qrl.search.checkpoint import Checkpoints
from qrl.search.config import SearchConfig
from qrl.search.policy import read_policy
from qrl.search.record import check_result, check_trace
from qrl.tasks.task_file import content_of, load_content

if TYPE_CHECKING:
    from qrl.search.recorder import Recorder
    from qrl.tasks.task import Task

RESULT_SCHEMA = 1
_LONGEST_NAME = 60
_NOISE, _START, _CIRCUIT = "noise.json", "start-policy.npz", "start-circuit.json"
# What a damaged file can make of reading it, by where the damage is.
_DAMAGE = (
    InputError, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError,
    RecursionError,
)  # fmt: skip


def default_folder(config: SearchConfig) -> Path:
    """Return a new folder's path below `runs/`, from task, agent, seed and time."""
    task = re.sub(r"[^A-Za-z0-9.]+", "-", config.task.removeprefix("vqe/")).strip("-")
    when = time.strftime("%Y%m%d-%H%M%S")
    stem = f"{task[:_LONGEST_NAME]}-{config.agent}-s{config.seed}-{when}"
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
    refused = f"The output folder {str(path)!r} cannot be made: "
    try:
        if os.path.lexists(path) or os.path.lexists(path.absolute()):
            raise InputError(
                f"The output folder {str(path)!r} exists already; name a new one, or continue the "
                f"run in it with `qrl search --resume {path}`."
            )
        path.lstat()  # the system's own word on names that are too long
    except (FileNotFoundError, NotADirectoryError):
        pass
    except InputError:
        raise
    except (OSError, ValueError) as cause:
        raise InputError(f"{refused}{cause}.") from cause
    parent = path.absolute().parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if not parent.is_dir():
        raise InputError(f"{refused}{parent} is not a folder.")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"{refused}{parent} is not writable.")


class RunFolder:
    """Files of one run, each written atomically.

    `config.toml` (all settings), `problem.json` (the task itself), `noise.json` (the noise itself, where
    there is any), `start-policy.npz` (the policy that an agent began with), `start-circuit.json` (the
    circuit that a file or a matrix-product state gave to begin with), `result.json`, `archive.json`,
    `trace.jsonl`, `circuit.qasm` and `checkpoint/`; of agents `metrics.jsonl`, `tensorboard/`,
    `evaluations.jsonl` and `policy.npz` too.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.checkpoints = Checkpoints(self.path / "checkpoint")

    def check_every(self, seconds: float) -> None:
        """Set the time between checkpoints."""
        self.checkpoints = Checkpoints(self.path / "checkpoint", seconds)

    @staticmethod
    def create(
        path: Path,
        config: SearchConfig,
        task: Task,
        noise: NoiseModel | None = None,
        start: Circuit | None = None,
    ) -> RunFolder:
        """Make a new folder with settings, problem, noise and the circuit to begin with in it.

        Raises:
            InputError: it cannot be made; nothing of it is left behind.
        """
        import tomli_w

        check_new(path)
        problem = to_json(content_of(task))
        made = next(p for p in [*reversed(path.parents), path] if not p.exists())
        try:
            path.mkdir(parents=True)
            write_atomically(path / "config.toml", tomli_w.dumps(config.to_dict()))
            write_atomically(path / "problem.json", problem)
            if noise is not None:
                write_atomically(path / _NOISE, to_json(noise.to_dict()))
            if start is not None:
                write_atomically(path / _CIRCUIT, to_json(start.to_dict()))
            if config.policy:
                read_policy(config.policy).save(path / _START)
        except (OSError, ValueError) as cause:
            shutil.rmtree(made, ignore_errors=True)
            raise _unwritable("output folder", path, cause) from cause
        return RunFolder(path)

    def write(self, result: dict[str, Any], recorder: Recorder) -> None:
        """Write what has been found so far.

        Raises:
            InputError: the folder can no longer be written (the disk is full, for example).
        """
        contents = {
            "archive.json": to_json(recorder.archive.to_list()),
            "trace.jsonl": to_lines(recorder.trace),
            **({"evaluations.jsonl": to_lines(recorder.policies)} if recorder.policies else {}),
            "circuit.qasm": result["circuit"],
            "result.json": to_json(result),
        }
        with self.writing():
            # All or none: results of two moments would not agree with each other.
            write_together({self.path / name: text for name, text in contents.items()})

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Tell of a disk that cannot be written as bad input."""
        try:
            yield
        except OSError as cause:
            raise _unwritable("run folder", self.path, cause) from cause

    def read_config(self) -> SearchConfig:
        """Read the settings; noise, policy and start are the folder's, whatever they came from then."""
        with self._reading("config.toml") as text:
            data = tomllib.loads(text)
            for name in ("task", "agent", "seed", "budget", "env", "options"):
                if name not in data:
                    raise InputError(f"{name} missing")
            if isinstance(data["env"], dict) and (self.path / _NOISE).is_file():
                data["env"]["noise"] = str(self.path / _NOISE)
            if isinstance(data["env"], dict) and self.start_circuit is not None:
                data["env"]["start"] = str(self.start_circuit)
            if (self.path / _START).is_file():
                data["policy"] = str(self.path / _START)
            return SearchConfig.from_dict(data)

    @property
    def start_circuit(self) -> Path | None:
        """The file of the circuit that the search began with; None where the settings say all of it."""
        file = self.path / _CIRCUIT
        return file if file.is_file() else None

    def read_task(self) -> Task:
        """Read the problem."""
        with self._reading("problem.json") as text:
            return load_content(text, where="the problem")

    def check_task(self, task: Task) -> None:
        """Check that the problem in the folder is the one that was searched for.

        Raises:
            InputError: it is that of another run.
        """
        with self._reading("config.toml") as text:
            wanted = tomllib.loads(text)["task"]
        if task.name != wanted:
            raise self.damaged("problem.json", f"it holds {task.name!r}; the run is of {wanted!r}")

    def read_noise(self) -> NoiseModel | None:
        """Read the noise under which circuits were scored; None where there was none."""
        if not (self.path / _NOISE).exists():
            return None
        with self._reading(_NOISE) as text:
            return NoiseModel.from_dict(json.loads(text))

    def read_result(self) -> dict[str, Any]:
        """Read the result and check that nothing is missing."""
        with self._reading("result.json") as text:
            result = check_result(json.loads(text))
        if result["schema"] != RESULT_SCHEMA:
            raise InputError(
                f"{self.path / 'result.json'} has schema {result['schema']!r}; this version reads "
                f"schema {RESULT_SCHEMA}."
            )
        return result

    def read_archive(self) -> Archive:
        """Read the circuits found."""
        with self._reading("archive.json") as text:
            archive = Archive.from_list(json.loads(text))
            if not len(archive):
                raise InputError("it holds no circuit")
            return archive

    def read_trace(self) -> list[dict[str, Any]]:
        """Read the improvements of the lowest cost, in order."""
        with self._reading("trace.jsonl") as text:
            rows = [check_trace(json.loads(line)) for line in text.splitlines()]
            if not rows:
                raise InputError("it is empty")
            return rows

    def read_circuit(self) -> tuple[str, Circuit]:
        """Read the best circuit from its OpenQASM: the text and the circuit."""
        with self._reading("circuit.qasm") as text:
            return text, Circuit.from_qasm(text)

    def circuit_of(self, record: dict[str, Any], where: str) -> Circuit:
        """Read the OpenQASM that a part of the result holds."""
        try:
            return Circuit.from_qasm(record["circuit"])
        except _DAMAGE as cause:
            raise self.damaged("result.json", f"{where}: {cause}") from cause

    @contextmanager
    def _reading(self, name: str) -> Iterator[str]:
        """Yield the text of a file; whatever goes wrong with it is told as damage to the folder."""
        if not os.path.isdir(self.path):  # noqa: PTH112 (Path's raises on a name that is too long)
            raise InputError(f"There is no run folder {str(self.path)!r}.")
        try:
            yield (self.path / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise self.damaged(name, "the file is missing") from None
        except _DAMAGE as cause:
            raise self.damaged(name, str(cause) or type(cause).__name__) from cause

    def damaged(self, name: str, cause: object) -> InputError:
        """Build the error for a file that cannot be used."""
        return InputError(
            f"{str(self.path)!r} is not a complete run folder: {name}: {str(cause).rstrip('.')}. A run "
            "folder holds config.toml, problem.json, result.json, archive.json, trace.jsonl and "
            "circuit.qasm."
        )


def _unwritable(what: str, path: Path, cause: Exception) -> InputError:
    full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    reason = "the disk is full" if full else str(cause)
    return InputError(
        f"The {what} {str(path)!r} cannot be written: {reason}. "
        "What was written before is still complete."
    )
