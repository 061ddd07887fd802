"""A task on the terminal: trivial answers, other methods, and what to measure on a device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from qrl.cli.console import make_console
from qrl.cli.run_tables import columns_of, figure, in_unit, is_plain
from qrl.search.method_titles import method_title
from qrl.tasks.hardware_efficient import hardware_efficient_circuit

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.tasks.baseline import Baseline
    from qrl.tasks.task import Task


def print_task(task: Task) -> None:
    """Print a task with everything that it is compared with; takes seconds."""
    console = make_console()
    known = "unknown" if task.reference is None else f"{task.reference:.8f} {task.unit}".rstrip()
    lines = [
        f"{task.name}: {task.description}",
        f"{qubits(task)}; exact cost {known}{_solved(task)}; gates {task.gates}",
        "",
    ]
    lines[1:1] = remarks(task)
    console.print("\n".join(lines), highlight=False, markup=False)
    found = {**task.trivial(), **task.rivals(_of_usual_size(task))}
    for table in _methods(task, found, columns_of(console.width)):
        console.print(table)
        console.print()
    console.print(_plan(task))


def remarks(task: Task) -> list[str]:
    """Return what is known of a task from elsewhere, a line each."""
    published, note = task.metadata.get("published"), task.metadata.get("note")
    # Files of others may hold anything by these names.
    texts = published if isinstance(published, (list, tuple)) else ()
    told = [f"Published: {text}" for text in texts if isinstance(text, str)]
    return [note, *told] if note and isinstance(note, str) else told


def qubits(task: Task) -> str:
    """Return the number of qubits in words."""
    return f"{task.n_qubits} qubit" + ("" if task.n_qubits == 1 else "s")


def _solved(task: Task) -> str:
    if task.reference is None:
        return ""
    return f", solved within {task.target_error:.3g} {task.unit}".rstrip()


def _of_usual_size(task: Task) -> Circuit:
    """Return a circuit that stands for what a search may find: two layers of CNOTs."""
    n = task.n_qubits
    return hardware_efficient_circuit(n, 2 * (n - 1))


def _methods(task: Task, found: dict[str, Baseline], beside: int) -> Iterator[Table]:
    """Yield tables with a column for each method and a row for each figure."""
    measured = {
        name: dict(b.metrics) if b.circuit is None else task.metrics(b.circuit)
        for name, b in found.items()
    }
    figures = dict.fromkeys(
        name
        for metrics in measured.values()
        for name, value in metrics.items()
        if is_plain(value) and not isinstance(value, str)  # texts are wide and compare nothing
    )
    names = list(found)
    for first in range(0, len(names), beside):
        part = names[first : first + beside]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("", no_wrap=True)
        for name in part:
            table.add_column(escape(method_title(name)), justify="right")
        costs = (found[name].cost for name in part)
        shown = ("-" if cost is None else f"{cost:z.8f}" for cost in costs)
        table.add_row(escape(in_unit("cost", task.unit)), *shown)
        table.add_row("CNOTs", *(figure(found[name].cnots) for name in part))
        table.add_row("depth", *(figure(found[name].depth) for name in part))
        for metric in figures:
            row = (figure(measured[name].get(metric)) for name in part)
            table.add_row(escape(method_title(metric)), *row)
        yield table


def _plan(task: Task) -> Table:
    from qrl.tasks.measurements import measurements

    rows: list[dict[str, Any]] = measurements(task.objective).describe()
    table = Table(title="To measure on a device", title_justify="left", box=None, pad_edge=False)
    for name in rows[0] if rows else ():
        table.add_column(escape(name))
    for row in rows[:_MOST_ROWS]:
        table.add_row(*(escape(_short(value)) for value in row.values()))
    if len(rows) > _MOST_ROWS:
        table.add_row(f"... {len(rows) - _MOST_ROWS} more")
    return table


def _short(value: Any) -> str:
    """Return a cell; of a long list its beginning."""
    if not isinstance(value, (list, tuple)):
        return figure(value)
    more = f", ... ({len(value)})" if len(value) > _MOST_LISTED else ""
    return ", ".join(map(str, value[:_MOST_LISTED])) + more


_MOST_ROWS, _MOST_LISTED = 12, 6
