"""What devices measured of a run's circuit, beside what it gives without noise and in simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.bench.report import numbers as n
from qrl.bench.report.table import Column, Row, Table, entry, words
from qrl.errors import InputError
from qrl.hardware.record import RESULT, records_of

if TYPE_CHECKING:
    from qrl.search.run import Run


@dataclass(frozen=True, slots=True)
class Value:
    """A cost and where it comes from.

    Attributes:
        device: where it was measured, or what it was simulated for.
        name: how: "without noise", "simulated", "measured", "with readout, zne".
        cost: in the task's unit.
        standard_error: of the cost; None where there are no shots.
        shots: that it took; None where there are none.
        submission: its name, for `qrl fetch`.
    """

    device: str
    name: str
    cost: float
    standard_error: float | None = None
    shots: int | None = None
    submission: str = ""


def hardware_values(run: Run) -> list[Value]:
    """Return what was measured of a run, oldest first; submissions that are not done have no values.

    What was computed is told once where several submissions have the same.
    """
    found: list[Value] = []
    known: set[tuple[str, str, float]] = set()
    for record in records_of(run.path):
        if record.state != "done":
            continue
        try:
            result = record.read_json(RESULT)
        except InputError:
            continue
        device = record.data["backend"]
        whose = "" if record.data.get("is_best", True) else "a given circuit, "
        for name, cost in (("without noise", result["exact"]), ("simulated", result["simulated"])):
            if cost is not None and (device, name, cost) not in known:
                known.add((device, name, cost))
                found.append(Value(device, whose + name, cost, submission=record.id))
        for one in result["measured"]:
            name = f"with {', '.join(one['steps'])}" if one["steps"] else "measured"
            found.append(
                Value(
                    device,
                    whose + name,
                    one["cost"],
                    one["standard_error"],
                    one["shots"],
                    record.id,
                )
            )
    return found


def hardware_table(run: Run, values: list[Value]) -> Table:
    """Return the values as a table."""
    unit, reference = run.task.unit, run.task.reference
    columns = (
        Column("device", text=True), Column("cost is", text=True), Column(n.in_unit("cost", unit)),
        Column(n.in_unit("standard error", unit)), Column(n.in_unit("error", unit)), Column("shots"),
        Column("submission", text=True, wide=True),
    )  # fmt: skip
    rows = tuple(
        Row(
            (
                words(one.device), words(one.name), entry(one.cost, lambda v: n.fixed(v, 6)),
                entry(one.standard_error, n.scientific),
                entry(None if reference is None else one.cost - reference, n.scientific),
                entry(one.shots, n.count), words(one.submission),
            )
        )
        for one in values
    )  # fmt: skip
    caption = (
        f"{run.task.name}: the circuit that was found, without noise, simulated with the device's "
        "calibration and measured; standard errors are those of the shots alone, and a device drifts "
        "besides. Mitigation is applied step by step and takes shots of its own."
    )
    return Table("hardware", caption, columns, rows)
