"""Tasks as plain data for JSON, exact to the bit."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

import numpy as np

from qrl.errors import InputError
from qrl.tasks.task import Task

FORMAT = "qrl-task-1"
_OBJECTIVES = (
    "Classification", "CodeOverlap", "DephasingGap", "Expectation", "ExpectationRatio", "Infidelity",
    "ProcessInfidelity",
)  # fmt: skip
_KINDS: dict[str, str] = {
    "PauliSum": "qrl.circuits.pauli",
    "Circuit": "qrl.circuits.circuit",
    "Gate": "qrl.circuits.gates",
    **dict.fromkeys(_OBJECTIVES, "qrl.circuits.objectives"),
    "Task": "qrl.tasks.task",
    "GroundState": "qrl.tasks.ground_states.ground_state",
    "StatePreparation": "qrl.tasks.state_preparation.task",
    "Diagonalisation": "qrl.tasks.diagonalisation.task",
    "VariationalClassifier": "qrl.tasks.classification.task",
    "BinaryOptimisation": "qrl.tasks.optimisation.task",
    "LinearSystem": "qrl.tasks.linear_systems.task",
    "Compilation": "qrl.tasks.compilation.task",
    "CodeEncoder": "qrl.tasks.codes.task",
}
_DTYPES = ("<f8", "<c16", "<i8", "|b1")
_ARRAY, _KIND = "$array", "$kind"


def task_to_plain(task: Task) -> dict[str, Any]:
    """Return a task as plain data, from which `task_from_plain` builds an equal one.

    A subclass that the package does not know is kept as the nearest class that it does.

    Raises:
        InputError: a part cannot be kept.
    """
    return {"format": FORMAT, "task": to_plain(task)}


def task_from_plain(data: Any, *, where: str) -> Task:
    """Build a task from what `task_to_plain` returned.

    Args:
        data: the plain data.
        where: how errors call it.

    Raises:
        InputError: it is something else, or damaged.
    """
    try:
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise InputError(f'expected "format": "{FORMAT}"')
        task = from_plain(data.get("task"))
        if not isinstance(task, Task):
            raise InputError(f"expected a task; got {type(task).__name__}")
        return task
    except InputError as cause:
        raise InputError(f"{where}: {cause}") from cause
    except (
        TypeError, ValueError, KeyError, AttributeError, ImportError, OverflowError, RecursionError,
        MemoryError,
    ) as cause:  # fmt: skip
        raise InputError(f"{where}: the stored task is damaged: {cause}.") from cause


def to_plain(value: Any) -> Any:
    """Return a value as plain data: numbers, texts, lists and dicts with text keys."""
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{value} cannot be kept in a file; use a finite number or None.")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, np.ndarray):
        return _array_to_plain(value)
    if isinstance(value, Mapping):
        return {_checked_key(key): to_plain(part) for key, part in value.items()}
    kind = _kind_of(value)
    if kind is not None:
        names = value._fields if kind == "Gate" else [f.name for f in fields(import_kind(kind))]
        return {_KIND: kind, **{name: to_plain(getattr(value, name)) for name in names}}
    if isinstance(value, (list, tuple)):
        return [to_plain(part) for part in value]
    raise InputError(
        f"A {type(value).__name__} cannot be kept in a file; tasks are made of numbers, texts, "
        f"arrays, lists, dicts, circuits, Pauli sums and the objectives {', '.join(_OBJECTIVES)}."
    )


def from_plain(data: Any) -> Any:
    """Return the value of plain data; lists come back as tuples."""
    if isinstance(data, list):
        return tuple(from_plain(part) for part in data)
    if not isinstance(data, dict):
        return data
    if _ARRAY in data:
        return _array_from_plain(data)
    values = {key: from_plain(part) for key, part in data.items() if key != _KIND}
    return import_kind(data[_KIND])(**values) if _KIND in data else values


def import_kind(name: Any) -> Any:
    """Return a class that files may hold.

    Raises:
        InputError: files may not hold it.
    """
    if not isinstance(name, str) or name not in _KINDS:
        raise InputError(f"a stored task cannot hold a {name!r}")
    return getattr(import_module(_KINDS[name]), name)


def _kind_of(value: Any) -> str | None:
    for kind in type(value).__mro__:
        home = _KINDS.get(kind.__name__)
        if home is not None and kind.__module__.startswith("qrl."):
            return kind.__name__ if is_dataclass(kind) or kind.__name__ == "Gate" else None
    return None


def _array_to_plain(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    by_kind = {"f": "<f8", "c": "<c16", "i": "<i8", "u": "<i8", "b": "|b1"}
    if array.dtype.kind not in by_kind:
        raise InputError(f"An array of {array.dtype} cannot be kept in a file; use numbers.")
    dtype = by_kind[array.dtype.kind]
    content = np.ascontiguousarray(array, dtype=dtype).tobytes()
    return {
        _ARRAY: dtype,
        "shape": list(array.shape),
        "data": base64.b64encode(content).decode("ascii"),
    }


def _array_from_plain(data: dict[str, Any]) -> np.ndarray[Any, Any]:
    dtype, shape = data[_ARRAY], data.get("shape")
    if dtype not in _DTYPES or not isinstance(shape, list):
        raise InputError(f"an array must have a type of {', '.join(_DTYPES)} and a shape")
    try:
        content = base64.b64decode(data.get("data", ""), validate=True)
        return np.frombuffer(content, dtype=dtype).reshape(shape).copy()
    except (binascii.Error, ValueError, TypeError) as cause:
        raise InputError(f"an array is damaged: {cause}") from cause


def _checked_key(key: Any) -> str:
    if not isinstance(key, str) or key.startswith("$"):
        raise InputError(f"Keys must be texts that do not begin with '$'; got {key!r}.")
    return key
