"""Tables of single runs of a benchmark: all of them, those that failed, and what they ran on."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from qrl.bench.report import numbers as n
from qrl.bench.report.table import Column, Row, Table, entry, words
from qrl.bench.row import FAILED

if TYPE_CHECKING:
    import pandas as pd


def runs_table(rows: pd.DataFrame) -> Table:
    """Return all runs, a row each."""
    columns = (
        Column("task and rules", text=True), Column("agent", text=True), Column("seed"),
        Column("status", text=True), Column("error"), Column("unit", text=True),
        Column("noiseless error"), Column("reached", text=True), Column("CNOTs"), Column("depth"),
        Column("gates"), Column("fidelity"), Column("evaluations"), Column("to target"),
        Column("time (s)"), Column("to target (s)"), Column("differs from Qiskit"),
        Column("cores"), Column("pieces"), Column("folder", text=True),
    )  # fmt: skip
    listed = tuple(
        Row(
            (
                words(row["cell"]), words(row["agent"]), entry(row["seed"], n.count),
                words(row["status"]), entry(row["error"], n.scientific),
                words(row["unit"] if isinstance(row["unit"], str) else ""),
                entry(row["noiseless_error"], n.scientific), words(n.yes_or_no(row["reached"])),
                entry(row["cnots"], n.count), entry(row["depth"], n.count),
                entry(row["gates_total"], n.count), entry(row["fidelity"], _fidelity),
                entry(row["evaluations"], n.count), entry(row["evaluations_to_target"], n.count),
                entry(row["seconds"], n.duration), entry(row["seconds_to_target"], n.duration),
                entry(row["qiskit_difference"], n.scientific), entry(row["threads"], n.count),
                entry(row["parts"], n.count), words(row["run"]),
            ),
            {"cell": row["cell"], "agent": row["agent"]},
        )
        for row in _plain(rows)
    )  # fmt: skip
    caption = (
        'All runs. Errors are in the unit beside them; "differs from Qiskit" is the difference of the cost '
        "from Qiskit's, in the same unit; pieces: 1 where the run was never interrupted."
    )
    return Table("runs", caption, columns, listed)


def _fidelity(value: Any) -> str:
    return n.fixed(value, 6)


def failed_table(rows: pd.DataFrame) -> Table:
    """Return the runs that failed, each with its reason."""
    columns = (
        Column("task and rules", text=True), Column("agent", text=True), Column("seed"),
        Column("reason", text=True),
    )  # fmt: skip
    listed = tuple(
        Row(
            (
                words(row["cell"]),
                words(row["agent"]),
                entry(row["seed"], n.count),
                words(row["reason"] or "not told"),
            ),
            {"cell": row["cell"], "agent": row["agent"]},
        )
        for row in _plain(rows)
        if row["status"] == FAILED
    )
    caption = (
        "Runs that failed. They count as an infinite error, a score of 0 and a target not reached; curves "
        "leave them out."
    )
    return Table("failed", caption, columns, listed)


def machines_table(rows: pd.DataFrame) -> Table:
    """Return what the runs ran on: versions of packages by number of runs."""
    counted = Counter((row["host"], row["versions"]) for row in _plain(rows))
    names: dict[str, None] = {}
    read = []
    for (host, text), runs in counted.most_common():
        versions = _versions(text)
        names |= dict.fromkeys(versions)
        read.append((host, runs, versions))
    columns = (
        Column("machine", text=True), Column("runs"), *(Column(name, text=True) for name in names),
    )  # fmt: skip
    listed = tuple(
        Row((words(host), entry(runs, n.count), *(words(v.get(x, n.MISSING)) for x in names)))
        for host, runs, v in read
    )
    return Table("machines", "Machines and versions that the runs were made with.", columns, listed)


def _versions(text: Any) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = rows.to_dict("records")
    return listed
