"""Where the submissions of this user are, whatever folder they were made in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.hardware.record import Record

_VARIABLE, _FILE = "QRL_STATE", "jobs.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the registry.

    Attributes:
        id: of the submission.
        folder: of its record.
        job: the service's name of its job; None where there is none yet.
    """

    id: str
    folder: Path
    job: str | None


def registry() -> Path:
    """Return the file: in the folder that QRL_STATE names, or where programs keep their state."""
    named = os.environ.get(_VARIABLE)
    if named:
        return Path(named) / _FILE
    home = os.environ.get("XDG_STATE_HOME")
    try:
        base = Path(home) if home else Path.home() / ".local" / "state"
    except RuntimeError:  # a user without a home
        base = Path("runs")
    return base / "qrl" / _FILE


def register(record: Record) -> bool:
    """Append a submission, and later its job; tell whether that could be done.

    A registry that cannot be written keeps nothing from being sent: `qrl jobs RUN` finds it all the same.
    """
    line = json.dumps({"id": record.id, "folder": str(record.folder.absolute()), "job": record.job})
    path = registry()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:
            file.write(line.encode() + b"\n")  # one call: two processes do not mix their lines
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def entries() -> list[Entry]:
    """Return all submissions, oldest first; lines that are none are passed over.

    Raises:
        InputError: the list is there and cannot be read.
    """
    found: dict[str, Entry] = {}
    for data in _lines():
        with suppress(KeyError, TypeError, ValueError):
            job = data.get("job")
            entry = Entry(str(data["id"]), Path(data["folder"]), None if job is None else str(job))
            found[entry.id] = entry
    return list(found.values())


def _lines() -> Iterator[dict[str, Any]]:
    path = registry()
    try:
        text = path.read_bytes().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as cause:
        raise InputError(
            f"The list of submissions {str(path)!r} cannot be read: {cause.strerror or cause}. "
            f"`qrl jobs RUN` lists those of a run; {_VARIABLE} can name another folder."
        ) from cause
    for line in text.split("\n"):
        with suppress(ValueError):
            data = json.loads(line)
            if isinstance(data, dict):
                yield data
