"""Circuits of several sets of angles as one job, and the costs that their results make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError
from qrl.hardware.combining import mitigated
from qrl.hardware.local import expected, probabilities
from qrl.hardware.outcomes import Counted, Measured, of_expectations, read_counts
from qrl.hardware.pubs import prepare
from qrl.hardware.roles import CALIBRATION
from qrl.hardware.time_estimate import Estimate, estimate

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.hardware.device import Device
    from qrl.hardware.pubs import Prepared, Pub
    from qrl.hardware.settings import HardwareSettings
    from qrl.hardware.transpiling import Placed
    from qrl.tasks.task import Task

_MANY = 10**12
"""Shots that stand for exact probabilities."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Circuits that are run together.

    Attributes:
        task: that the costs belong to.
        prepared: all circuits, calibrations first where they are shared.
        members: of each set of angles, the places of its circuits in `prepared`.
    """

    task: Task
    prepared: Prepared
    members: tuple[tuple[int, ...], ...]

    @property
    def estimate(self) -> Estimate:
        """What running it takes."""
        return estimate(self.prepared)

    def costs(self, raw: Sequence[dict[str, Any]]) -> list[Measured]:
        """Return the cost of each set of angles, after all mitigation.

        Args:
            raw: of each circuit what came, as `run_local` returns it.

        Raises:
            InputError: results are missing, or hold something else.
        """
        prepared = self.prepared
        if len(raw) != len(prepared.pubs):
            raise InputError(
                f"Results of {len(prepared.pubs)} circuits were expected; {len(raw)} came: they are "
                "truncated."
            )
        if prepared.primitive == "estimator":
            return [self._of_values([raw[k] for k in own]) for own in self.members]
        counted = read_counts([pub.role for pub in prepared.pubs], raw)
        return [self._of_counts([counted[k] for k in own]) for own in self.members]

    def foretold(self) -> list[float | None]:
        """Return the costs under the device's calibrated noise, without the scatter of shots.

        After the same mitigation as `costs`; of expectation values of a service without any. None where
        `qrl.hardware.local.expected` has none.
        """
        prepared = self.prepared
        runs = len(prepared.plan.runs)
        found = []
        for number, own in enumerate(self.members):
            placed = prepared.placed[number * runs : (number + 1) * runs]
            one = replace(prepared, pubs=tuple(prepared.pubs[k] for k in own), placed=placed)
            plain = expected(one)
            if plain is None or not prepared.settings.mitigate:
                found.append(plain)
                continue
            shares = probabilities(prepared.device, [pub.circuit for pub in one.pubs])
            counted = [
                Counted(pub.role, np.rint(_MANY * share).astype(np.int64))
                for pub, share in zip(one.pubs, shares, strict=True)
            ]
            found.append(self._of_counts(counted).cost)
        return found

    def _of_counts(self, counted: Sequence[Counted]) -> Measured:
        prepared = self.prepared
        assert prepared.experiments is not None
        return mitigated(prepared.experiments, counted, self.task, prepared.settings)[-1]

    def _of_values(self, raw: Sequence[dict[str, Any]]) -> Measured:
        prepared = self.prepared
        shots = self.estimate.shots // len(self.members)
        found = of_expectations(prepared.plan, raw, shots, prepared.settings.seed)
        if math.isinf(found.standard_error):
            raise InputError(
                "The service could not tell how far its expectation values scatter: its mitigation failed. "
                "Tune with more --shots, or without the service's mitigation."
            )
        return found


def make_batch(
    task: Task,
    circuits: Sequence[Circuit],
    device: Device,
    settings: HardwareSettings,
    *,
    seed: int,
    apart: bool = False,
) -> Batch:
    """Prepare circuits that differ in their angles.

    Args:
        task: that the costs belong to.
        circuits: one for each set of angles.
        device: where they will be run.
        settings: how; its seed is the transpiler's.
        seed: of simulated shots and bootstraps.
        apart: whether each set of angles gets calibrations of its own, so that their errors are
            independent; else they share them.

    Raises:
        InputError: see `qrl.hardware.pubs.prepare`.
    """
    pubs: list[Pub] = []
    members: list[tuple[int, ...]] = []
    placed: list[Placed] = []
    shared: dict[tuple[tuple[int, ...], str], int] = {}
    made = [prepare(task, circuit, device, settings) for circuit in circuits]
    for one in made:
        own = []
        for pub in one.pubs:
            key = (pub.role.qubits, pub.role.bits)
            if pub.role.kind == CALIBRATION and not apart and key in shared:
                own.append(shared[key])
                continue
            if pub.role.kind == CALIBRATION:
                shared[key] = len(pubs)
            own.append(len(pubs))
            pubs.append(pub)
        members.append(tuple(own))
        placed += one.placed
    whole = replace(
        made[0], settings=replace(settings, seed=seed), pubs=tuple(pubs), placed=tuple(placed)
    )
    return Batch(task, whole, tuple(members))
