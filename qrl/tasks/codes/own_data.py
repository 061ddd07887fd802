"""Stabilisers from a text file."""

from __future__ import annotations

from pathlib import Path

from qrl.errors import InputError


def read_stabilisers(path: str | Path) -> tuple[str, ...]:
    """Read one stabiliser a line, such as "XZZXI" or "-ZZI".

    Empty lines, spaces, and what follows a "#" are left out.

    Raises:
        InputError: no such file, no text, or no stabiliser in it.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise InputError(f"The stabiliser file {str(path)!r} cannot be read: {cause}.") from cause
    lines = (line.partition("#")[0] for line in text.splitlines())
    found = tuple("".join(line.split()) for line in lines if line.strip())
    if not found:
        raise InputError(
            f"The stabiliser file {str(path)!r} holds no stabiliser; write one a line, as XZZXI."
        )
    return found
