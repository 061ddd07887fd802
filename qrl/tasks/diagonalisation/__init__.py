"""Diagonalisation of quantum states."""

from qrl.tasks.diagonalisation.density import random_density_matrix, reduced_ground_state
from qrl.tasks.diagonalisation.instances import HINT, IDS, make
from qrl.tasks.diagonalisation.own_data import density_from_matrix, read_density
from qrl.tasks.diagonalisation.task import Diagonalisation

__all__ = [
    "HINT",
    "IDS",
    "Diagonalisation",
    "density_from_matrix",
    "make",
    "random_density_matrix",
    "read_density",
    "reduced_ground_state",
]
