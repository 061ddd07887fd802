"""What the page draws of each cell: curves, fronts and other circuits, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qrl.bench.report.curves import SPENT, Curve, common_grid, curve, steps
from qrl.bench.report.fronts import Mark, Point, front, marks
from qrl.bench.report.numbers import known, short
from qrl.search.choose import choose
from qrl.search.method_titles import method_title

if TYPE_CHECKING:
    from qrl.bench.report.read_benchmark import BenchmarkFiles, RunFiles
    from qrl.circuits.circuit import Circuit
    from qrl.search.run import Run
    from qrl.tasks.task import Task

_FLOOR_OF_TARGET, _FLOOR = 1e-4, 1e-12


@dataclass(frozen=True, slots=True)
class Drawn:
    """The best circuit of an agent in a cell, and its figures."""

    circuit: Circuit
    error: float
    seed: int


@dataclass(frozen=True, slots=True)
class CellPictures:
    """All drawings of a cell.

    Attributes:
        cell: its name.
        task: of it; None where no run folder of the cell can be read.
        exact: whether errors are against the exact answer, and not against the lowest cost found.
        plain: whether costs are without noise and shots.
        sampled: whether costs are from shots.
        floor: error at and below which drawings make no difference.
        curves: by agent, then by what was spent.
        fronts: by agent.
        marks: other circuits that are known.
        trivial: the best answer that needs no search, and its error; None where there is none.
        best: by agent.
        read: by agent, how many run folders are in the drawings.
    """

    cell: str
    task: Task | None
    exact: bool = True
    plain: bool = True
    sampled: bool = False
    floor: float = _FLOOR
    curves: dict[str, dict[str, Curve]] = field(default_factory=dict)
    fronts: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    trivial: tuple[str, float] | None = None
    best: dict[str, Drawn] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)

    def to_dict(self, agents: dict[str, int]) -> dict[str, Any]:
        """Return plain data for the page.

        Args:
            agents: the number of each.
        """
        task, trivial = self.task, self.trivial
        return {
            "name": self.cell,
            "unit": "" if task is None else task.unit,
            "exact": self.exact,
            "floor": short(self.floor),
            "target": None if task is None or not self.exact else task.target_error,
            "trivial": None if trivial is None else [method_title(trivial[0]), short(trivial[1])],
            "curves": {
                agents[agent]: {kind: c.to_dict() for kind, c in kinds.items()}
                for agent, kinds in self.curves.items()
            },
            "fronts": {
                agents[agent]: [[p.cnots, short(p.error), p.depth] for p in points]
                for agent, points in self.fronts.items()
            },
            "marks": [
                [
                    method_title(m.name) if not m.published else m.name,
                    m.cnots,
                    short(m.error),
                    m.published,
                ]
                for m in self.marks
            ],
        }


def pictures(benchmark: BenchmarkFiles, cell: str, agents: Sequence[str]) -> CellPictures:
    """Return what is drawn of a cell.

    Args:
        benchmark: what was read.
        cell: its name.
        agents: in the order of the page.
    """
    runs = [run for run in benchmark.runs if run.row["cell"] == cell]
    task = benchmark.tasks.get(cell)
    if not runs or task is None:
        return CellPictures(cell, task)
    exact = task.reference is not None
    zero = task.reference if task.reference is not None else _lowest(benchmark, cell)
    grids = {
        kind: common_grid(
            [[row[kind] for row in run.trace] for run in runs],
            [float(run.result[kind]) for run in runs],
            kind,
        )
        for kind in SPENT
    }
    by_agent = {a: [run for run in runs if run.row["agent"] == a] for a in agents}
    by_agent = {agent: own for agent, own in by_agent.items() if own}
    results = [run.result for run in runs]
    return CellPictures(
        cell=cell,
        task=task,
        exact=exact,
        plain=not any("noiseless_cost" in result for result in results),
        sampled=any(result.get("shots") for result in results),
        floor=_floor(task, max(run.trace[0]["cost"] for run in runs) - zero),
        curves={
            agent: {kind: curve(_errors(own, kind, zero), grids[kind]) for kind in SPENT}
            for agent, own in by_agent.items()
        },
        fronts={a: front((run.archive for run in own), zero) for a, own in by_agent.items()},
        marks=marks(results, task.metadata, zero, exact=exact),
        trivial=_trivial(runs, zero),
        best={agent: _best(task, own, zero) for agent, own in by_agent.items()},
        read={agent: len(own) for agent, own in by_agent.items()},
    )


def _trivial(runs: Sequence[RunFiles], zero: float) -> tuple[str, float] | None:
    """Return the best trivial answer, the lowest of all runs where shots make them differ."""
    found = [
        (float(run.row["trivial_cost"]) - zero, run.row["trivial"])
        for run in runs
        if isinstance(run.row["trivial"], str) and known(run.row["trivial_cost"])
    ]
    if not found:
        return None
    error, name = min(found)
    return name, error


def _lowest(benchmark: BenchmarkFiles, cell: str) -> float:
    """Return the lowest cost of a cell's rows, at which the tables have no error either."""
    costs = benchmark.rows.loc[benchmark.rows["cell"] == cell, "cost"]
    return min(float(cost) for cost in costs if known(cost))


def _errors(
    runs: Sequence[RunFiles], kind: str, zero: float
) -> list[tuple[list[float], list[float]]]:
    return [
        ([row[kind] for row in run.trace], [row["cost"] - zero for row in run.trace])
        for run in runs
    ]


def _best(task: Task, runs: Sequence[RunFiles], zero: float) -> Drawn:
    """Return the best circuit of runs: the lowest cost, then the fewest CNOTs.

    With shots the exact cost of the circuits judges: a lucky sample is no accuracy.
    """

    def judged(run: RunFiles) -> float:
        result = run.result
        return float(result["noiseless_cost"] if result.get("shots") else result["cost"])

    chosen = min(
        runs, key=lambda run: (round(judged(run), 9), run.result["cnots"], run.row["seed"])
    )
    circuit = choose(task, chosen.archive).circuit
    return Drawn(circuit, judged(chosen) - zero, int(chosen.row["seed"]))


def run_pictures(run: Run) -> CellPictures:
    """Return what is drawn of a single run; its curve has all of its improvements and no band."""
    task, agent, result = run.task, run.result["agent"], run.result
    exact = task.reference is not None
    zero = task.reference if task.reference is not None else run.archive.lowest_cost
    errors = [row["cost"] - zero for row in run.trace]
    curves = {
        kind: steps([float(row[kind]) for row in run.trace], errors, float(result[kind]), kind)
        for kind in SPENT
    }
    found = marks([result], task.metadata, zero, exact=exact)
    trivial = min(
        ((m.error, m.name) for m in found if m.name in task.trivial() and not m.published),
        default=None,
    )
    return CellPictures(
        cell=task.name,
        task=task,
        exact=exact,
        plain="noiseless_cost" not in result,
        sampled=bool(result.get("shots")),
        floor=_floor(task, errors[0]),
        curves={agent: curves},
        fronts={agent: front([run.archive], zero)},
        marks=found,
        trivial=None if trivial is None else (trivial[1], trivial[0]),
        read={agent: 1},
    )


def _floor(task: Task, first: float) -> float:
    """Return the error below which drawings make no difference.

    Args:
        task: of the cell.
        first: the largest error that a run began with; it counts where no exact answer is known.
    """
    scale = first if task.reference is None else task.target_error
    return max(_FLOOR, scale * _FLOOR_OF_TARGET)
