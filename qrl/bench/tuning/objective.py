"""What is made small: the median error of some seeds, or error and CNOTs together."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.bench.statistics.prepare import score
from qrl.errors import InputError, unknown_name
from qrl.search.archive import RESOLUTION

if TYPE_CHECKING:
    from qrl.search.run import Run
    from qrl.tasks.task import Task

OBJECTIVES = ("error", "score", "error,cnots")
FLOOR = RESOLUTION
"""Errors below this count alike: a search does not tell such circuits apart either."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one search found.

    Attributes:
        seed: of the search.
        error: of its circuit in the task's unit, without shots where the search had any; its cost where
            the task knows no exact answer.
        cnots: of the circuit.
        score: from 0 (the best trivial answer) to 1 (the target), by orders of magnitude; None where the
            task knows no exact answer.
    """

    seed: int
    error: float
    cnots: int
    score: float | None

    @staticmethod
    def of(run: Run) -> Figures:
        """Read a finished run."""
        result, task = run.result, run.task
        cost = result.get("noiseless_cost", result["cost"]) if result["shots"] else result["cost"]
        seed, cnots = int(result["seed"]), int(result["cnots"])
        if task.reference is None:
            return Figures(seed, float(cost), cnots, None)
        known = [result["baselines"].get(name, {}).get("cost") for name in task.trivial()]
        trivial = min((c for c in known if c is not None), default=math.nan) - task.reference
        error = float(cost - task.reference)
        reached = score(np.array([error]), trivial, task.target_error)
        return Figures(seed, error, cnots, float(reached[0]))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Objective:
    """What a trial is judged by.

    Attributes:
        name: of `OBJECTIVES`.
        has_reference: whether the task's exact answer is known, so that errors are positive.
    """

    name: str
    has_reference: bool

    @staticmethod
    def of(name: str, task: Task) -> Objective:
        """Read an objective for a task.

        Raises:
            InputError: there is no such objective, or the task has no score.
        """
        known = ",".join(part.strip() for part in str(name).split(","))
        if known not in OBJECTIVES:
            raise unknown_name("objective", str(name), OBJECTIVES)
        if known == "score" and task.reference is None:
            raise InputError(
                f"The score needs a task whose exact answer is known; that of {task.name} is not. "
                "Take the objective error, which is its cost then."
            )
        return Objective(known, task.reference is not None)

    @property
    def is_multiple(self) -> bool:
        """Whether there are two."""
        return self.name == "error,cnots"

    def values(self, found: list[Figures]) -> list[float]:
        """Return what the sampler makes small: medians over seeds, of errors the logarithm.

        Args:
            found: of the seeds of a trial, not empty.
        """
        if self.name == "score":
            return [-median(one.score or 0.0 for one in found)]
        error = self.height(median(one.error for one in found))
        return [error, float(median(one.cnots for one in found))] if self.is_multiple else [error]

    def height(self, error: float) -> float:
        """Return log10 of an error; a cost itself."""
        return math.log10(max(error, FLOOR)) if self.has_reference else error
