"""All statistics of a benchmark."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.bench.statistics.bootstrap import CONFIDENCE, RESAMPLES
from qrl.bench.statistics.comparisons import Comparison, compare
from qrl.bench.statistics.prepare import prepare
from qrl.bench.statistics.profiles import Profile, profile
from qrl.bench.statistics.ranking import Ranking, check_counts, rank_agents
from qrl.bench.statistics.remarks import remarks
from qrl.bench.statistics.samples import collect
from qrl.bench.statistics.summaries import (
    AgentSummary,
    CellSummary,
    summarise_agent,
    summarise_cell,
)
from qrl.bench.statistics.weights import check_weights
from qrl.checks import whole_number

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a benchmark's table says.

    Attributes:
        agents: labels, the highest interquartile mean of the score first.
        cell_names: ascending.
        cells: one per cell and agent that has runs there; by cell, then in the order of `agents`.
        overall: one per agent, in the order of `agents`.
        profiles: by agent, in the order of `agents`.
        comparisons: all pairs, the agent that comes earlier in `agents` first.
        ranking: BenchRL's.
        remarks: sentences on what makes the figures less sure than they look; empty if nothing.
        runs: all of them.
        failed: of these, how many failed.
        resamples: of the bootstrap.
        seed: of the bootstrap, the permutations and the weightings.
        confidence: of all intervals.
    """

    agents: tuple[str, ...]
    cell_names: tuple[str, ...]
    cells: tuple[CellSummary, ...]
    overall: tuple[AgentSummary, ...]
    profiles: dict[str, Profile]
    comparisons: tuple[Comparison, ...]
    ranking: Ranking
    remarks: tuple[str, ...]
    runs: int
    failed: int
    resamples: int
    seed: int
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON: infinity is the text "inf" or "-inf", nan is None."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def analyse(
    rows: pd.DataFrame,
    *,
    weights: Mapping[str, float] | None = None,
    counts: str = "solved",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Analysis:
    """Compute everything that a report tells.

    Failed runs are counted everywhere: unsolved, with an infinite error and score 0. All intervals
    are of 95 %: Wilson's for success rates, otherwise percentiles of the bootstrap, in which runs
    are drawn again within each agent and cell. They tell how much the seeds matter, and nothing of
    tasks that are not in the benchmark; below about ten seeds they are too narrow
    (`stratified_bootstrap`).

    Args:
        rows: one row per run, columns as in `qrl.bench.row`; their order does not matter.
        weights: of the ranking's criteria, see `check_weights`; equal where left out.
        counts: whose depth and gates are ranked, "solved" or "all"; see `rank_agents`.
        resamples: of the bootstrap.
        seed: the same seed gives the same figures.

    Raises:
        InputError: the table or a setting cannot be used.
    """
    checked = check_weights(weights)
    check_counts(counts)
    whole_number("The number of resamples", resamples, least=1)
    whole_number("The seed", seed, least=0)
    table = prepare(rows)
    samples = collect(table, resamples, seed)
    cells = tuple(sorted({cell for cell, _ in samples}))
    by_agent = {
        agent: [samples[cell, agent] for cell in cells if (cell, agent) in samples]
        for agent in sorted({agent for _, agent in samples})
    }
    overall = [summarise_agent(of_agent) for of_agent in by_agent.values()]
    overall.sort(key=lambda summary: -summary.iqm.value)
    agents = tuple(summary.agent for summary in overall)
    return Analysis(
        agents=agents,
        cell_names=cells,
        cells=tuple(
            summarise_cell(samples[cell, agent])
            for cell in cells
            for agent in agents
            if (cell, agent) in samples
        ),
        overall=tuple(overall),
        profiles={agent: profile(by_agent[agent]) for agent in agents},
        comparisons=compare(samples, agents, cells, seed),
        ranking=rank_agents(samples, agents, cells, weights=checked, counts=counts, seed=seed),
        remarks=remarks(table),
        runs=sum(summary.runs for summary in overall),
        failed=sum(summary.failed for summary in overall),
        resamples=resamples,
        seed=seed,
        confidence=CONFIDENCE,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(inner) for inner in value]
    if not isinstance(value, float):
        return value
    if math.isnan(value):
        return None
    return float(value) if math.isfinite(value) else str(float(value))
