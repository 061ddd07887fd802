"""Expectation values and their standard errors from the counts of each group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.measurement.sample import checked_counts, checked_probabilities, checked_shots
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from qrl.circuits.measurement.basis import Diagonal
    from qrl.circuits.measurement.grouping import Group

ALLOCATIONS = ("weight", "uniform")
_MAX_QUBITS = 24


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that was measured.

    Attributes:
        value: the unbiased estimate.
        standard_error: its standard deviation as far as the shots tell, in the unit of the value.
        shots: how many were used in all.
    """

    value: float
    standard_error: float
    shots: int


def allocate(groups: Sequence[Group], shots: int, method: str = "weight") -> NDArray[np.int64]:
    """Share shots among groups.

    Args:
        groups: what is measured, each by its own circuit.
        shots: for all groups together.
        method: "weight" (in proportion to the Euclidean norm of the group's weights, which is best
            where the strings' variances are equal and their covariances 0, Crawford et al., arXiv
            1908.06942) or "uniform" (equal shares). Every group gets at least 1 shot;
            what whole numbers leave over goes to the largest remainders, earlier groups first.

    Returns:
        Shape (n_groups,), with sum `shots`; empty where there is no group, as for an identity.

    Raises:
        InputError: unknown method, or fewer shots than groups.
    """
    if method not in ALLOCATIONS:
        raise unknown_name("allocation", method, ALLOCATIONS)
    shots = checked_shots(shots)
    if shots < len(groups):
        raise InputError(
            f"The observable has {len(groups)} groups and each needs a shot: give at least "
            f"{len(groups)} shots; got {shots}. General grouping needs fewer than qubit-wise."
        )
    if shots == len(groups) or not groups:
        return np.ones(len(groups), dtype=np.int64)
    norms = np.array([g.norm if method == "weight" else 1.0 for g in groups])
    share = norms / norms.max() if norms.max() > 0 else np.ones(len(groups))
    small = np.zeros(len(groups), dtype=bool)
    while True:
        # Groups whose share is below 1 shot get 1; the others share the rest.
        quota = np.where(small, 1.0, (shots - small.sum()) * share / share[~small].sum())
        below = ~small & (quota < 1.0)
        if not below.any():
            break
        small |= below
    result = np.floor(quota).astype(np.int64)
    order = np.argsort(result - quota, kind="stable")
    result[order[: shots - result.sum()]] += 1
    return result


def outcome_values(diagonal: Diagonal) -> NDArray[np.float64]:
    """Return the group's value for each bit string that its measurement circuit may give.

    `value[b] = sum over k of weights[k] * signs[k] * (-1)**popcount(b & z_masks[k])`, for all b at
    once by a fast Walsh-Hadamard transform: n * 2**n additions whatever the number of strings.

    Returns:
        Shape (2**n,), in the unit of the cost; the group's expectation is
        `probabilities @ values`.

    Raises:
        InputError: more than 24 qubits.
    """
    n = diagonal.n_qubits
    if n > _MAX_QUBITS:
        raise InputError(f"Tables of outcomes go up to {_MAX_QUBITS} qubits; got {n}.")
    values = np.zeros(1 << n)
    np.add.at(values, diagonal.z_masks, diagonal.weights * diagonal.signs)
    for q in range(n):
        pairs = values.reshape(-1, 2, 1 << q)
        values = np.stack((pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]), axis=1).ravel()
    return values


def mean_and_variance(
    values: NDArray[np.float64], counts: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of one group's value over its shots, and the variance of that mean.

    The variance is the unbiased sample variance (divisor N - 1) over N. One shot has no sample
    variance; its place takes the largest that values in this range can have, (max - min)**2 / 4
    (Popoviciu's inequality).

    Args:
        values: of each outcome, shape (2**n,).
        counts: shape (..., 2**n); each row is one experiment.

    Returns:
        Two arrays of shape `counts.shape[:-1]`.

    Raises:
        InputError: counts of another shape, or an experiment without shots.
    """
    counts = checked_counts(counts)
    if counts.shape[-1] != len(values):
        raise InputError(f"The group has {len(values)} outcomes; got counts of {counts.shape[-1]}.")
    shots = counts.sum(axis=-1)
    mean = counts @ values / shots
    # Two passes: the difference of moments would lose the variance near an eigenstate.
    squares = (counts * (values - mean[..., None]) ** 2).sum(axis=-1)
    variance = np.where(shots > 1, squares / np.maximum(shots - 1, 1), np.ptp(values) ** 2 / 4.0)
    return mean, variance / shots


def estimate_expectation(
    values: Sequence[NDArray[np.float64]], counts: Sequence[ArrayLike], *, constant: float = 0.0
) -> Estimate:
    """Estimate the expectation value of an observable from the counts of its groups.

    Args:
        values: of each group, from `outcome_values`.
        counts: of each group, shape (2**n,); the groups are measured independently.
        constant: weight of the identity, which no group holds.

    Returns:
        The sum of the groups' means with the square root of the sum of their variances. A group
        whose shots all gave one value adds no variance, though with few shots it may have some.

    Raises:
        InputError: not one vector of counts for each group, or one without shots.
    """
    _check_pairs(values, counts, "counts")
    total, variance, shots = [constant], 0.0, 0
    for table, row in zip(values, counts, strict=True):
        checked = checked_counts(row)
        if checked.ndim != 1:
            raise InputError(f"Counts of a group must have shape (2**n,); got {checked.shape}.")
        mean, spread = mean_and_variance(table, checked)
        total.append(float(mean))
        variance += float(spread)
        shots += int(checked.sum())
    return Estimate(math.fsum(total), math.sqrt(variance), shots)


def predict_expectation(
    values: Sequence[NDArray[np.float64]],
    probabilities: Sequence[ArrayLike],
    shots: Sequence[int] | NDArray[np.int64],
    *,
    constant: float = 0.0,
) -> Estimate:
    """Return the exact expectation value and the standard error that shots will have.

    Args:
        values: of each group, from `outcome_values`.
        probabilities: of the outcomes of each group's circuit, shape (2**n,).
        shots: of each group, as from `allocate`.
        constant: weight of the identity, which no group holds.

    Raises:
        InputError: not one vector of probabilities and one number of shots for each group.
    """
    _check_pairs(values, probabilities, "probabilities")
    _check_pairs(values, shots, "shots")
    total, variance = [constant], 0.0
    for table, row, n in zip(values, probabilities, shots, strict=True):
        p = checked_probabilities(row)
        mean = float(p @ table)
        total.append(mean)
        variance += float(p @ (table - mean) ** 2) / checked_shots(n)
    return Estimate(math.fsum(total), math.sqrt(variance), int(sum(shots)))


def _check_pairs(values: Sequence[Any], others: Any, what: str) -> None:
    if len(values) != len(others):
        raise InputError(
            f"Each group needs its {what}; got {len(values)} groups and {len(others)} of these."
        )
