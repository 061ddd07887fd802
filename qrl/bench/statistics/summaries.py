"""What is told of an agent, in a cell and over all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qrl.bench.statistics.bootstrap import percentile_interval
from qrl.bench.statistics.estimates import (
    censored_median,
    interquartile_mean,
    mean_success_rate,
    median,
    plain_median,
    success_rate,
)
from qrl.bench.statistics.interval import Interval
from qrl.bench.statistics.samples import Sample

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CellSummary:
    """The runs of one agent in one cell.

    Medians are of all runs that have the figure; a failed run has an infinite error, never
    reaches the target and has no circuit.

    Attributes:
        cell: what is compared with each other: the task, and its rules where they are unusual.
        task: its id.
        agent: the agent's label.
        runs: all of them, failed ones included.
        failed: of these, how many failed.
        seeds: of all runs, ascending.
        unit: of costs and errors.
        target_error: error that counts as solved, in `unit`; nan where all runs of the cell failed.
        error: median error, in `unit`; with shots that of the circuit judged without them.
        best_error: lowest error; infinite where all runs failed.
        noiseless_error: median error of the same circuits without noise and shots.
        score: interquartile mean of the score (`prepare`), 0 to 1.
        success: share of runs that reached the target, with Wilson's interval; nan where the cell
            has no reference.
        evaluations_to_target: of a run, censored at the budget: the smallest number after which
            at least half of the runs had reached the target, infinite where half never did.
        seconds_to_target: the same in seconds.
        cnots: median of the whole circuits.
        depth: median of the whole circuits, moments.
        gates: median of the whole circuits after decomposition.
        fidelity: median, where the task defines it.
        seconds: median, spent searching.
        evaluations: median, spent.
        trivial: the best trivial answer of the task; empty where there is none.
        trivial_error: its error, in `unit`.
    """

    cell: str
    task: str
    agent: str
    runs: int
    failed: int
    seeds: tuple[int, ...]
    unit: str
    target_error: float
    error: Interval
    best_error: float
    noiseless_error: float
    score: Interval
    success: Interval
    evaluations_to_target: Interval
    seconds_to_target: Interval
    cnots: float
    depth: float
    gates: float
    fidelity: float
    seconds: float
    evaluations: float
    trivial: str
    trivial_error: float


@dataclass(frozen=True, slots=True)
class AgentSummary:
    """The runs of one agent over all cells in which it has some.

    Attributes:
        agent: the agent's label.
        runs: all of them, failed ones included.
        failed: of these, how many failed.
        cells: in how many cells it has runs.
        iqm: interquartile mean of the score over all runs (Agarwal et al. 2021).
        median: median of the score over all runs.
        success: success rate, mean over cells.
        optimality_gap: mean of 1 - score over all runs; lower is better.
    """

    agent: str
    runs: int
    failed: int
    cells: int
    iqm: Interval
    median: Interval
    success: Interval
    optimality_gap: Interval


def summarise_cell(sample: Sample) -> CellSummary:
    """Summarise the runs of one agent in one cell.

    Args:
        sample: the runs.
    """
    columns = sample.columns
    return CellSummary(
        cell=sample.cell,
        task=sample.task,
        agent=sample.agent,
        runs=sample.n,
        failed=sample.failed,
        seeds=sample.seeds,
        unit=sample.unit,
        target_error=sample.target_error,
        error=sample.interval("error", median),
        best_error=float(columns["error"].min()),
        noiseless_error=plain_median(columns["noiseless_error"]),
        score=sample.interval("score", interquartile_mean),
        success=_success(sample),
        evaluations_to_target=sample.interval("evaluations_to_target", censored_median),
        seconds_to_target=sample.interval("seconds_to_target", censored_median),
        cnots=plain_median(columns["cnots"]),
        depth=plain_median(columns["depth"]),
        gates=plain_median(columns["gates_total"]),
        fidelity=plain_median(columns["fidelity"]),
        seconds=plain_median(columns["seconds"]),
        evaluations=plain_median(columns["evaluations"]),
        trivial=sample.trivial,
        trivial_error=sample.trivial_error,
    )


def summarise_agent(samples: Sequence[Sample]) -> AgentSummary:
    """Summarise the runs of one agent over its cells.

    Args:
        samples: one per cell.
    """
    rates = [_success(sample) for sample in samples]
    return AgentSummary(
        agent=samples[0].agent,
        runs=sum(sample.n for sample in samples),
        failed=sum(sample.failed for sample in samples),
        cells=len(samples),
        iqm=pooled_interval(samples, interquartile_mean),
        median=pooled_interval(samples, median),
        success=mean_success_rate(rates),
        optimality_gap=pooled_interval(samples, _gap),
    )


def pooled(samples: Sequence[Sample]) -> FloatArray:
    """Return the scores of several samples in one row, in every resample.

    Args:
        samples: strata; each is drawn again by itself.

    Returns:
        Shape (resamples, runs).
    """
    return np.concatenate([sample.resampled("score") for sample in samples], axis=1)


def pooled_interval(
    samples: Sequence[Sample], estimate: Callable[[FloatArray], FloatArray]
) -> Interval:
    """Return an estimate of the scores of several samples with its stratified interval.

    Args:
        samples: strata.
        estimate: of the last axis.
    """
    scores = np.concatenate([sample.columns["score"] for sample in samples])
    value = float(estimate(scores))
    if max(sample.n for sample in samples) < 2:
        return Interval(value, math.nan, math.nan, scores.size)
    return percentile_interval(value, estimate(pooled(samples)), scores.size)


def _gap(scores: FloatArray) -> FloatArray:
    return np.asarray(1 - scores.mean(axis=-1))


def _success(sample: Sample) -> Interval:
    reached = sample.columns["success"]
    if np.isnan(reached).any():
        return Interval.unknown(sample.n)
    return success_rate(int(reached.sum()), sample.n)
