"""Checks of options and starts that all tuners share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import real_number, whole_number
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def positive(**options: Any) -> None:
    """Refuse options that are not finite numbers above 0."""
    for name, value in options.items():
        real_number(f"Option {name}", value, above=0)


def non_negative(**options: Any) -> None:
    """Refuse options that are not finite numbers from 0."""
    for name, value in options.items():
        real_number(f"Option {name}", value, least=0)


def fraction(**options: Any) -> None:
    """Refuse options that are not numbers from 0 to below 1."""
    for name, value in options.items():
        real_number(f"Option {name}", value, least=0, below=1)


def count(**options: Any) -> None:
    """Refuse options that are not whole numbers from 1."""
    for name, value in options.items():
        whole_number(f"Option {name}", value, least=1)


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
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"The start must be angles in radians; got {start!r}.") from None
    if angles.shape != (n_angles,):
        raise InputError(
            f"The cost has {n_angles} angles and needs a start of shape ({n_angles},); "
            f"got shape {angles.shape}."
        )
    if not np.isfinite(angles).all():
        raise InputError(f"The angles of the start must be finite; got {angles}.")
    return angles
