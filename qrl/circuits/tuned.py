"""What tuning a circuit gives back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from qrl.circuits.circuit import Circuit
from qrl.circuits.kernels import lbfgs


class Status(IntEnum):
    """Why a tuner stopped."""

    CONVERGED = lbfgs.CONVERGED
    BUDGET = lbfgs.BUDGET
    STALLED = lbfgs.STALLED
    NOT_FINITE = lbfgs.NOT_FINITE

    @property
    def meaning(self) -> str:
        """The status in a sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    Status.CONVERGED: "Every component of the gradient is below the tolerance.",
    Status.BUDGET: "The allowed evaluations were used up; raise max_gradients for lower costs.",
    Status.STALLED: "No step lowers the cost any more within rounding; the angles are the best seen.",
    Status.NOT_FINITE: "The cost or its gradient became infinite or NaN; the last finite angles stand.",
}


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """How far the angles are tuned.

    Attributes:
        tolerance: largest component of the gradient at which to stop (cost unit per radian).
        max_gradients: evaluations of value and gradient allowed for one circuit.
    """

    tolerance: float = 1e-5
    max_gradients: int = 200


@dataclass(frozen=True, slots=True)
class Tuned:
    """A circuit with tuned angles.

    Attributes:
        circuit: the circuit with its new angles.
        cost: objective at these angles.
        status: why the tuner stopped.
        evaluations: evaluations of the cost, those with a gradient included.
        gradients: evaluations that gave a gradient too.
        slope: largest component of the gradient at the end.
    """

    circuit: Circuit
    cost: float
    status: Status
    evaluations: int
    gradients: int
    slope: float
