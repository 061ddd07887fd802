"""The tables of a benchmark: over all cells, of each cell, of pairs, ranks and runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from qrl.bench.report import numbers as n
from qrl.bench.report.table import Column, Entry, Row, Table, entry, words
from qrl.search.method_titles import method_title

if TYPE_CHECKING:
    import pandas as pd

    from qrl.bench.report.fronts import Mark
    from qrl.bench.statistics.analysis import Analysis
    from qrl.bench.statistics.interval import Interval
    from qrl.bench.statistics.summaries import CellSummary

NEVER = "not reached by half"


def interval(given: Interval, form: Callable[[Any], str], never: str = "") -> Entry:
    """Return an estimate with its interval in square brackets, sorted by the estimate.

    Args:
        given: the estimate.
        form: how each of its numbers is written.
        never: what an infinite estimate is called; "" for the sign of infinity.
    """
    if math.isinf(given.value) and never:
        return Entry(never, given.value)
    text = form(given.value)
    if given.has_bounds:
        text += f" [{form(given.low)}, {form(given.high)}]"
    return entry(given.value, form, text)


def seeds_text(seeds: Iterable[int]) -> str:
    """Return seeds in a few words: neighbours as "seeds 0 to 4"."""
    parts: list[list[int]] = []
    for seed in sorted(set(seeds)):
        if parts and seed == parts[-1][-1] + 1:
            parts[-1].append(seed)
        else:
            parts.append([seed])
    listed = (f"{p[0]} to {p[-1]}" if len(p) > 2 else ", ".join(map(str, p)) for p in parts)
    return f"seed{'s' if sum(map(len, parts)) > 1 else ''} {', '.join(listed)}"


def overall_table(analysis: Analysis, rows: pd.DataFrame) -> Table:
    """Return the agents over all cells, the best first."""
    ranks = {row.agent: row for row in analysis.ranking.rows}
    columns = (
        Column("agent", text=True), Column("IQM score [95 %]"), Column("success (%) [95 %]"),
        Column("mean rank [95 %]"), Column("place [95 %]"), Column("first in weightings (%)"),
        Column("median score [95 %]", wide=True), Column("optimality gap [95 %]", wide=True),
        Column("runs"), Column("failed"), Column("cells", wide=True),
    )  # fmt: skip
    listed = []
    for one in analysis.overall:
        rank = ranks.get(one.agent)
        listed.append(
            Row(
                (
                    words(one.agent), interval(one.iqm, n.fixed), interval(one.success, n.percent),
                    *_rank_entries(rank), interval(one.median, n.fixed),
                    interval(one.optimality_gap, n.fixed), entry(one.runs, n.count),
                    entry(one.failed, n.count), entry(one.cells, n.count),
                ),
                {"agent": one.agent},
            )
        )  # fmt: skip
    cells, seeds = len(analysis.cell_names), seeds_text(int(seed) for seed in rows["seed"])
    caption = (
        f"All agents over {cells} cell{'s' if cells > 1 else ''}, {analysis.runs} runs, {seeds}. The "
        "score of a run is 0 where it is no better than the best trivial answer and 1 where it reached the "
        f"target; IQM is its interquartile mean. {_intervals(analysis)}"
    )
    return Table("overall", caption, columns, tuple(listed))


def _rank_entries(rank: Any) -> tuple[Entry, ...]:
    if rank is None:
        return (Entry(n.MISSING),) * 3
    return (
        interval(rank.mean_rank, n.fixed),
        interval(rank.place, lambda v: n.fixed(v, 0)),
        entry(rank.first_share, n.percent),
    )


def _intervals(analysis: Analysis) -> str:
    share = f"{100 * analysis.confidence:.0f} %"
    return f"Brackets: {share} intervals, stratified bootstrap, {analysis.resamples:,} resamples."


def cell_table(analysis: Analysis, cell: str, *, exact: bool) -> Table:
    """Return the agents in one cell.

    Args:
        analysis: of the benchmark.
        cell: its name.
        exact: whether costs are exact, so that the error without noise is the same.
    """
    found = [one for one in analysis.cells if one.cell == cell]
    unit = next((one.unit for one in found if one.unit), "")
    columns = (
        Column("agent", text=True), Column(f"{n.in_unit('median error', unit)} [95 %]"),
        *(() if exact else (Column(n.in_unit("noiseless error", unit)),)),
        Column("success (%) [95 %]"), Column("CNOTs"), Column("depth"), Column("gates", wide=True),
        Column("evaluations to target [95 %]"), Column("time to target (s) [95 %]", wide=True),
        Column(n.in_unit("lowest error", unit)), Column("IQM score [95 %]", wide=True),
        Column("fidelity", wide=True), Column("evaluations", wide=True), Column("time (s)", wide=True),
        Column("runs"), Column("failed"),
    )  # fmt: skip
    listed = tuple(
        Row(_cell_entries(one, exact), {"agent": one.agent, "cell": cell}) for one in found
    )
    target = next((one.target_error for one in found if n.known(one.target_error)), None)
    seeds = seeds_text(seed for one in found for seed in one.seeds)
    aim = f" Target: an error of {n.scientific(target)} {unit}".rstrip() if n.known(target) else ""
    caption = (
        f"{cell}, {seeds}.{aim}{'.' if aim else ''} Medians of runs; CNOTs, depth and gates are "
        f"of whole circuits. Evaluations and time to the target are censored at the budget. "
        f"{_intervals(analysis)}"
    )
    return Table("cell", caption, columns, listed)


def _cell_entries(one: CellSummary, exact: bool) -> tuple[Entry, ...]:
    return (
        words(one.agent), interval(one.error, n.scientific),
        *(() if exact else (entry(one.noiseless_error, n.scientific),)),
        interval(one.success, n.percent), entry(one.cnots, n.count), entry(one.depth, n.count),
        entry(one.gates, n.count), interval(one.evaluations_to_target, n.count, NEVER),
        interval(one.seconds_to_target, n.duration, NEVER), entry(one.best_error, n.scientific),
        interval(one.score, n.fixed), entry(one.fidelity, lambda v: n.fixed(v, 6)),
        entry(one.evaluations, n.count), entry(one.seconds, n.duration), entry(one.runs, n.count),
        entry(one.failed, n.count),
    )  # fmt: skip


def known_table(
    marks: Iterable[Mark],
    fronts: Mapping[str, Iterable[Any]],
    cell: str,
    unit: str,
    *,
    exact: bool = True,
    sampled: bool = False,
) -> Table:
    """Return other circuits for a cell's problem, each with the smallest found one that is as good.

    Args:
        marks: the other circuits.
        fronts: by agent, what it found.
        cell: its name.
        unit: of errors.
        exact: whether errors are against the exact answer, and not the lowest cost found.
        sampled: whether costs are from shots; none is then said to be as good as another.
    """
    error = n.in_unit("error" if exact else "cost over the lowest", unit)
    columns = (
        Column("circuit", text=True), Column(error), Column("CNOTs"), Column("depth"),
        Column("as good or better, CNOTs"), Column("found by", text=True),
    )  # fmt: skip
    rows = []
    for mark in marks:
        name = f"{mark.name}, published" if mark.published else method_title(mark.name)
        name += "" if mark.whole else ", its warm start not counted"
        size, who = _smallest(mark, {} if sampled else fronts)
        rows.append(
            Row(
                (
                    words(name), entry(mark.error, n.scientific), entry(mark.cnots, n.count),
                    entry(mark.depth, n.count), entry(size, n.count), words(who),
                ),
                {"cell": cell},
            )
        )  # fmt: skip
    beside = (
        "costs are samples, so that none is said to be as good as another"
        if sampled
        else "the smallest circuit found with an error no larger and no more CNOTs, of all agents and runs"
    )
    caption = f"Other circuits known for {cell}; {beside}."
    return Table("known", caption, columns, tuple(rows))


def _smallest(mark: Mark, fronts: Mapping[str, Iterable[Any]]) -> tuple[int | None, str]:
    """Return the CNOTs of the smallest circuit at least as good as a known one, and who found it."""
    good = [
        (point.cnots, index, agent)
        for index, (agent, front) in enumerate(fronts.items())
        for point in front
        if point.error <= mark.error + _SAME and (mark.cnots is None or point.cnots <= mark.cnots)
    ]
    if not good:
        return None, n.MISSING
    smallest = min(good)[0]
    return smallest, ", ".join(dict.fromkeys(a for size, _, a in sorted(good) if size == smallest))


_SAME = 1e-9
"""Costs this near are equal, as in `qrl.search.known_circuits`."""


def comparison_table(analysis: Analysis) -> Table:
    """Return all pairs of agents: how often the first is better, by how much, and how sure that is."""
    columns = (
        Column("first", text=True), Column("second", text=True), Column("cells"),
        Column("P(first better) [95 %]"), Column("Cliff's delta [95 %]", wide=True),
        Column("IQM difference [95 %]"), Column("p, adjusted"), Column("verdict", text=True),
    )  # fmt: skip
    rows = tuple(
        Row(
            (
                words(pair.first), words(pair.second), entry(pair.cells, n.count),
                interval(pair.probability, n.fixed), interval(pair.delta, n.fixed),
                interval(pair.iqm_difference, n.fixed), entry(pair.p_adjusted, _p_value),
                words(pair.verdict),
            ),
            {"agent": pair.first, "other": pair.second},
        )
        for pair in analysis.comparisons
    )  # fmt: skip
    caption = (
        "Pairs of agents: the probability that a run of the first has a higher score than one of the "
        "second, ties half, mean over the cells that both have; p of a permutation test, after Holm's "
        f"correction for the number of pairs. {_intervals(analysis)}"
    )
    return Table("pairs", caption, columns, rows)


def _p_value(value: Any) -> str:
    return f"{float(value):.3f}" if float(value) >= 0.001 else "< 0.001"


def ranking_table(analysis: Analysis) -> Table:
    """Return the weighted ranking, and how it hangs on the weights."""
    ranking = analysis.ranking
    columns = (
        Column("agent", text=True), Column("mean rank [95 %]"), Column("place [95 %]"),
        *(Column(f"by {name}") for name in ranking.weights),
        Column("first in weightings (%)"), Column("best place"), Column("worst place"),
    )  # fmt: skip
    rows = tuple(
        Row(
            (
                words(row.agent), interval(row.mean_rank, n.fixed),
                interval(row.place, lambda v: n.fixed(v, 0)),
                *(entry(row.by_criterion.get(name), n.fixed) for name in ranking.weights),
                entry(row.first_share, n.percent), entry(row.best_place, n.count),
                entry(row.worst_place, n.count),
            ),
            {"agent": row.agent},
        )
        for row in ranking.rows
    )  # fmt: skip
    weights = ", ".join(f"{name} {weight:.3g}" for name, weight in ranking.weights.items())
    sized = "runs that reached the target" if ranking.counts == "solved" else "all runs"
    caption = (
        f"Ranks, mean over {len(ranking.cells)} cells in which all agents have runs; 1 is best. Weights: "
        f"{weights}. Depth and gates are those of {sized}. Places over {ranking.weightings:,} random "
        "weightings show how much the ranking hangs on the weights."
    )
    return Table("ranking", caption, columns, rows)
