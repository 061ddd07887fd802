"""Adam on SPSA's gradients, in stages of growing shot numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.tuned import Status
from qrl.circuits.tuners import checks
from qrl.circuits.tuners.spsa import is_flat, spsa_gradient
from qrl.circuits.tuners.tuner import End, Tuner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.tuners.cost import Counted

_HUNDREDTH_TO_FULL = (0.01, 0.1, 1.0)


@dataclass(frozen=True, kw_only=True)
class AdamSpsa(Tuner):
    """Adam-SPSA of CRLQAS (arXiv 2402.03500, appendix on Adam-SPSA).

    Step k (from 0) estimates the gradient as SPSA does with `c_k = c / (k + 1)**gamma` and takes
    Adam's step with `a_k = a / (k + 1)**alpha` and `beta1_k = beta1 / (k + 1)**decay`. Steps and
    moments run on through the stages; only the shots change. The start and the end are measured
    with all shots, one evaluation each beyond those of the stages.

    Attributes:
        a: length of the first step, radians.
        alpha: decay of the steps.
        c: width of the first probe, radians.
        gamma: decay of the width.
        decay: the paper's lambda, decay of beta1.
        beta1: memory of the mean gradient.
        beta2: memory of the mean square gradient.
        epsilon: added to the root mean square, per radian.
        shot_fractions: share of the cost's shots that each stage uses; exact costs ignore it.
        evaluations: of each stage; all are cut in proportion to fit the budget, and the tuner stops
            after them. None: the budget in equal parts.
    """

    a: float = 0.2
    alpha: float = 0.602
    c: float = 0.2
    gamma: float = 0.101
    decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.99
    epsilon: float = 1e-8
    shot_fractions: tuple[float, ...] = (1.0,)
    evaluations: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        checks.freeze(self, "shot_fractions", "evaluations")
        checks.positive(a=self.a, c=self.c, epsilon=self.epsilon)
        checks.non_negative(alpha=self.alpha, gamma=self.gamma, decay=self.decay)
        checks.fraction(beta1=self.beta1, beta2=self.beta2)
        checks.same_length(shot_fractions=self.shot_fractions)
        for share in self.shot_fractions:
            checks.positive(shot_fractions=share)
        if self.evaluations is not None:
            checks.same_length(shot_fractions=self.shot_fractions, evaluations=self.evaluations)
            for number in self.evaluations:
                checks.count(evaluations=number)

    def _descend(self, cost: Counted, start: NDArray[np.float64], rng: np.random.Generator) -> End:
        angles = start.copy()
        value = cost.value(angles)
        full = cost.shots
        mean = np.zeros_like(angles)
        square = np.zeros_like(angles)
        flat, k = True, -1
        for k, share in enumerate(self._schedule((cost.left - 1) // 2)):
            cost.set_shots(max(1, round(share * full)))
            width = self.c / (k + 1) ** self.gamma
            gradient = spsa_gradient(cost, angles, width, rng)
            flat = flat and is_flat(gradient, width)
            if flat and k + 1 >= max(2, angles.size):
                cost.set_shots(full)
                return End(angles, value, Status.STALLED, stuck=True)
            beta1 = self.beta1 / (k + 1) ** self.decay
            mean = beta1 * mean + (1 - beta1) * gradient
            square = self.beta2 * square + (1 - self.beta2) * gradient**2
            # The paper corrects the bias as if beta1 had always been what it is now.
            direction = mean / (1 - beta1 ** (k + 1))
            size = np.sqrt(square / (1 - self.beta2 ** (k + 1))) + self.epsilon
            angles = angles - self.a / (k + 1) ** self.alpha * direction / size
        cost.set_shots(full)
        return End(angles, value if k < 0 else cost.value(angles), Status.BUDGET)

    def _schedule(self, pairs: int) -> Iterator[float]:
        """Yield the share of shots of each step, given the steps that the budget allows."""
        if self.evaluations is None:
            weights = [1] * len(self.shot_fractions)
        else:
            weights = [math.ceil(number / 2) for number in self.evaluations]
            pairs = min(pairs, sum(weights))
        done = 0
        for stage, share in enumerate(self.shot_fractions, start=1):
            until = pairs * sum(weights[:stage]) // sum(weights)
            for _ in range(done, until):
                yield share
            done = max(done, until)


PRESETS = MappingProxyType(
    {
        "h2-2q": AdamSpsa(
            a=1.4934, alpha=0.9931, c=0.0612, gamma=0.0253, decay=0.6104,
            beta1=0.8804, beta2=0.9979, evaluations=(200,),
        ),
        "h2-3q": AdamSpsa(
            a=0.5597, alpha=0.9958, c=0.0901, gamma=0.1530, decay=0.6535,
            beta1=0.7006, beta2=0.7719, evaluations=(250,),
        ),
        "lih-4q": AdamSpsa(
            a=1.8658, alpha=0.9451, c=0.046, gamma=0.1397, decay=0.0138,
            beta1=0.9658, beta2=0.8594,
            shot_fractions=_HUNDREDTH_TO_FULL, evaluations=(1191, 357, 119),
        ),
        "lih-6q": AdamSpsa(
            a=1.7564, alpha=0.8365, c=0.1068, gamma=0.1549, decay=0.1223,
            beta1=0.6841, beta2=0.9048,
            shot_fractions=_HUNDREDTH_TO_FULL, evaluations=(1430, 429, 143),
        ),
    }
)  # fmt: skip
"""The constants that CRLQAS found for its molecules (arXiv 2402.03500, appendix)."""
