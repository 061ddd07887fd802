"""A run on the terminal: the table of results beside the baselines, and the circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    console.print(result_table(run))
    console.print(_remarks(run), highlight=False, markup=False)
    console.print(run.best.circuit.draw("text"), highlight=False, markup=False, soft_wrap=True)
    console.print(f"\nRun folder: {run.folder}", highlight=False, markup=False, soft_wrap=True)


def result_table(run: Run) -> Table:
    """Return the table of the found circuit beside the trivial answers."""
    result, unit = run.result, run.task.unit
    table = Table(title=f"{run.task.name}: {run.task.description}", title_justify="left", box=None)
    table.add_column("", no_wrap=True)
    cost = "energy" if run.task.family == "vqe" else "cost"
    for name in (
        f"{cost} ({unit})", f"error ({unit})", f"within {run.task.target_error:g} {unit}", "fidelity",
        "depth", "CNOTs", "rotations", "evaluations", "time (s)",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    table.add_row(
        f"found by {result['agent']}",
        *_cost(run, result["cost"]),
        "-" if result["fidelity"] is None else f"{result['fidelity']:.6f}",
        str(result["depth"]),
        str(result["cnots"]),
        str(result["rotations"]),
        f"{result['evaluations']:,}",
        f"{result['seconds']:.1f}",
        style="bold",
    )
    for name, baseline in result["baselines"].items():
        table.add_row(
            _NAMES.get(name, name),
            *_cost(run, baseline["cost"]),
            "-",
            str(baseline["depth"]),
            str(baseline["cnots"]),
            str(baseline.get("rotations", 0)),
            f"{baseline['evaluations']:,}" if "evaluations" in baseline else "-",
            f"{baseline['seconds']:.1f}" if "seconds" in baseline else "-",
        )
    if result["reference"] is not None:
        table.add_row("exact", f"{result['reference']:.8f}", "0", *7 * ["-"], style="dim")
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
        table.add_column(name, justify="right")
    lowest = float("inf")
    for entry in run.archive.entries:
        if entry.cost >= lowest:
            continue
        lowest = entry.cost
        cost, error, _ = _cost(run, entry.cost)
        rotations, seconds = str(entry.circuit.rotation_count), f"{entry.seconds:.1f}"
        table.add_row(str(entry.cnots), cost, error, str(entry.depth), rotations, seconds)
    return table


def _cost(run: Run, cost: float) -> tuple[str, str, str]:
    reference = run.task.reference
    if reference is None:
        return f"{cost:.8f}", "unknown", "-"
    error = cost - reference
    return f"{cost:.8f}", f"{error:.2e}", "yes" if error <= run.task.target_error else "no"


def _remarks(run: Run) -> str:
    lines = []
    if run.status == "interrupted":
        lines.append(f"Interrupted; `qrl search --resume {run.folder}` goes on with it.")
    elif run.status == "running":
        lines.append(f"Not finished; `qrl search --resume {run.folder}` goes on with it.")
    if run.checked is not None:
        difference = abs(run.checked["cost"] - run.best.cost)
        lines.append(f"Recomputed with Qiskit: differs by {difference:.1e} {run.task.unit}.")
    gap: Any = run.task.metadata.get("gap")
    error = run.best.error
    if gap is not None and error is not None and error < gap < 0.02:
        lines.append(
            f"The next level is only {gap:.1e} {run.task.unit} higher: look at the fidelity, too."
        )
    return "\n".join([*lines, ""])
