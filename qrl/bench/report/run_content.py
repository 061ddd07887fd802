"""All that is told of a single run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.bench.report import numbers as n
from qrl.bench.report.cell_content import CellPictures, run_pictures
from qrl.bench.report.hardware_content import Value, hardware_table, hardware_values
from qrl.bench.report.table import Column, Row, Table, entry, words
from qrl.bench.report.tables import known_table
from qrl.search.method_titles import method_title

if TYPE_CHECKING:
    from qrl.search.run import Run


@dataclass(frozen=True, slots=True)
class RunContent:
    """A run and what is told of it.

    Attributes:
        run: what was read.
        title: of the page.
        agent: who searched.
        settings: text of `config.toml`.
        pictures: what is drawn.
        hardware: what devices measured; empty where nothing was.
        tables: result, front and, where there are any, other circuits.
        remarks: on what to know before reading.
        version: of qrl.
        made: today's date.
    """

    run: Run
    title: str
    agent: str
    settings: str
    pictures: CellPictures
    hardware: tuple[Value, ...]
    tables: tuple[Table, ...]
    remarks: tuple[str, ...]
    version: str
    made: str


def read_run(path: Path) -> RunContent:
    """Read a run folder and compute what is told of it.

    Raises:
        InputError: it is damaged.
    """
    import qrl

    run = qrl.load(path)
    agent = run.result["agent"]
    try:
        settings = (path / "config.toml").read_text(encoding="utf-8")
    except (OSError, ValueError):
        settings = ""
    drawn = run_pictures(run)
    known = known_table(
        drawn.marks,
        drawn.fronts,
        run.task.name,
        run.task.unit,
        exact=drawn.exact,
        sampled=drawn.sampled,
    )
    measured = hardware_values(run)
    tables = [result_table(run), front_table(run), *([known] if known.rows else [])]
    if measured:
        tables.append(hardware_table(run, measured))
    title = f"{run.task.name}, {agent}, seed {run.result['seed']}"
    made = time.strftime("%Y-%m-%d")
    return RunContent(
        run,
        title,
        agent,
        settings,
        drawn,
        tuple(measured),
        tuple(tables),
        tuple(_remarks(run)),
        qrl.__version__,
        made,
    )


def result_table(run: Run) -> Table:
    """Return what was found beside the exact answer and other methods, a row each."""
    result, unit = run.result, run.task.unit
    reference = result["reference"]
    noisy = "noiseless_cost" in result
    columns = (
        Column("circuit", text=True), Column(n.in_unit("cost", unit)), Column(n.in_unit("error", unit)),
        *((Column(n.in_unit("noiseless error", unit)),) if noisy else ()),
        Column("CNOTs"), Column("depth"), Column("rotations"), Column("fidelity"),
        Column("evaluations"), Column("time (s)"),
    )  # fmt: skip
    found = {**result, "noiseless_cost": result.get("noiseless_cost")}
    records = [(f"found by {result['agent']}", found)]
    if reference is not None:
        records.append(("exact", {"cost": reference, "noiseless_cost": reference}))
    records += [(method_title(name), one) for name, one in result["baselines"].items()]

    def above(cost: Any) -> Any:
        return None if cost is None or reference is None else cost - reference

    rows = tuple(
        Row(
            (
                words(name), entry(one["cost"], lambda v: n.fixed(v, 8)),
                entry(above(one["cost"]), n.scientific),
                *((entry(above(one.get("noiseless_cost")), n.scientific),) if noisy else ()),
                entry(one.get("cnots"), n.count), entry(one.get("depth"), n.count),
                entry(one.get("rotations"), n.count),
                entry(one.get("fidelity"), lambda v: n.fixed(v, 6)),
                entry(one.get("evaluations"), n.count), entry(one.get("seconds"), n.duration),
            )
        )
        for name, one in records
    )  # fmt: skip
    caption = (
        f"{run.task.name}: what {result['agent']} found with seed {result['seed']}, beside other answers. "
        f"CNOTs and depth are of whole circuits.{_scoring(run)}"
    )
    return Table("result", caption, columns, rows)


def _scoring(run: Run) -> str:
    noise, shots = run.result.get("noise"), run.result.get("shots", 0)
    parts = [f"under noise {noise}"] if noise is not None else []
    parts += [f"from {shots:,} shots each"] if shots else []
    return f" Costs and errors are {' and '.join(parts)}." if parts else ""


def front_table(run: Run) -> Table:
    """Return the Pareto front: for each number of CNOTs the lowest cost."""
    unit, reference = run.task.unit, run.task.reference
    columns = (
        Column("CNOTs"), Column(n.in_unit("cost", unit)), Column(n.in_unit("error", unit)),
        Column("depth"), Column("rotations"), Column("gates"), Column("found at evaluation"),
        Column("found at (s)"),
    )  # fmt: skip
    rows, lowest = [], float("inf")
    for one in run.archive.entries:
        if one.cost >= lowest:
            continue
        lowest = one.cost
        error = None if reference is None else one.cost - reference
        circuit = one.circuit
        rows.append(
            Row(
                (
                    entry(one.cnots, n.count), entry(one.cost, lambda v: n.fixed(v, 8)),
                    entry(error, n.scientific), entry(one.depth, n.count),
                    entry(circuit.rotation_count, n.count), entry(circuit.gate_count, n.count),
                    entry(one.evaluations, n.count), entry(one.seconds, n.duration),
                )
            )
        )  # fmt: skip
    caption = f"{run.task.name}: fewest CNOTs for each cost found (Pareto front)."
    return Table("front", caption, columns, tuple(rows))


def _remarks(run: Run) -> list[str]:
    result, found = run.result, []
    if run.status != "done":
        ended = "was interrupted" if run.status == "interrupted" else "has not ended"
        found.append(f"The run {ended}: qrl search --resume {run.folder} goes on with it.")
    if run.status == "done" and all(one.env_steps == 0 for one in run.archive.entries):
        found.append("Nothing better than the start was found.")
    if "random-search" not in result["baselines"] and result["agent"] != "random":
        found.append(
            "No random search was run beside it: what searching by itself is worth cannot be told here."
        )
    return found
