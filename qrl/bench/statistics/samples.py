"""The runs of one agent in one cell, and how they are drawn again."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qrl.bench.row import FAILED
from qrl.bench.statistics import bootstrap
from qrl.bench.statistics.columns import numbers, texts
from qrl.bench.statistics.interval import Interval

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_COPIED = ("score", "success", "noiseless_error", "fidelity", "depth", "cnots", "gates_total")
_SPENT = ("evaluations", "seconds")


@dataclass(frozen=True)
class Sample:
    """The runs of one agent in one cell, a stratum of the bootstrap.

    Attributes:
        cell: its name.
        task: id.
        agent: label.
        unit: of errors.
        trivial: the best trivial answer.
        target_error: nan where no run of the cell is done.
        trivial_error: nan where unknown.
        seeds: ascending.
        failed: how many of the runs failed.
        columns: name -> values of the runs, shape (n,).
        drawn: the runs of each resample, shape (resamples, n).
    """

    cell: str
    task: str
    agent: str
    unit: str
    trivial: str
    target_error: float
    trivial_error: float
    seeds: tuple[int, ...]
    failed: int
    columns: dict[str, FloatArray]
    drawn: IntArray

    @property
    def n(self) -> int:
        """Number of runs."""
        return len(self.seeds)

    @cached_property
    def counts(self) -> FloatArray:
        """How often each run is in each resample; shape (resamples, n)."""
        return bootstrap.counts(self.drawn)

    @cached_property
    def solved(self) -> NDArray[np.bool_]:
        """Which runs are at the target; shape (n,)."""
        return self.columns["error"] <= self.target_error

    def resampled(self, name: str) -> FloatArray:
        """Return a column of all resamples; shape (resamples, n)."""
        return self.columns[name][self.drawn]

    def interval(self, name: str, estimate: Callable[[FloatArray], FloatArray]) -> Interval:
        """Return an estimate of a column with its bootstrap interval.

        Args:
            name: of the column.
            estimate: of the last axis.
        """
        values = self.columns[name]
        if np.isnan(values).any():
            return Interval.unknown(self.n)
        value = float(estimate(values))
        if self.n < 2:
            return Interval(value, math.nan, math.nan, self.n)
        return bootstrap.percentile_interval(value, estimate(self.resampled(name)), self.n)


Samples = dict[tuple[str, str], Sample]
"""By cell and agent, in ascending order; pairs without runs are not in it."""


def collect(table: pd.DataFrame, resamples: int, seed: int) -> Samples:
    """Split a table into samples.

    What is drawn for an agent in a cell depends on the seed and on both names alone: another agent
    in the benchmark, or another order of rows, changes no interval.

    Args:
        table: what `prepare` returned.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    names = {name: texts(table, name) for name in ("cell", "task", "agent", "unit", "trivial")}
    plain = {name: numbers(table, name) for name in (*_COPIED, *_SPENT)}
    plain["error"] = numbers(table, "error_filled")
    for name in _SPENT:
        plain[f"{name}_to_target"] = _to_target(table, name)
    seeds, failed = numbers(table, "seed"), names_equal(table, "status", FAILED)
    target, e_trivial = numbers(table, "target_filled"), numbers(table, "e_trivial")
    samples: Samples = {}
    for cell, agent in sorted(set(zip(names["cell"], names["agent"], strict=True))):
        in_cell = names["cell"] == cell
        here = np.flatnonzero(in_cell & (names["agent"] == agent))
        rng = np.random.default_rng([seed, zlib.crc32(cell.encode()), zlib.crc32(agent.encode())])
        samples[str(cell), str(agent)] = Sample(
            cell=str(cell),
            task=str(names["task"][here[0]]),
            agent=str(agent),
            unit=_common(names["unit"][in_cell]),
            trivial=_common(names["trivial"][in_cell]),
            target_error=float(target[here[0]]),
            trivial_error=float(e_trivial[here[0]]),
            seeds=tuple(int(s) for s in seeds[here]),
            failed=int(failed[here].sum()),
            columns={name: values[here] for name, values in plain.items()},
            drawn=bootstrap.draws(len(here), resamples, rng),
        )
    return samples


def names_equal(table: pd.DataFrame, column: str, word: str) -> NDArray[np.bool_]:
    """Return where a column of texts holds a word."""
    return np.asarray(texts(table, column) == word)


def _to_target(table: pd.DataFrame, unit: str) -> FloatArray:
    """Return what was spent until the target; infinite where it was not reached.

    With shots a run can be judged at the target although no noisy cost was; then all that was
    spent is an upper bound, and taken.
    """
    until, spent = numbers(table, f"{unit}_to_target"), numbers(table, unit)
    success = numbers(table, "success")
    known = np.where(np.isnan(until), spent, until)
    return np.where(np.isnan(success), np.nan, np.where(success == 1, known, np.inf))


def _common(words: NDArray[np.str_]) -> str:
    known = sorted({str(word) for word in words} - {""})
    return known[0] if known else ""
