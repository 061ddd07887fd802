"""What a tuner lowers, and the wrapper that counts what it asks for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from qrl.circuits.tuned import Status

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Cost(Protocol):
    """A function of angles that some engine evaluates."""

    @property
    def n_angles(self) -> int:
        """Number of angles."""
        ...

    @property
    def shots(self) -> int:
        """Shots of one evaluation; 0 for an exact cost."""
        ...

    def value(self, angles: NDArray[np.float64]) -> float:
        """Return the cost at angles in radians, shape (n_angles,)."""
        ...

    def value_and_gradient(self, angles: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the cost and its derivative by each angle, shape (n_angles,), per radian."""
        ...

    def with_shots(self, shots: int) -> Cost:
        """Return the same cost at another number of shots; an exact cost returns itself."""
        ...


class Stop(Exception):
    """Ends a descent from within an evaluation; never leaves this package."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.meaning)
        self.status = status


class Point(NamedTuple):
    """Angles at which the cost was evaluated.

    Attributes:
        angles: radians, shape (n_angles,).
        value: cost there.
        slope: largest component of the gradient there, per radian; NaN where none was asked for.
        shots: shots of the evaluation; 0 for an exact one.
    """

    angles: NDArray[np.float64]
    value: float
    slope: float = math.nan
    shots: int = 0


class Counted:
    """A cost that counts its evaluations and stops at a limit or at a value that is not finite.

    Attributes:
        evaluations: evaluations so far, those with a gradient included.
        gradients: evaluations that gave a gradient too.
        total_shots: shots spent. A gradient of a sampled cost counts as the `2 * n_angles + 1`
            values of the parameter-shift rule.
        held: evaluations kept back from `left`, for a last measurement.
        first: the first finite point since `begin`, or None.
        best: the lowest of those with the most shots since `begin`, or None.
        spread: highest minus lowest value since `begin`.
    """

    def __init__(self, cost: Cost, max_evaluations: int) -> None:
        self._full = self._cost = cost
        self._limit = max_evaluations
        self.evaluations = self.gradients = self.total_shots = self.held = 0
        self.begin()

    def begin(self) -> None:
        """Forget the points seen, not the counts: another descent starts."""
        self.first: Point | None = None
        self.best: Point | None = None
        self._low, self._high = math.inf, -math.inf
        self._cost = self._full

    @property
    def n_angles(self) -> int:
        """Number of angles."""
        return self._full.n_angles

    @property
    def shots(self) -> int:
        """Shots of the next evaluation; 0 for an exact cost."""
        return self._cost.shots

    @property
    def left(self) -> int:
        """Evaluations that are still allowed."""
        return self._limit - self.held - self.evaluations

    @property
    def spread(self) -> float:
        """Highest minus lowest value since `begin`; 0 before the first."""
        return max(0.0, self._high - self._low)

    def set_shots(self, shots: int) -> None:
        """Evaluate with another number of shots from now on; exact costs ignore it."""
        if self._full.shots:
            self._cost = self._full.with_shots(shots)

    def value(self, angles: NDArray[np.float64]) -> float:
        """Return the cost at these angles.

        Raises:
            Stop: the limit was reached before, or the value is not finite.
        """
        asked = self._ask(angles, 1)
        value = float(self._cost.value(asked.copy()))
        self._record(Point(asked, value, math.nan, self.shots))
        return value

    def value_and_gradient(self, angles: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the cost and its gradient at these angles.

        Raises:
            Stop: the limit was reached before, or a number is not finite.
        """
        asked = self._ask(angles, 2 * self.n_angles + 1)
        self.gradients += 1
        value, raw = self._cost.value_and_gradient(asked.copy())
        gradient = np.array(raw, dtype=np.float64)
        # NaN passes through the maximum, so one test covers all components.
        slope = float(np.max(np.abs(gradient), initial=0.0))
        if not math.isfinite(slope):
            raise Stop(Status.NOT_FINITE)
        self._record(Point(asked, float(value), slope, self.shots))
        return float(value), gradient

    def _ask(self, angles: NDArray[np.float64], values: int) -> NDArray[np.float64]:
        if self.left < 1:
            raise Stop(Status.BUDGET)
        self.evaluations += 1
        self.total_shots += values * self.shots
        return np.array(angles, dtype=np.float64)

    def _record(self, point: Point) -> None:
        if not math.isfinite(point.value):
            raise Stop(Status.NOT_FINITE)
        self._low, self._high = min(self._low, point.value), max(self._high, point.value)
        if self.first is None:
            self.first = point
        # A low value at few shots is likelier luck than merit.
        best = self.best
        if best is None or (-point.shots, point.value) < (-best.shots, best.value):
            self.best = point
