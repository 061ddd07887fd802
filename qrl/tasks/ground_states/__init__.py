"""Ground states: molecules, lattices and Hamiltonians of the user's own."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from qrl.errors import InputError, unknown_name
from qrl.tasks.ground_states.ground_state import GroundState
from qrl.tasks.ground_states.lattice import heisenberg, tfim
from qrl.tasks.ground_states.problem_file import (
    EXACT_QUBIT_LIMIT,
    ground_energy,
    read_problem,
    task_from_data,
)
from qrl.tasks.task import Task

CHAINS = {"tfim": tfim, "heisenberg": heisenberg}
_CHAIN_ID = re.compile(r"vqe/(?P<model>tfim|heisenberg)-(?P<n>\d+)q(?:-(?P<field>[-+.\deE]+))?")


def _molecules() -> tuple[str, ...]:
    files = resources.files("qrl.tasks.ground_states.data").joinpath("vqe").iterdir()
    return tuple(sorted(f"vqe/{file.name[:-5]}" for file in files if file.name.endswith(".json")))


IDS = (*_molecules(), "vqe/tfim-6q", "vqe/heisenberg-5q")
HINT = "Chains of other lengths and fields have ids too: vqe/tfim-8q-0.5, vqe/heisenberg-7q-0."

__all__ = [
    "EXACT_QUBIT_LIMIT",
    "HINT",
    "IDS",
    "GroundState",
    "ground_energy",
    "heisenberg",
    "make",
    "read_problem",
    "task_from_data",
    "tfim",
]


def make(name: str) -> Task:
    """Build a task from its id.

    Raises:
        InputError: there is no such task.
    """
    chain = _CHAIN_ID.fullmatch(name)
    if chain:
        return _chain(chain)
    if name not in IDS:
        raise unknown_name("task", name, IDS, f"`qrl tasks` lists them all. {HINT}")
    return _bundled(name)


@cache
def _bundled(name: str) -> GroundState:
    import json

    file = resources.files("qrl.tasks.ground_states.data").joinpath(f"{name}.json")
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
