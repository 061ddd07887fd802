"""Submissions of a user, as they were last known; light to import, for `qrl jobs`."""

from __future__ import annotations

from pathlib import Path

from qrl.errors import InputError, unknown_name
from qrl.hardware.record import FOLDER, RECORD, Record, records_of
from qrl.hardware.registry import entries


def jobs(run: str | Path | None = None) -> list[Record]:
    """Return all submissions of this user, or those of a run, oldest first, as they were last known.

    Raises:
        InputError: there is no such folder.
    """
    if run is not None:
        if not Path(run).is_dir():
            raise InputError(f"There is no run in {str(run)!r}.")
        return records_of(Path(run))
    found = []
    for entry in entries():
        try:
            found.append(Record.read(entry.folder))
        except InputError:
            continue
    return found


def find(what: str | Path) -> Record:
    """Return a submission by its name, the first letters of it, its folder, or its job's name.

    Raises:
        InputError: there is none, or several.
    """
    text = str(what)
    if (Path(text) / RECORD).is_file():
        return Record.read(Path(text))
    known = entries()
    same = [e for e in known if text in (e.id, e.job)] or [
        e for e in known if e.id.startswith(text)
    ]
    if len(same) > 1:
        names = ", ".join(entry.id for entry in same[:5])
        raise InputError(f"{text!r} stands for several submissions: {names}. Give more letters.")
    if not same:
        hint = f"`qrl jobs` lists them; a folder below RUN/{FOLDER} can be given too."
        raise unknown_name("submission", text, [entry.id for entry in known], hint)
    entry = same[0]
    try:
        return Record.read(entry.folder)
    except InputError as cause:
        job = (
            "" if entry.job is None else f" Its job is {entry.job}, which the service still knows."
        )
        raise InputError(f"{cause}{job}") from cause
