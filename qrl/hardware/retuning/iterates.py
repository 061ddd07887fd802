"""The angles that a descent went through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from qrl.hardware.retuning.meter import Costs

    Measure = Callable[[NDArray[np.float64]], Costs]
    """Returns costs at angles in radians, shape (points, angles)."""

_SHARE = 0.25
"""Of the steps, the last ones, over which angles are averaged."""


class Iterates:
    """The angles after each step of a descent.

    Args:
        start: radians, shape (angles,).
    """

    def __init__(self, start: NDArray[np.float64]) -> None:
        self._rows = [start.copy()]

    @property
    def steps(self) -> int:
        """Steps that were made."""
        return len(self._rows) - 1

    @property
    def last(self) -> NDArray[np.float64]:
        """The angles after the last step."""
        return self._rows[-1]

    def append(self, angles: NDArray[np.float64]) -> None:
        """Make a step."""
        self._rows.append(angles.copy())

    def take_back(self) -> NDArray[np.float64]:
        """Forget the last step, and return the angles before it."""
        self._rows.pop()
        return self.last

    def mean(self) -> NDArray[np.float64]:
        """Return the average over the last quarter of the steps; the start where there is none.

        It scatters less than any one of them (Polyak and Juditsky 1992, SIAM J. Control Optim. 30, 838).
        """
        count = max(1, round(_SHARE * self.steps))
        rows: NDArray[np.float64] = np.mean(self._rows[-count:], axis=0)
        return rows
