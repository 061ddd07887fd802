"""What searches reach on each family of tasks: five seeds, verified by Qiskit, published figures beside.

Not part of a plain `python -m benchmarks`: it takes a quarter of an hour, and measures circuits and not
speed. `python -m benchmarks tasks --markdown docs/tasks/results.md` writes the page.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import qrl
from benchmarks.common import Table, Target
from qrl.errors import CheckFailed

SEEDS = range(5)
COST = "cost"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a task is to reach.

    Attributes:
        task, agent, seconds: the search.
        figure: "cost", "error" or the name of a metric.
        limit: of the figure; costs and errors at most, metrics at least.
        cnots: most two-qubit gates; None for any number.
        published: what others reached, with the source.
    """

    task: str
    agent: str
    seconds: float
    figure: str
    limit: float
    cnots: int | None = None
    published: str = "-"

    @property
    def at_most(self) -> bool:
        """Whether smaller is better."""
        return self.figure in (COST, "error")


_NESTED_MCTS = "arXiv 2207.00132"
_BENCHRL = "arXiv 2507.12189"
GOALS = (
    Goal("state/ghz-4q", "beam", 3, COST, 1e-8, 3, "3 CNOTs (known circuit)"),
    Goal("state/w-4q", "beam", 5, COST, 1e-8, None, "5 CNOTs (known circuit)"),
    *(
        Goal(f"diag/random-2q-{seed}", "beam", 3, COST, 1e-6, None, f"threshold 2e-2, {_BENCHRL}")
        for seed in range(1, 6)
    ),
    *(
        Goal(f"diag/random-3q-{seed}", "beam", 10, COST, 1e-4, None, f"threshold 0.15, {_BENCHRL}")
        for seed in range(1, 6)
    ),
    Goal("classify/iris-4q", "beam", 20, "accuracy", 0.96),
    Goal("classify/benchrl-3q", "beam", 20, "accuracy", 1.0, None, f"> 99.99 %, {_BENCHRL}"),
    Goal("maxcut/weighted-5q", "anneal", 3, "error", 1e-6, 4, f"4 CNOTs, {_NESTED_MCTS}"),
    Goal("maxcut/ring-7q", "anneal", 3, "error", 1e-6, 3, f"3 CNOTs, {_NESTED_MCTS}"),
    Goal("linear/ising-4q", "beam", 3, COST, 1e-8, 3, f"3 CNOTs, {_NESTED_MCTS}"),
    Goal("code/four-two-two", "anneal", 20, COST, 1e-8, 5, f"5 CNOTs, {_NESTED_MCTS}"),
    Goal("compile/toffoli-3q", "beam", 20, COST, 1e-8, 6, "6 CNOTs, arXiv 0803.2316"),
    Goal("code/five-qubit", "anneal", 60, COST, 1e-8),
)


def run(*, quick: bool = False) -> list[Table]:
    """Search for all of them, with one seed where there is little time."""
    table = Table(
        "Tasks: what searches reach",
        (
            "task",
            "agent",
            "budget (s)",
            "figure",
            "worst",
            "median",
            "two-qubit gates",
            "slowest to target (s)",
            "published",
        ),
    )
    seeds = tuple(SEEDS)[:1] if quick else tuple(SEEDS)
    for goal in GOALS:
        runs = [_search(goal, seed) for seed in seeds]
        figures = [_figure(found, goal) for found in runs]
        counts = [found.best.cnots for found in runs]
        times = [found.result["seconds_to_target"] for found in runs]
        worst = max(figures) if goal.at_most else min(figures)
        table.rows.append(
            (
                goal.task,
                goal.agent,
                f"{goal.seconds:g}",
                goal.figure,
                _number(worst),
                _number(median(figures)),
                _counts(counts),
                "-" if None in times else f"{max(times):.2f}",
                goal.published,
            )
        )
        name = f"{goal.task}, worst {goal.figure} of {len(seeds)} seeds"
        table.targets.append(Target(name, worst, goal.limit, at_least=not goal.at_most))
        if goal.cnots is not None:
            most = Target(f"{goal.task}, two-qubit gates", max(counts), goal.cnots, at_least=False)
            table.targets.append(most)
    table.notes = [
        f"Seeds {', '.join(map(str, seeds))} of the search; each result recomputed by Qiskit, whole "
        "circuits from |0...0>, counted in CNOTs.",
        "Accuracy is on the test part of the data, which takes no part in the search.",
        "MaxCut is solved by a basis state, without a two-qubit gate: published circuits with three or "
        "four CNOTs show nothing that a trivial answer does not.",
    ]
    return [table]


def _search(goal: Goal, seed: int) -> qrl.Run:
    with tempfile.TemporaryDirectory() as folder:
        found = qrl.search(
            goal.task,
            agent=goal.agent,
            seconds=goal.seconds,
            seed=seed,
            compare=False,
            out=Path(folder) / "run",
        )
        if not found.verify():
            raise CheckFailed(f"{goal.task}, seed {seed}: Qiskit computes another result.")
    return found


def _figure(found: qrl.Run, goal: Goal) -> float:
    if goal.figure == COST:
        return max(0.0, found.best.cost)
    if goal.figure == "error":
        return abs(found.best.error or 0.0)
    return float(found.best.metrics[goal.figure])


def _number(value: float) -> str:
    return f"{value:.1e}" if value < 1e-3 else f"{value:.4g}"


def _counts(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"
