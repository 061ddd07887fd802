"""All that is told of a benchmark, computed once for page, tables and figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.bench.report.cell_content import CellPictures, pictures

if TYPE_CHECKING:
    from qrl.bench.report.read_benchmark import BenchmarkFiles
    from qrl.bench.statistics.analysis import Analysis

RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Content:
    """A benchmark, its statistics and what is drawn of it.

    Attributes:
        benchmark: what was read.
        analysis: of its table.
        pictures: by cell.
        remarks: on what to know before reading.
        random: labels of the agents that search at random.
        version: of qrl.
        made: today's date.
    """

    benchmark: BenchmarkFiles
    analysis: Analysis
    pictures: dict[str, CellPictures]
    remarks: tuple[str, ...]
    random: frozenset[str]
    version: str
    made: str


def make_content(
    benchmark: BenchmarkFiles, say: Callable[[str], None] = lambda text: None
) -> Content:
    """Compute statistics and drawings of a benchmark.

    Args:
        benchmark: what was read.
        say: told in a few words what is happening.

    Raises:
        InputError: the table holds what no benchmark writes.
    """
    from qrl import __version__
    from qrl.bench.statistics import analyse

    rows = benchmark.rows
    say("Computing statistics")
    analysis = analyse(
        rows,
        weights=benchmark.spec.get("weights") or None,
        counts=benchmark.spec.get("counts", "solved"),
    )
    drawn = {cell: pictures(benchmark, cell, analysis.agents) for cell in analysis.cell_names}
    random = frozenset(rows.loc[rows["searcher"] == RANDOM, "agent"])
    remarks = [*analysis.remarks, *benchmark.remarks]
    if not random:
        remarks.append(
            "No random search is among the agents: what searching by itself is worth cannot be told from "
            "this benchmark."
        )
    if analysis.failed:
        remarks.append("Curves, fronts and circuits leave failed runs out.")
    made = time.strftime("%Y-%m-%d")
    return Content(benchmark, analysis, drawn, tuple(remarks), random, __version__, made)
