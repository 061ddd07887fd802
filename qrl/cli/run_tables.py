"""A run on the terminal: the table of results beside the baselines, and the circuit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from qrl.cli.console import make_console
from qrl.search.known_circuits import others
from qrl.search.method_titles import method_title

if TYPE_CHECKING:
    from qrl.search.run import Run

_ROUNDING, _SMALL, _LARGE = 1e-12, 1e-4, 1e7
WIDEST, _FIRST, _COLUMN = 6, 24, 15
"""Columns side by side; more methods than that go below each other."""


def print_run(run: Run) -> None:
    """Print what a search found, its check, its circuit and its folder."""
    console = make_console()
    console.print(f"{run.task.name}: {run.task.description}\n", highlight=False, markup=False)
    for table in result_tables(run, console.width):
        console.print(table)
        console.print()
    console.print(_remarks(run), highlight=False, markup=False)
    console.print(run.best.circuit.draw("text"), highlight=False, markup=False, soft_wrap=True)
    console.print(f"\nRun folder: {run.folder}", highlight=False, markup=False, soft_wrap=True)


def columns_of(width: int) -> int:
    """Return how many columns of numbers fit into a width of so many letters."""
    return max(2, min(WIDEST, (width - _FIRST) // _COLUMN))


def result_tables(run: Run, width: int = 140) -> list[Table]:
    """Return tables of the found circuit beside the other answers, a column each.

    The found circuit leads each of them.

    Args:
        run: what was found.
        width: letters in a line.
    """
    result = run.result
    columns = [{**result, "name": f"found by {result['agent']}"}]
    if result["reference"] is not None:
        reference = result["reference"]
        columns.append({"cost": reference, "noiseless_cost": reference, "name": "exact"})
    for name, baseline in result["baselines"].items():
        columns.append({**baseline, "name": method_title(name)})
    rows = _rows(run, columns)
    first, others = columns[0], columns[1:]
    beside = columns_of(width) - 1
    groups = [others[k : k + beside] for k in range(0, len(others), beside)] or [[]]
    return [_table(rows, [first, *group]) for group in groups]


def _table(
    rows: dict[str, Callable[[dict[str, Any]], str]], columns: list[dict[str, Any]]
) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for index, column in enumerate(columns):
        style = "bold" if index == 0 else ""
        table.add_column(escape(column["name"]), justify="right", style=style)
    for name, read in rows.items():
        table.add_row(escape(name), *(read(column) for column in columns))
    return table


def _rows(run: Run, columns: list[dict[str, Any]]) -> dict[str, Callable[[dict[str, Any]], str]]:
    """Return what the rows are called, and how each reads its value from a record."""
    result, unit = run.result, run.task.unit
    cost = "energy" if run.task.family == "vqe" else "cost"
    rows: dict[str, Callable[[dict[str, Any]], str]] = {
        in_unit(cost, unit): lambda c: _number(c["cost"], "z.8f")
    }
    if run.task.held_out is None:  # a loss on data has no exact value that anyone could know
        rows[in_unit("error", unit)] = lambda c: _error(run, c["cost"])
        # A lucky sample is no accuracy: under shots the exact cost is judged.
        judged = "noiseless_cost" if result.get("shots") else "cost"
        within = f"within {run.task.target_error:.3g} {unit}".rstrip()
        if judged != "cost":
            within = f"{_exactly(run)} error {within}"
        rows[within] = lambda c: _within(run, c.get(judged))
    if "noiseless_cost" in result:
        exactly = _exactly(run)
        rows[in_unit(f"{exactly} {cost}", unit)] = lambda c: _number(
            c.get("noiseless_cost"), "z.8f"
        )
        rows[in_unit(f"{exactly} error", unit)] = lambda c: _error(run, c.get("noiseless_cost"))
    names = dict.fromkeys(name for column in columns for name in column.get("metrics", {}))
    for name in names:
        plain = all(is_plain(column.get("metrics", {}).get(name)) for column in columns)
        if plain:
            shown = (
                f"{_exactly(run)} {method_title(name)}"
                if "noiseless_cost" in result
                else method_title(name)
            )
            rows[shown] = lambda c, name=name: figure(c.get("metrics", {}).get(name))  # type: ignore[misc]
    return rows | {
        "depth": lambda c: _number(c.get("depth"), "d"),
        "CNOTs": lambda c: _number(c.get("cnots"), "d"),
        "rotations": lambda c: _number(c.get("rotations"), "d"),
        "evaluations": lambda c: _number(c.get("evaluations"), ",d"),
        "time (s)": lambda c: _number(c.get("seconds"), ".1f"),
    }


def front_table(run: Run) -> Table:
    """Return the Pareto front: for each number of CNOTs the lowest cost."""
    unit = run.task.unit
    table = Table(title="Fewest CNOTs for each cost (Pareto front)", title_justify="left", box=None)
    for name in (
        "CNOTs",
        in_unit("cost", unit),
        in_unit("error", unit),
        "depth",
        "rotations",
        "found at (s)",
    ):
        table.add_column(escape(name), justify="right")
    lowest = float("inf")
    for entry in run.archive.entries:
        if entry.cost >= lowest:
            continue
        lowest = entry.cost
        cost, error = f"{entry.cost:z.8f}", _error(run, entry.cost)
        rotations, seconds = str(entry.circuit.rotation_count), f"{entry.seconds:.1f}"
        table.add_row(str(entry.cnots), cost, error, str(entry.depth), rotations, seconds)
    return table


def others_table(run: Run) -> Table:
    """Return other circuits for the problem, each with the found one that beats it."""
    unit, known = run.task.unit, run.task.reference is not None
    table = Table(title="Other circuits, and what beats them", title_justify="left", box=None)
    table.add_column("")
    quantity = in_unit("error" if known else "cost", unit)
    for name in ("CNOTs", quantity, "depth", "as good or better, with CNOTs"):
        table.add_column(escape(name), justify="right")
    for other in others(run):
        name = method_title(other.name) + (", published" if other.published else "")
        name += "" if other.whole else ", its warm start not counted"
        cost = _error(run, other.cost) if known else f"{other.cost:z.8f}"
        beaten = "-" if other.beaten_by is None else str(other.beaten_by)
        table.add_row(escape(name), str(other.cnots), cost, _number(other.depth, "d"), beaten)
    return table


def _exactly(run: Run) -> str:
    """Return what the cost without noise and shots is called."""
    return "exact" if run.result.get("noise") is None else "noiseless"


def in_unit(name: str, unit: str) -> str:
    """Return the name of a quantity with its unit, where it has one."""
    return f"{name} ({unit})" if unit else name


def is_plain(value: Any) -> bool:
    """Tell whether a value fits into a cell of a table."""
    return value is None or isinstance(value, (bool, int, float, str))


def figure(value: Any) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        value = 0.0 if abs(value) < _ROUNDING else value
        small = value != 0.0 and abs(value) < _SMALL
        return f"{value:.2e}" if small or abs(value) >= _LARGE else f"{value:.6f}"
    return str(value)


def _error(run: Run, cost: float | None) -> str:
    reference = run.task.reference
    if cost is None:
        return "-"
    return "unknown" if reference is None else f"{cost - reference:.2e}"


def _within(run: Run, cost: float | None) -> str:
    reference = run.task.reference
    if reference is None or cost is None:
        return "-"
    return "yes" if cost - reference <= run.task.target_error else "no"


def _number(value: Any, form: str) -> str:
    return "-" if value is None else format(value, form)


def _remarks(run: Run) -> str:
    lines = []
    if run.status == "interrupted":
        lines.append(f"Interrupted; `qrl search --resume {run.folder}` goes on with it.")
    elif run.status == "running":
        lines.append(f"Not finished; `qrl search --resume {run.folder}` goes on with it.")
    elif run.result.get("ended_by") == "error":
        lines.append(f"Ended at the error asked for, after {run.result['env_steps']:,} steps.")
    if run.status == "done" and all(entry.env_steps == 0 for entry in run.archive.entries):
        lines.append(
            "Nothing better than the start was found: search longer, or with other actions."
        )
    lines += _scoring(run)
    if run.checked is not None:
        difference = abs(run.checked["cost"] - run.best.noiseless_cost)
        exactly = f" ({_exactly(run)})" if "noiseless_cost" in run.result else ""
        lines.append(
            f"Recomputed with Qiskit{exactly}: differs by {difference:.1e} {run.task.unit}".rstrip()
            + "."
        )
    lines += _certificate(run)
    gap: Any = run.task.metadata.get("gap")
    error = run.best.noiseless_error
    if gap is not None and error is not None and error < gap < 0.02:
        lines.append(
            f"The next level is only {gap:.1e} {run.task.unit} higher: look at the fidelity, too."
        )
    for name, value in run.result.get("metrics", {}).items():
        if not is_plain(value):
            lines.append(f"{method_title(name)}: {_listed(value)}")
    return "\n".join([*lines, ""])


def _certificate(run: Run) -> list[str]:
    """Say what an exhaustive search has shown."""
    shown = run.result.get("certificate")
    if shown is None:
        return []
    unit, starts = run.task.unit, shown["starts"]
    lines = [
        f"{row['two_qubit_gates']} two-qubit gates: all {row['arrangements']:,} arrangements tried, "
        f"{starts} starts each; the nearest stays {row['nearest']:.2e} {unit}".rstrip()
        + " away."
        for row in shown["sizes"]
    ]
    count = shown["two_qubit_gates"]
    if count is None:
        end = (
            f"no solution with fewer than {shown['none_with_fewer_than']} two-qubit gates was found"
        )
    else:
        end = f"{count} two-qubit gates are the fewest, certified by enumeration"
    return [*lines, f"Every arrangement up to order and direction: {end}."]


def _listed(value: Any) -> str:
    """Return nested lists of numbers in one line."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_listed(part) for part in value) + "]"
    return figure(value)


def _scoring(run: Run) -> list[str]:
    """Say under which noise and with how many shots costs were searched and compared."""
    result, unit = run.result, run.task.unit
    noise, shots = result.get("noise"), result.get("shots", 0)
    parts = [f"under noise {noise}"] if noise is not None else []
    if shots:
        parts.append(
            f"from {shots:,} shots each (standard error {result['standard_error']:.1e} {unit}".rstrip()
            + ")"
        )
    if not parts:
        return []
    return [f"Costs and errors, those of the baselines too, are {' and '.join(parts)}."]
