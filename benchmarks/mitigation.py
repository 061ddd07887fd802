"""What each mitigation gains on simulated devices, at equally many shots in all.

Not part of a plain `python -m benchmarks`: it takes some minutes on two cores.
`python -m benchmarks mitigation --markdown FILE` writes the tables of docs/mitigation-results.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

import qrl
from benchmarks.common import Table, Target
from benchmarks.mitigation_circuits import CASES, Case
from benchmarks.mitigation_devices import simulated
from benchmarks.trials import side_by_side
from qrl.bench.statistics.bootstrap import stratified_bootstrap
from qrl.bench.statistics.interval import Interval
from qrl.circuits.engines import make_engine
from qrl.errors import InputError
from qrl.hardware.combining import mitigated
from qrl.hardware.settings import MITIGATIONS, HardwareSettings


@dataclass(frozen=True, slots=True)
class Way:
    """A way to mitigate.

    Attributes:
        steps: in order; none for the cost as it comes.
        scales: noise factors of "zne".
        extrapolation: of "zne".
    """

    steps: tuple[str, ...] = ()
    scales: tuple[float, ...] = HardwareSettings().scales
    extrapolation: str = HardwareSettings().extrapolation

    def settings(self, shots: int) -> HardwareSettings:
        """Return the settings of a measurement."""
        return HardwareSettings(
            mitigate=self.steps, shots=shots, scales=self.scales, extrapolation=self.extrapolation
        )


PLAIN = Way()
WAYS = tuple(
    Way(steps) for steps in (
        ("readout",), ("zne",), ("readout", "zne"), ("symmetry",), ("readout", "symmetry"),
        ("symmetry", "zne"), ("readout", "symmetry", "zne"), ("q-cluster",),
        ("readout", "q-cluster"), ("readout", "symmetry", "q-cluster"),
    )
)  # fmt: skip
ADDED = (
    ("zne", ("readout",)), ("q-cluster", ("readout",)), ("symmetry", ("readout",)),
    ("readout", ("symmetry",)), ("zne", ("readout", "symmetry")),
    ("symmetry", ("readout", "zne")), ("q-cluster", ("readout", "symmetry")),
)  # fmt: skip
FITS = tuple(
    Way(("readout", "zne"), scales, fit)
    for scales, fits in (
        ((1.0, 3.0), ("auto", "exponential", "linear")),
        ((1.0, 2.0, 3.0), ("auto",)),
        ((1.0, 3.0, 5.0), ("auto", "linear", "richardson")),
    )
    for fit in fits
)
FITTED = ("manila", "generic")
"""Devices on which extrapolations are compared."""
SHOTS = (4096, 16384)
"""Of each circuit without mitigation; the others share as many in all."""
REPETITIONS = 20
QUICK, EVERY = 4, 3
"""Repetitions where quick, and one in how many circuits."""
HELD = (("readout",), ("readout", "zne"), ("readout", "symmetry"), ("readout", "symmetry", "zne"))
"""Steps whose gain must be above 1 on Manila at the larger number of shots."""


@dataclass(frozen=True, slots=True)
class Job:
    """A circuit to be measured.

    Attributes:
        case: the circuit.
        shots: of each of its circuits without mitigation, one after another.
        repetitions: of the measurement.
    """

    case: Case
    shots: tuple[int, ...]
    repetitions: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a way of mitigation did.

    Attributes:
        error: root mean square of the cost less that without noise, in the task's unit.
        scatter: standard deviation of the cost over repetitions.
        told: mean of the standard errors that came with the costs.
        circuits: that were run.
    """

    error: float
    scatter: float
    told: float
    circuits: int


Results = dict[tuple[int, Way], Result]
"""By shots and way, those that can be used."""


