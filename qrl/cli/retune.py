"""`qrl retune`: turn a circuit's angles on a device until the cost that it measures is lower."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from qrl.cli.hardware_arguments import (
    WORDS,
    add_doing,
    add_measuring,
    add_service,
    confirming,
)

if TYPE_CHECKING:
    from qrl.cli.progress import Progress
    from qrl.hardware.retuning.api import Retuned
    from qrl.hardware.retuning.offering import RetuneOffer
    from qrl.hardware.retuning.tuning import Progress as Step

_EXAMPLES = """\
examples:
  qrl retune RUN --backend fake:manila                   a simulated device, 500,000 shots
  qrl retune RUN --backend fake:manila --mitigate readout --shots-budget 2000000
  qrl retune RUN --backend least-busy --max-seconds 300  a device of IBM's service: shows what would be
                                                         done, and asks
  qrl retune RUN/retuned/ID                              goes on with one that was stopped or killed
"""
_OWN = ("backend", "shots_budget", "method", "reserve", "out")
_TERMINAL_EVERY, _LINE_EVERY = 0.1, 5.0


def add_arguments(retune: argparse.ArgumentParser) -> None:
    """Declare the arguments of `qrl retune`."""
    retune.formatter_class = argparse.RawDescriptionHelpFormatter
    retune.epilog = _EXAMPLES
    add = retune.add_argument
    add("run", metavar="RUN", help="folder of a run, or of a retuning to go on with")
    add("--backend", metavar="NAME", help="as for qrl submit: aer:NOISE, fake:NAME, ibm_NAME, ...")
    add(
        "--shots-budget",
        type=int,
        metavar="N",
        help="shots of everything together (default 500000)",
    )
    add(
        "--method",
        metavar="M",
        help="gradient (parameter shift), spsa, or auto: the first where its rule holds (default)",
    )
    add(
        "--reserve",
        type=float,
        metavar="X",
        help="share of the budget for comparing the old and the new circuit (default 0.2)",
    )
    add("--out", metavar="DIR", help="folder to write into (default: a new one in RUN/retuned)")
    add_measuring(
        retune, shots="default 1024, or what leaves steps", mitigate="readout, q-cluster, zne"
    )
    add_service(
        retune.add_argument_group("devices of IBM's service"),
        mode="job (default), batch or session: how the jobs are kept together",
        seconds="of a quantum computer, all jobs together",
    )
    add_doing(
        retune,
        dry_run="show what would be done; measure nothing",
        yes="begin without asking",
        again="begin anew what was done before",
    )


def run(arguments: argparse.Namespace) -> int:
    """Offer, ask, tune; print what was gained."""
    from qrl.cli.progress import Progress
    from qrl.hardware.retuning.api import retune
    from qrl.hardware.sending import Declined

    given = {name: getattr(arguments, name) for name in (*_OWN, *WORDS)}
    settings = {name: value for name, value in given.items() if value is not None}
    with Progress() as progress:

        def show(made: RetuneOffer) -> None:
            _print_offer(made, as_json=arguments.json)

        confirm = confirming(arguments, progress, show, "Send these jobs to")
        try:
            tuned = retune(
                arguments.run, confirm=confirm, again=arguments.again, say=progress.say,
                watch=_Watch(progress).step, **settings,
            )  # fmt: skip
        except Declined as cause:
            if not arguments.json:
                print(cause)
            return 0
    if arguments.json:
        print(json.dumps({**tuned.folder.data, "folder": str(tuned.path)}, indent=1))
    elif tuned.state == "done":
        _print(tuned)
    else:
        _print_interrupted(tuned)
    return 0 if tuned.state == "done" else 130


class _Watch:
    """Shows how far a retuning is, not more often than the eye follows."""

    def __init__(self, progress: Progress) -> None:
        self._say, self._next = progress.say, 0.0
        self._every = _TERMINAL_EVERY if sys.stderr.isatty() else _LINE_EVERY

    def step(self, at: Step) -> None:
        """Show a step."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._every
        seconds = "" if at.seconds is None else f" | {at.seconds:.0f} s of quantum time"
        lowest = f"{at.lowest:.6f} {at.unit}".rstrip()
        self._say(
            f"Step {at.step} of {at.steps} | lowest measured cost {lowest} | "
            f"{at.shots:,} of {at.budget:,} shots{seconds}"
        )


