"""What a retuning would do, before it is begun."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qrl.errors import InputError
from qrl.hardware.coherence import coherence_warnings
from qrl.hardware.offer import check_settings
from qrl.hardware.pubs import Prepared, prepare
from qrl.hardware.retuning.planning import Plan, Sizes, make_plan
from qrl.hardware.retuning.settings import RetuneSettings, chosen_method

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.hardware.device import Device
    from qrl.hardware.settings import HardwareSettings
    from qrl.tasks.task import Task


@dataclass(frozen=True, eq=False)
class RetuneOffer:
    """What a retuning would do.

    Attributes:
        device: where.
        prepared: the circuit as it was found, on the device.
        settings: of each measurement, with the layout and the shots of the plan.
        plan: steps, shots and time.
        remaining: seconds that the account has left; None where that is not known, or nothing is paid.
        warnings: what to know before.
    """

    device: Device
    prepared: Prepared
    settings: HardwareSettings
    plan: Plan
    remaining: float | None
    warnings: tuple[str, ...]


def offer(
    task: Task,
    circuit: Circuit,
    device: Device,
    settings: HardwareSettings,
    tuned: RetuneSettings,
    *,
    shots_given: bool,
    remaining: float | None,
) -> RetuneOffer:
    """Transpile a circuit, and share the budget out.

    Args:
        task: whose cost is lowered.
        circuit: as it was found.
        device: where it will be measured.
        settings: of each measurement.
        tuned: budget and method.
        shots_given: whether the shots of the settings are meant, and not their default.
        remaining: seconds that the account has left; None where that is not known.

    Raises:
        InputError: nothing can be tuned, or not within the budget, or not by this method.
    """
    check_settings(device, settings)
    if not circuit.angles:
        raise InputError("The circuit has no gate with an angle: there is nothing to tune.")
    method = chosen_method(tuned.method, task, settings)
    seconds = _seconds(device, settings, remaining)
    prepared = prepare(task, circuit, device, settings)
    if not prepared.pubs:
        raise InputError(f"The cost of {task.name} needs no measurement: nothing can be tuned.")
    settings = replace(settings, layout=_layout(prepared))
    sizes = Sizes(task, circuit, device, settings)
    shots = settings.shots if shots_given else None
    plan = make_plan(sizes, len(circuit.angles), method, shots, tuned, seconds)
    settings = replace(settings, shots=plan.shots)
    return RetuneOffer(device, prepared, settings, plan, remaining, _warnings(prepared))


def resumed_offer(
    task: Task,
    circuit: Circuit,
    device: Device,
    settings: HardwareSettings,
    plan: Plan,
    remaining: float | None,
) -> RetuneOffer:
    """Return what a retuning that was begun would do in all, by the plan that it was begun with."""
    prepared = prepare(task, circuit, device, settings)
    return RetuneOffer(device, prepared, settings, plan, remaining, _warnings(prepared))


def _layout(prepared: Prepared) -> tuple[int, ...]:
    """Return where the circuit's qubits begin, so that all its angles are measured on the same ones."""
    settings, layout = prepared.settings, prepared.placed[0].circuit.layout
    if settings.layout or layout is None:
        return settings.layout
    return tuple(layout.initial_index_layout(filter_ancillas=True))


def _seconds(device: Device, settings: HardwareSettings, remaining: float | None) -> float | None:
    """Return how many seconds of a quantum computer may be spent; None where nothing limits them."""
    if device.is_paid and settings.max_seconds is None:
        raise InputError(
            f"{device.name} may cost money: say how many seconds of it may be spent in all, with "
            "--max-seconds."
        )
    limits = [one for one in (settings.max_seconds, remaining) if one is not None]
    return min(limits) if limits and not device.is_local else None


def _warnings(prepared: Prepared) -> tuple[str, ...]:
    return (*prepared.warnings, *coherence_warnings(prepared))
