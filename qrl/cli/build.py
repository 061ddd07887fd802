"""`qrl tasks build`: a problem of the user's own as a file that `qrl search` takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from qrl.circuits.engines.exact import MOST_QUBITS
from qrl.tasks.task import Task
from qrl.tasks.task_file import content_of, task_of, write_content


def write_problem(arguments: argparse.Namespace, build: Callable[[Any], Any]) -> int:
    """Build a task and write it to a new file.

    Args:
        arguments: of the command line; `output` and `name` are ours.
        build: returns the task, or the content of a problem file.

    Raises:
        InputError: the problem cannot be built, or the file exists or cannot be written.
    """
    path = Path(arguments.output)
    built = build(arguments)
    if isinstance(built, Task):
        task = replace(built, name=arguments.name) if arguments.name else built
        content = content_of(task)
    else:
        content = {**built, "name": arguments.name} if arguments.name else built
        task = task_of(content, where="the problem", name=path.stem)
    write_content(content, path)
    _tell(task, path)
    return 0


def _next_step(task: Task, path: Path) -> str:
    if task.n_qubits > MOST_QUBITS:
        return f"No engine takes more than {MOST_QUBITS} qubits: it cannot be searched for."
    return f"Search for it with: qrl search {path}"


def _tell(task: Task, path: Path) -> None:
    from qrl.cli.console import make_console
    from qrl.cli.task_report import qubits, remarks

    known = "" if task.reference is None else f", exact cost {task.reference:.8f} {task.unit}"
    make_console().print(
        "\n".join([f"Wrote {path}: {task.name}, {qubits(task)}{known.rstrip()}.", *remarks(task)])
        + "\n"
        + _next_step(task, path),
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
