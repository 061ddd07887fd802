"""JSON files that hold an object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qrl.errors import InputError


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises:
        InputError: it does not, or cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise InputError(f"{path}: the file cannot be read: {cause}.") from cause
    if not text.strip():
        raise InputError(f"{path}: the file is empty; expected a JSON object.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as cause:  # a number of 5000 digits is a ValueError too
        raise InputError(f"{path}: not valid JSON: {cause}.") from cause
    if not isinstance(data, dict):
        raise InputError(f"{path}: expected a JSON object; got a {type(data).__name__}.")
    return data
