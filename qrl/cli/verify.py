"""`qrl verify`: recompute a result with Qiskit, and noise with Qiskit Aer."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from qrl.errors import CheckFailed
from qrl.search.run_folder import RunFolder
from qrl.search.verify import Check, Verification, verify_folder


def run(arguments: argparse.Namespace) -> int:
    """Print each number as recorded and as recomputed.

    Raises:
        CheckFailed: one of them differs.
    """
    verification = verify_folder(RunFolder(arguments.run))
    if arguments.json:
        print(json.dumps([asdict(check) for check in verification.checks], indent=1))
    else:
        _print_table(verification)
    if not verification.passed:
        failed = ", ".join(check.name for check in verification.checks if not check.passed)
        raise CheckFailed(f"{arguments.run}: the result does not hold: {failed}.")
    return 0


def _print_table(verification: Verification) -> None:
    from rich.table import Table

    from qrl.cli.console import make_console

    title = f"Recomputed with {verification.simulators}"
    table = Table(title=title, title_justify="left", box=None)
    for name, justify in (
        ("", "left"),
        ("recorded", "right"),
        ("recomputed", "right"),
        ("", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]  # rich wants a Literal
    for check in verification.checks:
        recorded, recomputed = (_number(v) for v in (check.recorded, check.recomputed))
        table.add_row(check.name, recorded, recomputed, _judgement(check))
    make_console().print(table)


def _judgement(check: Check) -> str:
    words = "ok" if check.passed else "DIFFERS"
    return words if check.tolerance is None else f"{words} (within {check.tolerance:.1e})"


def _number(value: float | int | str | None) -> str:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
