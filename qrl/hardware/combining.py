"""The cost of a submission: as it came, and after each step of mitigation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.errors import InputError
from qrl.hardware import record as r
from qrl.hardware.experiments import Experiments, experiments
from qrl.hardware.mitigation.extrapolation import AS_MEASURED, DECAY, LINE, extrapolate
from qrl.hardware.mitigation.pipeline import Draws, Pipeline
from qrl.hardware.mitigation.quantities import Quantities
from qrl.hardware.outcomes import (
    RESAMPLES,
    Counted,
    Measured,
    of_expectations,
    read_counts,
    redrawn,
    together,
)
from qrl.hardware.roles import CALIBRATION, SETTING, Role
from qrl.hardware.settings import MITIGATIONS, HardwareSettings
from qrl.tasks.measurements import measurements

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.hardware.record import Record
    from qrl.tasks.task import Task

RESULT_SCHEMA = 1
_MOST_NUMBERS = 2**20
"""Of one circuit's redrawn counts that are worked on at a time."""
_KINDS = {"exponential": DECAY, "polynomial": LINE, "as measured": AS_MEASURED}


def combined(record: Record, task: Task, raw: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a device measured, beside the exact cost and the one that its calibration foretells.

    Raises:
        InputError: results are missing or of another form.
    """
    settings = HardwareSettings.from_dict(record.data["settings"])
    sent = record.read_json(r.PLAN)
    plan = measurements(task)
    try:
        circuit = Circuit.from_dict(sent["circuit"])
        roles = [Role.from_dict(one) for one in sent["roles"]]
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise InputError(f"{str(record.folder / r.PLAN)!r} is damaged: {cause!r}.") from cause
    if record.data["primitive"] == "estimator":
        # Several groups of observables a circuit, each with as many shots.
        shots = int(record.data["estimate"]["shots"])
        measured = [of_expectations(plan, raw, shots, settings.seed)]
    else:
        counted = read_counts(roles, raw)
        wanted = experiments(plan, circuit if "symmetry" in settings.mitigate else None)
        measured = mitigated(wanted, counted, task, settings)
    trivial = task.trivial()
    return {
        "schema": RESULT_SCHEMA,
        "id": record.id,
        "task": task.name,
        "unit": task.unit,
        "backend": record.data["backend"],
        "reference": task.reference,
        "exact": record.data["exact"],
        "simulated": record.data["simulated"],
        "trivial": {name: one.cost for name, one in trivial.items()},
        "measured": [one.to_dict() for one in measured],
        "qpu_seconds": record.data.get("qpu_seconds"),
        "circuit": circuit.to_dict(),
    }


def mitigated(
    wanted: Experiments, counted: Sequence[Counted], task: Task, settings: HardwareSettings
) -> list[Measured]:
    """Return the cost as it came, then after the first step of mitigation, after the first two, ...

    Standard errors are those of costs from redrawn counts, calibrations among them, that went through the
    same steps.

    Args:
        wanted: what was measured.
        counted: counts of all circuits, calibrations among them.
        task: that the cost belongs to.
        settings: which steps, in the order of `MITIGATIONS`.
    """
    steps = [name for name in MITIGATIONS if name in settings.mitigate]
    ways = [tuple(steps[:number]) for number in range(len(steps) + 1)]
    if not wanted.settings:
        return [Measured(way, wanted.cost([]), 0.0, 0) for way in ways]
    sent = wanted.as_sent(one.role for one in counted)
    return _Combiner(sent, together(counted), settings).measured(ways)


class _Combiner:
    """Makes costs of counts.

    Args:
        wanted: what was measured.
        counted: counts, those of repetitions added up.
        settings: how.
    """

    def __init__(
        self, wanted: Experiments, counted: Sequence[Counted], settings: HardwareSettings
    ) -> None:
        self._wanted, self._counted, self._settings = wanted, counted, settings
        self._quantities = Quantities(wanted)
        roles = [one.role for one in counted if one.role.kind == SETTING]
        self._scales = sorted({role.scale for role in roles})
        self._roles = {(role.scale, role.number): role for role in roles}

    def measured(self, ways: Sequence[tuple[str, ...]]) -> list[Measured]:
        """Return the cost after the steps of each way."""
        needed = []
        for way in ways:
            scales = self._scales if "zne" in way else self._scales[:1]
            needed += [(_before_zne(way), scale) for scale in scales]
        needed = list(dict.fromkeys(needed))
        parts: dict[Any, list[NDArray[np.float64]]] = {one: [] for one in needed}
        told: dict[Any, dict[str, Any]] = {}
        for draws in self._draws():
            for steps, scale in needed:
                pipeline = Pipeline(self._wanted, steps, draws)
                outcomes = [
                    pipeline.corrected(role, draws[role])
                    for role in (
                        self._roles[scale, number] for number in range(len(self._wanted.settings))
                    )
                ]
                parts[steps, scale].append(self._quantities.values(outcomes))
                told.setdefault((steps, scale), pipeline.told)
        values = {one: np.concatenate(rows) for one, rows in parts.items()}
        return [self._one(way, values, told) for way in ways]

    def _draws(self) -> Iterator[Draws]:
        """Yield the counts as they came and redrawn, some draws at a time."""
        rng = np.random.default_rng(self._settings.seed)
        widest = max(len(one.counts) for one in self._counted)
        size = max(1, _MOST_NUMBERS // widest)
        done = 0
        while done <= RESAMPLES:
            rows = min(size, RESAMPLES + 1 - done)
            draws = {}
            for one in self._counted:
                drawn = redrawn(one, rows, rng)
                if done == 0:
                    drawn[0] = one.counts
                draws[one.role] = drawn
            yield draws
            done += rows

    def _one(
        self,
        way: tuple[str, ...],
        values: dict[Any, NDArray[np.float64]],
        told: dict[Any, dict[str, Any]],
    ) -> Measured:
        steps = _before_zne(way)
        rows, said = values[steps, self._scales[0]], dict(told[steps, self._scales[0]])
        if "zne" in way:
            rows, said["zne"] = self._extrapolated(steps, values)
        costs = [self._quantities.cost(row) for row in rows]
        error = float(np.std(costs[1:], ddof=1))
        return Measured(way, costs[0], error, self._shots(way), said)

    def _extrapolated(
        self, steps: tuple[str, ...], values: dict[Any, NDArray[np.float64]]
    ) -> tuple[NDArray[np.float64], dict[str, Any]]:
        at = [values[steps, scale] for scale in self._scales]
        errors = np.array([rows[1:].std(axis=0, ddof=1) for rows in at])
        reached = np.array([self._reached(scale) for scale in self._scales])
        quantities = self._quantities
        limits = quantities.limits(selected="symmetry" in steps)
        found = extrapolate(
            reached, np.array(at), errors, self._settings.extrapolation, limits,
            quantities.reaches(limits),
        )  # fmt: skip
        first = found.kinds[0]
        said = {
            "factors": reached.mean(axis=1).round(6).tolist(),
            "costs": [quantities.cost(rows[0]) for rows in at],
            "standard_errors": [
                float(np.std([quantities.cost(row) for row in rows[1:]], ddof=1)) for rows in at
            ],
            "extrapolated": {
                name: int((first == kind).sum()) for name, kind in _KINDS.items()
            },
        }  # fmt: skip
        return found.values, said

    def _reached(self, scale: float) -> NDArray[np.float64]:
        """Return the noise factor of each quantity."""
        factors = np.array(
            [self._roles[scale, k].reached for k in range(len(self._wanted.settings))]
        )
        if self._quantities.kind == "dephasing":  # of all circuits together
            return np.array([factors.mean()])
        result: NDArray[np.float64] = factors[self._quantities.settings]
        return result

    def _shots(self, way: tuple[str, ...]) -> int:
        scales = self._scales if "zne" in way else self._scales[:1]
        return sum(
            one.shots
            for one in self._counted
            if (one.role.kind == SETTING and one.role.scale in scales)
            or (one.role.kind == CALIBRATION and "readout" in way)
        )


def _before_zne(way: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(step for step in way if step != "zne")
