"""Tasks in files: a Hamiltonian as a problem file, every other task in a form of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qrl.errors import InputError
from qrl.tasks.codec import FORMAT, task_from_plain, task_to_plain
from qrl.tasks.ground_states.ground_state import GroundState
from qrl.tasks.ground_states.problem_file import (
    read_json,
    read_problem,
    task_from_data,
    task_to_data,
)
from qrl.tasks.task import Task, plain_observable


def read_task(path: str | Path) -> Task:
    """Read a problem file (`qrl.tasks.ground_states.read_problem`) or a task that was kept in a file.

    Raises:
        InputError: the file cannot be read, or holds neither.
    """
    path = Path(path)
    if path.suffix == ".npz":
        return read_problem(path)
    return task_of(read_json(path), where=str(path), name=path.stem)


def task_of(data: dict[str, Any], *, where: str, name: str) -> Task:
    """Build a task from the content of a file.

    Args:
        data: what the file holds.
        where: how errors call it.
        name: the task's name where the data has none.
    """
    if data.get("format") == FORMAT:
        return task_from_plain(data, where=where)
    return task_from_data(data, where=where, name=name)


def content_of(task: Task) -> dict[str, Any]:
    """Return what a file of the task holds; ground states are problem files, which people can read.

    Raises:
        InputError: a part of the task cannot be kept in a file.
    """
    if type(task) is GroundState and plain_observable(task.objective) is not None:
        return task_to_data(task)
    return task_to_plain(task)


def load_content(text: str, where: str) -> Task:
    """Build a task from the text of a file."""
    data = json.loads(text)
    if not isinstance(data, dict):
        raise InputError(f"{where}: expected a JSON object; got a {type(data).__name__}.")
    return task_of(data, where=where, name="problem")
