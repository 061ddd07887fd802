"""Checks of options and starts that all tuners share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def positive(**options: Any) -> None:
    """Refuse options that are not finite numbers above 0."""
    for name, value in options.items():
        if not (is_number(value) and value > 0):
            raise InputError(f"Option {name} must be a finite number above 0; got {value!r}.")


def non_negative(**options: Any) -> None:
    """Refuse options that are not finite numbers from 0."""
    for name, value in options.items():
        if not (is_number(value) and value >= 0):
            raise InputError(f"Option {name} must be a finite number, 0 or above; got {value!r}.")


def fraction(**options: Any) -> None:
    """Refuse options that are not numbers from 0 to below 1."""
    for name, value in options.items():
        if not (is_number(value) and 0 <= value < 1):
            raise InputError(f"Option {name} must be at least 0 and below 1; got {value!r}.")


def count(**options: Any) -> None:
    """Refuse options that are not whole numbers from 1."""
    for name, value in options.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise InputError(f"Option {name} must be a whole number from 1; got {value!r}.")


def same_length(**options: Any) -> None:
    """Refuse options that are not tuples of one common length, at least 1."""
    for name, value in options.items():
        if not isinstance(value, tuple) or not value:
            raise InputError(f"Option {name} must be a tuple of numbers; got {value!r}.")
    lengths = {name: len(value) for name, value in options.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(
            "These options need one number for each stage: "
            f"{', '.join(f'{name} has {length}' for name, length in lengths.items())}."
        )


def freeze(options: object, *names: str) -> None:
    """Make tuples of fields that came as lists, as from JSON."""
    for name in names:
        value = getattr(options, name)
        if isinstance(value, list):
            object.__setattr__(options, name, tuple(value))


def start_angles(start: Any, n_angles: int) -> NDArray[np.float64]:
    """Return a copy of the start as an array of shape (n_angles,).

    Raises:
        InputError: another shape, not numbers, or not finite.
    """
    try:
        angles = np.array(start, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"The start must be angles in radians; got {start!r}.") from None
    if angles.shape != (n_angles,):
        raise InputError(
            f"The cost has {n_angles} angles and needs a start of shape ({n_angles},); "
            f"got shape {angles.shape}."
        )
    if not np.isfinite(angles).all():
        raise InputError(f"The angles of the start must be finite; got {angles}.")
    return angles


def is_number(value: Any) -> bool:
    """Tell whether this is a finite real number."""
    real = isinstance(value, (int, float, np.integer, np.floating))
    return real and not isinstance(value, bool) and math.isfinite(value)
