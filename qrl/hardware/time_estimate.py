"""How long a quantum computer will be busy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qrl.hardware.roles import CALIBRATION

if TYPE_CHECKING:
    from qrl.hardware.pubs import Prepared
    from qrl.hardware.roles import Role

_JOB_SECONDS, _SHOT_SECONDS = 2.0, 350e-6
"""Of a job, and of each shot, by IBM's quick rule (its guide on the usage of workloads)."""
_REP_DELAY = 250e-6
"""Seconds between shots where a device does not say; IBM's usual `default_rep_delay`."""
_ZNE_FACTORS = 3
"""Noise factors of the service's own extrapolation."""
_CALIBRATIONS = 32
"""Circuits that the service's mitigation of the readout adds (TREX randomisations)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a submission takes.

    Attributes:
        circuits: that are run.
        shots: of all circuits together.
        qpu_seconds: of a quantum computer; None where a simulator runs it.
    """

    circuits: int
    shots: int
    qpu_seconds: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"circuits": self.circuits, "shots": self.shots, "qpu_seconds": self.qpu_seconds}


def estimate(prepared: Prepared) -> Estimate:
    """Return what a submission takes, roughly.

    IBM's quick rule is 2 s a job and 0.35 ms a shot. Where the device's pause between shots and the
    circuit's duration take longer than that, these stand for it. The Estimator measures each group of its
    observables, and its mitigation repeats them. The service bills what was used, and stops at
    `max_seconds`.
    """
    settings, backend = prepared.settings, prepared.device.backend
    pause = getattr(backend, "default_rep_delay", None) or _REP_DELAY
    circuits, shots, seconds = 0, 0, 0.0
    for pub in prepared.pubs:
        count = float(sum(_groups(one) for one in pub.observables)) if pub.observables else 1.0
        if pub.observables and (settings.service_zne or settings.resilience >= 2):
            count *= _ZNE_FACTORS
        if pub.observables and settings.resilience >= 1:
            count += _CALIBRATIONS / max(1, len(prepared.pubs))
        lasts = pause + pub.role.reached * _duration(prepared, pub.role)
        circuits += round(count)
        shots += round(count * pub.shots)
        seconds += count * pub.shots * max(_SHOT_SECONDS, lasts)
    local = prepared.device.is_local
    return Estimate(circuits, shots, None if local else seconds + _JOB_SECONDS)


def _duration(prepared: Prepared, role: Role) -> float:
    """Return the seconds of a circuit without its measurement; 0 where they are not known."""
    if role.kind == CALIBRATION:
        return 0.0
    wanted = prepared.experiments
    run = role.number if wanted is None else wanted.settings[role.number].run
    return prepared.placed[run].seconds or 0.0


def _groups(observable: Any) -> int:
    """Return how many groups of strings the Estimator measures for an observable."""
    return len(observable.group_commuting(qubit_wise=True))
