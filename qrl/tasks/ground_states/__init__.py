"""Ground states: molecules, lattice models, SYK and Hamiltonians of the user's own.

`ground_state` is the task, `problem_file` its form in files. Molecules: `molecule` and `chemistry`
build them, `mappings`, `tapering` and `fermions` know how electrons became qubits, and
`rivals` holds chemistry's own circuits (`pair_excitations`, `ucc`, `adapt`). Lattices:
`geometry` and `lattice`, with `syk` beside them.
"""

from qrl.tasks.ground_states.ground_state import GroundState
from qrl.tasks.ground_states.instances import HINT, IDS, make
from qrl.tasks.ground_states.lattice import heisenberg, j1j2, tfim, xxz
from qrl.tasks.ground_states.problem_file import (
    EXACT_QUBIT_LIMIT,
    ground_energy,
    read_problem,
    task_from_data,
)
from qrl.tasks.ground_states.syk import syk

__all__ = [
    "EXACT_QUBIT_LIMIT",
    "HINT",
    "IDS",
    "GroundState",
    "ground_energy",
    "heisenberg",
    "j1j2",
    "make",
    "read_problem",
    "syk",
    "task_from_data",
    "tfim",
    "xxz",
]
