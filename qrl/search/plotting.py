"""A run as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qrl.search.known_circuits import others

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from qrl.search.run import Run

_FLOOR = 1e-12
"""Errors below this are rounding; a logarithmic axis ends here."""
_STYLES = {
    "hartree-fock": ("Hartree–Fock", "tab:gray", "s"),
    "initial-state": ("initial state", "tab:gray", "s"),
    "best-basis-state": ("best basis state", "tab:brown", "D"),
    "random-search": ("random search", "tab:orange", "^"),
}

_MARKERS = "xP+vd<>hp1"
"""Of methods that have no style of their own."""


def plot_run(run: Run) -> Figure:
    """Draw how the best cost fell, and the Pareto front of cost against CNOTs.

    Returns:
        A matplotlib figure; `savefig` writes it, notebooks show it.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _plot_trace(left, run)
    _plot_front(right, run)
    known = run.task.reference is not None
    left.set_ylabel(f"{'error' if known else 'cost'} ({run.task.unit})")
    if known:
        left.set_yscale("log")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        _plot_target(axes, run)
    # Beside the axes: there are more methods than a corner holds.
    figure.legend(*right.get_legend_handles_labels(), fontsize="small", loc="outside right upper")
    figure.suptitle(f"{run.task.name}, {run.result['agent']}, seed {run.result['seed']}")
    return figure


def _plot_trace(axes: Axes, run: Run) -> None:
    evaluations = [row["evaluations"] for row in run.trace]
    costs = [_height(run, row["cost"]) for row in run.trace]
    evaluations.append(max(run.result["evaluations"], *evaluations))
    costs.append(min([*costs, _height(run, run.best.cost)]))
    axes.step(evaluations, costs, where="post", color="tab:blue")
    axes.set_xscale("log")
    axes.set_xlabel("evaluations of the cost")
    axes.set_title("lowest cost so far", fontsize="medium")


def _plot_front(axes: Axes, run: Run) -> None:
    entries = run.archive.entries
    heights = [_height(run, entry.cost) for entry in entries]
    axes.scatter([e.cnots for e in entries], heights, s=18, color="tab:blue", label="found")
    best = _height(run, run.best.cost)
    axes.scatter(
        [run.best.cnots], [best], s=90, facecolors="none", edgecolors="tab:blue", label="best"
    )
    computed = [other for other in others(run) if not other.published]
    for index, other in enumerate(computed):
        plain = (other.name.replace("-", " "), "black", _MARKERS[index % len(_MARKERS)])
        label, color, marker = _STYLES.get(other.name, plain)
        height = _height(run, other.cost)
        axes.scatter([other.cnots], [height], s=50, color=color, marker=marker, label=label)
    _plot_published(axes, run)
    axes.set_xlabel("CNOTs of the whole circuit")
    axes.set_title("Pareto front", fontsize="medium")


def _plot_published(axes: Axes, run: Run) -> None:
    """Mark what others reported, each with its name."""
    published = [other for other in others(run) if other.published]
    if not published:
        return
    axes.scatter(
        [other.cnots for other in published], [_height(run, other.cost) for other in published],
        s=40, color="tab:red", marker="*", label="published",
    )  # fmt: skip
    for index, other in enumerate(published):
        where = (other.cnots, _height(run, other.cost))
        name = other.name if other.whole else f"{other.name} (part)"
        axes.annotate(
            name, where, xytext=(4, -8 if index % 2 else 3), textcoords="offset points", fontsize=6,
            color="tab:red",
        )  # fmt: skip
    axes.set_xscale("symlog", linthresh=10)
    axes.xaxis.set_major_formatter("{x:.0f}")


def _plot_target(axes: Axes, run: Run) -> None:
    if run.task.reference is None:
        return
    label = "chemical accuracy" if run.task.unit == "Ha" else "target"
    axes.axhline(run.task.target_error, color="tab:green", linestyle="--", linewidth=1, label=label)


def _height(run: Run, cost: float) -> Any:
    reference = run.task.reference
    return cost if reference is None else max(cost - reference, _FLOOR)
