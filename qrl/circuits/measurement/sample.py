"""Shots: counts drawn from outcome probabilities, and errors of the readout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import whole_number
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_NEGATIVE = 1e-9
_SUM = 1e-6


def checked_probabilities(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Return outcome probabilities without the rounding of whoever computed them.

    Args:
        probabilities: shape (2**n,), bit q of the index is the outcome of qubit q.

    Returns:
        Shape (2**n,), not negative, with sum 1 to rounding.

    Raises:
        InputError: another shape, NaN, an entry below -1e-9, or a sum further than 1e-6 from 1.
    """
    p = np.array(probabilities, dtype=float)
    _check_size(p, "Outcome probabilities")
    if not np.isfinite(p).all():
        raise InputError(
            f"Outcome probabilities must be finite; entry {int(np.argmin(np.isfinite(p)))} is "
            f"{p[~np.isfinite(p)][0]}. Check the angles and the noise that gave them."
        )
    if p.min() < -_NEGATIVE:
        raise InputError(
            f"Outcome probabilities must be at least 0; entry {int(np.argmin(p))} is {p.min()}."
        )
    p = np.maximum(p, 0.0)
    total = p.sum()
    if abs(total - 1.0) > _SUM:
        raise InputError(
            f"Outcome probabilities must sum to 1; they sum to {total}. Give |amplitude|**2 of a "
            "normalised state."
        )
    result: NDArray[np.float64] = p / total
    return result


def sample_counts(
    probabilities: ArrayLike, shots: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw how often each outcome comes in a number of shots.

    Args:
        probabilities: shape (2**n,); rounding is repaired as in `checked_probabilities`.
        shots: how many, at least 1.
        rng: source of the randomness; equal states give equal counts.

    Returns:
        Shape (2**n,), with sum `shots`.

    Raises:
        InputError: no probabilities, or fewer than 1 shot.
    """
    p = checked_probabilities(probabilities)
    shots = checked_shots(shots)
    # Only outcomes that can occur: the sampler's last entry also takes what rounding leaves over.
    possible = np.flatnonzero(p)
    counts = np.zeros(len(p), dtype=np.int64)
    counts[possible] = rng.multinomial(shots, p[possible])
    return counts


def apply_readout_errors(
    probabilities: ArrayLike, errors: Mapping[int, tuple[float, float]]
) -> NDArray[np.float64]:
    """Return the probabilities of what is read where the readout flips bits, qubit by qubit.

    Args:
        probabilities: of the true outcomes, shape (2**n,).
        errors: for each qubit that has any, the pair (p(1|0), p(0|1)): the probability to read 1
            where 0 is true, and 0 where 1 is true.

    Returns:
        Shape (2**n,).

    Raises:
        InputError: no probabilities, or an unknown qubit.
    """
    p = checked_probabilities(probabilities)
    n_qubits = len(p).bit_length() - 1
    for qubit, (one_for_zero, zero_for_one) in errors.items():
        if not 0 <= qubit < n_qubits:
            raise InputError(f"Readout errors are for qubits 0 to {n_qubits - 1}; got {qubit!r}.")
        if not (0.0 <= one_for_zero <= 1.0 and 0.0 <= zero_for_one <= 1.0):
            raise InputError(
                "Readout errors must be probabilities (p(1|0), p(0|1)); qubit "
                f"{qubit} has {(one_for_zero, zero_for_one)}."
            )
        confusion = np.array([[1 - one_for_zero, zero_for_one], [one_for_zero, 1 - zero_for_one]])
        p = np.einsum("ij,ajb->aib", confusion, p.reshape(-1, 2, 1 << qubit)).reshape(-1)
    return p


def counts_from_bitstrings(counts: Mapping[str, int], n_qubits: int) -> NDArray[np.int64]:
    """Read counts by bit string, as Qiskit gives them: leftmost character for the highest qubit.

    Args:
        counts: how often each string of 0 and 1 came.
        n_qubits: length of the strings.

    Returns:
        Shape (2**n_qubits,).

    Raises:
        InputError: a string of another length or with other characters.
    """
    result = np.zeros(1 << n_qubits, dtype=np.int64)
    for bits, count in counts.items():
        if not isinstance(bits, str) or len(bits) != n_qubits or set(bits) - {"0", "1"}:
            raise InputError(
                f"Outcomes must be strings of {n_qubits} characters 0 and 1; got {bits!r}."
            )
        result[int(bits, 2)] = count
    return checked_counts(result)


def checked_counts(counts: ArrayLike, least: int = 1) -> NDArray[np.int64]:
    """Return counts of outcomes as integers.

    Args:
        counts: shape (..., 2**n); each row is one experiment.
        least: shots that each experiment needs.

    Raises:
        InputError: another shape, counts that are negative or not whole, or too few shots.
    """
    given = np.asarray(counts)
    _check_size(given, "Counts", batched=True)
    whole = given.dtype.kind in "iu" or (
        given.dtype.kind == "f" and bool((np.isfinite(given) & (given == np.floor(given))).all())
    )
    if not whole or (given < 0).any():
        raise InputError("Counts must be whole numbers from 0; give how often each outcome came.")
    result = given.astype(np.int64)
    shots = result.sum(axis=-1)
    if (shots < least).any():
        raise InputError(f"Need at least {least} shots; got {int(shots.min())}.")
    return result


def checked_shots(shots: Any) -> int:
    """Return a number of shots as an integer.

    Raises:
        InputError: not a whole number from 1.
    """
    return whole_number("Shots", shots, least=1)


def _check_size(values: NDArray[Any], what: str, *, batched: bool = False) -> None:
    size = values.shape[-1] if values.ndim else 0
    if (values.ndim != 1 and not batched) or size < 2 or size & (size - 1):
        shape = "(..., 2**n)" if batched else "(2**n,)"
        raise InputError(f"{what} must have shape {shape}; got {values.shape}.")
