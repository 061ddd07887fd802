"""Checks of numbers and shapes that come from users."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import numpy as np

from qrl.errors import InputError

_LONGEST = 80
"""Letters of a value that a message shows."""


def whole_number(
    what: str, value: Any, *, least: int | None = None, most: int | None = None
) -> int:
    """Return a whole number as an int.

    Args:
        what: what it is, as messages begin: "The seed".
        value: an integer of Python or NumPy; no truth value, no 3.0, no text.
        least: the smallest that is taken.
        most: the largest that is taken.

    Raises:
        InputError: it is something else, or out of range.
    """
    if is_whole(value) and (least is None or value >= least) and (most is None or value <= most):
        return int(value)
    raise InputError(f"{what} must be a whole number{_range(least, most)}; got {shown(value)}.")


def real_number(
    what: str,
    value: Any,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
) -> float:
    """Return a finite real number as a float.

    Args:
        what: what it is, as messages begin: "The field".
        value: an integer or a float of Python or NumPy; no truth value, no text, nothing complex.
        least: the smallest that is taken.
        above: a bound that itself is too small.
        most: the largest that is taken.
        below: a bound that itself is too large.

    Raises:
        InputError: it is something else, not finite, beyond the floats, or out of range.
    """
    number = _as_float(value)
    if (
        number is not None
        and (least is None or number >= least)
        and (above is None or number > above)
        and (most is None or number <= most)
        and (below is None or number < below)
    ):
        return number
    wanted = _range(least, most, above, below)
    raise InputError(f"{what} must be a finite number{wanted}; got {shown(value)}.")


def is_whole(value: object) -> TypeGuard[int]:
    """Tell whether this is an integer of Python or NumPy; True and False are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.timedelta64))


def is_real(value: object) -> TypeGuard[float]:
    """Tell whether this is a finite real number that fits into a float."""
    return _as_float(value) is not None


def flag(what: str, value: object) -> None:
    """Check a truth value.

    Raises:
        InputError: it is neither True nor False.
    """
    if not isinstance(value, bool):
        raise InputError(f"{what} must be True or False; got {shown(value)}.")


def matrix_qubits(
    what: str, shape: tuple[int, ...], *, most: int | None = None, hint: str = ""
) -> int:
    """Return n for a matrix of shape (2**n, 2**n).

    Args:
        what: what it is, as messages begin: "The matrix A".
        shape: of the matrix; nothing is looked at but that.
        most: the largest n that is taken.
        hint: a sentence on what to try.

    Raises:
        InputError: another shape, n = 0, or n above `most`.
    """
    size = shape[0] if len(shape) == 2 else 0
    n_qubits = size.bit_length() - 1
    square = shape == (size, size) and size >= 2 and not size & (size - 1)
    if square and (most is None or n_qubits <= most):
        return n_qubits
    limit = "" if most is None else f" with n from 1 to {most}"
    wanted = f"{what} must have shape (2**n, 2**n){limit}; got {shape}."
    raise InputError(f"{wanted} {hint}".strip())


def shown(value: object) -> str:
    """Return a value as messages show it: shortened, and whatever it is."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "a value too large to be written out"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _as_float(value: Any) -> float | None:
    real = isinstance(value, (float, np.floating)) or is_whole(value)
    try:
        number = float(value) if real else math.nan
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _range(
    least: float | None,
    most: float | None,
    above: float | None = None,
    below: float | None = None,
) -> str:
    if least is not None and most is not None:
        return f" from {least} to {most}"
    bounds = {"of at least": least, "above": above, "of at most": most, "below": below}
    given = [f"{word} {bound}" for word, bound in bounds.items() if bound is not None]
    return f" {' and '.join(given)}" if given else ""
