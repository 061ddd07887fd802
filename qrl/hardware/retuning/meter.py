"""Measuring within a budget, each measurement written down before it is used, and none made twice."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError
from qrl.hardware.retuning import journal as j
from qrl.hardware.retuning.batch import Batch, make_batch
from qrl.hardware.retuning.runners import Interrupted, JobFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.hardware.device import Device
    from qrl.hardware.retuning.runners import Runner
    from qrl.hardware.settings import HardwareSettings
    from qrl.tasks.task import Task


class Spent(Exception):
    """The budget does not allow the next measurement; never leaves this package.

    Attributes:
        what: "shots" or "seconds".
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """Costs that were measured together.

    Attributes:
        values: shape (points,).
        errors: their standard errors, shape (points,).
        shots: of all of them, calibrations included.
    """

    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    shots: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent.

    Attributes:
        shots: of everything.
        kept_shots: of these, what is kept for the comparison at the end.
        seconds: of a quantum computer; None where nothing limits them.
        kept_seconds: of these, what is kept for the comparison.
    """

    shots: int
    kept_shots: int
    seconds: float | None = None
    kept_seconds: float = 0.0


class Meter:
    """Measures costs at angles on a device.

    The k-th measurement has a seed made of the settings' seed and k alone. What the journal holds already
    is returned from there; so a retuning that was killed, begun once more, takes the same way.

    Args:
        task: whose cost is measured.
        circuit: whose angles are turned.
        device: where.
        settings: of each measurement; the layout is fixed.
        runner: runs the circuits.
        journal: what was measured before, and where the rest is written.
        limits: what may be spent.
        stop: set where the user wants an end.

    Attributes:
        shots: spent so far.
        seconds: of a quantum computer that were spent so far, estimated where they are not told.
        lowest: the lowest cost measured so far; None before the first.
        made: measurements so far.
    """

    def __init__(
        self,
        task: Task,
        circuit: Circuit,
        device: Device,
        settings: HardwareSettings,
        runner: Runner,
        journal: j.Journal,
        limits: Limits,
        stop: threading.Event,
    ) -> None:
        self.task, self.circuit, self.device, self.settings = task, circuit, device, settings
        self.limits = limits
        self._runner, self._journal, self._stop = runner, journal, stop
        self.shots, self.seconds, self.made = 0, 0.0, 0
        self.lowest: float | None = None
        self._attempts: dict[int, int] = {}
        self._stopped: str | None = None

    def tuning(self, points: NDArray[np.float64]) -> Costs:
        """Measure the cost at several sets of angles, as one job.

        Args:
            points: radians, shape (points, angles).

        Raises:
            Spent: what is left beside the reserve is less than this takes.
            Interrupted: the user wants an end.
            InputError: the service refused it, or the journal is of another retuning.
        """
        limits = self.limits
        seconds = None if limits.seconds is None else limits.seconds - limits.kept_seconds
        found = self._measure(
            "tune", points, self.settings, limits.shots - limits.kept_shots, seconds
        )
        lowest = float(found.values.min())
        self.lowest = lowest if self.lowest is None else min(self.lowest, lowest)
        return found

    def comparing(self, points: NDArray[np.float64], settings: HardwareSettings) -> Costs:
        """Measure the cost at several sets of angles from the reserve, with independent errors.

        Args:
            points: radians, shape (points, angles).
            settings: with other shots than those of tuning.

        Raises:
            Spent, Interrupted, InputError: as `tuning`.
        """
        return self._measure("compare", points, settings, self.limits.shots, self.limits.seconds)

    def batch(
        self, points: NDArray[np.float64], settings: HardwareSettings, *, seed: int, apart: bool
    ) -> Batch:
        """Prepare the circuits of several sets of angles."""
        circuits = [self.circuit.with_angles(point) for point in points]
        return make_batch(self.task, circuits, self.device, settings, seed=seed, apart=apart)

    def _measure(
        self,
        purpose: str,
        points: NDArray[np.float64],
        settings: HardwareSettings,
        most_shots: int,
        most_seconds: float | None,
    ) -> Costs:
        number, entry = self.made, self._journal.entry(self.made)
        begun: dict[str, Any] = {
            "purpose": purpose, "angles": [list(map(float, point)) for point in points],
            "shots_each": settings.shots,
        }  # fmt: skip
        self._count_failed(number, entry)
        if entry.begin is not None and entry.begin["purpose"] == "compare" != purpose:
            raise Spent(str(entry.begin["stopped"]))
        if entry.came is not None:
            self._check_same(entry, begun, number)
            return self._used(entry)
        if self._stop.is_set():
            raise Interrupted
        batch = self.batch(points, settings, seed=self._seed(number), apart=purpose == "compare")
        estimate = batch.estimate
        if self.shots + estimate.shots > most_shots:
            self._end("shots")
        seconds = estimate.qpu_seconds or 0.0
        if most_seconds is not None and self.seconds + seconds > most_seconds:
            self._end("seconds")
        again = entry.begin is not None
        if again:
            self._check_same(entry, begun, number)
        else:
            tag = f"qrl-{secrets.token_hex(12)}"
            self._journal.append(
                number, j.BEGIN, **begun, tag=tag, shots=estimate.shots,
                estimate=estimate.qpu_seconds, stopped=self._stopped,
            )  # fmt: skip
        self._run(number, batch, most_seconds, again=again)
        return self._used(self._journal.entry(number))

    def _run(self, number: int, batch: Batch, most_seconds: float | None, *, again: bool) -> None:
        entry = self._journal.entry(number)
        assert entry.begin is not None
        prepared = batch.prepared
        if most_seconds is not None:
            left = replace(prepared.settings, max_seconds=most_seconds - self.seconds)
            prepared = replace(prepared, settings=left)
        shots, estimate = entry.begin["shots"], entry.begin["estimate"]

        def sent(job: str) -> None:
            if job != entry.job:
                self._journal.append(number, j.SENT, job=job)

        def failed(why: str, qpu_seconds: float | None, raw: Any) -> None:
            self._journal.append(
                number, j.FAILED, why=why, qpu_seconds=qpu_seconds, shots=shots, estimate=estimate,
                raw=raw,
            )  # fmt: skip

        try:
            came = self._runner.run(prepared, entry.begin["tag"], entry.job, sent, again=again)
        except JobFailed as cause:
            failed(str(cause), cause.qpu_seconds, None)
            raise InputError(
                f"{cause}. Nothing of what was measured before is lost; the same command goes on from "
                "there."
            ) from cause
        try:
            measured = batch.costs(came.raw)
        except InputError as cause:
            failed(str(cause), came.qpu_seconds, came.raw)
            raise
        self._journal.append(
            number, j.CAME, raw=came.raw, qpu_seconds=came.qpu_seconds,
            costs=[one.cost for one in measured], errors=[one.standard_error for one in measured],
        )  # fmt: skip

    def _used(self, entry: j.Entry) -> Costs:
        assert entry.begin is not None
        assert entry.came is not None
        self.made += 1
        shots = entry.begin["shots"]
        self._count(shots, entry.came["qpu_seconds"], entry.begin["estimate"])
        return Costs(np.array(entry.came["costs"]), np.array(entry.came["errors"]), shots)

    def _count_failed(self, number: int, entry: j.Entry) -> None:
        """Count attempts that gave nothing, each of them once."""
        for attempt in entry.failed[self._attempts.get(number, 0) :]:
            self._count(attempt["shots"], attempt["qpu_seconds"], attempt["estimate"])
        self._attempts[number] = len(entry.failed)

    def _end(self, what: str) -> None:
        self._stopped = what
        raise Spent(what)

    def _count(self, shots: int, told: float | None, estimated: float | None) -> None:
        self.shots += shots
        self.seconds += (estimated or 0.0) if told is None else told

    def _check_same(self, entry: j.Entry, begun: dict[str, Any], number: int) -> None:
        assert entry.begin is not None
        if any(entry.begin.get(name) != value for name, value in begun.items()):
            raise InputError(
                f"Measurement {number} of the journal is not the one that comes next: it was written by "
                "another version, or changed. Begin anew with --again."
            )

    def _seed(self, number: int) -> int:
        sequence = np.random.SeedSequence(self.settings.seed, spawn_key=(1, number))
        return int(sequence.generate_state(1)[0])
