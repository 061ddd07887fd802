"""A search's whole state in one file, from which it goes on as if never stopped."""

from __future__ import annotations

import io
import json
import time
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from qrl.errors import InputError
from qrl.files import write_atomically

EVERY_SECONDS = 60.0
"""Seconds between checkpoints, where no other number is given."""
_FIRST_SECONDS = 5.0
_ARRAY = "__array__"
# A damaged archive shows itself in any of these, by where the damage is.
DAMAGE = (
    OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, NotImplementedError, SyntaxError,
    MemoryError, RuntimeError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def pack(state: dict[str, Any]) -> bytes:
    """Return nested dicts of arrays and plain data as the bytes of one NPZ file."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}

    def strip(value: Any) -> Any:
        if isinstance(value, bytes):
            value = np.frombuffer(value, dtype=np.uint8)
        if isinstance(value, np.ndarray):
            name = f"a{len(arrays)}"
            arrays[name] = value
            return {_ARRAY: name}
        if isinstance(value, dict):
            return {key: strip(part) for key, part in value.items()}
        return value

    text = json.dumps(strip(state))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, tree=np.array(text), **arrays)  # type: ignore[arg-type]  # its stub takes a flag there
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, Any]:
    """Return what `pack` took; bytes come back as uint8 arrays."""
    if not data.startswith(b"PK"):  # NumPy would take it for a pickle, and say so
        raise ValueError("it is no NPZ file")
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {_ARRAY}:
                return arrays[value[_ARRAY]]
            return {key: fill(part) for key, part in value.items()}
        return value

    tree: dict[str, Any] = fill(json.loads(str(arrays["tree"])))
    return tree


@contextmanager
def restoring(path: Path) -> Iterator[None]:
    """Tell of a checkpoint whose content does not fit what it is put back into.

    Raises:
        InputError: a part is missing or of another shape.
    """
    try:
        yield
    except (*DAMAGE, IndexError) as cause:
        raise InputError(
            f"{path}: the checkpoint does not fit the settings in config.toml, or is damaged: "
            f"{type(cause).__name__}: {cause}. The run cannot be resumed with other settings."
        ) from cause


class Checkpoints:
    """Decides when a checkpoint is due and keeps the newest two in a folder.

    Attributes:
        path, previous: the newest, and the one before it.
        every: seconds between checkpoints; the first comes sooner, so that little is lost in the
            beginning.
    """

    def __init__(self, folder: Path, every: float = EVERY_SECONDS) -> None:
        self.path, self.previous = folder / "state.npz", folder / "state-previous.npz"
        self.every = every
        self._next = time.monotonic() + min(every / 5, _FIRST_SECONDS)

    @property
    def due(self) -> bool:
        """Whether it is time for the next one."""
        return time.monotonic() >= self._next

    def write(self, state: dict[str, Any]) -> None:
        """Write a checkpoint beside the one before, which takes the place of its own predecessor."""
        data = pack(state)
        self.path.parent.mkdir(exist_ok=True)
        if self.path.exists():
            # A second name for the same file: at no moment is there none under the first.
            beside = self.previous.with_suffix(".link")
            beside.unlink(missing_ok=True)
            try:
                beside.hardlink_to(self.path)
            except OSError:  # a file system without links
                write_atomically(self.previous, self.path.read_bytes())
            else:
                beside.replace(self.previous)
        write_atomically(self.path, data)
        self._next = time.monotonic() + self.every

    def read(self, warn: Callable[[str], None] = lambda text: None) -> dict[str, Any] | None:
        """Return the newest checkpoint, or None where there is none.

        Args:
            warn: told when the newest is damaged and the one before is used instead.

        Raises:
            InputError: both are damaged.
        """
        try:
            return unpack(self.path.read_bytes())
        except FileNotFoundError:
            damage = f"{self.path}: the checkpoint is missing"
            if not self.previous.exists():
                return None
        except DAMAGE as cause:
            damage = f"{self.path}: the checkpoint is damaged: {cause}"
        try:
            before = unpack(self.previous.read_bytes())
        except DAMAGE as cause:
            raise InputError(
                f"{damage}; and the one before it cannot be read either: {cause}. Start the search anew."
            ) from cause
        warn(f"{damage}. Going on from the one before it, {self.previous.name}")
        return before
