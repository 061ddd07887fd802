"""Tasks in files: a Hamiltonian as a problem file, every other task in a form of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qrl.errors import InputError
from qrl.tasks.codec import FORMAT, task_from_plain, task_to_plain
from qrl.tasks.json_file import read_json
from qrl.tasks.task import Task, plain_observable


def read_task(path: str | Path) -> Task:
    """Read a problem file (`qrl.tasks.ground_states.read_problem`) or a task that was kept in a file.

    Raises:
        InputError: the file cannot be read, or holds neither.
    """
    path = Path(path)
    if path.suffix == ".npz":
        from qrl.tasks.ground_states.problem_file import read_problem

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
    from qrl.tasks.ground_states.problem_file import task_from_data

    return task_from_data(data, where=where, name=name)


def content_of(task: Task) -> dict[str, Any]:
    """Return what a file of the task holds; ground states are problem files, which people can read.

    Raises:
        InputError: a part of the task cannot be kept in a file.
    """
    from qrl.tasks.ground_states.ground_state import GroundState
    from qrl.tasks.ground_states.problem_file import task_to_data

    if type(task) is GroundState and plain_observable(task.objective) is not None:
        return task_to_data(task)
    return task_to_plain(task)


def save_task(task: Task, path: str | Path) -> None:
    """Keep a task in a new file, from which `get_task` and `qrl search` read it.

    Raises:
        InputError: the file's name does not end in .json, it exists, or cannot be written; or a part of
            the task cannot be kept.
    """
    if not isinstance(task, Task):
        raise InputError(f"save_task keeps a qrl.Task; got {type(task).__name__}.")
    if not isinstance(path, (str, Path)):
        raise InputError(f"A file's name must be a text or a Path; got {type(path).__name__}.")
    try:
        content = content_of(task)
    except RecursionError as cause:
        raise InputError(f"{task.name}: its metadata are nested too deeply to be kept.") from cause
    write_content(content, path)


def write_content(content: dict[str, Any], path: str | Path) -> None:
    """Write the content of a task's file to a new file."""
    path = Path(path)
    if path.suffix != ".json":
        raise InputError(f"A task's file must end in .json, to be known again; got {str(path)!r}.")
    try:
        text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    except ValueError as cause:
        raise InputError(f"The task cannot be kept in a file: {cause}.") from cause
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                path.unlink()  # half a problem is none
                raise
    except FileExistsError:
        raise InputError(f"{str(path)!r} exists already; name a new file.") from None
    except (OSError, ValueError) as cause:
        raise InputError(f"{str(path)!r} cannot be written: {cause}.") from cause


def load_content(text: str, where: str) -> Task:
    """Build a task from the text of a file."""
    data: object = json.loads(text)
    if not isinstance(data, dict):
        raise InputError(f"{where}: expected a JSON object; got a {type(data).__name__}.")
    return task_of(data, where=where, name="problem")
