"""What is told of a benchmark while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qrl.bench.benchmark import Benchmark
    from qrl.bench.job import Job
    from qrl.bench.one_run import Progress


class Watching:
    """Told of everything; this one is silent."""

    def begin(self, benchmark: Benchmark, missing: Sequence[Job]) -> None:
        """See what there is, and what is to be run, before anything is."""

    def progress(self, job: Job, progress: Progress) -> None:
        """See how far a run is."""

    def ended(self, job: Job, row: dict[str, Any]) -> None:
        """See the row of a run that has ended."""

    def say(self, text: str) -> None:
        """Hear what is happening."""

    def refresh(self) -> None:
        """Draw anew, perhaps; called at least twice a second."""

    @staticmethod
    def now() -> str:
        """Return the time as rows give it."""
        return datetime.now(UTC).isoformat(timespec="seconds")
