"""BenchRL's weighted ranking, how sure it is and how much it hangs on the weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qrl.bench.statistics.bootstrap import percentile_interval
from qrl.bench.statistics.estimates import censored_median, median, ranks
from qrl.bench.statistics.interval import Interval
from qrl.bench.statistics.samples import Sample, Samples
from qrl.bench.statistics.weights import CRITERIA
from qrl.errors import unknown_name

FloatArray = NDArray[np.float64]

COUNTS = ("solved", "all")
WEIGHTINGS = 2000
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class RankRow:
    """One agent's line of the ranking; ranks and places begin at 1, the best.

    Attributes:
        agent: the agent's label.
        mean_rank: combined rank, mean over cells; lower is better; interval over the seeds.
        place: by `mean_rank`; agents that tie share the better place; interval over the seeds.
        by_criterion: mean rank over cells by each criterion (accuracy, depth, gates, time).
        first_share: share of all weightings in which it is first; ties are split.
        best_place: over all weightings; 0 where no cell has runs of all agents.
        worst_place: likewise.
    """

    agent: str
    mean_rank: Interval
    place: Interval
    by_criterion: dict[str, float]
    first_share: float
    best_place: int
    worst_place: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Agents ranked by accuracy, depth, gates and time.

    Attributes:
        weights: of the criteria, sum 1.
        counts: "solved" or "all": whose depth and gates are ranked.
        rows: agents, the best first.
        cells: in which all agents have runs; the others are left out. Without any, all ranks are
            nan.
        by_cell: cell -> agent -> criterion -> rank.
        weightings: how many were drawn for the sensitivity.
    """

    weights: dict[str, float]
    counts: str
    rows: tuple[RankRow, ...]
    cells: tuple[str, ...]
    by_cell: dict[str, dict[str, dict[str, float]]]
    weightings: int


def rank_agents(
    samples: Samples,
    agents: Sequence[str],
    cells: Sequence[str],
    *,
    weights: dict[str, float],
    counts: str = "solved",
    seed: int = 0,
) -> Ranking:
    """Rank agents by four criteria in every cell and combine the ranks with weights.

    After BenchRL-QAS (arXiv 2507.12189): accuracy (C), depth (D), gates (A) and time (T), each
    ranked within a cell, weighted, and averaged over cells. Ours: the criteria are medians over
    seeds, of the error, the circuit's depth and gates after decomposition, and the seconds spent
    searching; ties share the mean of their ranks; a failed run counts as infinite in all of them.

    Depth and gates of a circuit that does not solve the task flatter: an empty circuit has none.
    With `counts="solved"` a run that is not at the target counts as infinitely deep, so an agent
    is ranked by what at least half of its runs need to solve the task, and agents that do not get
    that far share the last rank. `counts="all"` takes all circuits as they are, as BenchRL does.

    The interval over the seeds need not hold the estimate in its middle: ranks are bounded, and
    chance pushes the best down and the worst up.

    Args:
        samples: by cell and agent.
        agents: labels.
        cells: all of them; those where an agent has no runs are left out.
        weights: what `check_weights` returned.
        counts: "solved" or "all".
        seed: of the weightings; they are drawn uniformly from all with sum 1.

    Raises:
        InputError: `counts` is something else.
    """
    check_counts(counts)
    common = tuple(c for c in cells if all((c, agent) in samples for agent in agents))
    if not common:
        rows = tuple(_unranked(agent) for agent in agents)
        return Ranking(dict(weights), counts, rows, (), {}, 0)
    shares = np.array([weights[name] for name in CRITERIA])
    resamples = samples[common[0], agents[0]].drawn.shape[0]
    by_cell: dict[str, dict[str, dict[str, float]]] = {}
    combined = np.zeros((resamples, len(agents)))
    mean = np.zeros((len(agents), len(CRITERIA)))
    for cell in common:
        here = [samples[cell, agent] for agent in agents]
        observed = np.array([_criteria(sample, counts)[:, 0] for sample in here])
        ranked = np.stack([ranks(column) for column in observed.T], axis=1)
        by_cell[cell] = {
            agent: dict(zip(CRITERIA, map(float, row), strict=True))
            for agent, row in zip(agents, ranked, strict=True)
        }
        mean += ranked / len(common)
        drawn = np.stack([_criteria(sample, counts, drawn=True) for sample in here], axis=-1)
        combined += np.einsum("c,cra->ra", shares, ranks(drawn)) / len(common)
    value = mean @ shares
    sizes = [sum(samples[cell, agent].n for cell in common) for agent in agents]
    sure = max(samples[cell, agent].n for cell in common for agent in agents) > 1
    first, best, worst = _sensitivity(mean, seed)
    unsorted = [
        RankRow(
            agent=agent,
            mean_rank=_interval(float(value[i]), combined[:, i], sizes[i], sure),
            place=_interval(float(_places(value)[i]), _places(combined)[:, i], sizes[i], sure),
            by_criterion=dict(zip(CRITERIA, map(float, mean[i]), strict=True)),
            first_share=float(first[i]),
            best_place=int(best[i]),
            worst_place=int(worst[i]),
        )
        for i, agent in enumerate(agents)
    ]
    rows = tuple(sorted(unsorted, key=lambda row: row.place.value))
    return Ranking(dict(weights), counts, rows, common, by_cell, WEIGHTINGS)


def check_counts(counts: str) -> None:
    """Check whose depth and gates are ranked.

    Raises:
        InputError: neither "solved" nor "all".
    """
    if counts not in COUNTS:
        raise unknown_name("choice of whose gates are ranked", str(counts), COUNTS)


def _criteria(sample: Sample, counts: str, *, drawn: bool = False) -> FloatArray:
    """Return the four criteria, lower is better; shape (criteria, resamples), or one resample."""
    columns = sample.columns
    used = sample.solved if counts == "solved" else np.ones(sample.n, dtype=np.bool_)
    depth, gates = (np.where(used, columns[name], np.inf) for name in ("depth", "gates_total"))
    # Below this, errors differ by rounding alone.
    error = np.maximum(columns["error"], _ROUNDING)
    picked = sample.drawn if drawn else np.arange(sample.n)[None, :]
    rows = [median(error[picked])]
    rows += [censored_median(_known(v)[picked]) for v in (depth, gates, columns["seconds"])]
    return np.stack(rows)


def _known(values: FloatArray) -> FloatArray:
    return np.where(np.isnan(values), np.inf, values)


def _places(combined: FloatArray) -> FloatArray:
    """Return places from 1; those that tie share the better one; shape (..., agents)."""
    rounded = np.round(combined, 9)
    return np.asarray((rounded[..., None, :] < rounded[..., :, None]).sum(axis=-1) + 1.0)


def _sensitivity(mean: FloatArray, seed: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the share of weightings that each agent leads, its best and its worst place.

    Args:
        mean: ranks by criterion, mean over cells; shape (agents, criteria).
        seed: of the weightings.
    """
    weightings = np.random.default_rng(seed).dirichlet(np.ones(len(CRITERIA)), WEIGHTINGS)
    places = _places(weightings @ mean.T)
    leads = places == 1
    shares = (leads / leads.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares, places.min(axis=0), places.max(axis=0)


def _interval(value: float, drawn: FloatArray, n: int, sure: bool) -> Interval:
    return percentile_interval(value, drawn, n) if sure else Interval(value, math.nan, math.nan, n)


def _unranked(agent: str) -> RankRow:
    unknown = dict.fromkeys(CRITERIA, math.nan)
    return RankRow(agent, Interval.unknown(), Interval.unknown(), unknown, math.nan, 0, 0)
