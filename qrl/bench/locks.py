"""One benchmark at a time in a folder, and none while workers of a killed one still write."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qrl.errors import InputError

_LEADER, _WORKERS = ".benchmark.lock", ".workers.lock"
_PATIENCE = 120.0


@contextmanager
def hold_as_leader(folder: Path) -> Iterator[None]:
    """Keep others from running the benchmark in this folder while the block runs.

    Raises:
        InputError: another does, or workers of one that was killed do not end.
    """
    with _opened(folder / _LEADER) as lock:
        if not _taken(lock, fcntl.LOCK_EX):
            raise InputError(
                f"Another `qrl bench` works in {str(folder)!r}; wait for it, stop it, or name another "
                "folder with --out."
            )
        with _opened(folder / _WORKERS) as workers:
            until = time.monotonic() + _PATIENCE
            while not _taken(workers, fcntl.LOCK_EX):
                if time.monotonic() > until:
                    raise InputError(
                        f"Workers of a benchmark that was killed still write in {str(folder)!r}; end "
                        "them and try again."
                    )
                time.sleep(0.1)
        yield


@contextmanager
def hold_as_worker(folder: Path) -> Iterator[None]:
    """Let a later benchmark in this folder wait until the block has ended."""
    with _opened(folder / _WORKERS) as lock:
        _taken(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as cause:
        raise InputError(f"The folder {str(path.parent)!r} cannot be written: {cause}.") from cause
    try:
        yield lock
    finally:
        os.close(lock)


def _taken(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
