"""Tasks by id, whatever their family."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError, unknown_name
from qrl.tasks.task import Task
from qrl.tasks.task_file import read_task

FAMILIES: dict[str, str] = {
    "vqe": "ground_states",
    "state": "state_preparation",
    "diag": "diagonalisation",
    "classify": "classification",
    "maxcut": "optimisation",
    "qubo": "optimisation",
    "ising": "optimisation",
    "linear": "linear_systems",
    "compile": "compilation",
    "code": "codes",
}
"""The first part of an id, and the package below `qrl.tasks` that knows the rest.

Such a package has `IDS` (the listed ones), `HINT` (how others look) and `make(name)`.
"""

_HINT = (
    f"`qrl tasks` lists them all, of the families {', '.join(FAMILIES)}; a problem file ends in .json "
    "or .npz."
)


def task_ids(family: str | None = None) -> tuple[str, ...]:
    """Return the ids of the listed tasks; most families have other sizes besides.

    Args:
        family: only those of this family.

    Raises:
        InputError: there is no such family.
    """
    if family is not None and (not isinstance(family, str) or family not in FAMILIES):
        raise unknown_name("family", str(family), FAMILIES)
    packages = dict.fromkeys(FAMILIES.values())
    ids = (name for package in packages for name in _package(package).IDS)
    return tuple(name for name in ids if family in (None, name.partition("/")[0]))


def hints() -> tuple[str, ...]:
    """Return for each package of tasks a sentence on the ids that are not listed."""
    return tuple(_package(package).HINT for package in dict.fromkeys(FAMILIES.values()))


def get_task(task: str | Path | Task | PauliSum) -> Task:
    """Return a task from its id, a problem file, a Pauli sum, or as it came.

    Ids may name other sizes than the listed ones: `vqe/tfim-8q-0.5`, `state/ghz-7q`.

    Raises:
        InputError: there is no such task or file, or the file does not hold a problem.
    """
    if isinstance(task, Task):
        return task
    if isinstance(task, PauliSum):
        return _of_observable(task)
    if not isinstance(task, (str, Path)):
        raise InputError(
            "A task is given by its id, a problem file, a qrl.Task or a qrl.PauliSum; got "
            f"{type(task).__name__}."
        )
    text = str(task)
    if text.endswith((".json", ".npz")):
        try:
            present = Path(text).exists()
        except OSError as cause:  # a name that is too long, for example
            raise InputError(f"Problem file {text[:80]!r} cannot be looked at: {cause}.") from cause
        if not present:
            raise InputError(f"Problem file {text!r} does not exist.")
        return read_task(text)
    package = FAMILIES.get(text.partition("/")[0])
    if package is None or "/" not in text:
        raise unknown_name("task", text, task_ids(), _HINT)
    found: Task = _package(package).make(text)
    # Some are built once and kept: what a caller writes into the metadata must not reach the next one.
    return replace(found, metadata=deepcopy(dict(found.metadata)))


def _of_observable(observable: PauliSum) -> Task:
    from qrl.tasks.ground_states import EXACT_QUBIT_LIMIT, GroundState, ground_energy

    reference = ground_energy(observable) if observable.n_qubits <= EXACT_QUBIT_LIMIT else None
    text = (
        f"Ground state of {len(observable.labels)} Pauli strings on {observable.n_qubits} qubits."
    )
    return GroundState("pauli-sum", Expectation(observable), reference=reference, description=text)


def _package(name: str) -> Any:
    return import_module(f"qrl.tasks.{name}")
