"""What a tuner gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qrl.circuits.tuned import Status


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """The lowest cost that a tuner found, and what it spent.

    Attributes:
        angles: radians, shape (n_angles,).
        value: cost at these angles; for a sampled cost a measurement at the full number of shots
            that did not pick the angles, up to the choice between start and end of the descent.
            NaN where no evaluation was finite.
        status: why the tuner stopped; CONVERGED where the method's own rule held.
        evaluations: evaluations of the cost, those with a gradient included.
        gradients: evaluations that gave a gradient too.
        slope: largest component of the last gradient that the method measured, per radian; NaN
            where it measures none.
        restarts: 1 where the start was stuck and a second one was tried, else 0.
        shots: shots spent; 0 for an exact cost. A gradient counts as `2 * n_angles + 1` values.
    """

    angles: NDArray[np.float64]
    value: float
    status: Status
    evaluations: int
    gradients: int
    slope: float
    restarts: int
    shots: int
