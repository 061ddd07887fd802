"""`qrl mine`: sub-circuits that the circuits of earlier runs share, as actions of a new search."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from qrl.search.mining import Gadget

MOST, WIDEST = 12, 3


def add_arguments(mine: argparse.ArgumentParser) -> None:
    """Declare the arguments of `qrl mine`."""
    add = mine.add_argument
    add("runs", metavar="RUN", nargs="+", help="folders of runs")
    add(
        "--out",
        metavar="FILE",
        help="JSON file to write, for `qrl search --actions gates,FILE` (default: only print)",
    )
    add(
        "--most",
        type=int,
        default=MOST,
        metavar="N",
        help=f"gadgets (default {MOST}); each is placed on all qubits, so that few make many actions",
    )
    add(
        "--qubits",
        type=int,
        default=WIDEST,
        metavar="K",
        help=f"qubits of a gadget at most, 2 to 4 (default {WIDEST})",
    )
    add("--json", action="store_true", help="print the gadgets as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Mine the fronts of some runs, print what they share, and write it to a file."""
    from qrl.cli.console import make_console
    from qrl.search.mining import mine_runs, write_gadgets
    from qrl.search.run import load

    runs = [load(path) for path in arguments.runs]
    gadgets = mine_runs(runs, most=arguments.most, widest=arguments.qubits)
    if arguments.out is not None:
        write_gadgets(Path(arguments.out), gadgets)
    if arguments.json:
        print(json.dumps({"gadgets": [_record(gadget) for gadget in gadgets]}, indent=1))
        return 0
    console = make_console()
    console.print(table(gadgets))
    if arguments.out is not None:
        console.print(f"\nWrote {arguments.out}", highlight=False, markup=False, soft_wrap=True)
    return 0


def table(gadgets: list[Gadget]) -> Table:
    """Return the gadgets, the best first."""
    from rich.table import Table

    made = Table(title="Gadgets", title_justify="left", box=None)
    for name in ("circuits", "occurrences", "qubits", "CNOTs"):
        made.add_column(name, justify="right")
    made.add_column("gates")
    for circuit, circuits, occurrences in gadgets:
        numbers = circuits, occurrences, circuit.n_qubits, circuit.two_qubit_count
        made.add_row(*map(str, numbers), " ".join(map(str, circuit.gates)))
    return made


def _record(gadget: Gadget) -> dict[str, Any]:
    return {**gadget._asdict(), "circuit": gadget.circuit.to_dict()}
