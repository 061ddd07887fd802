"""What a budget allows: how many steps of how many shots, and how long they take."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError
from qrl.hardware.retuning import gradient, spsa
from qrl.hardware.retuning.batch import Batch, make_batch
from qrl.hardware.retuning.meter import Limits
from qrl.hardware.time_estimate import Estimate

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.hardware.device import Device
    from qrl.hardware.retuning.settings import RetuneSettings
    from qrl.hardware.settings import HardwareSettings
    from qrl.tasks.task import Task

SHOTS = (1024, 512, 256, 128, 64)
"""Of each circuit where none are given: the first that leaves enough steps."""
_STEPS = {"gradient": 8, "spsa": 30}
"""Steps that are enough."""
LEAST_COMPARED = 100
"""Shots of each circuit of the comparison, at least."""
_MOST_SHOTS = 100_000
"""Of a circuit, where a service does not tell its own limit."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a budget is spent.

    Attributes:
        method: "gradient" or "spsa".
        shots: of each circuit while tuning.
        steps: of the method.
        jobs: measurements in all, the comparison included.
        limits: what may be spent.
        estimate: what it takes in all.
    """

    method: str
    shots: int
    steps: int
    jobs: int
    limits: Limits
    estimate: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        limits = {
            name: getattr(self.limits, name)
            for name in ("shots", "kept_shots", "seconds", "kept_seconds")
        }
        return {
            "method": self.method, "shots": self.shots, "steps": self.steps, "jobs": self.jobs,
            "limits": limits, "estimate": self.estimate.to_dict(),
        }  # fmt: skip

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Plan:
        """Read what `to_dict` returned."""
        limits, estimate = Limits(**data["limits"]), Estimate(**data["estimate"])
        return Plan(**{**data, "limits": limits, "estimate": estimate})


class Sizes:
    """How many shots, and how long, jobs of a circuit take.

    Args:
        task: whose cost is measured.
        circuit: with any angles.
        device: where.
        settings: of each measurement; its shots do not count.
    """

    def __init__(
        self, task: Task, circuit: Circuit, device: Device, settings: HardwareSettings
    ) -> None:
        self._given = (task, circuit, device, settings)
        self._known: dict[tuple[int, int, bool], Estimate] = {}

    def of(self, points: int, shots: int, *, apart: bool = False) -> Estimate:
        """Return what a job takes that measures so many sets of angles with so many shots a circuit."""
        one, two = self._small(1, shots, apart), self._small(2, shots, apart)
        more = points - 1
        seconds = None
        if one.qpu_seconds is not None and two.qpu_seconds is not None:
            seconds = one.qpu_seconds + more * (two.qpu_seconds - one.qpu_seconds)
        return Estimate(
            one.circuits + more * (two.circuits - one.circuits),
            one.shots + more * (two.shots - one.shots),
            seconds,
        )

    def _small(self, points: int, shots: int, apart: bool) -> Estimate:
        key = (points, shots, apart)
        if key not in self._known:
            task, circuit, device, settings = self._given
            batch: Batch = make_batch(
                task, [circuit] * points, device, replace(settings, shots=shots), seed=0, apart=apart
            )  # fmt: skip
            self._known[key] = batch.estimate
        return self._known[key]


def make_plan(
    sizes: Sizes,
    n_angles: int,
    method: str,
    shots: int | None,
    settings: RetuneSettings,
    seconds: float | None,
) -> Plan:
    """Share a budget out.

    Args:
        sizes: of the jobs.
        n_angles: that are turned.
        method: "gradient" or "spsa".
        shots: of each circuit; None for the first of `SHOTS` that leaves enough steps.
        settings: with the budget and the share of it that is kept for the comparison.
        seconds: of a quantum computer that may be spent; None where nothing limits them.

    Raises:
        InputError: the budget does not allow one step and a comparison.
    """
    kept = math.ceil(settings.reserve * settings.shots_budget)
    kept_seconds = 0.0
    if seconds is not None:
        most = compared_shots(sizes, kept, settings.reserve * seconds)
        kept_seconds = sizes.of(2, max(most, LEAST_COMPARED), apart=True).qpu_seconds or 0.0
    limits = Limits(settings.shots_budget, kept, seconds, kept_seconds)
    choices = SHOTS if shots is None else (shots,)
    best = (choices[-1], 0)
    for one in choices:
        steps = _steps(sizes, n_angles, method, one, limits)
        if steps:
            best = (one, steps)
        if steps >= _STEPS[method]:
            break
    each, steps = best
    if not steps or kept < sizes.of(2, LEAST_COMPARED, apart=True).shots:
        raise _too_little(sizes, n_angles, method, choices[-1], settings, limits)
    jobs = _jobs(n_angles, method, steps)
    last = sizes.of(2, compared_shots(sizes, kept, kept_seconds or None), apart=True)
    total = _sum([*((count, sizes.of(points, each)) for points, count in jobs.items()), (1, last)])
    return Plan(method, each, steps, sum(jobs.values()) + 1, limits, total)


def compared_shots(sizes: Sizes, shots: int, seconds: float | None, most: int | None = None) -> int:
    """Return the shots of each circuit with which the comparison takes no more than this.

    Args:
        sizes: of the jobs.
        shots: of all circuits together.
        seconds: of a quantum computer; None where nothing limits them.
        most: that a device takes of one circuit.
    """
    each = shots // math.ceil(sizes.of(2, LEAST_COMPARED, apart=True).shots / LEAST_COMPARED)
    each = each if most is None else min(each, most)
    while each > 0 and sizes.of(2, each, apart=True).shots > shots:
        each -= 1
    if seconds is not None:
        while each > 0 and (sizes.of(2, each, apart=True).qpu_seconds or 0.0) > seconds:
            each = 3 * each // 4
    return each


def most_shots(device: Device) -> int | None:
    """Return how many shots a device takes of one circuit; None where any number."""
    if device.is_local:
        return None
    told = getattr(device.backend, "max_shots", None)
    return int(told) if told else _MOST_SHOTS


def _jobs(n_angles: int, method: str, steps: int) -> dict[int, int]:
    """Return how many jobs of tuning measure how many sets of angles each."""
    if method == "gradient":
        return {gradient.points_of(n_angles): steps}
    return {2 * spsa.first_pairs(steps) + 1: 1, spsa.PAIR: steps}


def _step_points(n_angles: int, method: str) -> int:
    return gradient.points_of(n_angles) if method == "gradient" else spsa.PAIR


def _sum(jobs: list[tuple[int, Estimate]]) -> Estimate:
    """Return what so many of each job take together."""
    told = [count * one.qpu_seconds for count, one in jobs if one.qpu_seconds is not None]
    return Estimate(
        sum(count * one.circuits for count, one in jobs),
        sum(count * one.shots for count, one in jobs),
        sum(told) if told else None,
    )


def _steps(sizes: Sizes, n_angles: int, method: str, shots: int, limits: Limits) -> int:
    """Return how many steps fit beside what is kept."""
    left = limits.shots - limits.kept_shots
    seconds = None if limits.seconds is None else limits.seconds - limits.kept_seconds
    steps = left // sizes.of(_step_points(n_angles, method), shots).shots
    while steps > 0:
        jobs = _jobs(n_angles, method, steps)
        total = _sum([(count, sizes.of(points, shots)) for points, count in jobs.items()])
        taken = total.qpu_seconds or 0.0
        if total.shots <= left and (seconds is None or taken <= seconds):
            break
        fit = (
            steps if seconds is None or not taken else math.floor(steps * max(0.0, seconds) / taken)
        )
        steps = min(steps - 1, fit)
    return max(0, steps)


def _too_little(
    sizes: Sizes, n_angles: int, method: str, shots: int, settings: RetuneSettings, limits: Limits
) -> InputError:
    jobs = [
        (count, sizes.of(points, shots)) for points, count in _jobs(n_angles, method, 1).items()
    ]
    last = sizes.of(2, LEAST_COMPARED, apart=True)
    tuned, compared = _sum(jobs).shots, last.shots
    least = (
        max(math.ceil(tuned / (1.0 - settings.reserve)), math.ceil(compared / settings.reserve)) + 1
    )
    if least > settings.shots_budget:
        other = ", or --method spsa" if method == "gradient" else ""
        return InputError(
            f"One step of {method} with {shots} shots a circuit and the comparison at the end need "
            f"about {least:,} shots; the budget is {settings.shots_budget:,}. Give a larger "
            f"--shots-budget{other}."
        )
    seconds = _sum([*jobs, (1, last)]).qpu_seconds or 0.0
    return InputError(
        f"One step of {method} and the comparison at the end take about {seconds:.0f} s; "
        f"{limits.seconds:g} s may be spent. Give a larger --max-seconds."
    )
