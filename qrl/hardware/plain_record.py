"""Records as JSON files in folders of their own: read with what must be in them, or told to be damaged."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from qrl.errors import InputError

Read = TypeVar("Read")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise InputError(f"{str(path)!r} cannot be read: {cause}.") from cause


def read_record(
    path: Path, schema: int, needed: Sequence[str], states: Sequence[str]
) -> dict[str, Any]:
    """Read a record.

    Args:
        path: of the file.
        schema: that it must have.
        needed: keys that must be there, "state" among them.
        states: what its state can be.

    Raises:
        InputError: it is missing, of another version, or damaged.
    """
    data = read_json(path)
    if not isinstance(data, dict) or data.get("schema") != schema:
        found = data.get("schema") if isinstance(data, dict) else type(data).__name__
        raise InputError(
            f"{str(path)!r} is no record of this version (schema {schema}); its schema is {found!r}."
        )
    missing = [name for name in needed if name not in data]
    if missing or data["state"] not in states:
        what = f"{', '.join(missing)} missing" if missing else f"its state is {data['state']!r}"
        raise InputError(f"{str(path)!r} is damaged: {what}.")
    return data


def read_all(
    parent: Path, name: str, read: Callable[[Path], Read]
) -> tuple[list[Read], list[Path]]:
    """Read the records in the folders below one, and list the folders of those that cannot be read.

    Args:
        parent: of the folders; it need not be there.
        name: of the file in each.
        read: reads one folder.
    """
    found: list[Read] = []
    damaged: list[Path] = []
    for path in sorted(parent.glob(f"*/{name}")):
        try:
            found.append(read(path.parent))
        except InputError:
            damaged.append(path.parent)
    return found, damaged
