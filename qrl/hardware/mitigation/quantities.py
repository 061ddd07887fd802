"""The numbers that a cost is made of, each linear in the outcomes of one circuit (or nearly)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.tasks.walsh_hadamard import walsh_hadamard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.hardware.experiments import Experiments


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Corrected outcomes of one setting, in each of several draws of the counts.

    Attributes:
        shares: shape (draws, 2**n); they add up to 1, or to the share that was kept.
        excess: by how much the sum of their squares is too large in the mean, shape (draws,).
    """

    shares: NDArray[np.float64]
    excess: NDArray[np.float64]


class Quantities:
    """What the cost of a plan is made of.

    - Expectation values: each Pauli string of each setting.
    - Overlaps: of each run the share of the outcome in which all bits are 0.
    - Dephased purity: one number, quadratic in the outcomes, without the bias of the counts.

    Args:
        wanted: what is measured.
    """

    def __init__(self, wanted: Experiments) -> None:
        self._wanted, self._plan = wanted, wanted.plan
        self._head = wanted.plan.objective.head()
        self.kind = "strings" if self._plan.kind == "estimator" else self._head.kind
        lengths = [len(setting.labels) for setting in wanted.settings]
        self._ends = np.cumsum([0, *lengths])

    @property
    def settings(self) -> NDArray[np.int64]:
        """Number of the setting that each quantity comes from; the first of several."""
        if self.kind == "strings":
            return np.repeat(np.arange(len(self._wanted.settings)), np.diff(self._ends))
        return np.arange(1 if self.kind == "dephasing" else len(self._wanted.settings))

    def limits(self, *, selected: bool) -> NDArray[np.float64]:
        """Return each quantity under the largest noise, where all outcomes are equally probable.

        Args:
            selected: whether those outside of the sector are left out.
        """
        if self.kind != "strings":
            return np.full(len(self.settings), 0.5 ** self._plan.runs[0].n_qubits)
        if not selected:
            return np.zeros(len(self.settings))
        allowed = [self._wanted.allowed(k) for k in range(len(self._wanted.settings))]
        rows = [(one / one.sum())[None] for one in allowed]
        return np.asarray(self.values([Outcomes(row, np.zeros(1)) for row in rows])[0])

    def reaches(self, limits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the most by which each quantity can differ from its limit."""
        return np.asarray(1.0 + np.abs(limits) if self.kind == "strings" else 1.0 - limits)

    def values(self, outcomes: Sequence[Outcomes]) -> NDArray[np.float64]:
        """Return the quantities, shape (draws, quantities), from the outcomes of each setting."""
        shares = [one.shares / one.shares.sum(axis=1, keepdims=True) for one in outcomes]
        if self.kind == "strings":
            return np.concatenate(
                [self._strings(number, rows) for number, rows in enumerate(shares)], axis=1
            )
        if self.kind != "dephasing":
            return np.stack([rows[:, 0] for rows in shares], axis=1)
        weights = [run.share for run in self._plan.runs]
        mixture = sum(w * rows for w, rows in zip(weights, shares, strict=True))
        purity = np.asarray((mixture**2).sum(axis=1))
        for weight, one in zip(weights, outcomes, strict=True):
            purity -= weight**2 * one.excess
        return purity[:, None]

    def _strings(self, number: int, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        setting = self._wanted.settings[number]
        assert setting.z_masks is not None
        assert setting.signs is not None
        parities = walsh_hadamard(shares.T)
        result: NDArray[np.float64] = parities[setting.z_masks].T * setting.signs
        return result

    def cost(self, values: NDArray[np.float64]) -> float:
        """Return the cost that the quantities make, shape (quantities,)."""
        if self.kind == "dephasing":
            return float(self._head.offset - values[0])
        if self.kind != "strings":
            return self._plan.cost([{0: float(v), 1: float(1.0 - v)} for v in values])
        results = [constant.copy() for constant in self._wanted.constants]
        for number, setting in enumerate(self._wanted.settings):
            assert setting.weights is not None
            own = values[self._ends[number] : self._ends[number + 1]]
            results[setting.run] += setting.weights @ own
        return self._plan.cost(results)
