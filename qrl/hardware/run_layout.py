"""The run whose circuit is measured, and the qubits that it was found for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from qrl.circuits.noise.device_noise import device_qubits
from qrl.tasks.measurements import measurements

if TYPE_CHECKING:
    from qrl.hardware.device import Device
    from qrl.hardware.settings import HardwareSettings
    from qrl.search.run import Run
    from qrl.tasks.task import Task


def loaded_run(run: Run | str | Path) -> Run:
    """Return a run, read from its folder where that is given."""
    from qrl.search.run import Run as RunType
    from qrl.search.run import load

    return run if isinstance(run, RunType) else load(run)


def qubits_of(task: Task) -> int:
    """Return how many qubits of a device a task needs; processes are measured with twice the circuit's."""
    return max((run.n_qubits for run in measurements(task).runs), default=task.n_qubits)


def with_layout_of_run(run: Run, device: Device, settings: HardwareSettings) -> HardwareSettings:
    """Return settings with the qubits that a run's circuit was found for, where it was found for this chip.

    Those of the snapshot "fake:manila" are taken for the device "ibm_manila" too. A layout that is given
    stays as it is; tasks that measure more qubits than the circuit has are placed anew.
    """
    noise = str(run.result.get("noise") or "")
    qubits = device_qubits(noise)
    chip = noise.partition("@")[0].removeprefix("backend:fake:")
    fits = qubits is not None and len(qubits) == qubits_of(run.task)
    if (
        settings.layout
        or qubits is None
        or not fits
        or device.name not in (f"fake:{chip}", f"ibm_{chip}")
    ):
        return settings
    return replace(settings, layout=qubits)
