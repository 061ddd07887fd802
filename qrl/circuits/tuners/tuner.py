"""The part that all tuners share: counting, stopping, and one restart from a stuck start."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qrl.circuits.tuned import Status
from qrl.circuits.tuners import checks
from qrl.circuits.tuners.cost import Counted, Point, Stop
from qrl.circuits.tuners.minimum import Minimum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.tuners.cost import Cost

FLAT = 1e-12
"""Values this close count as equal, in the unit of the cost."""

TURN = 0.5
"""Standard deviation in radians by which a restart turns each angle."""


class End(NamedTuple):
    """Where a descent ended.

    Attributes:
        angles: radians, shape (n_angles,).
        value: cost at these angles.
        status: why it ended.
        slope: largest component of the last gradient measured; NaN where there is none.
        stuck: whether the start showed no way down.
    """

    angles: NDArray[np.float64]
    value: float
    status: Status
    slope: float = math.nan
    stuck: bool = False


@dataclass(frozen=True, kw_only=True)
class Tuner(ABC):
    """A method that lowers a cost by turning its angles.

    Attributes:
        restart: whether a stuck start (no slope, or equal values all around) gets one more attempt
            from angles turned at random, normally distributed with 0.5 radians.
    """

    restart: bool = True

    def minimise(
        self,
        cost: Cost,
        start: NDArray[np.float64],
        *,
        rng: np.random.Generator,
        max_evaluations: int,
    ) -> Minimum:
        """Lower a cost from a start.

        Of an exact cost the lowest point seen stands. Of a sampled cost, whose lowest value is
        partly luck, the end of the descent stands, or the start where that measured lower.

        Args:
            cost: what to lower.
            start: radians, shape (n_angles,).
            rng: the source of all randomness.
            max_evaluations: evaluations allowed, at least 1; a gradient counts as one. Never
                exceeded.

        Returns:
            Angles, value, status and counts. A value or gradient that is not finite ends the
            descent with the status NOT_FINITE and the best finite angles.

        Raises:
            InputError: a start of another shape or not finite, or no evaluation allowed.
        """
        checks.count(max_evaluations=max_evaluations)
        angles = checks.start_angles(start, cost.n_angles)
        counted = Counted(cost, int(max_evaluations))
        end = self._attempt(counted, angles, rng)
        restarts = 0
        if self.restart and end.stuck and counted.left > 0:
            restarts = 1
            turned = angles + rng.normal(0.0, TURN, angles.size)
            second = self._attempt(counted, turned, rng)
            if second.value < end.value:
                end = second
            elif second.status == Status.NOT_FINITE:
                end = end._replace(status=second.status)
        return Minimum(
            angles=end.angles,
            value=end.value,
            status=end.status,
            evaluations=counted.evaluations,
            gradients=counted.gradients,
            slope=end.slope,
            restarts=restarts,
            shots=counted.total_shots,
        )

    @abstractmethod
    def _descend(self, cost: Counted, start: NDArray[np.float64], rng: np.random.Generator) -> End:
        """Lower the cost from `start`, which it evaluates first; there is at least one angle."""

    def _attempt(self, cost: Counted, start: NDArray[np.float64], rng: np.random.Generator) -> End:
        cost.begin()
        try:
            if start.size == 0:
                return End(start, cost.value(start), Status.CONVERGED, slope=0.0)
            end = self._descend(cost, start, rng)
        except Stop as stop:
            seen = cost.best or Point(start, math.nan)
            return End(seen.angles, seen.value, stop.status, seen.slope)
        stands = cost.first if cost.shots else cost.best
        if stands is not None and stands.value < end.value:
            slope = end.slope if math.isnan(stands.slope) else stands.slope
            end = end._replace(angles=stands.angles, value=stands.value, slope=slope)
        return end
