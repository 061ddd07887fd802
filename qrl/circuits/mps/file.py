"""Matrix-product states from files of the user's own."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from qrl.circuits.mps.state import MatrixProductState
from qrl.errors import InputError

_MOST_BYTES = 1 << 28
_FORM = (
    "A file of a matrix-product state is written by numpy.savez(FILE, A0, A1, ...) or with the names "
    "A0, A1, ...: one array a qubit, shape (left, 2, right)"
)
_PREFIXES = ("", "A", "arr_")


def read_mps(path: str | Path) -> MatrixProductState:
    """Read the tensors of a `.npz` file named 0 to n - 1, A0 to A(n-1), or as numpy.savez names them.

    Raises:
        InputError: it does not exist, is no such file, or holds other names or tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _MOST_BYTES:
            raise InputError(
                f"{path}: its arrays take {size} bytes; at most {_MOST_BYTES} are read."
            )
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}. {_FORM}.") from None
    except InputError:
        raise
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as cause:
        raise InputError(f"{path}: cannot be read as arrays: {cause}. {_FORM}.") from cause
    for prefix in _PREFIXES:
        names = [f"{prefix}{k}" for k in range(len(arrays))]
        if arrays and set(names) == set(arrays):
            try:
                return MatrixProductState(tuple(arrays[name] for name in names))
            except InputError as cause:
                raise InputError(f"{path}: {cause}") from cause
    some = ", ".join(sorted(arrays)[:5]) or "nothing"
    raise InputError(f"{path}: it holds {some}, not tensors 0, 1, ... or A0, A1, .... {_FORM}.")
