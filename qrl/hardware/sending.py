"""Sending a circuit to a device: written down before and after, so that it is sent once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from qrl.circuits.engines import make_engine
from qrl.errors import InputError
from qrl.files import to_json
from qrl.hardware import record as r
from qrl.hardware.costs import Estimate, estimate
from qrl.hardware.fetching import adopt, end_doubles, finish
from qrl.hardware.local import expected, run_local
from qrl.hardware.pubs import Prepared, prepare
from qrl.hardware.record import Record, records_of
from qrl.hardware.registry import register
from qrl.hardware.remote import LostAnswer, Remote

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.hardware.device import Device
    from qrl.hardware.settings import HardwareSettings
    from qrl.search.run import Run

Say = Callable[[str], None]
_NO_PART = ("max_seconds", "mode")


@dataclass(frozen=True, eq=False)
class Offer:
    """What would be sent.

    Attributes:
        circuit: that is measured.
        is_best: whether it is the run's best one.
        prepared: circuits and settings.
        estimate: of the time that it takes of a quantum computer.
        remaining: seconds that the account has left; None where that is not known, or nothing is paid.
        warnings: what to know before.
    """

    circuit: Circuit
    is_best: bool
    prepared: Prepared
    estimate: Estimate
    remaining: float | None
    warnings: tuple[str, ...]

    @property
    def device(self) -> Device:
        """Where it would be run."""
        return self.prepared.device


class Declined(InputError):
    """The user did not want what was offered; nothing was sent."""


def offer(
    run: Run,
    device: Device,
    settings: HardwareSettings,
    say: Say,
    circuit: Circuit | None = None,
) -> Offer:
    """Prepare what measures a circuit of a run's task on a device.

    Args:
        run: whose task it is.
        device: where.
        settings: how.
        say: told what is happening.
        circuit: that is measured; by default the run's best one.

    Raises:
        InputError: it does not fit, or would take longer than is allowed; nothing is written.
    """
    say(f"Transpiling for {device.name}")
    chosen = run.best.circuit if circuit is None else circuit
    if chosen.n_qubits != run.task.n_qubits:
        raise InputError(
            f"{run.task.name} needs circuits of {run.task.n_qubits} qubits; the given one has "
            f"{chosen.n_qubits}."
        )
    prepared = prepare(run.task, chosen, device, settings)
    made = estimate(prepared)
    remaining = None
    if device.kind == "ibm":
        from qrl.hardware.ibm import remaining_seconds

        remaining = remaining_seconds(device)
        _check_limit(made, settings, remaining, device)
    return Offer(
        chosen, chosen == run.best.circuit, prepared, made, remaining, tuple(_warnings(prepared))
    )


def send(
    run: Run,
    made: Offer,
    *,
    confirm: Callable[[Offer], bool],
    say: Say,
    again: bool = False,
    service: Remote | None = None,
) -> Record:
    """Send what was offered, unless it was sent before.

    Args:
        run: whose circuit it is.
        made: the offer.
        confirm: asked before anything is sent.
        say: told what is happening.
        again: send it once more although it was sent before.
        service: where the device is; None of a simulated one.

    Returns:
        The record, of an earlier submission of the same circuit with the same settings where there is one.

    Raises:
        InputError: it cannot be written down, or the service refused it.
        Declined: `confirm` said no.
    """
    print_ = fingerprint(run.task.name, made)
    known = [one for one in records_of(run.path) if one.data.get("fingerprint") == print_]
    usable = [one for one in known if one.state not in (r.FAILED, r.CANCELLED)]
    if usable and not again:
        record = usable[-1]
        if record.state in (r.PREPARED, r.SENDING):
            return _go_on(record, run, made, confirm, say, service)
        say(f"This circuit was sent before with the same settings: {record.id}.")
        return record
    if not confirm(made):
        raise Declined("Nothing was sent.")
    record = _written(run, made, print_, say)
    return _send(record, run, made.prepared, say, service)


def fingerprint(task: str, made: Offer) -> str:
    """Return what two submissions have in common that measure the same, whatever they may cost."""
    plain = made.prepared.settings.to_dict()
    for name in _NO_PART:
        del plain[name]
    data = [task, made.circuit.to_dict(), made.device.name, plain]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def _written(run: Run, made: Offer, print_: str, say: Say) -> Record:
    from qiskit import qpy

    prepared, now = made.prepared, datetime.now(UTC)
    task = run.task.name.removeprefix("vqe/").replace("/", "-")[:40]
    name = f"{now:%Y%m%d-%H%M%S}-{task}-{secrets.token_hex(3)}"
    record = Record(run.path.absolute() / r.FOLDER / name)
    simulated = None
    if prepared.device.kind != "simulator" or prepared.device.name != "aer":
        say("Simulating the device's calibrated noise")
        simulated = expected(prepared)
    record.data = {
        "schema": r.RECORD_SCHEMA,
        "id": name,
        # What the service keeps with the job, by which it is found again.
        "tag": f"qrl-{secrets.token_hex(12)}",
        "created": now.isoformat(timespec="seconds"),
        "fingerprint": print_,
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
        "placed": _placed(prepared),
        "reference": run.task.reference,
        "is_best": made.is_best,
        "exact": _exact(run, made),
        "simulated": simulated,
        "job": None,
    }
    circuits = BytesIO()
    qpy.dump([pub.circuit for pub in prepared.pubs], circuits)
    plan = {
        "circuit": made.circuit.to_dict(),
        "roles": [pub.role.to_dict() for pub in prepared.pubs],
        "shots": [pub.shots for pub in prepared.pubs],
    }
    record.data |= {"state": r.PREPARED, "why": "", "history": []}
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


def _go_on(
    record: Record,
    run: Run,
    made: Offer,
    confirm: Callable[[Offer], bool],
    say: Say,
    service: Remote | None,
) -> Record:
    """Go on with a submission that ended before the service's answer was written down."""
    if service is not None and record.state == r.SENDING:
        if adopt(record, service, say):
            return record
        say("It had not been sent: the service has no job with its tag.")
    if not confirm(made):
        raise Declined("Nothing was sent.")
    return _send(record, run, made.prepared, say, service)


