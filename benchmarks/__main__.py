"""Run the benchmarks: `python -m benchmarks [--quick] [--markdown FILE] [NAME ...]`."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks import (
    ablation,
    agents,
    device_search,
    engine,
    harness,
    mitigation,
    quality,
    reoptimisation,
    retuning,
    searchers,
    startup,
    tasks,
)
from benchmarks.common import Table, machine

BENCHMARKS: dict[str, Callable[..., Iterable[Table]]] = {
    "engine": engine.run,
    "reoptimisation": reoptimisation.run,
    "startup": startup.run,
    "tasks": tasks.run,
    "agents": agents.run,
    "ablation": ablation.run,
    "searchers": searchers.run,
    "quality": quality.run,
    "harness": harness.run,
    "device": device_search.run,
    "mitigation": mitigation.run,
    "retuning": retuning.run,
}
_TITLES = {
    "harness": "What the harness costs",
    "device": "Searching for a chip",
    "mitigation": "Gains of error mitigation",
    "retuning": "Gains of retuning",
}
_BEGIN, _END = "<!-- words by hand -->", "<!-- end of words -->"
SPEED = ("engine", "reoptimisation", "startup")
"""Those that run where none is named."""


def main(words: Sequence[str] | None = None) -> int:
    """Run, print and tally.

    Args:
        words: of the command line; None: those of this process.

    Returns:
        0 where each target is reached, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure speed against peers."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument(
        "--quick", action="store_true", help="fewer repetitions; the engine in under 40 seconds"
    )
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="also write the tables to FILE"
    )
    arguments = parser.parse_args(words)
    if unknown := [name for name in arguments.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    start, busy = time.perf_counter(), [load()]
    print(machine(), end="\n\n", flush=True)
    tables: list[Table] = []
    for name in arguments.names or SPEED:
        for table in BENCHMARKS[name](quick=arguments.quick):
            print(table.text(), end="\n\n", flush=True)
            tables.append(table)
    busy.append(load())
    targets = [target for table in tables for target in table.targets]
    reached = sum(target.reached for target in targets)
    tally = f"{reached} of {len(targets)} targets reached"
    if arguments.markdown is not None:
        quick = ["--quick"] if arguments.quick else []
        command = " ".join(["python -m benchmarks", *arguments.names, *quick])
        text = page(tables, tally, command, arguments.markdown, busy)
        arguments.markdown.write_text(text, encoding="utf-8")
    print(f"{time.perf_counter() - start:.0f} s")
    print(tally)
    return 0 if reached == len(targets) else 1


def load() -> str:
    """Return how many processes want a core, averaged over a minute, this one included."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def page(tables: list[Table], tally: str, command: str, file: Path, busy: list[str]) -> str:
    """Return the tables as a markdown page."""
    names = command.split()[3:]
    title = next((_TITLES[name] for name in names if name in _TITLES), "Speed")
    head = [
        f"# {title}",
        "",
        f"Measured on {datetime.date.today().isoformat()}. To measure anew and write this page again: "
        f"`{command} --markdown {file}`, from a checkout with the `dev` extra installed.",
        "",
        *(f"- {line}" for line in machine().splitlines()),
        f"- Processes that wanted a core (load average of a minute): {busy[0]} at the start, {busy[1]} at "
        "the end, the benchmark included.",
        "- Times are CPU seconds unless said otherwise; what is compared is timed in turn within one "
        "process, and ratios are medians over such pairs. Ratios carry over to other machines better than "
        "absolute numbers.",
        "",
        f"**{tally}.**",
        "",
        *_kept_words(file),
        "",
    ]
    return "\n".join(head) + "\n".join(table.markdown() for table in tables)


def _kept_words(file: Path) -> list[str]:
    """Return the words that somebody wrote into a page that is about to be written again, with their marks.

    They are about figures that change: read them again afterwards.
    """
    if not file.is_file():
        return []
    _, begun, rest = file.read_text(encoding="utf-8").partition(_BEGIN)
    words, ended, _ = rest.partition(_END)
    return [f"{_BEGIN}{words}{_END}", ""] if begun and ended else []


if __name__ == "__main__":
    sys.exit(main())
