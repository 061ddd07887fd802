"""Circuits as values, and the engines that score them."""

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import GATE_SETS, GATES, Gate, GateSpec
from qrl.circuits.objectives import Expectation, Objective
from qrl.circuits.pauli import PauliSum
from qrl.circuits.tuned import Status, Tuned, TuneOptions

__all__ = [
    "GATES",
    "GATE_SETS",
    "Circuit",
    "Expectation",
    "Gate",
    "GateSpec",
    "Objective",
    "PauliSum",
    "Status",
    "TuneOptions",
    "Tuned",
]
