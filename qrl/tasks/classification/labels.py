"""Labels of a user's own: which class each point belongs to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import shown
from qrl.errors import InputError
from qrl.tasks.classification.task import class_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_POINTS = 3
"""Of a class: one for each part."""

_MISSING = {"", "NA", "N/A", "#N/A", "<NA>", "None", "NULL", "null"}
"""What programs write where a value is missing; besides them "nan", in any letters."""


def class_numbers(labels: Any, count: int) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number the classes in the order of their numbers, or of their names as texts.

    Args:
        labels: one number or text for each point.
        count: number of points.

    Returns:
        Class numbers from 0, shape (points,), and the names of the classes.

    Raises:
        InputError: no list of labels, another number of them, a missing one, fewer than 2 classes,
            or a class of fewer than 3 points.
    """
    names = _listed(labels)
    if len(names) != count:
        raise InputError(f"Each of {count} points needs one label; got {len(names)}.")
    for row, label in enumerate(names):
        if is_missing(label):
            raise InputError(
                f"The label of point {row} (counted from 0) is missing: {label!r}. Fill it in or leave "
                "the point out."
            )
        if not isinstance(label, (str, bool, int, float)):
            raise InputError(
                "Labels must be numbers or texts, one for each point; got "
                f"{shown(label)} for point {row} (counted from 0)."
            )
    try:
        different = sorted(set(names))
    except TypeError:  # numbers beside texts
        names = [str(value) for value in names]
        different = sorted(set(names))
    classes = tuple(str(value) for value in different)
    if len(classes) < 2:
        raise InputError(
            f"Classification needs at least 2 classes; got {', '.join(classes) or 'none'}."
        )
    number = {name: k for k, name in enumerate(different)}
    numbers = np.array([number[name] for name in names], dtype=np.int64)
    counts = class_counts(numbers, classes)
    few = [f"{key[:40]!r} ({points})" for key, points in counts.items() if points < FEWEST_POINTS]
    if few:
        more = f" and {len(few) - 5} others" if len(few) > 5 else ""
        raise InputError(
            f"Each class needs at least {FEWEST_POINTS} points, one for each part; fewer have "
            f"{', '.join(few[:5])}{more}. Leave them out, add points, or take another label."
        )
    return numbers, classes


def is_missing(label: object) -> bool:
    """Tell whether a label stands for none: None, NaN, or a text such as "NA"."""
    if isinstance(label, str):
        return label.strip() in _MISSING or label.strip().lower() == "nan"
    return label is None or (isinstance(label, float) and math.isnan(label))


def _listed(labels: Any) -> list[Any]:
    given = labels.to_numpy() if hasattr(labels, "to_numpy") else labels  # of pandas
    if isinstance(given, (str, bytes, Mapping, Set)) or not isinstance(given, Iterable):
        raise InputError(f"The labels must be a list, one for each point; got {shown(labels)}.")
    if isinstance(given, np.ndarray) and given.ndim != 1:
        raise InputError(
            f"The labels must have shape (points,); got {given.shape}. Take one column of them."
        )
    return [value.item() if isinstance(value, np.generic) else value for value in given]
