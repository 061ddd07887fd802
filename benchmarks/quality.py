"""How few CNOTs the best searcher needs for an error, from |0...0>, beside what is published.

Not part of a plain `python -m benchmarks`: it takes up to an hour and a half on two cores.
`python -m benchmarks quality --markdown docs/quality.md` writes the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks.common import Table, Target
from benchmarks.product_bound import lowest_of_products
from benchmarks.trials import Outcome, Trial, attempt, side_by_side
from qrl.tasks.registry import get_task

SEARCHER = "portfolio"
SEEDS = range(5)


@dataclass(frozen=True, slots=True)
class Bar:
    """What is to be reached on a task.

    Attributes:
        task: its id.
        seconds: time of a search.
        goals: errors in hartree, each with the CNOTs that must do for it.
        published: the best of others: error in hartree, and size.
    """

    task: str
    seconds: float
    goals: tuple[tuple[float, int], ...]
    published: str = "-"


BARS = (
    Bar("vqe/beh2-6q-published", 60, ((6e-5, 3), (1e-10, 6)), "5.9e-5 / 21 CNOTs"),
    Bar("vqe/h2o-8q-published", 180, ((1.75e-4, 5), (1e-6, 11)), "1.3e-4 / 30 CNOTs"),
    Bar("vqe/h2o-8q", 300, ((1.6e-3, 6), (1e-4, 14))),
    Bar("vqe/lih-4q-3.4", 60, ((1.6e-3, 3), (1e-5, 7))),
    Bar("vqe/lih-6q-2.2", 180, ((1.6e-3, 10), (1e-6, 18)), "2.9e-4 / 132 gates"),
    Bar("vqe/h2o-10q-published", 300, ((3.7e-4, 3), (1.3e-4, 18)), "2.5e-4 / 96 CNOTs"),
    Bar("vqe/lih-12q-published", 600, ((1.6e-3, 18),), "1.0e-2 / 37 CNOTs"),
    Bar("vqe/h4-8q-1.5", 600, ((1.6e-3, 40),)),
)


def run(*, quick: bool = False) -> Iterator[Table]:
    """Search on all tasks with all seeds; the two smallest with one seed where there is little time."""
    bars = [bar for bar in BARS if bar.seconds <= 60] if quick else BARS
    seeds = SEEDS[:1] if quick else SEEDS
    trials = [
        Trial(bar.task, SEARCHER, seed, seconds=bar.seconds, env={"start": "zero"}, goals=bar.goals)
        for bar in bars
        for seed in seeds
    ]
    done = side_by_side(attempt, trials)
    outcomes = {bar.task: done[k * len(seeds) : (k + 1) * len(seeds)] for k, bar in enumerate(bars)}
    yield _goals(bars, outcomes, seeds)
    yield _fronts(bars, outcomes, seeds)
    if not quick:
        yield _limits(bars, outcomes)


def _goals(
    bars: list[Bar] | tuple[Bar, ...], done: dict[str, list[Outcome]], seeds: range
) -> Table:
    table = Table(
        f"Quality: `{SEARCHER}` from |0...0>",
        (
            "task", "within (s)", "error at most (Ha)", "CNOTs wanted", "CNOTs: median (lowest-highest)",
            "seeds that reached it", "median s to it", "published error (Ha) / size",
        ),
    )  # fmt: skip
    for bar in bars:
        for number, (error, wanted) in enumerate(bar.goals):
            counts = [fewest(one, error) for one in done[bar.task]]
            times = [one.reached[number] for one in done[bar.task]]
            reached = [seconds for seconds in times if seconds is not None]
            table.rows.append(
                (
                    bar.task, f"{bar.seconds:.0f}", f"{error:g}", str(wanted),
                    f"{median(counts):g} ({min(counts):g}-{max(counts):g})",
                    f"{len(reached)}/{len(times)}", f"{median(reached):.1f}" if reached else "-",
                    bar.published,
                )
            )  # fmt: skip
            name = f"{bar.task}: CNOTs within {error:g} Ha, median over seeds"
            table.targets.append(Target(name, median(counts), wanted, at_least=False))
    unverified = sum(not one.verified for outcomes in done.values() for one in outcomes)
    table.notes = [
        f"Whole circuits from |0...0>, CNOTs and single-qubit rotations, seeds {seeds[0]} to "
        f"{seeds[-1]}, default settings, a search on each core. A search ends when it has reached all "
        "goals of its task: CNOTs are those found by then.",
        f"Results that Qiskit does not confirm: {unverified}. Published circuits as compared in arXiv "
        "2505.09371; LiH on 6 qubits: quantumDARTS.",
    ]
    return table


def _fronts(
    bars: list[Bar] | tuple[Bar, ...], done: dict[str, list[Outcome]], seeds: range
) -> Table:
    """Tell the whole front at the end of the first seed's search."""
    table = Table(
        f"Fronts of seed {seeds[0]} when the search ended",
        ("task", "lowest error (Ha) with as many CNOTs"),
    )
    for bar in bars:
        best, steps = float("inf"), []
        for row in sorted(done[bar.task][0].front, key=lambda row: (row.cnots, row.error)):
            error = max(row.error, 0.0)  # the reference has rounding errors of its own
            if error < 0.9 * best:
                best = error
                steps.append(f"{row.cnots}: {best:.1e}")
        table.rows.append((bar.task, ", ".join(steps)))
    return table


def _limits(bars: list[Bar] | tuple[Bar, ...], done: dict[str, list[Outcome]]) -> Table:
    """Ask of each goal that no seed reached whether so few CNOTs can reach it at all."""
    table = Table(
        "Goals that no circuit can reach",
        ("task", "CNOTs", "goal (Ha)", "lowest error of states so little entangled (Ha)"),
    )
    for bar in bars:
        task = get_task(bar.task)
        for number, (error, wanted) in enumerate(bar.goals):
            groups = task.n_qubits - wanted
            if groups < 2 or any(one.reached[number] is not None for one in done[bar.task]):
                continue
            lowest = lowest_of_products(task.objective.observable, groups) - task.reference
            if lowest > error:
                table.rows.append((bar.task, str(wanted), f"{error:g}", f"{lowest:.3e}"))
    table.notes = [
        "With k CNOTs at least n - k groups of the n qubits stay unentangled with each other. The lowest "
        "energy of all such states is searched for all ways to group the qubits, by turns "
        "diagonalising the energy of one group with the others fixed, from several starts.",
    ]
    return table


def fewest(one: Outcome, error: float) -> float:
    """Return the fewest CNOTs within an error, infinite where none is."""
    return min((row.cnots for row in one.front if row.error <= error), default=float("inf"))
