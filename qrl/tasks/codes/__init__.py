"""Encoders of quantum error-correcting codes."""

from qrl.tasks.codes.instances import HINT, IDS, make
from qrl.tasks.codes.own_data import code_from_stabilisers, read_stabilisers
from qrl.tasks.codes.stabiliser_code import StabiliserCode
from qrl.tasks.codes.task import CodeEncoder

__all__ = [
    "HINT",
    "IDS",
    "CodeEncoder",
    "StabiliserCode",
    "code_from_stabilisers",
    "make",
    "read_stabilisers",
]
