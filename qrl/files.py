"""Writing so that a killed process never leaves half a file."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file beside its place, then move it there in one step.

    Raises:
        OSError: it cannot be written; what was there before still is.
    """
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes | str]) -> None:
    """Write files beside their places, and move them there once all of them are written.

    Raises:
        OSError: one cannot be written (the disk is full, for example); none is changed then.
    """
    ready: dict[str, Path] = {}
    try:
        for path, content in contents.items():
            data = content.encode("utf-8") if isinstance(content, str) else content
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
            ready[temporary] = path
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)  # mkstemp lets only the owner read
        for temporary, path in ready.items():
            Path(temporary).replace(path)
    finally:
        for temporary in ready:
            Path(temporary).unlink(missing_ok=True)


def write_output(path: Path, content: bytes | str) -> None:
    """Write a file that the user named; what is no plain file (a pipe, a terminal) is written into.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
    else:
        write_atomically(path, content)


def to_json(data: Any) -> str:
    """Return JSON text with the shortest floats that read back as the same doubles."""
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def to_lines(rows: list[dict[str, Any]]) -> str:
    """Return JSON text with one object a line."""
    return "".join(json.dumps(row) + "\n" for row in rows)
