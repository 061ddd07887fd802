"""Columns of a benchmark's table as NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qrl.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = (
    *("key", "cell", "task", "agent", "seed", "shots", "budget_kind", "budget", "status"),
    *("threads", "host", "parts", "versions", "unit", "cost", "reference", "error"),
    *("noiseless_error", "target_error", "reached", "fidelity", "trivial", "trivial_cost"),
    *("depth", "cnots", "gates_total", "evaluations", "seconds"),
    *("evaluations_to_target", "seconds_to_target"),
)


def numbers(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a copy of a column of numbers; nan where it is null.

    Raises:
        InputError: the column holds something else.
    """
    import pandas as pd

    try:
        plain = pd.to_numeric(table[name], errors="raise")
        return np.array(plain.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InputError(f"The column {name!r} must hold numbers: {error}.") from error


def flags(table: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Return a column of truth values; False where it is null."""
    column = table[name]
    known = column.notna().to_numpy()
    found = np.zeros(len(column), dtype=np.bool_)
    found[known] = [bool(value) for value in column[known]]
    return found


def texts(table: pd.DataFrame, name: str) -> NDArray[np.str_]:
    """Return a column of texts; empty where it is null."""
    column = table[name]
    known = column.notna().to_numpy()
    return np.array(
        [str(v) if k else "" for v, k in zip(column, known, strict=True)], dtype=np.str_
    )
