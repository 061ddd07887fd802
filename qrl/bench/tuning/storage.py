"""Where a study is kept: an SQLite file or a journal, one process at a time."""

from __future__ import annotations

import fcntl
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.checks import shown
from qrl.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from qrl.bench.tuning.plan import Plan

SCHEMES = ("sqlite:///", "journal:")
_IDENTITY = "qrl"


def optuna() -> Any:
    """Import Optuna.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import optuna as library
    except ImportError as cause:
        raise MissingExtra(
            "Tuning needs Optuna, which is not installed. Try: pip install 'qrl[tune]'"
        ) from cause
    return library


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna from writing to the terminal and from warning of what is experimental in it."""
    library = optuna()
    before = library.logging.get_verbosity()
    library.logging.set_verbosity(library.logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", library.exceptions.ExperimentalWarning)
            # Of parameters that only some trials have, and of what importances mean.
            warnings.filterwarnings("ignore", category=UserWarning, module="optuna")
            yield
    finally:
        library.logging.set_verbosity(before)


def storage_file(storage: str | None, folder: Path) -> tuple[str, Path]:
    """Return the scheme of a storage and its file.

    Args:
        storage: "sqlite:///FILE" or "journal:FILE"; None for `study.db` in the folder.
        folder: of the tuning.

    Raises:
        InputError: another scheme, or no file.
    """
    if storage is None:
        return SCHEMES[0], folder / "study.db"
    scheme = next((s for s in SCHEMES if isinstance(storage, str) and storage.startswith(s)), None)
    name = "" if scheme is None else storage.removeprefix(scheme)
    if scheme is None or not name:
        raise InputError(
            f"The storage must be sqlite:///FILE or journal:FILE; got {shown(storage)}."
        )
    return scheme, Path(name)


@contextmanager
def open_study(plan: Plan, storage: str | None, name: str) -> Iterator[Any]:
    """Open the study of a plan, a new one where there is none; nobody else may at the same time.

    Args:
        plan: what is tuned.
        storage: as `storage_file` takes it.
        name: of the study.

    Yields:
        An `optuna.Study`.

    Raises:
        InputError: the storage cannot be read or written, another process works with it, or the study of
            this name is one of other things.
    """
    if not isinstance(name, str) or not name:
        raise InputError(f"The study needs a name; got {shown(name)}.")
    scheme, file = storage_file(storage, plan.folder)
    with _only_one(file), quiet():
        kept = _open(scheme, file)
        try:
            study = _load(kept, file, name, plan)
        except _errors() as cause:
            raise _unreadable(file, cause) from cause
        try:
            _check_identity(study, plan, file, name)
            yield study
        finally:
            engine = getattr(kept, "engine", None)
            if engine is not None:  # else the file stays open until nobody knows the study any more
                kept.remove_session()
                engine.dispose()


def _load(kept: Any, file: Path, name: str, plan: Plan) -> Any:
    directions = ["minimize"] * (2 if plan.objective.is_multiple else 1)
    known = {study.study_name for study in kept.get_all_studies()}
    if name in known:
        study = optuna().load_study(storage=kept, study_name=name)
        if len(study.directions) != len(directions):
            raise _of_others(file, name, "the number of its objectives")
        return study
    if (plan.folder / "trials").exists():
        raise InputError(
            f"{str(plan.folder)!r} holds the trials of another study than {name!r} in {file}. Name "
            "another folder with --out, or the storage and the study that they belong to."
        )
    study = optuna().create_study(storage=kept, study_name=name, directions=directions)
    study.set_user_attr(_IDENTITY, plan.identity())
    return study


def _check_identity(study: Any, plan: Plan, file: Path, name: str) -> None:
    there, wanted = study.user_attrs.get(_IDENTITY), json.loads(json.dumps(plan.identity()))
    if not isinstance(there, dict):
        raise _of_others(file, name, "that `qrl tune` did not make it")
    other = [key for key in wanted if there.get(key) != wanted[key]]
    if other:
        key = other[0]
        said = f"its {' and '.join(other)} ({shown(there.get(key))}, not {shown(wanted[key])})"
        raise _of_others(file, name, said)


def _of_others(file: Path, name: str, difference: str) -> InputError:
    return InputError(
        f"The study {name!r} in {file} is of another tuning: {difference} differs. Name another study "
        "with --study, another folder with --out, or give what it was begun with."
    )


def _open(scheme: str, file: Path) -> Any:
    library = optuna()
    try:
        if scheme == SCHEMES[0]:
            return library.storages.RDBStorage(f"sqlite:///{file.absolute()}")
        from optuna.storages.journal import JournalFileBackend

        return library.storages.JournalStorage(JournalFileBackend(str(file)))
    except _errors() as cause:
        raise _unreadable(file, cause) from cause


def _errors() -> tuple[type[Exception], ...]:
    from sqlalchemy.exc import SQLAlchemyError

    # What a damaged file can make of reading it; a schema of another version is a RuntimeError.
    return (
        SQLAlchemyError, optuna().exceptions.StorageInternalError, OSError, ValueError, KeyError, TypeError,
        RuntimeError, AttributeError,
    )  # fmt: skip


def _unreadable(file: Path, cause: Exception) -> InputError:
    if isinstance(cause, InputError):
        return cause
    first = (str(cause) or type(cause).__name__).splitlines()[0]
    return InputError(
        f"The storage {str(file)!r} cannot be used as a study of Optuna: {first}. Name a new file, or "
        "one that `qrl tune` has written."
    )


@contextmanager
def _only_one(file: Path) -> Iterator[None]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(file.with_name(f".{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    except (OSError, ValueError) as cause:
        raise InputError(f"The storage {str(file)!r} cannot be made: {cause}.") from cause
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"Another `qrl tune` works with {str(file)!r}; wait for it, stop it, or name another "
                "storage."
            ) from None
        yield
    finally:
        os.close(lock)
