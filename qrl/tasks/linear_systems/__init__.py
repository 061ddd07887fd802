"""Linear systems, solved by a state proportional to the solution (VQLS)."""

from qrl.tasks.linear_systems.instances import HINT, IDS, make
from qrl.tasks.linear_systems.own_data import linear_system
from qrl.tasks.linear_systems.pauli_decomposition import pauli_decomposition
from qrl.tasks.linear_systems.task import LinearSystem

__all__ = ["HINT", "IDS", "LinearSystem", "linear_system", "make", "pauli_decomposition"]
