"""Runs as bytes, on their way between machines that share no disk."""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from pathlib import Path

from qrl.bench.one_run import FAILURES, RUNS

_ARRIVING = ".arriving-"
_DAMAGED = ".damaged-"
_CHECKPOINT = "checkpoint"


def pack(root: Path, *, finished: bool) -> bytes:
    """Return all runs and failures below a folder as an archive.

    Args:
        root: the folder.
        finished: leave checkpoints out, which nobody needs any more.
    """
    return _packed([*root.glob(f"{RUNS}/*"), *root.glob(f"{FAILURES}/*")], finished=finished)


def pack_run(root: Path, name: str) -> bytes:
    """Return what there is of one run; empty where there is nothing."""
    folder = root / RUNS / name
    return _packed([folder], finished=False) if folder.is_dir() else b""


def unpack(parcel: bytes, root: Path) -> None:
    """Put runs and failures into a folder, each in one step, so that none is ever there by half."""
    if not parcel:
        return
    with tempfile.TemporaryDirectory(dir=root, prefix=_ARRIVING) as folder:
        arrived, old = Path(folder, "arrived"), Path(folder, "old")
        with tarfile.open(fileobj=io.BytesIO(parcel)) as archive:
            archive.extractall(arrived, filter="data")
        for number, path in enumerate(sorted(arrived.glob("*/*"))):
            place = _free(root / path.parent.name / path.name)
            place.parent.mkdir(exist_ok=True)
            if place.is_dir():  # what there was of an earlier try
                old.mkdir(exist_ok=True)
                place.rename(old / str(number))
            path.replace(place)


def sweep(root: Path) -> None:
    """Remove what a process left that was killed while it unpacked."""
    for folder in root.glob(f"{_ARRIVING}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _packed(paths: list[Path], *, finished: bool) -> bytes:
    buffer = io.BytesIO()

    def wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if finished and Path(entry.name).name == _CHECKPOINT else entry

    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for path in sorted(paths):
            archive.add(path, arcname=f"{path.parent.name}/{path.name}", filter=wanted)
    return buffer.getvalue()


def _free(place: Path) -> Path:
    """Return another name for a damaged run where there is one of that name."""
    if _DAMAGED not in place.name:
        return place
    stem, number = place.name.rpartition(_DAMAGED)[0], 1
    while (other := place.with_name(f"{stem}{_DAMAGED}{number}")).exists():
        number += 1
    return other
