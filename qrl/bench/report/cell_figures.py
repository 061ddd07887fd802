"""Figures of one cell: curves with bands, and fronts with what else is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.bench.report.numbers import in_unit
from qrl.search.method_titles import method_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from qrl.bench.report.cell_content import CellPictures
    from qrl.bench.report.figure_styles import Style

_NAMES = {"evaluations": "evaluations of the cost", "seconds": "time spent searching (s)"}
_SIZE = (6.4, 4.0)
_LINEAR = 60
"""CNOTs up to which an axis is linear."""


def curves_figure(pictures: CellPictures, look: dict[str, Style], kind: str) -> Figure:
    """Draw the lowest error so far: medians, and bands between quartiles.

    Args:
        pictures: of the cell.
        look: of each agent.
        kind: "evaluations" or "seconds".
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    for agent, kinds in pictures.curves.items():
        curve, style = kinds[kind], look[agent]
        median, low, high = (
            _drawn(pictures, values) for values in (curve.median, curve.low, curve.high)
        )
        axes.step(curve.spent, median, where="post", label=_plain(agent), **style.line)
        if curve.runs > 1:
            axes.fill_between(
                curve.spent, low, high, step="post", color=style.color, alpha=0.15, linewidth=0
            )
    axes.set_xscale("log")
    axes.set_xlabel(_NAMES[kind])
    if pictures.trivial is not None:
        name, error = pictures.trivial
        label = method_title(name)
        axes.axhline(max(error, pictures.floor), color="tab:gray", linestyle=":", label=label)
    published = [max(mark.error, pictures.floor) for mark in pictures.marks if mark.published]
    for index, error in enumerate(published):
        label = "published" if index == 0 else "_"
        axes.axhline(error, xmin=0.88, color="tab:red", linewidth=0.9, alpha=0.7, label=label)
    return _finished(figure, axes, pictures)


def front_figure(pictures: CellPictures, look: dict[str, Style]) -> Figure:
    """Draw error against CNOTs of the best circuits, baselines and published circuits marked."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    sizes = [point.cnots for front in pictures.fronts.values() for point in front]
    sizes += [mark.cnots for mark in pictures.marks if mark.cnots is not None]
    most = max([4, *sizes]) * 1.05
    for agent, front in pictures.fronts.items():
        style = look[agent]
        errors = _drawn(pictures, [point.error for point in front])
        cnots = [point.cnots for point in front]
        # A front holds on to its right: nothing larger is better.
        axes.step([*cnots, most], [*errors, errors[-1]], where="post", **style.line)
        axes.plot(cnots, errors, linestyle="none", label=_plain(agent), **style.point)
    for index, mark in enumerate(pictures.marks):
        if mark.cnots is None:
            continue
        where = (mark.cnots, max(mark.error, pictures.floor))
        color, shape = ("tab:red", "*") if mark.published else ("tab:gray", "x")
        axes.plot(*where, color=color, marker=shape, linestyle="none", markersize=7)
        name = mark.name if mark.published else method_title(mark.name)
        axes.annotate(_plain(name), where, xytext=(4, -8 if index % 2 else 4), textcoords="offset points",
                      fontsize=6, color=color)  # fmt: skip
    if most > _LINEAR:
        axes.set_xscale("symlog", linthresh=10)
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.set_xlabel("CNOTs of the whole circuit")
    return _finished(figure, axes, pictures)


def _drawn(pictures: CellPictures, errors: Any) -> Any:
    """Return errors as a logarithmic axis can show them: nothing below the floor, nothing infinite."""
    values = np.maximum(np.asarray(errors, dtype=float), pictures.floor)
    return np.where(np.isinf(values), np.nan, values)


def _finished(figure: Figure, axes: Axes, pictures: CellPictures) -> Figure:
    task = pictures.task
    unit = "" if task is None else task.unit
    axes.set_yscale("log")
    axes.set_ylabel(in_unit("error" if pictures.exact else "cost over the lowest", unit))
    if task is not None and pictures.exact and task.target_error > 0:
        axes.axhline(
            task.target_error, color="tab:green", linestyle="--", linewidth=1, label="target"
        )
    axes.set_title(_plain(pictures.cell), fontsize="medium")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="x-small")
    return figure


def _plain(name: str) -> str:
    """Return a name whose dollar signs do not begin a formula."""
    return name.replace("$", r"\$")
