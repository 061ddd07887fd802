"""State preparation: circuits that make a wanted state, or a wanted distribution, from |0...0>."""

from qrl.tasks.state_preparation.instances import HINT, IDS, make
from qrl.tasks.state_preparation.own_data import (
    read_vector,
    state_from_distribution,
    state_from_function,
    state_from_vector,
)
from qrl.tasks.state_preparation.task import StatePreparation

__all__ = [
    "HINT",
    "IDS",
    "StatePreparation",
    "make",
    "read_vector",
    "state_from_distribution",
    "state_from_function",
    "state_from_vector",
]
