"""Submissions of a user, as they were last known; light to import, for `qrl jobs`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qrl.errors import InputError, unknown_name
from qrl.hardware.record import FOLDER, RECORD, Record, read_records
from qrl.hardware.registry import Entry, entries

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Lost:
    """A submission of which there is no record that can be read.

    Attributes:
        id: its name.
        folder: where the record was.
        job: the service's name of its job, which the service still knows; None where that is not known.
    """

    id: str
    folder: Path
    job: str | None = None


def jobs(run: str | Path | None = None) -> list[Record]:
    """Return all submissions of this user, or those of a run, oldest first, as they were last known.

    Those whose records cannot be read are left out: `listed` has them too.

    Raises:
        InputError: there is no such folder, or the list cannot be read.
    """
    return listed(run)[0]


def listed(run: str | Path | None = None) -> tuple[list[Record], list[Lost]]:
    """Return what `jobs` returns, and submissions whose folders have gone or whose records are damaged.

    Raises:
        InputError: as `jobs`.
    """
    if run is not None:
        if not Path(run).is_dir():
            raise InputError(f"There is no run in {str(run)!r}.")
        records, damaged = read_records(Path(run))
        return records, [Lost(one.name, one) for one in damaged]
    found, lost = [], []
    for entry in entries():
        try:
            found.append(Record.read(entry.folder))
        except InputError:
            lost.append(Lost(entry.id, entry.folder, entry.job))
    return found, lost


def find(what: str | Path) -> Record:
    """Return a submission by its name, the first letters of it, its folder, or its job's name.

    Raises:
        InputError: there is none, or several.
    """
    text = str(what)
    if (Path(text) / RECORD).is_file():
        return Record.read(Path(text))
    known = entries()
    same = [one for one in known if text in (one.id, one.job)]
    same = same or [one for one in known if text and one.id.startswith(text)]
    if len(same) > 1:
        names = ", ".join(entry.id for entry in same[:_MOST_NAMES])
        more = f" and {len(same) - _MOST_NAMES} more" if len(same) > _MOST_NAMES else ""
        raise InputError(
            f"{text!r} stands for several submissions: {names}{more}. Give more letters."
        )
    if same:
        return _read(same[0])
    hint = f"`qrl jobs RUN` lists those of a run; a folder below RUN/{FOLDER} can be given too."
    if not known:
        raise InputError(f"Unknown submission {text!r}: none was made by this user yet. {hint}")
    raise unknown_name("submission", text, [entry.id for entry in known], hint)


def _read(entry: Entry) -> Record:
    try:
        return Record.read(entry.folder)
    except InputError as cause:
        job = (
            "" if entry.job is None else f" Its job is {entry.job}, which the service still knows."
        )
        moved = (
            f" Was its run moved? Then give the folder {FOLDER}/{entry.id} below the run's new place."
            if not entry.folder.is_dir()
            else ""
        )
        raise InputError(f"{cause}{moved}{job}") from cause
