"""A figure with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and how sure it is: 95 % unless said otherwise.

    Attributes:
        value: the estimate; may be infinite (a time to a target that half of the runs never
            reached) or nan (nothing to estimate from).
        low: lower end; nan where there is no interval, as with one run.
        high: upper end; may be infinite, and nan like `low`.
        n: runs that it rests on.
    """

    value: float
    low: float
    high: float
    n: int

    @staticmethod
    def unknown(n: int = 0) -> Interval:
        """Return the interval of what could not be estimated."""
        return Interval(math.nan, math.nan, math.nan, n)

    @property
    def has_bounds(self) -> bool:
        """Whether there is an interval, and not the estimate alone."""
        return not (math.isnan(self.low) or math.isnan(self.high))
