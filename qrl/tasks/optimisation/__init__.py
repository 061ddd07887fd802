"""Binary optimisation: MaxCut, QUBO and Ising problems."""

from qrl.tasks.optimisation.edge_list import read_edges
from qrl.tasks.optimisation.instances import HINT, IDS, make
from qrl.tasks.optimisation.own_data import ising, maxcut, qubo
from qrl.tasks.optimisation.quadratic_file import read_ising, read_qubo
from qrl.tasks.optimisation.task import BinaryOptimisation

__all__ = [
    "HINT",
    "IDS",
    "BinaryOptimisation",
    "ising",
    "make",
    "maxcut",
    "qubo",
    "read_edges",
    "read_ising",
    "read_qubo",
]
