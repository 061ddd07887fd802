"""What a benchmark says, on the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from qrl.cli.console import make_console

if TYPE_CHECKING:
    from qrl.bench.benchmark import Benchmark
    from qrl.bench.statistics.analysis import Analysis
    from qrl.bench.statistics.comparisons import Comparison
    from qrl.bench.statistics.interval import Interval
    from qrl.bench.statistics.summaries import CellSummary

_FEW = 30
"""Rows of a table that one still reads."""


def print_benchmark(benchmark: Benchmark) -> None:
    """Print what the runs of a benchmark say, as far as they are done."""
    console, rows = make_console(), benchmark.rows
    if rows:
        print_analysis(benchmark.analyse())
    lines = []
    failed = [row for row in rows if row["status"] == "failed"]
    for row in failed[:3]:
        lines.append(
            f"Failed: {row['agent']} on {row['cell']}, seed {row['seed']}: {row['reason']}"
        )
    if failed:
        more = f" ({len(failed)} in all)" if len(failed) > 3 else ""
        lines.append(f"`--retry-failed` runs them again{more}; tracebacks are in failures/.")
    if benchmark.others:
        lines.append(
            f"{benchmark.others} runs in the folder belong to other settings; they are left out."
        )
    missing = len(benchmark.missing())
    if missing:
        lines.append(
            f"{missing} of {len(benchmark.jobs)} runs are missing; the same command goes on."
        )
    lines.append(f"Benchmark: {benchmark.folder}  (`qrl report {benchmark.folder}` makes the page)")
    console.print("\n" + "\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def print_analysis(analysis: Analysis) -> None:
    """Print the figures over all cells, those of each cell while they are few, and the comparisons."""
    console = make_console()
    console.print(
        "Over all tasks, with 95 % intervals. Score: 0 no better than the trivial answer, 1 solved; IQM: "
        "interquartile mean.\n",
        highlight=False,
        soft_wrap=True,
    )
    console.print(overall_table(analysis))
    if len(analysis.cells) <= _FEW:
        console.print()
        console.print(cell_table(analysis))
    told = [comparison for comparison in analysis.comparisons if _is_told(comparison)]
    console.print(
        f"\n{len(told)} of {len(analysis.comparisons)} pairs of agents can be told apart "
        "(Holm's correction).",
        highlight=False,
    )
    for remark in analysis.remarks:
        console.print(f"Note: {remark}", highlight=False, markup=False, soft_wrap=True)


def overall_table(analysis: Analysis) -> Table:
    """Return one row per agent: its score over all cells, its share of solved runs, its rank."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("agent", "score (IQM)", "solved", "rank", "runs", "failed"):
        table.add_column(name, justify="left" if name == "agent" else "right", no_wrap=True)
    ranks = {row.agent: row.mean_rank for row in analysis.ranking.rows}
    for one in analysis.overall:
        table.add_row(
            escape(one.agent),
            interval(one.iqm, "{:.2f}"),
            interval(one.success, "{:.0%}"),
            interval(ranks[one.agent], "{:.1f}"),
            str(one.runs),
            str(one.failed),
        )
    return table


def cell_table(analysis: Analysis) -> Table:
    """Return one row per cell and agent, with the trivial answer of each cell."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    names = (
        "task",
        "agent",
        "median error",
        "solved",
        "CNOTs",
        "evaluations to solve",
        "trivial error",
    )
    for name in names:
        table.add_column(
            name, justify="left" if name in ("task", "agent") else "right", no_wrap=True
        )
    before = ""
    for one in analysis.cells:
        first = one.cell != before
        before = one.cell
        table.add_row(
            escape(one.cell) if first else "",
            escape(one.agent),
            f"{interval(one.error, '{:.1e}')} {one.unit}".rstrip(),
            _share(one),
            number(one.cnots, "{:g}"),
            interval(one.evaluations_to_target, "{:,.0f}"),
            number(one.trivial_error, "{:.1e}") if first else "",
        )
    return table


def interval(value: Interval, form: str) -> str:
    """Return a value with its interval."""
    if math.isnan(value.low) or math.isnan(value.high):
        return number(value.value, form)
    return f"{number(value.value, form)} [{number(value.low, form)}, {number(value.high, form)}]"


def number(value: float, form: str) -> str:
    """Return a number; a dash where there is none."""
    if math.isnan(value):
        return "-"
    return "inf" if math.isinf(value) else form.format(value)


def _share(one: CellSummary) -> str:
    if math.isnan(one.success.value):
        return "-"
    return f"{round(one.success.value * one.runs)}/{one.runs}"


def _is_told(comparison: Comparison) -> bool:
    return comparison.verdict != "not told apart"
