"""What an agent sees of the circuits under construction."""

from __future__ import annotations

from qrl.env.observations.base import Observation
from qrl.env.observations.compact import CompactObservation
from qrl.env.observations.gate_list import GateListObservation
from qrl.env.observations.make import OBSERVATIONS, make_observation
from qrl.env.observations.tensor import TensorObservation

__all__ = [
    "OBSERVATIONS",
    "CompactObservation",
    "GateListObservation",
    "Observation",
    "TensorObservation",
    "make_observation",
]
