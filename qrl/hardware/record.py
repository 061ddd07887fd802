"""What is known of a submission, written down before and after each step, so that none is done twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qrl.errors import InputError
from qrl.files import to_json, write_together
from qrl.hardware.plain_record import read_all, read_json, read_record

RECORD_SCHEMA = 1
FOLDER, RECORD, PLAN, CIRCUITS = "hardware", "record.json", "plan.json", "circuits.qpy"
RAW, RESULT = "raw.json", "result.json"

PREPARED, SENDING, SENT = "prepared", "sending", "sent"
DONE, FAILED, CANCELLED = "done", "failed", "cancelled"
STATES = (PREPARED, SENDING, SENT, DONE, FAILED, CANCELLED)
"""Prepared: nothing was sent. Sending: the call was begun, and its answer was not seen yet. Sent: there is
a job. The other three are final."""
FINAL = (DONE, FAILED, CANCELLED)
_NEEDED = ("schema", "id", "tag", "created", "state", "task", "run", "backend", "kind", "settings")


@dataclass(slots=True)
class Record:
    """A submission.

    Attributes:
        folder: where it is written, `RUN/hardware/ID`.
        data: plain data, `record.json`.
    """

    folder: Path
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.data["id"])

    @property
    def state(self) -> str:
        """One of `STATES`."""
        return str(self.data["state"])

    @property
    def job(self) -> str | None:
        """The service's name of the job; None where there is none yet, or the device is simulated."""
        found = self.data.get("job")
        return None if found is None else str(found)

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in FINAL

    def step(self, state: str, why: str = "", **changes: Any) -> None:
        """Go over to a state, and write that down.

        Raises:
            InputError: it cannot be written.
        """
        when = datetime.now(UTC).isoformat(timespec="seconds")
        history = [*self.data.get("history", []), {"when": when, "state": state, "why": why}]
        self.data |= {**changes, "state": state, "why": why, "history": history}
        self.write()

    def write(self, others: dict[str, bytes | str] | None = None) -> None:
        """Write the record, and files beside it, all or none.

        Raises:
            InputError: they cannot be written; what was there before still is.
        """
        contents: dict[Path, bytes | str] = {
            self.folder / name: content for name, content in (others or {}).items()
        }
        contents[self.folder / RECORD] = to_json(self.data)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_together(contents)
        except OSError as cause:
            raise InputError(
                f"The record of the submission cannot be written into {str(self.folder)!r}: "
                f"{cause.strerror or cause}."
            ) from cause

    def read_json(self, name: str) -> Any:
        """Read one of its files.

        Raises:
            InputError: it is missing or damaged.
        """
        return read_json(self.folder / name)

    @staticmethod
    def read(folder: Path) -> Record:
        """Read a submission.

        Raises:
            InputError: there is none, or it is damaged.
        """
        return Record(folder, read_record(folder / RECORD, RECORD_SCHEMA, _NEEDED, STATES))


def read_records(run: Path) -> tuple[list[Record], list[Path]]:
    """Return the submissions of a run, oldest first, and the folders of those that cannot be read."""
    found, damaged = read_all(run / FOLDER, RECORD, Record.read)
    return sorted(found, key=lambda one: (one.data["created"], one.id)), damaged


def records_of(run: Path) -> list[Record]:
    """Return the submissions of a run that can be read, oldest first."""
    return read_records(run)[0]
