"""Probabilities and collision probabilities from counts, with their standard errors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qrl.circuits.measurement.estimate import Estimate
from qrl.circuits.measurement.sample import checked_counts, checked_shots
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def estimate_probability(successes: int, shots: int) -> Estimate:
    """Estimate the probability of an outcome, as the overlap |<a|b>|**2 of two states.

    Run the circuit of b, then the inverse of a's: the overlap is the probability of 0...0.

    Args:
        successes: shots that gave the outcome.
        shots: how many there were.

    Returns:
        p = successes / shots and the unbiased standard error sqrt(p (1 - p) / (shots - 1)), which
        is 0 where all shots agree. One shot has no sample variance: its standard error is the
        largest possible, 1/2.

    Raises:
        InputError: fewer than 1 shot, or successes outside 0 to `shots`.
    """
    shots = checked_shots(shots)
    if successes not in range(shots + 1):
        raise InputError(
            f"Successes must be a whole number from 0 to {shots}, the shots; got {successes!r}."
        )
    p = successes / shots
    error = math.sqrt(p * (1 - p) / (shots - 1)) if shots > 1 else 0.5
    return Estimate(p, error, shots)


def estimate_dephased_purity(counts: ArrayLike) -> Estimate:
    """Estimate Tr Z(rho)**2, the purity after dephasing: the sum of the squared probabilities.

    The share of pairs of shots that agree, `sum n_i (n_i - 1) / (N (N - 1))`, is unbiased. It is a
    U-statistic; its standard error is the jackknife's in closed form, whose variance is in the mean
    not below the true one (Efron and Stein, Ann. Statist. 9, 586 (1981)). Where all
    outcomes seen came equally often the jackknife is 0; where no two shots agree, the standard
    error is instead the value of one agreeing pair, 2 / (N (N - 1)).

    Args:
        counts: shape (2**n,), at least 2 shots.

    Returns:
        The estimate. Two shots have no jackknife: their standard error is the largest possible, 1/2.

    Raises:
        InputError: fewer than 2 shots, or counts of another shape.
    """
    counts = checked_counts(counts, least=2)
    if counts.ndim != 1:
        raise InputError(f"Counts must have shape (2**n,); got {counts.shape}.")
    seen = counts[counts > 0].astype(float)
    shots = int(counts.sum())
    pairs = float(seen @ (seen - 1))
    value = pairs / (shots * (shots - 1))
    if shots == 2:
        return Estimate(value, 0.5, shots)
    if not pairs:
        return Estimate(0.0, 2 / (shots * (shots - 1)), shots)
    # Without one shot of outcome i the agreeing pairs are fewer by 2 (n_i - 1).
    spread = float(seen @ (seen - 1 - pairs / shots) ** 2)
    error = 2 * math.sqrt(spread / (shots * (shots - 1))) / (shots - 2)
    return Estimate(value, error, shots)
