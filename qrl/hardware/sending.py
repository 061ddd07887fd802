"""Sending a circuit to a device: written down before and after, so that it is sent once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qrl.errors import InputError
from qrl.hardware import record as r
from qrl.hardware.fetching import adopt, end_doubles, finish
from qrl.hardware.local import run_local
from qrl.hardware.new_record import fingerprint, write_record
from qrl.hardware.offer import Offer
from qrl.hardware.record import Record, read_records
from qrl.hardware.registry import register
from qrl.hardware.remote import LostAnswer, Remote

if TYPE_CHECKING:
    from qrl.hardware.pubs import Prepared
    from qrl.search.run import Run

Say = Callable[[str], None]


class Declined(InputError):
    """The user did not want what was offered; nothing was sent."""


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
    with _alone(run.path, say):
        found, damaged = read_records(run.path)
        known = [one for one in found if one.data.get("fingerprint") == print_]
        usable = [one for one in known if one.state not in (r.FAILED, r.CANCELLED)]
        if usable and not again:
            record = usable[-1]
            if record.state in (r.PREPARED, r.SENDING):
                return _go_on(record, run, made, print_, confirm, say, service)
            say(
                f"This circuit was sent before with the same settings: {record.id} (or give --again)."
            )
            return record
        if damaged and not again:
            raise InputError(
                "The record of an earlier submission cannot be read, and it may be the same one: "
                f"{str(damaged[0])!r}. Repair or remove that folder, or give --again to send in any case."
            )
        if not confirm(made):
            raise Declined("Nothing was sent.")
        return _send(write_record(run, made, print_, say), run, made.prepared, say, service)


@contextmanager
def _alone(run: Path, say: Say) -> Iterator[None]:
    """Keep others from sending circuits of a run while the block runs; they wait, and find it sent."""
    folder = os.open(run, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process sends circuits of this run; waiting for it")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _go_on(
    record: Record,
    run: Run,
    made: Offer,
    print_: str,
    confirm: Callable[[Offer], bool],
    say: Say,
    service: Remote | None,
) -> Record:
    """Go on with a submission that ended before the service's answer was written down."""
    if service is not None and record.state == r.SENDING:
        if adopt(record, _service_of(record, made, service), say):
            return record
        say("It had not been sent: the service has no job with its tag.")
    if not confirm(made):
        raise Declined("Nothing was sent.")
    record = write_record(run, made, print_, say, record)
    return _send(record, run, made.prepared, say, service)


def _service_of(record: Record, made: Offer, service: Remote) -> Remote:
    """Return what the job of a record is asked about: its instance may not be that of the offer."""
    if record.data.get("instance") == made.device.instance:
        return service
    from qrl.hardware.ibm import reopen

    return reopen(record)


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
    end_doubles(str(record.data["tag"]), job, service, say)
    return record
