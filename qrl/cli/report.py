"""A run on the terminal: the table of results beside the baselines, and the circuit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from qrl.cli.console import make_console

if TYPE_CHECKING:
    from qrl.search.run import Run

_NAMES = {
    "hartree-fock": "Hartree-Fock",
    "initial-state": "initial state",
    "best-basis-state": "best basis state",
    "random-search": "random search",
}


def print_run(run: Run) -> None:
    """Print what a search found, its check, its circuit and its folder."""
    console = make_console()
    console.print(f"{run.task.name}: {run.task.description}\n", highlight=False, markup=False)
    console.print(result_table(run))
    console.print()
    console.print(_remarks(run), highlight=False, markup=False)
    console.print(run.best.circuit.draw("text"), highlight=False, markup=False, soft_wrap=True)
    console.print(f"\nRun folder: {run.folder}", highlight=False, markup=False, soft_wrap=True)


def result_table(run: Run) -> Table:
    """Return the table of the found circuit beside the trivial answers, a column each."""
    result, unit = run.result, run.task.unit
    columns = [{**result, "name": f"found by {result['agent']}"}]
    for name, baseline in result["baselines"].items():
        columns.append({**baseline, "name": _NAMES.get(name, name)})
    if result["reference"] is not None:
        reference = result["reference"]
        columns.append({"cost": reference, "noiseless_cost": reference, "name": "exact"})
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for index, column in enumerate(columns):
        style = "bold" if index == 0 else ""
        table.add_column(escape(column["name"]), justify="right", style=style)
    cost = "energy" if run.task.family == "vqe" else "cost"
    rows: dict[str, Callable[[dict[str, Any]], str]] = {
        f"{cost} ({unit})": lambda c: f"{c['cost']:.8f}",
        f"error ({unit})": lambda c: _error(run, c["cost"]),
        f"within {run.task.target_error:g} {unit}": lambda c: _within(run, c["cost"]),
    }
    fidelity = "fidelity"
    if "noiseless_cost" in result:
        fidelity = f"{_exactly(run)} fidelity"
        rows[f"{_exactly(run)} {cost} ({unit})"] = lambda c: f"{c['noiseless_cost']:.8f}"
        rows[f"{_exactly(run)} error ({unit})"] = lambda c: _error(run, c["noiseless_cost"])
    rows |= {
        fidelity: lambda c: _number(c.get("fidelity"), ".6f"),
        "depth": lambda c: _number(c.get("depth"), "d"),
        "CNOTs": lambda c: _number(c.get("cnots"), "d"),
        "rotations": lambda c: _number(c.get("rotations"), "d"),
        "evaluations": lambda c: _number(c.get("evaluations"), ",d"),
        "time (s)": lambda c: _number(c.get("seconds"), ".1f"),
    }
    for name, read in rows.items():
        table.add_row(escape(name), *(read(column) for column in columns))
    return table


def front_table(run: Run) -> Table:
    """Return the Pareto front: for each number of CNOTs the lowest cost."""
    unit = run.task.unit
    table = Table(title="Fewest CNOTs for each cost (Pareto front)", title_justify="left", box=None)
    for name in (
        "CNOTs",
        f"cost ({unit})",
        f"error ({unit})",
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
        cost, error = f"{entry.cost:.8f}", _error(run, entry.cost)
        rotations, seconds = str(entry.circuit.rotation_count), f"{entry.seconds:.1f}"
        table.add_row(str(entry.cnots), cost, error, str(entry.depth), rotations, seconds)
    return table


def _exactly(run: Run) -> str:
    """Return what the cost without noise and shots is called."""
    return "exact" if run.result.get("noise") is None else "noiseless"


def _error(run: Run, cost: float) -> str:
    reference = run.task.reference
    return "unknown" if reference is None else f"{cost - reference:.2e}"


def _within(run: Run, cost: float) -> str:
    reference = run.task.reference
    if reference is None:
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
    lines += _scoring(run)
    if run.checked is not None:
        difference = abs(run.checked["cost"] - run.best.noiseless_cost)
        exactly = f" ({_exactly(run)})" if "noiseless_cost" in run.result else ""
        lines.append(
            f"Recomputed with Qiskit{exactly}: differs by {difference:.1e} {run.task.unit}."
        )
    gap: Any = run.task.metadata.get("gap")
    error = run.best.noiseless_error
    if gap is not None and error is not None and error < gap < 0.02:
        lines.append(
            f"The next level is only {gap:.1e} {run.task.unit} higher: look at the fidelity, too."
        )
    return "\n".join([*lines, ""])


def _scoring(run: Run) -> list[str]:
    """Say under which noise and with how many shots costs were searched and compared."""
    result, unit = run.result, run.task.unit
    noise, shots = result.get("noise"), result.get("shots", 0)
    parts = [f"under noise {noise}"] if noise is not None else []
    if shots:
        parts.append(
            f"from {shots:,} shots each (standard error {result['standard_error']:.1e} {unit})"
        )
    if not parts:
        return []
    return [f"Costs and errors, those of the baselines too, are {' and '.join(parts)}."]