def run(*, quick: bool = False) -> Iterator[Table]:
    """Measure each circuit in each way; a third of the circuits and few repetitions where quick."""
    cases = CASES[::EVERY] if quick else CASES
    shots, repetitions = (SHOTS[:1], QUICK) if quick else (SHOTS, REPETITIONS)
    jobs = [Job(case, shots, repetitions) for case in cases]
    done = side_by_side(measure, jobs)
    for number in shots:
        yield _summary(number, jobs, done)
    for number in shots:
        yield _verified(number, jobs, done)
    for number in shots:
        yield _added(number, jobs, done)
    for number in shots:
        yield _fits(number, jobs, done)
    for number in shots:
        yield _details(number, jobs, done)


def measure(job: Job) -> Results:
    """Return what each way that can be used makes of a circuit."""
    task = qrl.get_task(job.case.task)
    circuit = job.case.make(task)
    exact = float(make_engine("exact", task.objective).value(circuit))
    plain = 0
    found: Results = {}
    fits = FITS if _device(job) in FITTED else ()
    for number, way in enumerate(dict.fromkeys((PLAIN, *WAYS, *fits))):
        try:
            one = simulated(task, circuit, job.case.device, way.settings(1))
        except InputError:
            continue
        circuits = len(one.prepared.pubs)
        plain = plain or circuits
        wanted = one.prepared.experiments
        assert wanted is not None
        for asked in job.shots:
            shots = asked * plain // circuits
            measured = []
            for seed in range(job.repetitions):
                counted = one.drawn(shots, np.random.default_rng((seed, number, asked)))
                measured.append(mitigated(wanted, counted, task, way.settings(shots))[-1])
            costs = np.array([each.cost for each in measured])
            found[asked, way] = Result(
                float(np.sqrt(np.mean((costs - exact) ** 2))), float(costs.std(ddof=1)),
                float(np.mean([each.standard_error for each in measured])), circuits,
            )  # fmt: skip
    return found


def _summary(shots: int, jobs: Sequence[Job], done: Sequence[Results]) -> Table:
    table = Table(
        f"Gain at equally many shots in all, {shots:,} for each circuit without mitigation",
        (
            "mitigation", "device", "circuits", "gain", "worst", "best", "hurts", "circuits run",
            "standard error told / seen",
        ),
    )  # fmt: skip
    for way in WAYS:
        for device in dict.fromkeys(_device(job) for job in jobs):
            pairs = _pairs(shots, way, device, jobs, done)
            if not pairs:
                continue
            gains, found = _gain(pairs)
            more = np.exp(
                np.mean([math.log(one.circuits / plain.circuits) for plain, one in pairs])
            )
            told = np.exp(np.mean([math.log(one.told / one.scatter) for _, one in pairs]))
            table.rows.append(
                (
                    ", ".join(way.steps), device, str(len(pairs)), _text(found),
                    f"{np.exp(gains.min()):.2f}", f"{np.exp(gains.max()):.1f}",
                    f"{int(np.sum(gains < 0))}", f"x {more:.1f}", f"{told:.2f}",
                )
            )  # fmt: skip
            if way.steps in HELD and device == "manila" and shots == SHOTS[-1]:
                name = f"{', '.join(way.steps)} on {device}: lower end of the gain's interval"
                table.targets.append(Target(name, found.low, 1.0))
    table.notes = [
        "Gain: root mean square error of the cost (against the circuit without noise) without mitigation, "
        "divided by that with it; geometric mean over circuits with its 95 % bootstrap interval (circuits "
        f"drawn again). Each error is over {jobs[0].repetitions} repetitions. "
        "Worst, best: of the circuits. Hurts: circuits whose error grew.",
        "Circuits run: how many times more circuits, and shots where each takes equally many; in this "
        "comparison each takes so many fewer.",
        "Standard error told / seen: mean of the standard errors that come with the costs, divided by the "
        "costs' scatter over repetitions; geometric mean.",
    ]
    return table


