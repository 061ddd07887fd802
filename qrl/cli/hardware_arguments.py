"""Arguments of the commands that measure on a device, and the question before anything is sent."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.cli.progress import Progress
    from qrl.hardware.offer import Offer
    from qrl.hardware.retuning.offering import RetuneOffer

Number = TypeVar("Number", int, float)
AnyOffer = TypeVar("AnyOffer", "Offer", "RetuneOffer")

WORDS = (
    "shots", "level", "layout", "seed", "mitigate", "scales", "extrapolation", "decoupling", "twirling",
    "mode", "primitives", "max_seconds",
)  # fmt: skip
"""Settings of a measurement that each such command takes."""


def add_measuring(parser: argparse.ArgumentParser, *, shots: str, mitigate: str) -> None:
    """Declare how circuits are measured.

    Args:
        parser: of the command.
        shots: help on the default number.
        mitigate: the mitigation that can be named.
    """
    add = parser.add_argument
    add("--shots", type=int, metavar="N", help=f"of each circuit ({shots})")
    add("--level", type=int, metavar="L", help="optimisation of the transpiler, 0 to 3 (default 3)")
    add("--layout", type=_whole_numbers, metavar="Q,Q,...", help="qubits of the device")
    add("--seed", type=int, metavar="N", help="of transpiler, simulated shots and all other chance")
    add("--mitigate", type=_names, metavar="M,M,...", help=f"our own mitigation: {mitigate}")
    add("--scales", type=_numbers, metavar="X,X,...", help="noise factors of zne (default 1,3)")
    add(
        "--extrapolation",
        metavar="E",
        help="of zne: auto (default), linear, quadratic, richardson, exponential",
    )


def add_service(group: argparse._ArgumentGroup, *, mode: str, seconds: str) -> None:
    """Declare what matters on devices of IBM's service only.

    Args:
        group: of the command.
        mode: what the modes mean.
        seconds: what the limit counts.
    """
    add = group.add_argument
    add("--max-seconds", type=float, metavar="S", help=seconds)
    add("--decoupling", metavar="D", help="dynamical decoupling: XX, XpXm or XY4")
    add("--twirling", action="store_const", const=True, help="twirl gates and measurements")
    add("--mode", metavar="M", help=mode)
    add("--primitives", metavar="P", help="current (default) or former, where a device needs those")


def add_doing(parser: argparse.ArgumentParser, *, dry_run: str, yes: str, again: str) -> None:
    """Declare whether it is done, asked for or only shown."""
    add = parser.add_argument_group("what happens").add_argument
    add("--dry-run", action="store_true", help=dry_run)
    add("--yes", action="store_true", help=yes)
    add("--again", action="store_true", help=again)
    add("--json", action="store_true", help="print as JSON")


def confirming(
    arguments: argparse.Namespace,
    progress: Progress,
    show: Callable[[AnyOffer], None],
    question: str,
) -> Callable[[AnyOffer], bool]:
    """Return what shows an offer and decides on it: `--dry-run` no, `--yes` yes, else the user.

    Args:
        arguments: of `add_doing`.
        progress: cleared before.
        show: prints an offer.
        question: before the device's name.
    """

    def confirm(made: AnyOffer) -> bool:
        progress.say("")
        if arguments.dry_run or not arguments.json:
            show(made)
        if arguments.dry_run:
            return False
        # A simulated device costs nothing.
        return made.device.is_local or arguments.yes or _asked(f"{question} {made.device.name}?")

    return confirm


def _asked(question: str) -> bool:
    if not sys.stdin.isatty():
        raise InputError(
            "A quantum computer's time needs a yes: give --yes, or run this in a terminal."
        )
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _whole_numbers(text: str) -> list[int]:
    return _read(text, int, "whole numbers joined by commas, such as 3,1")


def _numbers(text: str) -> list[float]:
    return _read(text, float, "numbers joined by commas, such as 1,3")


def _read(text: str, kind: Callable[[str], Number], what: str) -> list[Number]:
    try:
        return [kind(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{what}, are needed; got {text!r}") from None
