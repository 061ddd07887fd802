"""The rows of a benchmark, one line of JSON each, appended as runs end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qrl.bench.row import COLUMNS, DONE, FAILED, ROW_SCHEMA
from qrl.errors import InputError

JOURNAL = "rows.jsonl"
_NULL_NEVER = tuple(COLUMNS)[: tuple(COLUMNS).index("options")]
_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "int": (int,),
    "float": (int, float),
    "flag": (bool,),
}


@dataclass(slots=True)
class Journal:
    """Rows that are kept for good as soon as `append` returns.

    Attributes:
        path: the file.
        rows: by key; a later row of a run takes the place of an earlier one.
        strange: lines that are no rows, as (number, why); they stay in the file.
    """

    path: Path
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    strange: list[tuple[int, str]] = field(default_factory=list)

    @staticmethod
    def read(folder: Path) -> Journal:
        """Read the journal of a benchmark's folder; one that is not there yet is empty.

        Raises:
            InputError: it cannot be read.
        """
        journal = Journal(folder / JOURNAL)
        try:
            text = journal.path.read_bytes().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return journal
        except OSError as cause:
            raise InputError(
                f"The journal {str(journal.path)!r} cannot be read: {cause}."
            ) from cause
        for number, row, why in _parsed(text):
            if row is None:
                journal.strange.append((number, why))
            else:
                journal.rows[row["key"]] = row
        return journal

    def append(self, row: dict[str, Any]) -> None:
        """Write a row behind the others, and wait until the disk has it.

        Raises:
            OSError: it cannot be written; the file holds what it held before.
        """
        line = json.dumps({name: row.get(name) for name in COLUMNS}, allow_nan=False)
        # Without a buffer, which would be written once more when the file is closed.
        with self.path.open("ab", buffering=0) as file:
            begin = file.seek(0, os.SEEK_END)
            # A process that was killed while it wrote has left half a line.
            data = (b"" if _ends_line(self.path, begin) else b"\n") + line.encode() + b"\n"
            try:
                while data:
                    data = data[file.write(data) :]
                os.fsync(file.fileno())
            except OSError:
                os.truncate(self.path, begin)
                raise
        self.rows[row["key"]] = row

    def remarks(self) -> list[str]:
        """Say which lines were passed over."""
        return [
            f"{self.path}, line {number} is no row of a benchmark and was passed over: {why}"
            for number, why in self.strange
        ]


def _ends_line(path: Path, size: int) -> bool:
    if not size:
        return True
    with path.open("rb") as file:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def _parsed(text: str) -> Iterator[tuple[int, dict[str, Any] | None, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            yield number, None, "it is not JSON (a process may have been killed while it wrote)"
            continue
        why = fault(row)
        yield number, None if why else row, why


def fault(row: Any) -> str:
    """Return why something is no row of this version; empty where it is one."""
    if not isinstance(row, dict):
        return "it is no object"
    if row.get("schema") != ROW_SCHEMA:
        return f"its schema is {row.get('schema')!r}; this version reads {ROW_SCHEMA}"
    missing = [name for name in COLUMNS if name not in row]
    if missing:
        return f"{', '.join(missing)} missing"
    if row["status"] not in (DONE, FAILED):
        return f"its status is {row['status']!r}"
    for name, (kind, _, _) in COLUMNS.items():
        value = row[name]
        if value is None and name not in _NULL_NEVER:
            continue
        if not isinstance(value, _TYPES[kind]) or isinstance(value, bool) != (kind == "flag"):
            return f"{name} is {value!r}"
    return ""
