"""Tasks by id."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path

from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError, unknown_name
from qrl.tasks.lattice import heisenberg, tfim
from qrl.tasks.problem_file import EXACT_QUBIT_LIMIT, ground_energy, read_problem, task_from_data
from qrl.tasks.task import Task

CHAINS = {"tfim": tfim, "heisenberg": heisenberg}
_CHAIN_ID = re.compile(r"vqe/(?P<model>tfim|heisenberg)-(?P<n>\d+)q(?:-(?P<field>[-+.\deE]+))?")
_LISTED_CHAINS = ("vqe/tfim-6q", "vqe/heisenberg-5q")
_HINT = "`qrl tasks` lists them all; a problem file ends in .json or .npz."


def task_ids() -> tuple[str, ...]:
    """Return the ids of all bundled tasks; chains of other lengths and fields exist besides."""
    files = resources.files("qrl.tasks.data").joinpath("vqe").iterdir()
    molecules = sorted(f"vqe/{file.name[:-5]}" for file in files if file.name.endswith(".json"))
    return (*molecules, *_LISTED_CHAINS)


def get_task(task: str | Path | Task | PauliSum) -> Task:
    """Return a task from its id, a problem file, a Pauli sum, or as it came.

    Ids of chains may carry another length and field: `vqe/tfim-8q-0.5`.

    Raises:
        InputError: there is no such task or file, or the file does not hold a problem.
    """
    if isinstance(task, Task):
        return task
    if isinstance(task, PauliSum):
        reference = ground_energy(task) if task.n_qubits <= EXACT_QUBIT_LIMIT else None
        return Task("pauli-sum", Expectation(task), reference=reference)
    text = str(task)
    if text.endswith((".json", ".npz")):
        try:
            present = Path(text).exists()
        except OSError as cause:  # a name that is too long, for example
            raise InputError(f"Problem file {text[:80]!r} cannot be looked at: {cause}.") from cause
        if not present:
            raise InputError(f"Problem file {text!r} does not exist.")
        return read_problem(text)
    chain = _CHAIN_ID.fullmatch(text)
    if chain:
        return _chain(chain)
    if text not in task_ids():
        raise unknown_name("task", text, task_ids(), _HINT)
    return _bundled(text)


@cache
def _bundled(name: str) -> Task:
    import json

    file = resources.files("qrl.tasks.data").joinpath(f"{name}.json")
    return task_from_data(json.loads(file.read_text(encoding="utf-8")), where=name, name=name)


def _chain(match: re.Match[str]) -> Task:
    build, n_qubits = CHAINS[match["model"]], int(match["n"])
    if match["field"] is None:
        return build(n_qubits)
    try:
        return build(n_qubits, float(match["field"]))
    except ValueError as cause:
        if isinstance(cause, InputError):
            raise
        raise InputError(
            f"{match[0]!r}: expected a number as the field; got {match['field']!r}."
        ) from cause
