"""The record of a submission, written before anything is sent."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from qrl.circuits.engines import make_engine
from qrl.files import to_json
from qrl.hardware import record as r
from qrl.hardware.local import expected
from qrl.hardware.record import Record
from qrl.hardware.registry import register

if TYPE_CHECKING:
    from qrl.hardware.offer import Offer
    from qrl.hardware.pubs import Prepared
    from qrl.search.run import Run

Say = Callable[[str], None]
_NO_PART = ("max_seconds", "mode")
_KEPT = ("id", "tag", "created", "history")


def fingerprint(task: str, made: Offer) -> str:
    """Return what two submissions have in common that measure the same, whatever they may cost."""
    plain = made.prepared.settings.to_dict()
    for name in _NO_PART:
        del plain[name]
    data = [task, made.circuit.to_dict(), made.device.asked, plain]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def write_record(
    run: Run, made: Offer, print_: str, say: Say, before: Record | None = None
) -> Record:
    """Write the record of a submission that is about to be sent.

    Args:
        run: whose circuit it is.
        made: what is sent.
        print_: its fingerprint.
        say: told what is happening.
        before: a record of the same that was never sent; it keeps its name and tag, and the rest is
            written anew, for a device may have been calibrated since.

    Raises:
        InputError: it cannot be written.
    """
    from qiskit import qpy

    prepared, now = made.prepared, datetime.now(UTC)
    task = run.task.name.removeprefix("vqe/").replace("/", "-")[:40]
    name = f"{now:%Y%m%d-%H%M%S}-{task}-{secrets.token_hex(3)}"
    record = before or Record(run.path.absolute() / r.FOLDER / name)
    kept = {} if before is None else {word: before.data[word] for word in _KEPT}
    simulated = None
    if prepared.device.kind != "simulator" or prepared.device.name != "aer":
        say("Simulating the device's calibrated noise")
        simulated = expected(prepared)
    record.data = {
        "schema": r.RECORD_SCHEMA,
        "id": name,
        # What the service keeps with the job, by which it is found again.
        "tag": f"qrl-{secrets.token_hex(12)}",
        "created": now.isoformat(timespec="microseconds"),
        "fingerprint": print_,
        "asked": prepared.device.asked,
        "task": run.task.name,
        "unit": run.task.unit,
        "run": str(run.path.absolute()),
        "backend": prepared.device.name,
        "kind": prepared.device.kind,
        "instance": prepared.device.instance,
        "primitive": prepared.primitive,
        "settings": prepared.settings.to_dict(),
        "estimate": made.estimate.to_dict(),
        "warnings": list(made.warnings),
        "found": made.found.to_dict(),
        "placed": _placed(prepared),
        "reference": run.task.reference,
        "is_best": made.is_best,
        "exact": _exact(run, made),
        "simulated": simulated,
        "job": None,
        "state": r.PREPARED,
        "why": "",
        "history": [],
        **kept,
    }
    circuits = BytesIO()
    qpy.dump([pub.circuit for pub in prepared.pubs], circuits)
    plan = {
        "circuit": made.circuit.to_dict(),
        "roles": [pub.role.to_dict() for pub in prepared.pubs],
        "shots": [pub.shots for pub in prepared.pubs],
    }
    record.write({r.PLAN: to_json(plan), r.CIRCUITS: circuits.getvalue()})
    if not register(record):
        say(f"The list of jobs cannot be written; `qrl jobs {run.path}` finds this one.")
    return record


def _exact(run: Run, made: Offer) -> float:
    if made.is_best:
        return float(run.best.noiseless_cost)
    return float(make_engine("exact", run.task.objective).value(made.circuit))


def _placed(prepared: Prepared) -> list[dict[str, Any]]:
    """Return the sizes of the circuits, equal ones once."""
    rows: list[dict[str, Any]] = []
    for one in prepared.placed:
        row = {
            "before": one.before.to_dict(), "after": one.after.to_dict(),
            "qubits": list(one.qubits), "seconds": one.seconds,
        }  # fmt: skip
        if row not in rows:
            rows.append(row)
    return rows
