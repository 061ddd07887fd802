"""Simultaneous perturbation stochastic approximation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.tuned import Status
from qrl.circuits.tuners import checks
from qrl.circuits.tuners.tuner import FLAT, End, Tuner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.tuners.cost import Counted


@dataclass(frozen=True, kw_only=True)
class Spsa(Tuner):
    """SPSA with Rademacher directions (Spall 1998, IEEE Trans. Aerosp. Electron. Syst. 34, 817).

    Step k (from 0) probes the angles turned by plus and minus c_k along a random direction of
    signs and goes down that direction by a_k times the difference quotient, with
    `a_k = a / (k + 1 + stability)**alpha` and `c_k = c / (k + 1)**gamma`. The start takes one
    evaluation, each step two, and the end one.

    Attributes:
        a: scale of the steps, in radians squared per unit of cost; None: such that the first steps
            turn each angle by about `first_turn`, measured at the start with up to `calibration`
            pairs of values (after Spall's guideline).
        alpha: decay of the steps.
        c: width of the first probe, radians; for a sampled cost about its standard deviation.
        gamma: decay of the width.
        stability: Spall's A; None: a tenth of the steps that the budget allows.
        first_turn: radians, where `a` is None.
        calibration: pairs of values at most, where `a` is None.
    """

    a: float | None = None
    alpha: float = 0.602
    c: float = 0.2
    gamma: float = 0.101
    stability: float | None = None
    first_turn: float = 0.2
    calibration: int = 5

    def __post_init__(self) -> None:
        if self.a is not None:
            checks.positive(a=self.a)
        if self.stability is not None:
            checks.non_negative(stability=self.stability)
        checks.positive(c=self.c, first_turn=self.first_turn)
        checks.non_negative(alpha=self.alpha, gamma=self.gamma)
        checks.count(calibration=self.calibration)

    def _descend(self, cost: Counted, start: NDArray[np.float64], rng: np.random.Generator) -> End:
        angles = start.copy()
        value = cost.value(angles)
        pairs = (cost.left - 1) // 2
        if pairs < 1:
            return End(angles, value, Status.BUDGET)
        stability = 0.1 * pairs if self.stability is None else self.stability
        a = self._calibrated(cost, angles, rng, pairs, stability) if self.a is None else self.a
        flat = True
        for k in range((cost.left - 1) // 2):
            width = self.c / (k + 1) ** self.gamma
            gradient = spsa_gradient(cost, angles, width, rng)
            flat = flat and is_flat(gradient, width)
            if flat and k + 1 >= max(2, angles.size):
                return End(angles, value, Status.STALLED, stuck=True)
            angles = angles - a / (k + 1 + stability) ** self.alpha * gradient
        return End(angles, cost.value(angles), Status.BUDGET)

    def _calibrated(
        self,
        cost: Counted,
        angles: NDArray[np.float64],
        rng: np.random.Generator,
        pairs: int,
        stability: float,
    ) -> float:
        # A tenth of the budget at most; one that allows a single pair has none to spare.
        tries = min(self.calibration, max(1, pairs // 10)) if pairs > 1 else 0
        slopes = [abs(spsa_gradient(cost, angles, self.c, rng)[0]) for _ in range(tries)]
        typical = math.fsum(slopes) / tries if tries else 1.0
        if 2 * self.c * typical <= FLAT:
            typical = 1.0
        return float(self.first_turn * (1 + stability) ** self.alpha / typical)


def spsa_gradient(
    cost: Counted, angles: NDArray[np.float64], width: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Estimate a gradient from two values along a random direction of signs.

    Args:
        cost: what to evaluate.
        angles: radians, shape (n_angles,).
        width: turn of each angle, radians.
        rng: where the signs come from.

    Returns:
        Shape (n_angles,), per radian (Spall 1998).
    """
    signs: NDArray[np.float64] = rng.choice((-1.0, 1.0), angles.size)
    ahead = cost.value(angles + width * signs)
    behind = cost.value(angles - width * signs)
    # Dividing by a sign is multiplying by it.
    return (ahead - behind) / (2 * width) * signs


def is_flat(gradient: NDArray[np.float64], width: float) -> bool:
    """Tell whether the two values behind an estimate of `spsa_gradient` were equal."""
    return bool(2 * width * abs(gradient[0]) <= FLAT)
