"""Circuits as values, and the engines that score them."""

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import GATE_SETS, GATES, Gate, GateSpec
from qrl.circuits.objectives import (
    Classification,
    CodeOverlap,
    DephasingGap,
    Expectation,
    ExpectationRatio,
    Infidelity,
    Objective,
    ProcessInfidelity,
)
from qrl.circuits.pauli import PauliSum
from qrl.circuits.tuned import Status, Tuned, TuneOptions

__all__ = [
    "GATES",
    "GATE_SETS",
    "Circuit",
    "Classification",
    "CodeOverlap",
    "DephasingGap",
    "Expectation",
    "ExpectationRatio",
    "Gate",
    "GateSpec",
    "Infidelity",
    "Objective",
    "PauliSum",
    "ProcessInfidelity",
    "Status",
    "TuneOptions",
    "Tuned",
]
