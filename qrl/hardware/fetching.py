"""Bringing results back: raw ones are kept first, then turned into the task's cost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError
from qrl.files import to_json
from qrl.hardware import record as r
from qrl.hardware import remote
from qrl.hardware.combining import RESULT_SCHEMA, combined
from qrl.hardware.registry import register

if TYPE_CHECKING:
    from qrl.hardware.record import Record
    from qrl.hardware.remote import JobStatus, Remote
    from qrl.tasks.task import Task

Say = Callable[[str], None]
_ENDED = {r.FAILED: "failed", r.CANCELLED: "been cancelled"}
_SILENT = "no reason was told"
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 60.0


def finish(
    record: Record, task: Task, raw: list[dict[str, Any]], qpu_seconds: float | None
) -> dict[str, Any]:
    """Keep what a device returned, and the cost that it makes.

    Args:
        record: of the submission.
        task: what was measured.
        raw: of each circuit {"counts"} or {"values", "errors"}.
        qpu_seconds: that were used; None where that is not known.

    Returns:
        What `result.json` holds.

    Raises:
        InputError: results are missing or of another form (raw ones are kept all the same), or the folder
            cannot be written.
    """
    record.data["qpu_seconds"] = qpu_seconds
    record.write({r.RAW: to_json(raw)})
    try:
        result = combined(record, task, raw)
    except InputError as cause:
        # What a service has can be fetched once more.
        record.step(r.SENT if record.job else r.FAILED, str(cause))
        raise
    record.write({r.RESULT: to_json(result)})
    record.step(r.DONE)
    return result


def fetch(
    record: Record,
    task: Task,
    service: Remote | None,
    *,
    wait: bool,
    say: Say,
    seconds: float | None = None,
) -> dict[str, Any] | None:
    """Return the result of a submission, made from what is in its folder or what the service has.

    Args:
        record: of the submission.
        task: what was measured.
        service: where its job is; None of a simulated device.
        wait: until the job has ended.
        say: told what is happening.
        seconds: to wait at most.

    Returns:
        What `result.json` holds; None where the job has not ended.

    Raises:
        InputError: the job failed or was cancelled, was never sent, or the service cannot be asked.
    """
    if record.state == r.DONE:
        say("Its result is made anew from what the device returned")
        return _made_anew(record, task)
    if record.state in (r.FAILED, r.CANCELLED):
        raise InputError(f"{record.id} has {_ENDED[record.state]}: {record.data['why'] or _SILENT}")
    if service is None:
        raise InputError(
            f"{record.id} was cut off before its simulation ended; `qrl submit {record.data['run']}` with "
            "the same settings runs it again."
        )
    if record.state != r.SENT and not adopt(record, service, say):
        raise InputError(
            f"{record.id} was not sent: the service has no job with its tag. "
            f"`qrl submit {record.data['run']}` with the same settings sends it."
        )
    until = None if seconds is None else time.monotonic() + seconds
    pause, before = _FIRST_WAIT, None
    while True:
        status = service.status(str(record.job))
        if status != before:
            say(_in_words(record, status))
            before = status
        if status.state not in (remote.QUEUED, remote.RUNNING):
            return _ended(record, task, service, status)
        left = None if until is None else until - time.monotonic()
        if not wait or (left is not None and left <= 0.0):
            return None
        time.sleep(pause if left is None else min(pause, left))
        pause = min(1.5 * pause, _LONGEST_WAIT)


def known_result(record: Record) -> dict[str, Any] | None:
    """Return the result of a submission that is done; None of another, or where it is damaged."""
    if record.state != r.DONE:
        return None
    try:
        found = record.read_json(r.RESULT)
        costs = [one["cost"] for one in found["measured"]]
        complete = found["schema"] == RESULT_SCHEMA and all(map(math.isfinite, costs))
    except (InputError, KeyError, TypeError):
        return None
    return dict(found) if complete and costs else None


def _made_anew(record: Record, task: Task) -> dict[str, Any]:
    try:
        raw = record.read_json(r.RAW)
        if not isinstance(raw, list):
            raise InputError("what the device returned is no list.")
        result = combined(record, task, raw)
    except InputError as cause:
        raise InputError(
            f"The result of {record.id} is lost, and {r.RAW} and {r.PLAN} do not give it anew: {cause} "
            f"`qrl submit {record.folder.parents[1]} --again` with the same settings measures once more."
        ) from cause
    record.write({r.RESULT: to_json(result)})
    return result


def adopt(record: Record, service: Remote, say: Say) -> bool:
    """Find the job of a submission whose answer was never seen; tell whether there is one.

    Raises:
        InputError: the service cannot be asked.
    """
    found = service.find(str(record.data["tag"])) if record.state == r.SENDING else []
    if not found:
        return False
    record.step(r.SENT, "found again by its tag", job=found[0])
    register(record)
    say(f"It had been sent: job {found[0]}.")
    end_doubles(str(record.data["tag"]), found[0], service, say)
    return True


def end_doubles(tag: str, job: str, service: Remote, say: Say) -> None:
    """End other jobs with a tag than the one that counts: a client that asks again makes them.

    A service that cannot be asked, or a job that has ended, is no error: nothing more can be done.
    """
    with suppress(InputError):
        for other in service.find(tag):
            if other != job:
                say(f"Ending job {other}, which was sent twice")
                with suppress(InputError):
                    service.cancel(other)


def _ended(record: Record, task: Task, service: Remote, status: JobStatus) -> dict[str, Any]:
    if status.state == remote.DONE:
        raw = service.results(str(record.job))
        return finish(record, task, raw, status.qpu_seconds)
    state = r.CANCELLED if status.state == remote.CANCELLED else r.FAILED
    record.step(state, status.why, qpu_seconds=status.qpu_seconds)
    used = "" if status.qpu_seconds is None else f" It used {status.qpu_seconds:.1f} s."
    raise InputError(
        f"Job {record.job} has {_ENDED[state]}: {(status.why or _SILENT).rstrip('.')}.{used} "
        f"`qrl submit {record.data['run']}` with the same settings sends it anew."
    )


def _in_words(record: Record, status: JobStatus) -> str:
    return f"{record.id}: {status.state} on {record.data['backend']}"