def _verified(shots: int, jobs: Sequence[Job], done: Sequence[Results]) -> Table:
    """Return the gains over the same circuits for all ways."""
    able = [(shots, Way(("symmetry",))) in one for one in done]
    jobs, done = list(compress(jobs, able)), list(compress(done, able))
    devices = list(dict.fromkeys(_device(job) for job in jobs))
    sizes = [f"{sum(_device(job) == one for job in jobs)} on {one}" for one in devices]
    table = Table(
        f"Gain on circuits that conserve a symmetry, {shots:,} shots for each without mitigation",
        ("mitigation", *devices),
    )
    for way in WAYS:
        gains = [_gain(_pairs(shots, way, device, jobs, done))[1] for device in devices]
        table.rows.append((", ".join(way.steps), *map(_text, gains)))
    table.notes = [f"The same circuits in all rows: {', '.join(sizes)}."]
    return table


def _added(shots: int, jobs: Sequence[Job], done: Sequence[Results]) -> Table:
    """Return what a step adds to others, over the circuits where both can be used."""
    devices = list(dict.fromkeys(_device(job) for job in jobs))
    table = Table(
        f"What a step adds, {shots:,} shots for each circuit without mitigation",
        ("step", "to", *devices),
    )
    for step, others in ADDED:
        way = Way(tuple(name for name in MITIGATIONS if name in (step, *others)))
        found = [_gain(_pairs(shots, way, one, jobs, done, Way(others)))[1] for one in devices]
        table.rows.append((step, ", ".join(others), *map(_text, found)))
    table.notes = ["Error without the step, divided by that with it, as above: below 1 it hurts."]
    return table


def _fits(shots: int, jobs: Sequence[Job], done: Sequence[Results]) -> Table:
    table = Table(
        f"Extrapolations of readout, zne, {shots:,} shots for each circuit without mitigation",
        ("noise factors", "extrapolation", *(f"{one}: gain, hurts" for one in FITTED)),
    )
    for way in FITS:
        row = []
        for device in FITTED:
            gains, found = _gain(_pairs(shots, way, device, jobs, done))
            row.append(f"{_text(found)}, {int(np.sum(gains < 0))} of {len(gains)}")
        factors = ", ".join(f"{scale:g}" for scale in way.scales)
        table.rows.append((factors, way.extrapolation, *row))
    table.notes = ["Equally many shots in all; circuits of smaller factors are run several times."]
    return table


def _details(shots: int, jobs: Sequence[Job], done: Sequence[Results]) -> Table:
    names = [", ".join(way.steps) or "none" for way in (PLAIN, *WAYS)]
    title = f"Errors at {shots:,} shots for each circuit without mitigation"
    table = Table(title, ("task, circuit", "device", *names))
    for job, one in zip(jobs, done, strict=True):
        own = [one.get((shots, way)) for way in (PLAIN, *WAYS)]
        errors = ["" if each is None else f"{each.error:.2g}" for each in own]
        table.rows.append((f"{job.case.task}, {job.case.name}", _device(job), *errors))
    table.notes = ["Root mean square, in the task's unit; empty where it cannot be used."]
    return table


def _pairs(
    shots: int,
    way: Way,
    device: str,
    jobs: Sequence[Job],
    done: Sequence[Results],
    without: Way = PLAIN,
) -> list[tuple[Result, Result]]:
    """Return the results without a way and with it, where it can be used."""
    return [
        (one[shots, without], one[shots, way])
        for job, one in zip(jobs, done, strict=True)
        if _device(job) == device and (shots, way) in one
    ]


def _gain(pairs: Sequence[tuple[Result, Result]]) -> tuple[NDArray[np.float64], Interval]:
    """Return the gains' logarithms, and their geometric mean."""
    gains = np.log([plain.error / one.error for plain, one in pairs])
    return gains, stratified_bootstrap([gains], lambda drawn: np.exp(drawn[0].mean(axis=1)))


def _text(found: Interval) -> str:
    """Return a gain with its interval; one circuit has none."""
    known = not math.isnan(found.low)
    return f"{found.value:.2f}" + (f" [{found.low:.2f}, {found.high:.2f}]" if known else "")


def _device(job: Job) -> str:
    return job.case.device.split(":")[1]
