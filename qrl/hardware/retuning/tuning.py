"""One retuning, from its plan to its result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError
from qrl.hardware.retuning import folder as f
from qrl.hardware.retuning import gradient, spsa
from qrl.hardware.retuning.comparing import compare
from qrl.hardware.retuning.iterates import Iterates
from qrl.hardware.retuning.journal import Journal
from qrl.hardware.retuning.meter import Costs, Meter, Spent
from qrl.hardware.retuning.runners import Interrupted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.hardware.device import Device
    from qrl.hardware.retuning.planning import Plan, Sizes
    from qrl.hardware.retuning.runners import Runner
    from qrl.hardware.settings import HardwareSettings
    from qrl.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a retuning is.

    Attributes:
        step: that is done.
        steps: that are planned.
        lowest: the lowest cost measured so far, in the task's unit.
        unit: of the cost.
        shots: spent.
        budget: of them.
        seconds: of a quantum computer, spent; None where it is simulated.
    """

    step: int
    steps: int
    lowest: float
    unit: str
    shots: int
    budget: int
    seconds: float | None


def tune(
    folder: f.RetuneFolder,
    task: Task,
    circuit: Circuit,
    device: Device,
    settings: HardwareSettings,
    plan: Plan,
    sizes: Sizes,
    runner: Runner,
    *,
    stop: threading.Event,
    say: Callable[[str], None],
    watch: Callable[[Progress], None],
) -> None:
    """Tune, compare, and write the result; or, where the user wants an end, what was found by then.

    Args:
        folder: of the retuning; what its journal holds is not measured again.
        task: whose cost is lowered.
        circuit: as it was found.
        device: where it is measured.
        settings: of each measurement, with the layout and the shots of the plan.
        plan: how the budget is spent.
        sizes: of the jobs.
        runner: runs the circuits.
        stop: set where the user wants an end.
        say: told in a few words what is happening.
        watch: told how far it is.

    Raises:
        InputError: a job failed or was refused, or a file cannot be written.
    """
    start = np.array(circuit.angles)
    meter = Meter(
        task, circuit, device, settings, runner, Journal(folder.journal), plan.limits, stop
    )
    iterates, stopped = Iterates(start), None

    def measure(points: NDArray[np.float64]) -> Costs:
        found = meter.tuning(points)
        assert meter.lowest is not None
        seconds = None if device.is_local else meter.seconds
        budget = plan.limits.shots
        at = (iterates.steps, plan.steps, meter.lowest, task.unit, meter.shots, budget, seconds)
        watch(Progress(*at))
        return found

    def keep(why: str) -> None:
        found = circuit.with_angles(iterates.mean())
        folder.write(found, state=f.INTERRUPTED, why=why, spent=_spent(meter, iterates))

    folder.write(state=f.RUNNING, why="")
    try:
        try:
            if plan.method == "gradient":
                gradient.descend(measure, iterates, plan.steps)
            else:
                rng = np.random.default_rng(np.random.SeedSequence(settings.seed, spawn_key=(0,)))
                spsa.descend(measure, iterates, plan.steps, rng)
        except Spent as cause:
            stopped = cause.what
        say("Measuring the old and the new circuit")
        result = compare(meter, sizes, start, iterates.mean())
        result["stopped"] = stopped
        folder.write(
            circuit.with_angles(iterates.mean()), state=f.DONE, result=result,
            spent=_spent(meter, iterates),
        )  # fmt: skip
    except (Interrupted, KeyboardInterrupt):
        keep("by the user")
    except InputError as cause:
        with suppress(InputError):  # the disk may be full: the first error tells more
            keep(str(cause))
        raise


def _spent(meter: Meter, iterates: Iterates) -> dict[str, Any]:
    return {
        "steps": iterates.steps, "measurements": meter.made, "shots": meter.shots,
        "qpu_seconds": None if meter.device.is_local else meter.seconds, "lowest": meter.lowest,
    }  # fmt: skip
