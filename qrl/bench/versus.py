"""Two benchmarks, or two agents of one, against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qrl.bench.spec_file import DEFAULT_ROOT
from qrl.bench.statistics.analysis import Analysis, analyse
from qrl.bench.table import is_benchmark, read_rows
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Versus:
    """Two sides and what can be said of them.

    Attributes:
        analysis: of what both have; its agents are the two sides, and its cells what they share.
        names: of the two sides.
        only: how many cells each has that the other lacks, and which are left out.
    """

    analysis: Analysis
    names: tuple[str, str]
    only: tuple[int, int]


def compare(first: str, second: str) -> Versus:
    """Compare two benchmarks, or two agents.

    Args:
        first, second: each a benchmark's folder or its name below runs/bench, followed by ":AGENT" for one
            agent of it alone. Where neither names an agent, each agent is compared with itself: what
            has changed from one benchmark to the other.

    Raises:
        InputError: there is no such benchmark or agent, or nothing that both have.
    """
    import pandas as pd

    rows = [_side(text) for text in (first, second)]
    whole = sum(agent is None for _, agent in rows)
    if whole == 1:
        raise InputError(
            "Compare two benchmarks, or two agents (DIR:AGENT DIR:AGENT), but not one with the other; "
            f"got {first!r} and {second!r}."
        )
    if first == second:
        raise InputError(f"Both sides are {first!r}; give two different ones.")
    tables = []
    for name, (table, agent) in zip((first, second), rows, strict=True):
        cell = table["cell"] if agent is not None else table["agent"] + " on " + table["cell"]
        tables.append(table.assign(cell=cell, agent=name))
    shared = set(tables[0]["cell"]) & set(tables[1]["cell"])
    if not shared:
        raise InputError(f"{first!r} and {second!r} have nothing in common that could be compared.")
    both = pd.concat([table[table["cell"].isin(shared)] for table in tables], ignore_index=True)
    left_out = [table["cell"].nunique() - len(shared) for table in tables]
    return Versus(analyse(both), (first, second), (left_out[0], left_out[1]))


def _side(text: str) -> tuple[pd.DataFrame, str | None]:
    """Return the rows of one side, and its agent where one is named."""
    whole = _found(text)
    if whole is not None:
        return read_rows(whole), None
    folder, colon, agent = text.rpartition(":")
    path = _found(folder) if colon else None
    if path is None:
        return read_rows(text), None  # which says that there is none
    rows = read_rows(path)
    if agent not in set(rows["agent"]):
        raise unknown_name(f"agent of {folder!r}", agent, set(rows["agent"]))
    return rows[rows["agent"] == agent], agent


def _found(text: str) -> Path | None:
    for path in (Path(text), DEFAULT_ROOT / text):
        if text and is_benchmark(path):
            return path
    return None
