"""Counts and probabilities of measured bits, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qrl.checks import is_whole, shown
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUM = 1e-6


class Outcomes(NamedTuple):
    """What a sampler gave.

    Attributes:
        numbers: the outcomes seen as numbers, bit q of qubit q; shape (seen,).
        shares: their shares, which add up to 1; shape (seen,).
        shots: how many there were; None for probabilities.
    """

    numbers: NDArray[np.int64]
    shares: NDArray[np.float64]
    shots: int | None


def as_numbers(result: Any, count: int) -> NDArray[np.float64]:
    """Return expectation values as an array of shape (count,).

    Raises:
        InputError: another number of them, or values that are not finite numbers.
    """
    try:
        values = np.atleast_1d(np.asarray(result, dtype=np.float64))
    except (TypeError, ValueError) as cause:
        raise InputError(f"Expectation values must be numbers; got {result!r}.") from cause
    if values.shape != (count,) or not np.isfinite(values).all():
        raise InputError(f"A run needs {count} finite expectation value(s); got {result!r}.")
    return values


def as_outcomes(result: Any, n_qubits: int) -> Outcomes:
    """Read counts or probabilities.

    Args:
        result: by bit string, by number, or as an array of shape (2**n,); counts where all values are
            whole numbers of a whole-number type, else probabilities.
        n_qubits: n.

    Raises:
        InputError: outcomes of other lengths, no shots, or probabilities that do not add up to 1.
    """
    if isinstance(result, Mapping):
        numbers = [_number(key, n_qubits) for key in result]
        given = list(result.values())
    elif isinstance(result, (Sequence, np.ndarray)) and np.shape(result) == (1 << n_qubits,):
        numbers, given = list(range(1 << n_qubits)), list(result)
    else:
        raise InputError(
            "Results of a sampler must be counts by bit string, or an array of shape "
            f"({1 << n_qubits},); got {type(result).__name__}."
        )
    values = np.array(given)
    if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise InputError(f"Counts and probabilities must be finite numbers; got {given[:4]!r}.")
    total = float(values.sum())
    counted = values.dtype.kind in "iu"
    if counted and (total < 1 or values.min() < 0):
        raise InputError("Counts must not be negative, and there must be at least 1 shot.")
    if not counted and abs(total - 1.0) > _SUM:
        raise InputError(f"Probabilities must add up to 1; these give {total:.9g}.")
    shares = values / total
    return Outcomes(np.array(numbers, dtype=np.int64), shares, int(total) if counted else None)


def share_of_zeros(outcomes: Outcomes) -> float:
    """Return the share of the outcome in which all bits are 0."""
    return float(outcomes.shares[outcomes.numbers == 0].sum())


def dephased_purity(mixture: Sequence[Outcomes], weights: NDArray[np.float64]) -> float:
    """Return sum_i p_i^2 of the mixture p = sum_k weights_k p_k, without the bias of the counts.

    Two shots of one state agree with probability sum_i p_ki^2 only if they are different shots: from n
    of N, `n (n - 1) / (N (N - 1))` is unbiased for p^2, and shares of different states are
    independent.

    Args:
        mixture: the outcomes for each state.
        weights: of the states, shape (states,).

    Raises:
        InputError: counts of fewer than 2 shots.
    """
    total: dict[int, float] = {}
    excess = 0.0
    for outcomes, weight in zip(mixture, weights, strict=True):
        for number, share in zip(outcomes.numbers, outcomes.shares, strict=True):
            total[int(number)] = total.get(int(number), 0.0) + weight * float(share)
        if outcomes.shots is None:
            continue
        if outcomes.shots < 2:
            raise InputError("Each state needs at least 2 shots; got 1.")
        # p^2 + p (1 - p) / N is what the squared share is in the mean.
        spread = float(outcomes.shares @ (1.0 - outcomes.shares))
        excess += weight**2 * spread / (outcomes.shots - 1)
    return sum(p * p for p in total.values()) - excess


def _number(key: Any, n_qubits: int) -> int:
    if isinstance(key, str) and len(key) == n_qubits and not set(key) - {"0", "1"}:
        return int(key, 2)
    if is_whole(key) and 0 <= key < 1 << n_qubits:
        return int(key)
    raise InputError(f"Outcomes must be strings of {n_qubits} bits, or numbers; got {shown(key)}.")
