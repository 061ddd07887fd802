"""`qrl.submit`, `qrl.fetch` and what else is done with jobs; `qrl.jobs` is in `listing`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.checks import real_number
from qrl.errors import InputError
from qrl.hardware.device_names import open_device
from qrl.hardware.listing import find
from qrl.hardware.offer import Offer, offer, within_limits
from qrl.hardware.record import CANCELLED, SENT, Record
from qrl.hardware.run_layout import loaded_run, qubits_of, with_layout_of_run
from qrl.hardware.sending import Declined, send
from qrl.hardware.settings import HardwareSettings

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.hardware.device import Device
    from qrl.hardware.remote import Remote
    from qrl.search.run import Run

Say = Callable[[str], None]


def _silent(text: str) -> None:
    """Say nothing."""


def _yes(made: Offer) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Submission:
    """A circuit that was sent to a device, and its result once that is there.

    Attributes:
        record: what is known of it.
    """

    record: Record

    @property
    def id(self) -> str:
        """Its name, for `qrl.fetch`."""
        return self.record.id

    @property
    def state(self) -> str:
        """One of `qrl.hardware.record.STATES`, as it was last known."""
        return self.record.state

    def result(self, *, wait: bool = True, seconds: float | None = None) -> dict[str, Any] | None:
        """Return the result; see `fetch`."""
        return fetch(self.record, wait=wait, seconds=seconds)

    def __repr__(self) -> str:
        return f"Submission({self.id!r}, {self.record.data['backend']!r}, {self.state})"


def submit(
    run: Run | str | Path,
    *,
    backend: str,
    circuit: Circuit | None = None,
    confirm: Callable[[Offer], bool] = _yes,
    again: bool = False,
    say: Say = _silent,
    **settings: Any,
) -> Submission:
    """Measure a run's best circuit, or another one for its task, on a device.

    Args:
        run: a run, or its folder.
        circuit: that is measured in place of the best one, such as a retuned one.
        backend: where: "aer", "aer:ibm-mumbai", "fake:manila", "fake:generic:6", "ibm_...", "least-busy"
            (`qrl.hardware.device_names.open_device`).
        confirm: asked with what would be sent, before it is; by default it is sent. A device that may cost
            money also needs `max_seconds`.
        again: send it once more although the same was sent before.
        say: told in a few words what is happening.
        settings: shots, mitigate, max_seconds, ...: those of `HardwareSettings`.

    Returns:
        The submission: of a simulated device it is done; else `result()` waits for it, today or later. One
        that was sent before with the same settings is returned as it is.

    Raises:
        InputError: something that was given cannot be used, it would take longer than is allowed, or the
            service refused it.
        MissingExtra: the libraries for the device are not installed.
    """
    chosen = HardwareSettings.from_dict(settings)
    loaded = loaded_run(run)
    device = open_device(backend, qubits_of(loaded.task), seed=chosen.seed)
    made = offer(loaded, device, with_layout_of_run(loaded, device, chosen), say, circuit)
    (made,) = within_limits([made])
    with _opened(device, chosen) as service:
        record = send(loaded, made, confirm=confirm, say=say, again=again, service=service)
    return Submission(record)


def submit_all(
    runs: Sequence[Run | str | Path],
    *,
    backend: str,
    circuit: Circuit | None = None,
    confirm: Callable[[Offer], bool] = _yes,
    again: bool = False,
    say: Say = _silent,
    **settings: Any,
) -> list[Submission]:
    """Measure the best circuits of several runs, one after another; see `submit`.

    Args:
        runs: the runs.
        backend, confirm, again, say, settings: as of `submit`.
        circuit: measured in place of the best one of each run.

    Returns:
        The submissions that `confirm` wanted.
    """
    chosen = HardwareSettings.from_dict(settings)
    loaded = [loaded_run(run) for run in runs]
    widest = max((qubits_of(one.task) for one in loaded), default=0)
    device = open_device(backend, widest, seed=chosen.seed)
    offers = within_limits(
        [
            offer(one, device, with_layout_of_run(one, device, chosen), say, circuit)
            for one in loaded
        ]
    )
    sent = []
    with _opened(device, chosen) as service:
        for one, made in zip(loaded, offers, strict=True):
            with suppress(Declined):
                record = send(one, made, confirm=confirm, say=say, again=again, service=service)
                sent.append(Submission(record))
    return sent


def fetch(
    what: Record | str | Path,
    *,
    wait: bool = True,
    seconds: float | None = None,
    say: Say = _silent,
) -> dict[str, Any] | None:
    """Return the result of a submission, from its folder or from the service.

    Args:
        what: the submission: its record, its name, its folder, or the service's name of its job.
        wait: until its job has ended; otherwise look once.
        seconds: to wait at most.
        say: told in a few words what is happening.

    Returns:
        What `result.json` of the submission holds: the cost as it was measured and after each step of
        mitigation, with standard errors, beside the exact one; None where the job has not ended.

    Raises:
        InputError: there is no such submission, its job failed, or the service cannot be asked.
    """
    if seconds is not None:
        real_number("The seconds to wait", seconds, least=0.0)
    from qrl.hardware.fetching import fetch as fetch_record
    from qrl.hardware.fetching import known_result
    from qrl.search.run import load

    record = what if isinstance(what, Record) else find(what)
    known = known_result(record)
    if known is not None:
        return known
    # The run may have been moved since; what was sent is below it.
    task = load(record.folder.absolute().parents[1]).task
    return fetch_record(record, task, _remote(record), wait=wait, say=say, seconds=seconds)


def _remote(record: Record) -> Remote | None:
    if record.data["kind"] != "ibm" or record.is_final:
        return None
    from qrl.hardware.ibm import reopen

    return reopen(record)


@contextmanager
def _opened(device: Device, settings: HardwareSettings) -> Iterator[Remote | None]:
    """Open what jobs are sent with; a batch or session only once something is sent."""
    if device.is_local:
        yield None
        return
    from qrl.hardware.ibm import open_jobs

    with open_jobs(device, settings.mode, settings.max_seconds) as service:
        yield service


def refresh(records: Sequence[Record], *, say: Say = _silent) -> None:
    """Ask the service how jobs are that have not ended, and write that down; results are fetched later.

    Raises:
        InputError: the service cannot be asked.
    """
    for record in records:
        if record.job is None or record.is_final or record.data["kind"] != "ibm":
            continue
        say(f"Asking about {record.id}")
        service = _remote(record)
        assert service is not None
        status = service.status(record.job)
        record.data["qpu_seconds"] = status.qpu_seconds
        record.step(SENT, status.state)


def cancel(what: Record | str | Path, *, say: Say = _silent) -> Record:
    """End the job of a submission; what it has used is used.

    Raises:
        InputError: there is no such submission, it has ended, or the service cannot be asked.
    """
    record = what if isinstance(what, Record) else find(what)
    if record.is_final:
        raise InputError(f"{record.id} has ended already: {record.state}.")
    service = _remote(record)
    if service is None:
        record.step(CANCELLED, "by the user")
        return record
    job = record.job or next(iter(service.find(str(record.data["tag"]))), None)
    if job is not None:
        say(f"Ending job {job}")
        service.cancel(job)
    record.step(CANCELLED, "by the user", job=job)
    return record
