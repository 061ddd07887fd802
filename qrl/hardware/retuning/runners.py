"""Where a batch is run: on this machine, or as a job of a service."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from qrl.errors import InputError
from qrl.hardware import remote
from qrl.hardware.device_names import simulator_of
from qrl.hardware.fetching import end_doubles

if TYPE_CHECKING:
    from qrl.hardware.device import Device
    from qrl.hardware.pubs import Prepared
    from qrl.hardware.remote import Remote

Say = Callable[[str], None]
Answer = TypeVar("Answer")
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 60.0
_PATIENCE = 5
"""Times that a service is asked once more."""


class Interrupted(Exception):
    """The user wants an end; never leaves this package."""


class JobFailed(Exception):
    """A job ended without results; the message tells why.

    Attributes:
        qpu_seconds: that it used; None where that is not told.
    """

    def __init__(self, why: str, qpu_seconds: float | None) -> None:
        super().__init__(why)
        self.qpu_seconds = qpu_seconds


@dataclass(frozen=True, slots=True)
class Came:
    """What a job gave.

    Attributes:
        raw: of each circuit, as `qrl.hardware.local.run_local` returns it.
        qpu_seconds: of the quantum computer that were used; None where that is not told.
    """

    raw: list[dict[str, Any]]
    qpu_seconds: float | None = None


class Runner(Protocol):
    """Runs circuits, each job once whatever happens in between."""

    def run(
        self,
        prepared: Prepared,
        tag: str,
        job: str | None,
        sent: Callable[[str], None],
        *,
        again: bool,
    ) -> Came:
        """Return the results of a job.

        Args:
            prepared: the circuits.
            tag: of the job; it has been written down.
            job: the service's name of it, where that is known already.
            sent: told that name before anything else is done.
            again: whether it may have been sent before.

        Raises:
            JobFailed: the job gave nothing.
            Interrupted: the user wants an end; the job stays where it is.
            InputError: it was refused, or the service cannot be asked.
        """
        ...


class LocalRunner:
    """Runs circuits on a simulated device, whose simulator is made once.

    `qrl.hardware.local.run_local` makes a simulator of a device for each call, which takes longer than the
    circuits here do; the numbers are the same.

    Args:
        device: a simulated one.
    """

    def __init__(self, device: Device) -> None:
        self._simulator = simulator_of(device, 0)

    def run(
        self,
        prepared: Prepared,
        tag: str,
        job: str | None,
        sent: Callable[[str], None],
        *,
        again: bool,
    ) -> Came:
        """Return the counts; see `Runner`."""
        circuits, settings = [pub.circuit for pub in prepared.pubs], prepared.settings
        result = self._simulator.run(
            circuits, shots=settings.shots, seed_simulator=settings.seed
        ).result()
        if not result.success:
            raise InputError(f"Qiskit Aer could not run the circuits: {result.status}.")
        return Came([{"counts": dict(result.get_counts(k))} for k in range(len(circuits))])


@dataclass(eq=False)
class RemoteRunner:
    """Runs circuits as jobs of a service.

    Attributes:
        service: takes the jobs.
        stop: set where the user wants an end.
        say: told how a job is.
    """

    service: Remote
    stop: threading.Event
    say: Say
    _before: Any = field(default=None, init=False)

    def run(
        self,
        prepared: Prepared,
        tag: str,
        job: str | None,
        sent: Callable[[str], None],
        *,
        again: bool,
    ) -> Came:
        """Send a job, or find the one that was sent, and wait for its end; see `Runner`."""
        if job is None:
            job = self._found(tag) if again else None
            job = self._sent(prepared, tag) if job is None else job
            sent(job)
        name, pause = job, _FIRST_WAIT
        while True:
            status = self._patiently(lambda: self.service.status(name))
            if status.state not in (remote.QUEUED, remote.RUNNING):
                break
            if status != self._before:
                self.say(f"Job {job}: {status.state}")
                self._before = status
            self._wait(pause)
            pause = min(1.5 * pause, _LONGEST_WAIT)
        if status.state != remote.DONE:
            raise JobFailed(
                f"Job {job} has {status.state}: {status.why or 'the service tells no reason'}",
                status.qpu_seconds,
            )
        return Came(self._patiently(lambda: self.service.results(name)), status.qpu_seconds)

    def _sent(self, prepared: Prepared, tag: str) -> str:
        self.say(f"Sending {len(prepared.pubs)} circuits to {prepared.device.name}")
        try:
            job = self.service.send(prepared, tag)
        except remote.LostAnswer as cause:
            found = self._found(tag)
            if found is None:
                raise remote.LostAnswer(
                    "No answer came from the service, and it knows no job with the tag yet. The same "
                    "command looks for it once more before anything is sent."
                ) from cause
            return found
        end_doubles(tag, job, self.service, self.say)
        return job

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        """Ask once more where the service cannot be asked: a retuning takes hours, and lines break."""
        pause = _FIRST_WAIT
        for _ in range(_PATIENCE):
            try:
                return ask()
            except InputError as cause:
                self.say(f"Asking once more: {cause}")
                self._wait(pause)
                pause = min(2.0 * pause, _LONGEST_WAIT)
        return ask()

    def _wait(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Interrupted

    def _found(self, tag: str) -> str | None:
        found = self.service.find(tag)
        if found:
            self.say(f"It had been sent: job {found[0]}")
        return found[0] if found else None
