"""A search's whole state in one file, from which it goes on as if never stopped."""

from __future__ import annotations

import io
import json
import time
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from qrl.errors import InputError
from qrl.search.files import write_atomically

_ARRAY = "__array__"
# A damaged archive shows itself in any of these, by where the damage is.
_DAMAGE = (
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
    except (*_DAMAGE, IndexError) as cause:
        raise InputError(
            f"{path}: the checkpoint does not fit the settings in config.toml, or is damaged: "
            f"{type(cause).__name__}: {cause}. The run cannot be resumed with other settings."
        ) from cause


class Checkpoints:
    """Decides when a checkpoint is due and keeps the newest in a folder.

    Attributes:
        every: seconds between checkpoints; the first comes after a fifth of that.
    """

    def __init__(self, folder: Path, every: float = 15.0) -> None:
        self.path = folder / "state.npz"
        self.every = every
        self._next = time.monotonic() + every / 5

    @property
    def due(self) -> bool:
        """Whether it is time for the next one."""
        return time.monotonic() >= self._next

    def write(self, state: dict[str, Any]) -> None:
        """Put a checkpoint in the place of the one before."""
        self.path.parent.mkdir(exist_ok=True)
        write_atomically(self.path, pack(state))
        self._next = time.monotonic() + self.every

    def read(self) -> dict[str, Any] | None:
        """Return the newest checkpoint, or None where there is none.

        Raises:
            InputError: the file is damaged.
        """
        try:
            return unpack(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except _DAMAGE as cause:
            raise InputError(f"{self.path}: the checkpoint is damaged: {cause}.") from cause
