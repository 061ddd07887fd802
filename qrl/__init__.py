"""Quantum architecture search: agents that design parametrised quantum circuits gate by gate."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qrl.gymnasium_ids import register_ids

if TYPE_CHECKING:
    from qrl.bench import bench
    from qrl.circuits import (
        Circuit,
        Classification,
        CodeOverlap,
        DephasingGap,
        Expectation,
        ExpectationRatio,
        Infidelity,
        PauliSum,
        ProcessInfidelity,
        TuneOptions,
    )
    from qrl.circuits.engines import make_engine
    from qrl.circuits.engines.check import check_engine
    from qrl.circuits.engines.noisy import NoisyEngine
    from qrl.circuits.engines.shots import ShotsEngine
    from qrl.circuits.noise import NoiseModel, noise_model
    from qrl.env import EnvConfig, make_env
    from qrl.errors import CheckFailed, InputError, MissingExtra, QrlError
    from qrl.hardware.api import fetch, submit
    from qrl.hardware.listing import jobs
    from qrl.hardware.retuning.api import retune
    from qrl.search import Policy, Run, load, read_policy, resume, search
    from qrl.search.refining import refine
    from qrl.tasks import Baseline, Task, get_task, task_ids
    from qrl.tasks.check import check_task
    from qrl.tasks.classification import classifier
    from qrl.tasks.codes import code_from_stabilisers
    from qrl.tasks.compilation import compilation_of
    from qrl.tasks.diagonalisation import density_from_matrix
    from qrl.tasks.ground_states import (
        GroundState,
        heisenberg,
        j1j2,
        read_problem,
        syk,
        tfim,
        xxz,
    )
    from qrl.tasks.linear_systems import linear_system
    from qrl.tasks.measurements import measurements
    from qrl.tasks.optimisation import ising, maxcut, qubo
    from qrl.tasks.state_preparation import state_from_distribution, state_from_vector
    from qrl.tasks.task import dense
    from qrl.tasks.task_file import save_task

__version__ = "0.1.0"

register_ids()

_HOMES = {
    "Circuit": "qrl.circuits",
    "Classification": "qrl.circuits",
    "CodeOverlap": "qrl.circuits",
    "DephasingGap": "qrl.circuits",
    "Expectation": "qrl.circuits",
    "ExpectationRatio": "qrl.circuits",
    "Infidelity": "qrl.circuits",
    "PauliSum": "qrl.circuits",
    "ProcessInfidelity": "qrl.circuits",
    "TuneOptions": "qrl.circuits",
    "make_engine": "qrl.circuits.engines",
    "check_engine": "qrl.circuits.engines.check",
    "NoisyEngine": "qrl.circuits.engines.noisy",
    "ShotsEngine": "qrl.circuits.engines.shots",
    "NoiseModel": "qrl.circuits.noise",
    "noise_model": "qrl.circuits.noise",
    "Task": "qrl.tasks",
    "get_task": "qrl.tasks",
    "heisenberg": "qrl.tasks.ground_states",
    "read_problem": "qrl.tasks.ground_states",
    "task_ids": "qrl.tasks",
    "tfim": "qrl.tasks.ground_states",
    "GroundState": "qrl.tasks.ground_states",
    "Baseline": "qrl.tasks",
    "check_task": "qrl.tasks.check",
    "dense": "qrl.tasks.task",
    "measurements": "qrl.tasks.measurements",
    "save_task": "qrl.tasks.task_file",
    "maxcut": "qrl.tasks.optimisation",
    "qubo": "qrl.tasks.optimisation",
    "ising": "qrl.tasks.optimisation",
    "linear_system": "qrl.tasks.linear_systems",
    "code_from_stabilisers": "qrl.tasks.codes",
    "compilation_of": "qrl.tasks.compilation",
    "density_from_matrix": "qrl.tasks.diagonalisation",
    "state_from_vector": "qrl.tasks.state_preparation",
    "state_from_distribution": "qrl.tasks.state_preparation",
    "classifier": "qrl.tasks.classification",
    "xxz": "qrl.tasks.ground_states",
    "j1j2": "qrl.tasks.ground_states",
    "syk": "qrl.tasks.ground_states",
    "EnvConfig": "qrl.env",
    "make_env": "qrl.env",
    "bench": "qrl.bench",
    "Run": "qrl.search",
    "Policy": "qrl.search",
    "load": "qrl.search",
    "read_policy": "qrl.search",
    "refine": "qrl.search.refining",
    "resume": "qrl.search",
    "fetch": "qrl.hardware.api",
    "jobs": "qrl.hardware.listing",
    "submit": "qrl.hardware.api",
    "retune": "qrl.hardware.retuning.api",
    "search": "qrl.search",
    "QrlError": "qrl.errors",
    "InputError": "qrl.errors",
    "CheckFailed": "qrl.errors",
    "MissingExtra": "qrl.errors",
}

__all__ = [
    "Baseline",
    "CheckFailed",
    "Circuit",
    "Classification",
    "CodeOverlap",
    "DephasingGap",
    "EnvConfig",
    "Expectation",
    "ExpectationRatio",
    "GroundState",
    "Infidelity",
    "InputError",
    "MissingExtra",
    "NoiseModel",
    "NoisyEngine",
    "PauliSum",
    "Policy",
    "ProcessInfidelity",
    "QrlError",
    "Run",
    "ShotsEngine",
    "Task",
    "TuneOptions",
    "__version__",
    "bench",
    "check_engine",
    "check_task",
    "classifier",
    "code_from_stabilisers",
    "compilation_of",
    "dense",
    "density_from_matrix",
    "fetch",
    "get_task",
    "heisenberg",
    "ising",
    "j1j2",
    "jobs",
    "linear_system",
    "load",
    "make_engine",
    "make_env",
    "maxcut",
    "measurements",
    "noise_model",
    "qubo",
    "read_policy",
    "read_problem",
    "refine",
    "resume",
    "retune",
    "save_task",
    "search",
    "state_from_distribution",
    "state_from_vector",
    "submit",
    "syk",
    "task_ids",
    "tfim",
    "xxz",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'qrl' has no attribute {name!r}")
    home = import_module(_HOMES[name])
    # Importing `qrl.search` has put the package there, and the package can be called.
    value = globals()[name] if name in globals() else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
