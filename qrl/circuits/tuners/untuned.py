"""No tuning: the start as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.circuits.tuned import Status
from qrl.circuits.tuners.tuner import End, Tuner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qrl.circuits.tuners.cost import Counted


@dataclass(frozen=True, kw_only=True)
class Untuned(Tuner):
    """Evaluates the start once; the status is BUDGET, as that one evaluation is all it takes."""

    def _descend(self, cost: Counted, start: NDArray[np.float64], rng: np.random.Generator) -> End:
        return End(start, cost.value(start), Status.BUDGET)
