"""Tasks: what a circuit is for."""

from qrl.tasks.baselines import Baseline, baselines
from qrl.tasks.lattice import heisenberg, tfim
from qrl.tasks.problem_file import read_problem
from qrl.tasks.registry import get_task, task_ids
from qrl.tasks.task import CHEMICAL_ACCURACY, Task, basis_state

__all__ = [
    "CHEMICAL_ACCURACY",
    "Baseline",
    "Task",
    "baselines",
    "basis_state",
    "get_task",
    "heisenberg",
    "read_problem",
    "task_ids",
    "tfim",
]
