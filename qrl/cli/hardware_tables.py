"""What a device measured, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from qrl.cli.console import make_console
from qrl.cli.run_tables import in_unit
from qrl.search.method_titles import method_title

if TYPE_CHECKING:
    from qrl.hardware.record import Record


def print_result(record: Record, result: dict[str, Any], *, warned: bool = False) -> None:
    """Print what was measured beside the exact answer, with standard errors.

    Args:
        record: of the submission.
        result: of it.
        warned: whether its warnings have been shown already.
    """
    console = make_console()
    console.print(result_table(record, result))
    used = result["qpu_seconds"]
    lines = [] if used is None else [f"Quantum time used: {used:.1f} s"]
    lines += _left_as_measured(result)
    lines += [*([] if warned else record.data["warnings"]), f"Submission: {record.folder}"]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def _left_as_measured(result: dict[str, Any]) -> list[str]:
    """Tell how much of what was measured `zne` did not extrapolate."""
    told = result["measured"][-1]["told"].get("zne")
    if told is None or not told["extrapolated"].get("as measured"):
        return []
    left, all_ = told["extrapolated"]["as measured"], sum(told["extrapolated"].values())
    return [
        f"zne left {left} of {all_} values as they were: extrapolated, a larger error was to be expected."
    ]


def result_table(record: Record, result: dict[str, Any]) -> Table:
    """Return a row for each way to the cost: exact, simulated, measured, mitigated."""
    unit, reference = result["unit"], result["reference"]
    table = Table(
        title=escape(f"{result['task']} on {result['backend']}"), title_justify="left", box=None
    )
    table.add_column("")
    for name in (
        in_unit("cost", unit),
        in_unit("standard error", unit),
        in_unit("error", unit),
        "shots",
    ):
        table.add_column(name, justify="right")

    def add(
        name: str, cost: float | None, standard_error: float | None = None, shots: int = 0
    ) -> None:
        if cost is None:
            return
        error = "" if reference is None else f"{cost - reference:+.2e}"
        spread = "" if standard_error is None else f"{standard_error:.1e}"
        table.add_row(escape(name), f"{cost:.6f}", spread, error, f"{shots:,}" if shots else "")

    if reference is not None:
        add("exact answer", reference)
    name = "this circuit" if record.data.get("is_best", True) else "the circuit that was given"
    add(f"{name}, without noise", result["exact"])
    add("simulated with the device's calibration", result["simulated"])
    for one in result["measured"]:
        name = "measured" if not one["steps"] else f"  with {', '.join(one['steps'])}"
        add(name, one["cost"], one["standard_error"], one["shots"])
    for name, cost in result["trivial"].items():
        add(f"{method_title(name)} (trivial, without noise)", cost)
    return table
