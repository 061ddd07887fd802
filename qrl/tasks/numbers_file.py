"""Numbers from files: NumPy's .npy, or text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError
from qrl.tasks.text_file import is_plain, read_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEXT_SUFFIXES = (".csv", ".txt")
_BYTES_PER_NUMBER = 100
"""Generous for a complex number in text."""


def read_numbers(path: str | Path, *, most: int) -> NDArray[Any]:
    """Read an array from a `.npy`, `.csv` or `.txt` file.

    A `.npy` file is read without pickle, and its header is looked at before memory is taken. In a
    text file numbers are separated by commas, blanks and line ends; Python's complex numbers
    (0.5-0.5j) are understood, lines that begin with # are skipped.

    Args:
        path: the file.
        most: numbers that it may hold.

    Returns:
        For `.npy` the array as it is; for text shape (numbers,) where each line holds one number or
        there is only one line, else (lines, columns). Complex if a number of the text is.

    Raises:
        InputError: the file does not exist, cannot be read, holds more numbers, or other things.
    """
    path = Path(path)
    if path.suffix not in (".npy", *_TEXT_SUFFIXES):
        raise InputError(f"Numbers are read from .npy, .csv or .txt files; got {str(path)!r}.")
    try:
        return _read_npy(path, most) if path.suffix == ".npy" else _read_text(path, most)
    except OSError as cause:
        raise InputError(f"{path} cannot be read: {cause.strerror or cause}.") from cause


def _read_npy(path: Path, most: int) -> NDArray[Any]:
    try:
        stored = np.lib.format.open_memmap(path, mode="r")
    except ValueError as cause:
        raise InputError(
            f"{path} is not a complete .npy file of numbers: {cause}. Write it with numpy.save."
        ) from cause
    if stored.dtype.kind not in "biufc":
        raise InputError(f"{path} must hold numbers; got {stored.dtype}.")
    _check_count(path, stored.size, most)
    return np.array(stored)


def _read_text(path: Path, most: int) -> NDArray[Any]:
    if path.is_file() and path.stat().st_size > _BYTES_PER_NUMBER * most:
        raise InputError(
            f"{path} has {path.stat().st_size} bytes, too many for {most} numbers. "
            "Use a .npy file if its numbers are that long."
        )
    lines = read_text(path, "list of numbers").splitlines()
    rows = [
        [_number(word, f"{path}, line {number}") for word in line.replace(",", " ").split()]
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    widths = {len(row) for row in rows}
    if len(widths) != 1 or 0 in widths:
        raise InputError(
            f"{path} must hold as many numbers in each line; got lines of {sorted(widths)} numbers."
        )
    array = np.array(rows)
    _check_count(path, array.size, most)
    if not array.imag.any():
        array = array.real
    return array.reshape(-1) if 1 in array.shape else array


def _number(word: str, where: str) -> complex:
    try:
        if is_plain(word):
            return complex(word)
    except ValueError:
        pass
    raise InputError(f"{where}: expected a number such as 0.25 or 0.5-0.5j; got {word[:40]!r}.")


def _check_count(path: Path, count: int, most: int) -> None:
    if count > most:
        raise InputError(f"{path} holds {count} numbers; at most {most} can be used here.")
