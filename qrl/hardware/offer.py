"""What would be sent, and whether it may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qrl.errors import InputError
from qrl.hardware.coherence import coherence_warnings
from qrl.hardware.pubs import Prepared, prepare
from qrl.hardware.time_estimate import Estimate, estimate
from qrl.hardware.transpiling import Counts, count

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.hardware.device import Device
    from qrl.hardware.settings import HardwareSettings
    from qrl.search.run import Run

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Offer:
    """What would be sent.

    Attributes:
        circuit: that is measured.
        found: its size, without what prepares its input and checks its output.
        is_best: whether it is the run's best one.
        prepared: circuits and settings.
        estimate: of the time that it takes of a quantum computer.
        remaining: seconds that the account has left; None where that is not known, or nothing is paid.
        warnings: what to know before.
    """

    circuit: Circuit
    found: Counts
    is_best: bool
    prepared: Prepared
    estimate: Estimate
    remaining: float | None
    warnings: tuple[str, ...]

    @property
    def device(self) -> Device:
        """Where it would be run."""
        return self.prepared.device


def offer(
    run: Run,
    device: Device,
    settings: HardwareSettings,
    say: Say,
    circuit: Circuit | None = None,
) -> Offer:
    """Prepare what measures a circuit of a run's task on a device.

    Args:
        run: whose task it is.
        device: where.
        settings: how.
        say: told what is happening.
        circuit: that is measured; by default the run's best one.

    Raises:
        InputError: it does not fit, or the device cannot do what the settings say; nothing is written.
    """
    check_settings(device, settings)
    say(f"Transpiling for {device.name}")
    chosen = run.best.circuit if circuit is None else circuit
    if chosen.n_qubits != run.task.n_qubits:
        raise InputError(
            f"{run.task.name} needs circuits of {run.task.n_qubits} qubits; the given one has "
            f"{chosen.n_qubits}."
        )
    prepared = prepare(run.task, chosen, device, settings)
    return Offer(
        circuit=chosen,
        found=count(chosen.qiskit()),
        is_best=chosen == run.best.circuit,
        prepared=prepared,
        estimate=estimate(prepared),
        remaining=remaining_seconds(device),
        warnings=(*prepared.warnings, *coherence_warnings(prepared)),
    )


def remaining_seconds(device: Device) -> float | None:
    """Return the seconds that the account has left; None where nothing is paid, or it is not known.

    Raises:
        InputError: the service cannot be asked.
    """
    if device.is_local:
        return None
    from qrl.hardware.ibm import remaining_seconds as ask

    return ask(device)


def check_settings(device: Device, settings: HardwareSettings) -> None:
    """Check that a simulated device is not asked for what IBM's service does.

    Raises:
        InputError: it is; it would be without any effect.
    """
    asked = {
        "resilience": settings.resilience, "decoupling": settings.decoupling,
        "twirling": settings.twirling, "service-zne": settings.service_zne,
    }  # fmt: skip
    named = [f"--{name}" for name, value in asked.items() if value]
    if device.is_local and named:
        raise InputError(
            f"{', '.join(named)}: only IBM's service does that, and {device.name!r} is simulated on this "
            "machine. Leave it out; --mitigate works on any device."
        )


def within_limits(offers: Sequence[Offer]) -> list[Offer]:
    """Return offers that may be sent together, each with its share of the seconds that may be spent.

    Raises:
        InputError: they would take longer than is allowed, or than the account has left.
    """
    if not offers or offers[0].device.is_local:
        return list(offers)
    total = sum(one.estimate.qpu_seconds or 0.0 for one in offers)
    settings = offers[0].prepared.settings
    _check_limit(total, settings, offers[0].remaining, offers[0].device)
    if settings.max_seconds is None or len(offers) == 1:
        return list(offers)
    shared = []
    for one in offers:
        seconds = settings.max_seconds * (one.estimate.qpu_seconds or 0.0) / total
        own = replace(one.prepared.settings, max_seconds=seconds)
        shared.append(replace(one, prepared=replace(one.prepared, settings=own)))
    return shared


def _check_limit(
    seconds: float, settings: HardwareSettings, remaining: float | None, device: Device
) -> None:
    limit = settings.max_seconds
    if limit is None and device.is_paid:
        raise InputError(
            f"{device.name} may cost money: say how many seconds of it may be spent, with --max-seconds "
            f"({seconds:.0f} s are estimated)."
        )
    for most, what in ((limit, "max-seconds allows"), (remaining, "the account has left")):
        if most is not None and seconds > most:
            raise InputError(
                f"This would take about {seconds:.1f} s of {device.name}, and {what} {most:g} s. Give "
                f"fewer --shots or less --mitigate{', or a larger --max-seconds' if most == limit else ''}."
            )
