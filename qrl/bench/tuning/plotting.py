"""A tuning as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.bench.tuning.objective import FLOOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from qrl.bench.tuning.result import Tuning


def plot_tuning(tuning: Tuning) -> Figure:
    """Draw each trial's median error in order (or against its CNOTs), and the settings' importances.

    Returns:
        A matplotlib figure; `savefig` writes it, notebooks show it.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _plot_trials(left, tuning)
    shares = dict(sorted(tuning.importances.items(), key=lambda item: item[1]))
    right.barh([name.partition(".")[2] for name in shares], list(shares.values()))
    right.set_xlabel("importance (share)")
    if not shares:
        right.set_title("too few trials to tell")
    figure.suptitle(f"{tuning.plan.task.name}, {tuning.plan.config.agent}")
    return figure


def _plot_trials(axes: Axes, tuning: Tuning) -> None:
    plan = tuning.plan
    across = "median_cnots" if plan.objective.is_multiple else "trial"
    known = plan.task.reference is not None
    done = [row for row in tuning.rows if row["state"] == "complete"]
    heights = [max(r["median_error"], FLOOR) if known else r["median_error"] for r in done]
    for label, wanted, marker in (("trials", False, "o"), ("defaults", True, "D")):
        points = [
            (r[across], h) for r, h in zip(done, heights, strict=True) if r["is_default"] is wanted
        ]
        if points:
            axes.plot(*zip(*points, strict=True), marker, label=label)
    axes.set_xlabel("CNOTs" if plan.objective.is_multiple else "trial")
    quantity = "error" if known else "cost"
    axes.set_ylabel(f"median {quantity} over {len(plan.seeds)} seeds ({plan.task.unit})")
    if known:
        axes.set_yscale("log")
    if done:
        axes.legend()
    axes.grid(alpha=0.3)
