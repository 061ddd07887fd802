"""What searchers and agents reach at equal evaluations, from |0...0>.

Not part of a plain `python -m benchmarks`: it takes half an hour on two cores.
`python -m benchmarks searchers --markdown docs/searchers-results.md` writes the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.common import Table
from benchmarks.trials import Outcome, Trial, attempt, side_by_side

SEEDS = range(5)
EVALUATIONS = 200_000
PROBLEMS = ("vqe/lih-4q-3.4", "vqe/h2o-8q-published", "vqe/lih-6q-2.2")


@dataclass(frozen=True, slots=True)
class Row:
    """A searcher or an agent, and how it builds circuits.

    Attributes:
        label: what the table calls it.
        agent: its name.
        env, options: settings other than the default.
    """

    label: str
    agent: str
    env: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


SEARCHERS = (
    "random", "anneal", "tempering", "evolve", "greedy", "adapt", "beam", "mcts", "nested-mcts",
    "best-first", "portfolio",
)  # fmt: skip
AGENTS = ("a2c", "ppo", "rainbow", "alphazero")
FANS = {"actions": "gates,fans", "reward": "gate-cost"}
ROWS = (
    *(Row(name, name) for name in SEARCHERS),
    *(Row(f"{name}, single gates", name) for name in AGENTS[:2]),
    *(Row(f"{name}, gates and fans", name, FANS) for name in AGENTS),
)


def run(*, quick: bool = False) -> Iterator[Table]:
    """Search with each on each problem; the first problem on one seed where there is little time."""
    for task in PROBLEMS[:1] if quick else PROBLEMS:
        yield _table(task, SEEDS[:1] if quick else SEEDS)


def _table(task: str, seeds: range) -> Table:
    trials = [
        Trial(task, row.agent, seed, EVALUATIONS, env={"start": "zero", **row.env}, options=row.options)
        for row in ROWS
        for seed in seeds
    ]  # fmt: skip
    done = side_by_side(attempt, trials)
    table = Table(
        f"{task}, {EVALUATIONS:,} evaluations",
        (
            "searcher or agent", "lowest error (Ha)", "CNOTs within 1.6e-3 Ha", "CNOTs within 1e-4 Ha",
            "CNOTs within 1e-6 Ha",
        ),
    )  # fmt: skip
    for index, row in enumerate(ROWS):
        mine = done[index * len(seeds) : (index + 1) * len(seeds)]
        errors = [max(one.error, 0.0) for one in mine]
        told = f"{median(errors):.0e} [{min(errors):.0e}, {max(errors):.0e}]"
        table.rows.append((row.label, told, *(_fewest(mine, e) for e in (1.6e-3, 1e-4, 1e-6))))
    unverified = sum(not one.verified for one in done)
    table.notes = [
        f"Whole circuits from |0...0>, seeds {seeds[0]} to {seeds[-1]}, default settings; agents with "
        "fans also with the reward `gate-cost`. Median [lowest, highest]: of five seeds these are a 94 % "
        "interval of the median.",
        f"CNOTs: the fewest of a circuit within the error; - where a seed has none. Results that Qiskit "
        f"does not confirm: {unverified}.",
    ]
    return table


def _fewest(done: list[Outcome], error: float) -> str:
    """Return the median of the fewest CNOTs within an error, with the extremes."""
    counts = [
        min((row.cnots for row in one.front if row.error <= error), default=float("inf"))
        for one in done
    ]
    low, middle, high = (
        "-" if count == float("inf") else f"{count:g}"
        for count in (min(counts), median(counts), max(counts))
    )
    return f"{middle} [{low}, {high}]"
