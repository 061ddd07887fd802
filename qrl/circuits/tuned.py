"""What tuning a circuit gives back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from qrl.circuits.circuit import Circuit
from qrl.circuits.kernels import lbfgs
from qrl.errors import InputError


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
    Status.CONVERGED: "The tuner's own rule held: slopes, or the gain of a sweep, are below the tolerance.",
    Status.BUDGET: "The allowed evaluations were used up; raise max_gradients for lower costs.",
    Status.STALLED: "No step lowers the cost any more within rounding; the angles are the best seen.",
    Status.NOT_FINITE: "The cost or its gradient became infinite or NaN; the last finite angles stand.",
}


COMPILED_TUNERS = ("lbfgs", "rotosolve", "adam", "none")
"""Tuners that run inside the kernels of the exact and the noisy engine."""


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """How the angles are tuned, and how far.

    Attributes:
        tolerance: largest component of the gradient at which to stop (cost unit per radian).
        max_gradients: evaluations of value and gradient allowed for one circuit; for methods that
            use values alone, evaluations of the value.
        tuner: "lbfgs", "rotosolve", "adam", "none" (fresh angles in closed form, the others as they
            are), or one of `qrl.circuits.tuners`. Engines without kernels take SciPy's L-BFGS-B for
            "lbfgs", sampled ones SPSA, and Python's versions of the others.
        restart: whether L-BFGS may start once more from random angles where it finds no slope at the
            start and the cost has gained nothing.
        seed: of those random angles, and of tuners that draw random numbers.
        rate: Adam's step in radians.
    """

    tolerance: float = 1e-5
    max_gradients: int = 200
    tuner: str = "lbfgs"
    restart: bool = False
    seed: int = 0
    rate: float = 0.05

    def __post_init__(self) -> None:
        if not (self.tolerance >= 0 and math.isfinite(self.tolerance)):
            raise InputError(f"tolerance must be finite and not negative; got {self.tolerance}.")
        whole = type(self.max_gradients) is int
        if not whole or not 1 <= self.max_gradients <= _MOST_EVALUATIONS:
            raise InputError(
                f"max_gradients must be a whole number from 1 to {_MOST_EVALUATIONS}; "
                f"got {self.max_gradients}."
            )
        if type(self.seed) is not int or not 0 <= self.seed < 1 << 32:
            raise InputError(f"seed must be a whole number from 0 to 2**32 - 1; got {self.seed!r}.")
        if not (self.rate > 0 and math.isfinite(self.rate)):
            raise InputError(f"rate must be positive and finite; got {self.rate}.")


_MOST_EVALUATIONS = 10**9


@dataclass(frozen=True, slots=True)
class Tuned:
    """A circuit with tuned angles.

    Attributes:
        circuit: the circuit with its new angles.
        cost: objective at these angles.
        status: why the tuner stopped.
        evaluations: evaluations of the cost, those with a gradient included.
        gradients: evaluations that gave a gradient too.
        slope: largest component of the gradient at the end; 0 or NaN where none was evaluated.
        restarts: second starts from random angles, where the first had no slope.
        shots: measurements spent; 0 where the cost is exact.
    """

    circuit: Circuit
    cost: float
    status: Status
    evaluations: int
    gradients: int
    slope: float
    restarts: int = 0
    shots: int = 0
