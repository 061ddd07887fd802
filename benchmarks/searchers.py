"""What searchers over whole circuits reach at equal evaluations, from |0...0>.

Not part of a plain `python -m benchmarks`: it takes some minutes on two cores.
`python -m benchmarks searchers --markdown docs/searchers-results.md` writes the page.
"""

from __future__ import annotations

from benchmarks.common import Table
from benchmarks.trials import Outcome, Trial, attempt, side_by_side

SEARCHERS = ("anneal", "tempering", "evolve")
SEEDS = range(3)
PROBLEMS = (
    ("vqe/lih-4q-3.4", 300_000),
    ("vqe/h2o-8q-published", 500_000),
    ("vqe/lih-6q-2.2", 1_000_000),
)
"""Task, and evaluations of each search."""


def run(*, quick: bool = False) -> list[Table]:
    """Search with each on each problem; the first problem on one seed where there is little time."""
    seeds = SEEDS[:1] if quick else SEEDS
    return [_table(task, count, seeds) for task, count in (PROBLEMS[:1] if quick else PROBLEMS)]


def _table(task: str, evaluations: int, seeds: range) -> Table:
    trials = [
        Trial(task, name, seed, evaluations, env={"start": "zero"})
        for name in SEARCHERS
        for seed in seeds
    ]
    done = side_by_side(attempt, trials)
    table = Table(
        f"Searchers: {task}, {evaluations:,} evaluations",
        ("searcher", "lowest errors (Ha)", "CNOTs within 1.6e-3 Ha", "CNOTs within 1e-6 Ha"),
    )
    for index, name in enumerate(SEARCHERS):
        mine = done[index * len(seeds) : (index + 1) * len(seeds)]
        errors = ", ".join(f"{max(one.error, 0.0):.0e}" for one in mine)
        table.rows.append((name, errors, _fewest(mine, 1.6e-3), _fewest(mine, 1e-6)))
    unverified = sum(not one.verified for one in done)
    table.notes = [
        f"Whole circuits from |0...0>, seeds 0 to {len(seeds) - 1} one after the other, default settings.",
        f"Results that Qiskit does not confirm: {unverified}. So few seeds rank nothing finely.",
    ]
    return table


def _fewest(done: list[Outcome], error: float) -> str:
    """Return for each seed the fewest CNOTs within an error."""
    counts = (
        min((row.cnots for row in one.front if row.error <= error), default=None) for one in done
    )
    return ", ".join("-" if count is None else str(count) for count in counts)
