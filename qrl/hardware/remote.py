"""A service that keeps jobs: what sending and fetching ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from qrl.hardware.pubs import Prepared

from qrl.errors import InputError

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"


class LostAnswer(InputError):
    """The service may have taken a job: the connection broke before its answer came."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a job is.

    Attributes:
        state: "queued", "running", "done", "failed" or "cancelled".
        why: why it failed, in the service's words.
        qpu_seconds: of the quantum computer that it has used; None where that is not told yet.
    """

    state: str
    why: str = ""
    qpu_seconds: float | None = None


class Remote(Protocol):
    """Takes jobs and keeps their results."""

    def send(self, prepared: Prepared, tag: str) -> str:
        """Send circuits as one job with a tag, and return its name.

        Raises:
            InputError: the service refused it: there is no job.
            LostAnswer: it may have been taken.
        """
        ...

    def find(self, tag: str) -> list[str]:
        """Return the names of the jobs with a tag, oldest first.

        Raises:
            InputError: the service cannot be asked.
        """
        ...

    def status(self, job: str) -> JobStatus:
        """Return how a job is.

        Raises:
            InputError: there is no such job, or the service cannot be asked.
        """
        ...

    def results(self, job: str) -> list[dict[str, Any]]:
        """Return what a job that is done gave, for each pub as `qrl.hardware.local.run_local` does.

        Raises:
            InputError: it cannot be read.
        """
        ...

    def cancel(self, job: str) -> None:
        """Ask for the end of a job.

        Raises:
            InputError: the service cannot be asked.
        """
        ...
