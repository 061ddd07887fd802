"""Tasks: what a circuit is for.

`task` is the common form, `registry` finds tasks by id, `task_file` and `codec` keep them in files,
`check` checks tasks of a user's own, `measurements` says what to measure on a device. Each family is
a package of its own: `ground_states`, `state_preparation`, `diagonalisation`, `classification`,
`optimisation`, `linear_systems`, `compilation`, `codes`. `spectrum` diagonalises exactly, for
references and for `fidelity`.
"""

from qrl.tasks.baseline import Baseline
from qrl.tasks.registry import get_task, task_ids
from qrl.tasks.task import CHEMICAL_ACCURACY, Task, basis_state

__all__ = [
    "CHEMICAL_ACCURACY",
    "Baseline",
    "Task",
    "basis_state",
    "get_task",
    "task_ids",
]
