"""Objectives: costs of a circuit, told to an engine without saying what they are for."""

from qrl.circuits.objectives.base import Head, Objective
from qrl.circuits.objectives.classification import Classification
from qrl.circuits.objectives.code import CodeOverlap
from qrl.circuits.objectives.dephasing import DephasingGap
from qrl.circuits.objectives.expectation import Expectation
from qrl.circuits.objectives.infidelity import Infidelity, ProcessInfidelity
from qrl.circuits.objectives.ratio import ExpectationRatio

__all__ = [
    "Classification",
    "CodeOverlap",
    "DephasingGap",
    "Expectation",
    "ExpectationRatio",
    "Head",
    "Infidelity",
    "Objective",
    "ProcessInfidelity",
]
