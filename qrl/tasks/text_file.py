"""Text from files of the user's own."""

from __future__ import annotations

import math
from pathlib import Path

from qrl.errors import InputError


def read_text(path: str | Path, what: str, *, newline: str | None = None) -> str:
    """Return the text of a file; a byte order mark in front is left out.

    Args:
        path: the file, in UTF-8.
        what: what it is, for messages: "edge list".
        newline: "" keeps line ends as they are, as Python's `csv` needs them; None: all become line feeds.

    Raises:
        InputError: it does not exist, is no file, is not in UTF-8, or holds nothing but blanks.
    """
    name = f"The {what} {str(path)!r}"
    try:
        with Path(path).open(encoding="utf-8-sig", newline=newline) as file:
            text = file.read()
    except UnicodeDecodeError as cause:
        raise InputError(f"{name} cannot be read: it is not a text in UTF-8, {cause}.") from cause
    except OSError as cause:
        raise InputError(f"{name} cannot be read: {cause.strerror or cause}.") from cause
    except ValueError as cause:  # a zero byte in the name
        raise InputError(f"{name} cannot be read: {cause}.") from cause
    if not text.strip():
        raise InputError(f"{name} is empty.")
    return text


def number_of(word: str) -> float | None:
    """Return the finite number that a word writes; None where it writes none.

    What only Python takes for one is none: 1_000, and digits of other scripts.
    """
    try:
        value = float(word) if is_plain(word) else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def is_plain(word: str) -> bool:
    """Tell whether a word has the letters of a number as files write them."""
    return word.isascii() and "_" not in word
