"""Measurements written down one by one, so that a killed retuning goes on where it was."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qrl.errors import InputError

BEGIN, SENT, FAILED, CAME = "begin", "sent", "failed", "came"


@dataclass(slots=True)
class Entry:
    """What is known of a measurement.

    Attributes:
        begin: what was to be measured, its tag among it; None before.
        job: the service's name of its job; None of a simulated device, or before it is known.
        failed: the ends of attempts that gave nothing.
        came: the results; None before.
    """

    begin: dict[str, Any] | None = None
    job: str | None = None
    failed: list[dict[str, Any]] = field(default_factory=list)
    came: dict[str, Any] | None = None

    def take(self, line: dict[str, Any]) -> None:
        """Take in a line of the journal."""
        event = line["event"]
        if event == BEGIN:
            self.begin, self.job = line, None
        elif event == SENT:
            self.job = str(line["job"])
        elif event == FAILED:
            self.failed.append(line)
            self.begin, self.job = None, None
        elif event == CAME:
            self.came = line


class Journal:
    """The measurements of a retuning, in the order in which they were made.

    Args:
        path: of the file; it need not exist.

    Raises:
        InputError: it cannot be read, or is damaged elsewhere than at its end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: list[Entry] = []
        for line in self._read():
            self._take(line)

    def __len__(self) -> int:
        return len(self.entries)

    def entry(self, number: int) -> Entry:
        """Return what is known of a measurement; nothing, where it was never begun."""
        return self.entries[number] if number < len(self.entries) else Entry()

    def append(self, number: int, event: str, **data: Any) -> None:
        """Write a line and wait until the disk has it.

        Raises:
            InputError: it cannot be written.
        """
        line = {"n": number, "event": event, **data}
        try:
            with self._path.open("ab", buffering=0) as file:
                file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
                os.fsync(file.fileno())
        except OSError as cause:
            raise InputError(
                f"The journal {str(self._path)!r} cannot be written: {cause.strerror or cause}."
            ) from cause
        self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        number = line["n"]
        if number == len(self.entries):
            self.entries.append(Entry())
        self.entries[number].take(line)

    def _read(self) -> list[dict[str, Any]]:
        try:
            content = self._path.read_bytes() if self._path.exists() else b""
            whole = content.rfind(b"\n") + 1
            if whole < len(content):  # the process was killed while it wrote this line
                with self._path.open("r+b") as file:
                    file.truncate(whole)
        except OSError as cause:
            raise InputError(
                f"The journal {str(self._path)!r} cannot be read: {cause.strerror or cause}."
            ) from cause
        lines: list[dict[str, Any]] = []
        latest = -1
        for number, text in enumerate(content[:whole].splitlines(), start=1):
            try:
                line = json.loads(text)
                n = line["n"]
                known = isinstance(line["event"], str) and type(n) is int and latest <= n
                if not known or not 0 <= n <= latest + 1:
                    raise ValueError("its order is broken")
            except (ValueError, KeyError, TypeError) as cause:
                raise InputError(
                    f"Line {number} of {str(self._path)!r} is damaged ({cause}); nothing can be gone on "
                    "with. Begin anew with --again."
                ) from cause
            latest = n
            lines.append(line)
        return lines
