"""A task on the terminal: trivial answers, other methods, and what to measure on a device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from qrl.cli.console import make_console
from qrl.cli.report import figure, in_unit, is_plain, title

if TYPE_CHECKING:
    from qrl.tasks.baseline import Baseline
    from qrl.tasks.task import Task


def print_task(task: Task) -> None:
    """Print a task with everything that it is compared with; takes seconds."""
    console = make_console()
    known = "unknown" if task.reference is None else f"{task.reference:.8f} {task.unit}".rstrip()
    lines = [
        f"{task.name}: {task.description}",
        f"{task.n_qubits} qubits; exact cost {known}; solved within "
        f"{task.target_error:g} {task.unit}".rstrip()
        + f"; gates {task.gates}",
        "",
    ]
    console.print("\n".join(lines), highlight=False, markup=False)
    found = {**task.trivial(), **task.rivals(task.start)}
    console.print(_methods(task, found))
    console.print()
    console.print(_plan(task))


def _methods(task: Task, found: dict[str, Baseline]) -> Table:
    measured = {
        name: dict(b.metrics) if b.circuit is None else task.metrics(b.circuit)
        for name, b in found.items()
    }
    names = dict.fromkeys(
        name for metrics in measured.values() for name, value in metrics.items() if is_plain(value)
    )
    table = Table(title="Without a search", title_justify="left", box=None, pad_edge=False)
    table.add_column("method", no_wrap=True)
    for name in (in_unit("cost", task.unit), "CNOTs", "depth", *map(title, names)):
        table.add_column(escape(name), justify="right")
    for name, baseline in found.items():
        cost = "-" if baseline.cost is None else f"{baseline.cost:.8f}"
        counts = [figure(baseline.cnots), figure(baseline.depth)]
        values = [figure(measured[name].get(metric)) for metric in names]
        table.add_row(escape(title(name)), cost, *counts, *values)
    return table


def _plan(task: Task) -> Table:
    from qrl.tasks.measurements import measurements

    rows: list[dict[str, Any]] = measurements(task.objective).describe()
    table = Table(title="To measure on a device", title_justify="left", box=None, pad_edge=False)
    for name in rows[0] if rows else ():
        table.add_column(escape(name))
    for row in rows[:_MOST_ROWS]:
        table.add_row(*(escape(figure(value)) for value in row.values()))
    if len(rows) > _MOST_ROWS:
        table.add_row(f"... {len(rows) - _MOST_ROWS} more")
    return table


_MOST_ROWS = 12
