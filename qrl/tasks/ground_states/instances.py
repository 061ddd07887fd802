"""Ground states that have an id: bundled molecules, lattice models and SYK."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib import resources

from qrl.errors import unknown_name
from qrl.tasks.ground_states.ground_state import GroundState
from qrl.tasks.ground_states.lattice import LATTICE_HINT, LATTICE_IDS, lattice_task
from qrl.tasks.ground_states.problem_file import task_from_data
from qrl.tasks.ground_states.published import PUBLISHED, published_circuits
from qrl.tasks.ground_states.syk import SYK_HINT, SYK_IDS, syk_task
from qrl.tasks.ids import check_id


def _molecules() -> tuple[str, ...]:
    files = resources.files("qrl.tasks.ground_states.data").joinpath("vqe").iterdir()
    return tuple(sorted(f"vqe/{file.name[:-5]}" for file in files if file.name.endswith(".json")))


MOLECULE_IDS = _molecules()
IDS = (*MOLECULE_IDS, *LATTICE_IDS, *SYK_IDS)
HINT = f"{LATTICE_HINT} {SYK_HINT} `qrl tasks build molecule` makes other molecules."


def make(name: str) -> GroundState:
    """Build a task from its id.

    Raises:
        InputError: there is no such task.
    """
    check_id(name)
    if name in MOLECULE_IDS:
        return _molecule(name)
    found = lattice_task(name) or syk_task(name)
    if found is None:
        raise unknown_name("task", name, IDS, f"`qrl tasks` lists them all. {HINT}")
    return found


@cache
def _molecule(name: str) -> GroundState:
    file = resources.files("qrl.tasks.ground_states.data").joinpath(f"{name}.json")
    task = task_from_data(json.loads(file.read_text(encoding="utf-8")), where=name, name=name)
    if name in PUBLISHED:
        told = {"published": PUBLISHED[name], "published_circuits": published_circuits(name)}
        task = replace(task, metadata={**task.metadata, **told})
    return task
