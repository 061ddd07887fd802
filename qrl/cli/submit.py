"""`qrl submit`: measure what a search found on a quantum computer, or on what stands for one."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from qrl.cli.hardware_arguments import (
    WORDS,
    add_doing,
    add_measuring,
    add_service,
    confirming,
)

if TYPE_CHECKING:
    from qrl.hardware.offer import Offer

_EXAMPLES = """\
examples:
  qrl submit RUN --backend fake:manila                    a simulated device, at once and for nothing
  qrl submit RUN --backend fake:manila --mitigate readout,zne
  qrl submit RUN --backend least-busy --max-seconds 30    a device of IBM's service: shows what would be
                                                          sent, and asks
  qrl jobs                                                what was sent, today or earlier
  qrl fetch ID                                            waits for a job, and brings its result
"""
_WORDS = (*WORDS, "resilience", "service_zne")


def add_arguments(submit: argparse.ArgumentParser) -> None:
    """Declare the arguments of `qrl submit`."""
    submit.formatter_class = argparse.RawDescriptionHelpFormatter
    submit.epilog = _EXAMPLES
    add = submit.add_argument
    add("runs", nargs="+", metavar="RUN", help="folders of runs, whose best circuits are measured")
    add(
        "--backend",
        required=True,
        metavar="NAME",
        help="aer, aer:NOISE (such as aer:ibm-mumbai), fake:NAME (such as fake:manila), fake:generic:N, "
        "ibm_NAME or least-busy",
    )
    add(
        "--circuit",
        metavar="FILE",
        help="measure this circuit (OpenQASM, QPY, .json) in place of the best one, such as a retuned one",
    )
    add_measuring(submit, shots="default 4096", mitigate="readout, symmetry, q-cluster, zne")
    service = submit.add_argument_group("devices of IBM's service")
    add_service(
        service,
        mode="job (default), batch (several runs together) or session",
        seconds="of a quantum computer that may be spent; obligatory where time is paid",
    )
    add = service.add_argument
    add("--resilience", type=int, metavar="L", help="level of the Estimator, 0 to 2 (default 0)")
    add("--service-zne", action="store_const", const=True, help="extrapolate to no noise")
    add_doing(
        submit,
        dry_run="show what would be sent; send nothing",
        yes="send without asking",
        again="send once more what was sent before",
    )


def run(arguments: argparse.Namespace) -> int:
    """Offer, ask, send; print the result of simulated devices."""
    from qrl.cli.hardware_tables import print_result
    from qrl.cli.progress import Progress
    from qrl.env.circuit_file import read_circuit
    from qrl.hardware.api import submit_all

    circuit = None if arguments.circuit is None else read_circuit(arguments.circuit)
    given = {name: getattr(arguments, name) for name in _WORDS}
    settings = {name: value for name, value in given.items() if value is not None}
    with Progress() as progress:

        def show(made: Offer) -> None:
            _print_offer(made, as_json=arguments.json)

        confirm = confirming(arguments, progress, show, "Send this to")
        sent = submit_all(
            arguments.runs, backend=arguments.backend, circuit=circuit, confirm=confirm,
            again=arguments.again, say=progress.say, **settings,
        )  # fmt: skip
    if arguments.dry_run:
        if not arguments.json:
            print("Nothing was sent.")
        return 0
    for one in sent:
        result = one.result() if one.state == "done" else None
        if arguments.json:
            print(json.dumps({"id": one.id, "state": one.state, "result": result}, indent=1))
        elif result is not None:
            print_result(one.record, result, warned=True)
        else:
            print(f"{one.id}: {one.state}. `qrl fetch {one.id}` brings the result.")
    if not sent and not arguments.json:
        print("Nothing was sent.")
    return 0


def _print_offer(made: Offer, *, as_json: bool) -> None:
    from rich.table import Table

    from qrl.cli.console import make_console

    prepared, estimate = made.prepared, made.estimate
    record = {
        "backend": made.device.name,
        "qubits": list(prepared.placed[0].qubits),
        "found": made.found.to_dict(),
        "before": prepared.placed[0].before.to_dict(),
        "after": prepared.placed[0].after.to_dict(),
        "circuit_seconds": prepared.placed[0].seconds,
        **estimate.to_dict(),
        "remaining_seconds": made.remaining,
        "max_seconds": prepared.settings.max_seconds,
        "warnings": list(made.warnings),
    }
    if as_json:
        print(json.dumps(record, indent=1))
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name, value in _facts(made):
        table.add_row(name, value)
    console = make_console()
    console.print(table)
    for warning in made.warnings:
        console.print(f"Note: {warning}", highlight=False, markup=False, soft_wrap=True)


def _facts(made: Offer) -> list[tuple[str, str]]:
    prepared, estimate = made.prepared, made.estimate
    one = prepared.placed[0]
    rows = [
        ("backend", f"{made.device.name}, qubits {', '.join(map(str, one.qubits))}"),
        ("circuit as found", _size(made.found)),
        *(
            []
            if one.before == made.found
            else [("with its preparation and check", _size(one.before))]
        ),
        ("on the device", _size(one.after) + _duration(one.seconds)),
        ("circuits", f"{estimate.circuits:,}, {estimate.shots:,} shots together"),
    ]
    if estimate.qpu_seconds is not None:
        left = "not told" if made.remaining is None else f"{made.remaining:,.0f} s"
        limit = prepared.settings.max_seconds
        most = "none" if limit is None else f"{limit:g} s"
        rows.append(
            (
                "quantum time",
                f"about {estimate.qpu_seconds:.1f} s; limit {most}; account has {left}",
            )
        )
    return rows


def _size(counts: Any) -> str:
    return f"{counts.two_qubit} two-qubit gates, {counts.one_qubit} others, depth {counts.depth}"


def _duration(seconds: float | None) -> str:
    return "" if seconds is None else f", {1e6 * seconds:.2f} us"