def _send(record: Record, run: Run, prepared: Prepared, say: Say, service: Remote | None) -> Record:
    if service is None:
        say(f"Running {len(prepared.pubs)} circuits on {prepared.device.name}")
        record.step(r.SENDING)
        finish(record, run.task, run_local(prepared), qpu_seconds=None)
        return record
    say(f"Sending {len(prepared.pubs)} circuits to {prepared.device.name}")
    record.step(r.SENDING)
    try:
        job = service.send(prepared, str(record.data["tag"]))
    except LostAnswer:  # it stays "sending": whether there is a job, its tag tells
        raise
    except InputError as cause:
        record.step(r.PREPARED, str(cause))
        raise
    record.step(r.SENT, job=job)
    register(record)
    end_doubles(record, service, say)
    return record


def _check_limit(
    made: Estimate, settings: HardwareSettings, remaining: float | None, device: Device
) -> None:
    limit = settings.max_seconds
    if limit is None and device.is_paid:
        raise InputError(
            f"{device.name} may cost money: say how many seconds of it may be spent, with --max-seconds "
            f"({made.qpu_seconds:.0f} s are estimated)."
        )
    for most, what in ((limit, "max-seconds allows"), (remaining, "the account has left")):
        if most is not None and made.qpu_seconds is not None and made.qpu_seconds > most:
            raise InputError(
                f"This would take about {made.qpu_seconds:.1f} s of {device.name}, and {what} "
                f"{most:g} s. Give fewer --shots or less --mitigate"
                f"{', or a larger --max-seconds' if most == limit else ''}."
            )


def _warnings(prepared: Prepared) -> list[str]:
    from qrl.hardware.coherence import coherence_warnings

    return [*prepared.warnings, *coherence_warnings(prepared)]
