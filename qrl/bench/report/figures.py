"""Figures for papers: what the page draws, as PNG and SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.bench.report.cell_figures import curves_figure, front_figure
from qrl.bench.report.curves import SPENT
from qrl.bench.report.figure_styles import Style, styles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from qrl.bench.report.benchmark_content import Content
    from qrl.bench.report.cell_content import CellPictures
    from qrl.bench.report.run_content import RunContent
    from qrl.bench.statistics.analysis import Analysis

_DPI = 200
_LONGEST = 60


def benchmark_figures(content: Content) -> Iterator[tuple[str, Figure]]:
    """Yield each figure of a benchmark with its name: overall ones, then those of each cell."""
    analysis = content.analysis
    look = styles(analysis.agents, content.random)
    overall = {one.agent: one for one in analysis.overall}
    iqm = {agent: overall[agent].iqm for agent in analysis.agents}
    success = {agent: overall[agent].success for agent in analysis.agents}
    yield "overall-iqm", _intervals_figure(iqm, look, "IQM of the score", (0.0, 1.0))
    yield "overall-success", _intervals_figure(success, look, "success rate", (0.0, 1.0))
    yield "profiles", _profiles_figure(analysis, look)
    if analysis.comparisons:
        yield "pairs", _matrix_figure(analysis)
    if analysis.ranking.rows:
        ranks = {row.agent: row.mean_rank for row in analysis.ranking.rows}
        reach = (1.0, float(max(2, len(analysis.agents))))
        yield "ranking", _intervals_figure(ranks, look, "mean rank; lower is better", reach)
    for name, pictures in _named(content.pictures.values()):
        yield from _of_cell(name, pictures, look)


def run_figures(content: RunContent) -> Iterator[tuple[str, Figure]]:
    """Yield each figure of a run with its name."""
    look = styles((content.agent,), frozenset())
    for kind in SPENT:
        yield f"curve-{kind}", curves_figure(content.pictures, look, kind)
    yield "front", front_figure(content.pictures, look)


def _named(cells: Iterable[CellPictures]) -> Iterator[tuple[str, CellPictures]]:
    """Yield each cell with a name that a file can have, different from the others'."""
    taken: set[str] = set()
    for pictures in cells:
        stem = re.sub(r"[^A-Za-z0-9.]+", "-", pictures.cell).strip("-.")[:_LONGEST] or "cell"
        name, again = stem, 1
        while name in taken:
            again += 1
            name = f"{stem}-{again}"
        taken.add(name)
        yield name, pictures


def _of_cell(
    name: str, pictures: CellPictures, look: dict[str, Style]
) -> Iterator[tuple[str, Figure]]:
    if pictures.curves:
        for kind in SPENT:
            yield f"{name}-{kind}", curves_figure(pictures, look, kind)
        yield f"{name}-front", front_figure(pictures, look)


def _intervals_figure(
    intervals: dict[str, Any], look: dict[str, Style], name: str, reach: tuple[float, float]
) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 0.9 + 0.3 * len(intervals)), layout="constrained")
    axes = figure.subplots()
    for row, (agent, one) in enumerate(intervals.items()):
        style = look[agent]
        if one.has_bounds:
            axes.plot([one.low, one.high], [row, row], color=style.color, linewidth=1.8)
        axes.plot([one.value], [row], linestyle="none", **style.point)
    axes.set_yticks(range(len(intervals)), [_plain(agent) for agent in intervals])
    axes.set_ylim(len(intervals) - 0.4, -0.6)
    margin = 0.03 * (reach[1] - reach[0])
    axes.set_xlim(reach[0] - margin, reach[1] + margin)
    axes.set_xlabel(name)
    axes.grid(axis="x", alpha=0.3)
    return figure


def _profiles_figure(analysis: Analysis, look: dict[str, Style]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for agent, profile in analysis.profiles.items():
        style = look[agent]
        axes.step(profile.tau, profile.share, where="post", label=_plain(agent), **style.line)
        axes.fill_between(
            profile.tau, profile.low, profile.high, step="post", alpha=0.15, color=style.color,
            linewidth=0,
        )  # fmt: skip
    axes.axvline(1.0, color="tab:green", linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("tau: error over target error")
    axes.set_ylabel("share of runs")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    return figure


def _matrix_figure(analysis: Analysis) -> Figure:
    import numpy as np
    from matplotlib.figure import Figure

    agents = list(analysis.agents)
    table = np.full((len(agents), len(agents)), np.nan)
    for pair in analysis.comparisons:
        i, j = agents.index(pair.first), agents.index(pair.second)
        table[i, j], table[j, i] = pair.probability.value, 1.0 - pair.probability.value
    size = 1.8 + 0.55 * len(agents)
    figure = Figure(figsize=(size + 0.6, size), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(table, vmin=0.0, vmax=1.0, cmap="RdBu")
    for (i, j), value in np.ndenumerate(table):
        if not np.isnan(value):
            dark = abs(value - 0.5) > 0.35
            axes.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize="small",
                      color="white" if dark else "black")  # fmt: skip
    names = [_plain(agent) for agent in agents]
    axes.set_xticks(range(len(agents)), names, rotation=40, ha="right")
    axes.set_yticks(range(len(agents)), names)
    figure.colorbar(image, ax=axes, label="P(row better than column)", shrink=0.85)
    return figure


def _plain(name: str) -> str:
    """Return a name whose dollar signs do not begin a formula."""
    return name.replace("$", r"\$")


def save(figure: Figure, stem: Path) -> Sequence[tuple[Path, bytes]]:
    """Return a figure as PNG and SVG, byte for byte the same each time.

    Args:
        figure: to draw.
        stem: path of the files without their endings.
    """
    made = []
    with _repeatable():
        for ending, extra in (("png", {"Software": None}), ("svg", {"Date": None})):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=ending, dpi=_DPI, metadata=extra)
            made.append((stem.with_name(f"{stem.name}.{ending}"), buffer.getvalue()))
    return made


@contextmanager
def _repeatable() -> Iterator[None]:
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "qrl"}):
        yield
