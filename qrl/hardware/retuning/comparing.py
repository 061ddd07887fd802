"""The old and the new circuit measured once more, by shots that took no part in tuning."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.engines import make_engine
from qrl.hardware.retuning.meter import Spent
from qrl.hardware.retuning.planning import compared_shots, most_shots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.hardware.retuning.meter import Meter
    from qrl.hardware.retuning.planning import Sizes

BETTER, WORSE, UNCLEAR = "better", "worse", "unclear"
_SURE = 2.0
"""Standard errors from which a difference is none of chance."""


def compare(
    meter: Meter, sizes: Sizes, before: NDArray[np.float64], after: NDArray[np.float64]
) -> dict[str, Any]:
    """Measure both circuits with what is left of the budget, in one job and with independent errors.

    Args:
        meter: measures; its reserve is spent.
        sizes: of the jobs.
        before: angles of the circuit as it was found, radians.
        after: angles after tuning.

    Returns:
        Of both circuits what was measured, the cost without noise and the one under the device's
        calibrated noise ("simulated"), and a verdict: "better" or "worse" where the difference is more
        than two standard errors, else "unclear". "measured" is None where nothing was left to measure with.

    Raises:
        Interrupted, InputError: as `Meter.comparing`.
    """
    points = np.stack((before, after))
    limits = meter.limits
    seconds = None if limits.seconds is None else limits.seconds - meter.seconds
    shots = compared_shots(sizes, limits.shots - meter.shots, seconds, most_shots(meter.device))
    measured: dict[str, Any] | None = None
    if shots > 0:
        try:
            measured = _measured(meter, points, shots)
        except Spent:  # actual jobs took longer than estimated ones
            measured = None
    settings = replace(meter.settings, shots=max(1, shots))
    simulated = meter.batch(points, settings, seed=settings.seed, apart=True).foretold()
    engine = make_engine("exact", meter.task.objective)
    exact = [float(engine.value(meter.circuit.with_angles(point))) for point in points]
    return {
        "verdict": UNCLEAR if measured is None else _verdict(measured),
        "measured": measured,
        "exact": {"before": exact[0], "after": exact[1]},
        "simulated": {"before": simulated[0], "after": simulated[1]},
        "reference": meter.task.reference,
        "unit": meter.task.unit,
        "largest_turn": float(np.abs(after - before).max()),
    }


def _measured(meter: Meter, points: NDArray[np.float64], shots: int) -> dict[str, Any]:
    found = meter.comparing(points, replace(meter.settings, shots=shots))
    (before, after), (first, second) = found.values.tolist(), found.errors.tolist()
    return {
        "before": before, "before_error": first, "after": after, "after_error": second,
        "difference": after - before, "difference_error": math.hypot(first, second),
        "shots": found.shots, "shots_each": shots,
    }  # fmt: skip


def _verdict(measured: dict[str, Any]) -> str:
    difference, error = measured["difference"], measured["difference_error"]
    if abs(difference) <= _SURE * error:
        return UNCLEAR
    return BETTER if difference < 0.0 else WORSE