def _print_offer(made: RetuneOffer, *, as_json: bool) -> None:
    from rich.table import Table

    from qrl.cli.console import make_console

    plan, one = made.plan, made.prepared.placed[0]
    if as_json:
        record = {
            "backend": made.device.name, "qubits": list(one.qubits), "before": one.before.to_dict(),
            "after": one.after.to_dict(), "plan": plan.to_dict(),
            "remaining_seconds": made.remaining, "warnings": list(made.warnings),
        }  # fmt: skip
        print(json.dumps(record, indent=1))
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_row("backend", f"{made.device.name}, qubits {', '.join(map(str, one.qubits))}")
    table.add_row("two-qubit gates", f"{one.before.two_qubit}, on the device {one.after.two_qubit}")
    table.add_row("method", f"{plan.method}, {plan.steps:,} steps, {plan.shots:,} shots a circuit")
    table.add_row(
        "in all",
        f"{plan.jobs:,} jobs, {plan.estimate.circuits:,} circuits, {plan.estimate.shots:,} of "
        f"{plan.limits.shots:,} shots",
    )
    if plan.estimate.qpu_seconds is not None:
        limit = "none" if plan.limits.seconds is None else f"{plan.limits.seconds:g} s"
        left = "not told" if made.remaining is None else f"{made.remaining:,.0f} s"
        table.add_row(
            "quantum time",
            f"about {plan.estimate.qpu_seconds:.0f} s; limit {limit}; account has {left}",
        )
    console = make_console()
    console.print(table)
    for warning in made.warnings:
        console.print(f"Note: {warning}", highlight=False, markup=False, soft_wrap=True)


def _print(tuned: Retuned) -> None:
    from rich.markup import escape
    from rich.table import Table

    from qrl.cli.console import make_console
    from qrl.cli.run_tables import in_unit

    data, result = tuned.folder.data, tuned.result
    assert result is not None
    unit, measured = result["unit"], result["measured"]
    table = Table(
        title=escape(f"{data['task']} retuned on {data['backend']}"), title_justify="left", box=None
    )
    for name in ("", in_unit("before", unit), in_unit("after", unit), in_unit("difference", unit)):
        table.add_column(name, justify="right" if name else "left")
    if measured is not None:
        table.add_row(
            "measured anew",
            *(
                f"{measured[name]:{sign}.6f} +- {measured[error]:.6f}"
                for name, error, sign in (
                    ("before", "before_error", ""), ("after", "after_error", ""),
                    ("difference", "difference_error", "+"),
                )
            ),
        )  # fmt: skip
    _add(table, "simulated with the device's calibration", result["simulated"])
    _add(table, "without noise", result["exact"])
    if result["reference"] is not None:
        table.add_row("exact answer", f"{result['reference']:.6f}")
    console = make_console()
    console.print(table)
    console.print("\n".join(_lines(tuned, result)), highlight=False, markup=False, soft_wrap=True)


def _add(table: Any, name: str, costs: dict[str, Any]) -> None:
    before, after = costs["before"], costs["after"]
    if before is not None and after is not None:
        table.add_row(name, f"{before:.6f}", f"{after:.6f}", f"{after - before:+.6f}")


def _lines(tuned: Retuned, result: dict[str, Any]) -> list[str]:
    data = tuned.folder.data
    spent, settings, plan = data["spent"], data["settings"], data["plan"]
    said = {
        "better": "The new angles are better: the difference is more than two standard errors.",
        "worse": "The new angles are WORSE: the difference is more than two standard errors. Keep the "
        "circuit as it was found.",
        "unclear": "No difference that the measurement could tell: it is within two standard errors. A "
        "larger --shots-budget tells smaller ones.",
    }[result["verdict"]]
    if result["measured"] is None:
        said = (
            "Nothing was left to measure the two circuits with: whether it is better is not known."
        )
    used = "" if spent["qpu_seconds"] is None else f", {spent['qpu_seconds']:.1f} s of quantum time"
    steps = f"{spent['steps']} steps of {plan['method']}"
    lines = [
        "", said,
        f"{steps}, {spent['shots']:,} shots{used}; largest turn {result['largest_turn']:.3f} rad.",
    ]  # fmt: skip
    if result["stopped"] is not None:
        lines.append(f"It ended before its last step: the {result['stopped']} did not suffice.")
    if settings["layout"]:
        lines.append(f"Measured on the qubits {','.join(map(str, settings['layout']))} (--layout).")
    return [*lines, f"Folder: {tuned.path}"]


def _print_interrupted(tuned: Retuned) -> None:
    spent = tuned.folder.data["spent"]
    print(
        f"Interrupted after {spent['steps']} steps and {spent['shots']:,} shots; the angles of that "
        f"moment are in {tuned.path}.\n`qrl retune {tuned.path}` goes on with it."
    )
