"""What the benchmarks share: interleaved timing, tables with targets, and the machine in words."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

PACKAGES = ("numpy", "numba", "scipy", "gymnasium", "qulacs", "qiskit-aer", "pennylane-lightning")


@dataclass(frozen=True, slots=True)
class Target:
    """A number that has to be reached.

    Attributes:
        name: what is measured.
        value: what was measured; None where it could not be.
        limit: what is required.
        at_least: whether larger is better.
        unit: unit of both.
    """

    name: str
    value: float | None
    limit: float
    at_least: bool = True
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether the value is on the right side of the limit."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        relation = "at least" if self.at_least else "at most"
        measured = "not measured" if self.value is None else self._number(self.value)
        verdict = "reached" if self.reached else "SHORT"
        return f"{verdict}: {self.name}: {measured}; target {relation} {self._number(self.limit)}"

    def _number(self, value: float) -> str:
        digits = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
        return f"{digits} {self.unit}".rstrip()


@dataclass(slots=True)
class Table:
    """Rows of text under a title, with what was timed and the targets.

    Attributes:
        title: what the table shows.
        columns: heads, with units.
        rows: one text for each column.
        notes: sentences printed below.
        targets: requirements that the rows are held to.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def text(self) -> str:
        """Return the table for a terminal."""
        cells = [self.columns, *self.rows]
        widths = [max(len(row[k]) for row in cells) for k in range(len(self.columns))]
        first, *rest = widths
        lines = [
            "  ".join(
                [row[0].ljust(first), *(c.rjust(w) for c, w in zip(row[1:], rest, strict=True))]
            )
            for row in cells
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.title, "", *lines, "", *self.notes, *map(str, self.targets)])

    def markdown(self) -> str:
        """Return the table as a markdown section."""
        alignment = [":--", *("--:" for _ in self.columns[1:])]
        lines = ["| " + " | ".join(row) + " |" for row in (self.columns, alignment, *self.rows)]
        bullets = [f"- {text}" for text in (*self.notes, *self.targets)]
        return "\n".join([f"## {self.title}", "", *lines, "", *bullets, ""])


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time that a call takes, of all threads of this process together."""
    start = time.process_time()
    work()
    return time.process_time() - start


def interleaved(
    works: tuple[Callable[[], object], ...], *, pairs: int, batch_seconds: float
) -> list[tuple[float, ...]]:
    """Time several pieces of work in turn: A B C A B C ...

    Each gets a number of repetitions that fills `batch_seconds`, found beforehand; CPU time is
    taken, so that other processes on the machine disturb only through caches and clock rate.

    Returns:
        For each of the `pairs` rounds, the seconds of one repetition of each piece of work.
    """
    counts = [_repetitions(work, batch_seconds) for work in works]
    return [
        tuple(cpu_seconds(_repeated(work, n)) / n for work, n in zip(works, counts, strict=True))
        for _ in range(pairs)
    ]


def fastest(work: Callable[[], object], *, runs: int = 7, batch_seconds: float = 0.03) -> float:
    """Return the CPU seconds of one repetition in the fastest of some runs."""
    return min(row[0] for row in interleaved((work,), pairs=runs, batch_seconds=batch_seconds))


def median_ratio(rounds: list[tuple[float, ...]], over: int, under: int) -> float:
    """Return the median over rounds of one column divided by another."""
    return median(row[over] / row[under] for row in rounds)


def machine() -> str:
    """Return cores, processor and versions in one line each."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{_cores()} core(s), {_processor()}, {platform.system()}; one core used unless said.\n"
        f"Python {platform.python_version()}, {packages}."
    )


def _repetitions(work: Callable[[], object], seconds: float) -> int:
    work()
    count = 1
    while (spent := cpu_seconds(_repeated(work, count))) < 0.2 * seconds:
        count *= 2
    return max(1, round(count * seconds / spent))


def _repeated(work: Callable[[], object], count: int) -> Callable[[], None]:
    def repeat() -> None:
        for _ in range(count):
            work()

    return repeat


def _cores() -> int:
    return os.cpu_count() or 1


def _processor() -> str:
    """Return the processor's name and family, where the system tells them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = dict(line.replace("\t", "").split(":", 1) for line in lines if ":" in line)
    name = facts.get("model name", platform.machine()).strip()
    family = facts.get("cpu family", "").strip()
    wide = "AVX-512" if " avx512f" in facts.get("flags", "") else "no AVX-512"
    return f"{name} (family {family}, {wide})" if family else name
