"""Errors, scores and successes of a benchmark's rows, failed runs included."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qrl.bench.row import DONE, FAILED
from qrl.bench.statistics.columns import REQUIRED, flags, numbers, texts
from qrl.checks import shown
from qrl.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]


def prepare(rows: pd.DataFrame) -> pd.DataFrame:
    """Add what the statistics need to a benchmark's table.

    Columns that are added:
    - `error_filled`: the error that `reached` judges: `error`, or `noiseless_error` where the
      search had shots, because the lowest of many noisy costs flatters. Infinite where the run
      failed. Where the cell has no reference: cost less the lowest cost in this table.
    - `target_filled`: the target error of the cell, for failed runs too.
    - `e_trivial`: the error of the best trivial answer; the median of the cell.
    - `score`: 0 no better than the best trivial answer, 1 at the target; see `score`.
    - `success`: 1 where the target was reached, 0 where not or where the run failed, nan where the
      cell has no reference.

    Args:
        rows: one row per run, columns as in `qrl.bench.row`.

    Returns:
        A copy with the columns added, ordered by cell, agent and seed.

    Raises:
        InputError: no table, no rows, columns missing or not of their type.
    """
    table = _checked(rows)
    table = table.sort_values(["cell", "agent", "seed", "key"], kind="stable", ignore_index=True)
    done = np.array([status == DONE for status in table["status"]])
    cost, reference = numbers(table, "cost"), numbers(table, "reference")
    target, trivial = numbers(table, "target_error"), numbers(table, "trivial_cost")
    error = _judged(table)
    success = flags(table, "reached").astype(np.float64)
    cells = texts(table, "cell")
    scores = np.zeros(len(table))
    for cell in np.unique(cells):
        here = cells == cell
        ran = here & done
        target[here] = _middle(target[ran])
        zero = _middle(reference[ran])
        if math.isnan(zero) and ran.any():
            zero = float(np.min(cost[ran], initial=np.inf, where=~np.isnan(cost[ran])))
            error[here], success[here] = math.nan, math.nan
        error[here] = np.where(np.isnan(error[here]), cost[here] - zero, error[here])
        error[here & (~done | np.isnan(error))] = np.inf
        trivial[here] = _middle(trivial[ran]) - zero
        first = np.flatnonzero(here)[0]
        scores[here] = score(error[here], float(trivial[first]), float(target[first]))
    return table.assign(
        error_filled=error, target_filled=target, e_trivial=trivial, score=scores, success=success
    )


def score(error: FloatArray, trivial_error: float, target_error: float) -> FloatArray:
    """Return scores from 0, the best trivial answer, to 1, the target, by orders of magnitude.

    ln(e_trivial / e) / ln(e_trivial / target), clipped to [0, 1]. Where the trivial answer meets
    the target, or nothing is known of it, the score is 1 at the target and 0 elsewhere.

    Args:
        error: of the runs; zero, negative (rounding) and infinite values are allowed; shape (n,).
        trivial_error: of the best trivial answer; may be nan.
        target_error: error that counts as solved; may be nan, where no run is done.

    Returns:
        Shape (n,).
    """
    at_target = (error <= target_error).astype(np.float64)
    if not trivial_error > target_error > 0 or math.isinf(trivial_error):
        return at_target
    gained = math.log(trivial_error) - np.log(np.maximum(error, target_error))
    share = gained / (math.log(trivial_error) - math.log(target_error))
    return np.clip(share, 0.0, 1.0)


def _judged(table: pd.DataFrame) -> FloatArray:
    error, noiseless = numbers(table, "error"), numbers(table, "noiseless_error")
    with_shots = (numbers(table, "shots") > 0) & ~np.isnan(noiseless)
    return np.where(with_shots, noiseless, error)


def _middle(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else math.nan


def _checked(rows: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    if not isinstance(rows, pd.DataFrame):
        raise InputError(
            f"The statistics take a pandas table with one row per run; got {shown(rows)}. "
            "Read runs.parquet of the benchmark's folder with pandas.read_parquet."
        )
    missing = [name for name in REQUIRED if name not in rows.columns]
    if missing:
        raise InputError(
            f"The table lacks the columns {', '.join(missing)}. "
            "Use runs.parquet of a benchmark's folder as it is."
        )
    if not len(rows):
        raise InputError("The table has no runs; run the benchmark first.")
    unknown = set(texts(rows, "status")) - {DONE, FAILED}
    if unknown:
        raise InputError(f"The status of a run is {DONE} or {FAILED}; got {shown(unknown.pop())}.")
    if np.isnan(numbers(rows, "seed")).any():
        raise InputError("Every run must have a seed; the table has rows without one.")
    return rows
