"""The files of a retuning: `RUN/retuned/ID`."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError
from qrl.files import to_json, write_together
from qrl.hardware.plain_record import read_all, read_record

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit

SCHEMA = 1
FOLDER, RECORD, JOURNAL = "retuned", "retune.json", "journal.jsonl"
QASM, JSON = "circuit.qasm", "circuit.json"
RUNNING, INTERRUPTED, DONE = "running", "interrupted", "done"
STATES = (RUNNING, INTERRUPTED, DONE)
_NEEDED = (
    "schema", "id", "state", "run", "backend", "fingerprint", "settings", "plan", "circuit", "result",
)  # fmt: skip


@dataclass(slots=True)
class RetuneFolder:
    """A retuning on disk.

    Attributes:
        path: of the folder.
        data: plain data, `retune.json`.
    """

    path: Path
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """One of `STATES`; a killed one is "running"."""
        return str(self.data["state"])

    @property
    def journal(self) -> Path:
        """Where measurements are written."""
        return self.path / JOURNAL

    def write(self, circuit: Circuit | None = None, **changes: Any) -> None:
        """Change the record, and write it, with a circuit where there is one.

        Raises:
            InputError: it cannot be written; what was there before still is.
        """
        self.data |= changes
        contents: dict[Path, bytes | str] = {self.path / RECORD: to_json(self.data)}
        if circuit is not None:
            contents[self.path / QASM] = circuit.qasm()
            contents[self.path / JSON] = to_json(circuit.to_dict())
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_together(contents)
        except OSError as cause:
            raise _unwritable(self.path, cause) from cause

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from going on with the same retuning while the block runs.

        Raises:
            InputError: another does.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as cause:
            raise _unwritable(self.path, cause) from cause
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InputError(
                    f"Another `qrl retune` works in {str(self.path)!r}; wait for it, or stop it."
                ) from None
            yield
        finally:
            os.close(lock)

    @staticmethod
    def read(path: Path) -> RetuneFolder:
        """Read a retuning.

        Raises:
            InputError: there is none, or it is damaged.
        """
        return RetuneFolder(path, read_record(path / RECORD, SCHEMA, _NEEDED, STATES))

    @staticmethod
    def new(path: Path, data: dict[str, Any]) -> RetuneFolder:
        """Return a retuning that is about to begin; nothing is written yet."""
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        common = {
            "schema": SCHEMA,
            "id": path.name,
            "created": now,
            "state": RUNNING,
            "result": None,
        }
        return RetuneFolder(path, {**common, **data})


def is_retuned(path: str | Path) -> bool:
    """Tell whether this is the folder of a retuning."""
    return (Path(path) / RECORD).is_file()


def find(run: Path, fingerprint: str) -> RetuneFolder | None:
    """Return the latest retuning of a run with a fingerprint; None where there is none."""
    found, _ = read_all(run / FOLDER, RECORD, RetuneFolder.read)
    same = [one for one in found if one.data["fingerprint"] == fingerprint]
    return max(same, key=lambda one: (one.data["created"], one.data["id"]), default=None)


def damaged(run: Path) -> list[Path]:
    """Return the folders of retunings of a run whose records cannot be read."""
    return read_all(run / FOLDER, RECORD, RetuneFolder.read)[1]


def new_path(run: Path, method: str) -> Path:
    """Return where a new retuning of a run is written."""
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{method}-{secrets.token_hex(3)}"
    return run.absolute() / FOLDER / name


def fingerprint_of(*data: Any) -> str:
    """Return what two retunings have in common that were asked for in the same words."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def _unwritable(path: Path, cause: OSError) -> InputError:
    return InputError(
        f"The retuning cannot be written into {str(path)!r}: {cause.strerror or cause}."
    )
