"""Devices of IBM's service, with the account that Qiskit has saved or the environment names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError, MissingExtra, unknown_name
from qrl.hardware.device import LEAST_BUSY, Device
from qrl.hardware.ibm_errors import asked
from qrl.hardware.ibm_jobs import IbmJobs

if TYPE_CHECKING:
    from qrl.hardware.record import Record

_FREE = ("free",)


def open_service(instance: str | None = None) -> Any:
    """Return the `QiskitRuntimeService` of the user's account.

    Args:
        instance: its CRN; None for the one that the account names, or any.

    Raises:
        InputError: there is no account, or the service cannot be asked.
        MissingExtra: qiskit-ibm-runtime is not installed.
    """
    try:
        from qiskit_ibm_runtime import QiskitRuntimeService
    except ImportError as cause:
        raise MissingExtra(
            "IBM devices need qiskit-ibm-runtime, which cannot be imported. "
            "Try: pip install 'qrl[hardware]'"
        ) from cause
    with asked("IBM's service cannot be used"):
        return (
            QiskitRuntimeService() if instance is None else QiskitRuntimeService(instance=instance)
        )


def open_ibm_device(name: str, n_qubits: int) -> Device:
    """Return a device of IBM's service.

    Args:
        name: of the device, or "least-busy".
        n_qubits: that the circuits need.

    Raises:
        InputError: there is none of that name or size, it is offline, or the service cannot be asked.
        MissingExtra: qiskit-ibm-runtime is not installed.
    """
    service = open_service()
    with asked("The backends of IBM's service cannot be listed"):
        if name == LEAST_BUSY:
            fitting = service.backends(min_num_qubits=n_qubits, operational=True, simulator=False)
            if not fitting:
                raise InputError(
                    f"No backend of this account has {n_qubits} qubits and is online; `--backend fake:...` "
                    "needs none."
                )
            backend = min(fitting, key=lambda one: (one.status().pending_jobs, one.name))
        else:
            known = [one.name for one in service.backends()]
            if not known:  # the client is silent about a service that it cannot reach
                raise InputError(
                    "IBM's service lists no backend: is this machine online, is the token right, and has "
                    "the instance any?"
                )
            if name not in known:
                raise unknown_name("backend of this account", name, known, "Or give least-busy.")
            backend = service.backend(name)
            status = backend.status()
            if not status.operational:
                told = f" ({status.status_msg})" if status.status_msg else ""
                raise InputError(
                    f"The backend {name!r} is offline{told}; try least-busy, or this one later."
                )
        # The client looks a backend up again by its name when it sends, in whatever instance it finds
        # first; with one instance alone it cannot be a paid one that nobody has agreed to.
        instance = getattr(backend, "_instance", None) or service.active_instance()
    service = open_service(instance)
    with asked(f"The backend {backend.name!r} cannot be opened"):
        backend = service.backend(backend.name)
    by = name if name == LEAST_BUSY else ""
    return Device(backend.name, "ibm", backend, service, _is_paid(service, instance), instance, by)


def remaining_seconds(device: Device) -> float | None:
    """Return how many seconds of quantum computers the account has left; None where that is not limited."""
    with asked("The time that the account has left cannot be asked for"):
        usage = device.service.usage()
    found = usage.get("usage_remaining_seconds") if isinstance(usage, dict) else None
    return None if found is None else float(found)


@contextmanager
def open_jobs(device: Device, mode: str, max_seconds: float | None) -> Iterator[IbmJobs]:
    """Hold a batch or session open while jobs are sent.

    Args:
        device: of IBM's service.
        mode: "job", "batch" or "session".
        max_seconds: that a session may last, which is billed as long as it is active; None for as long as
            the service lets it. Jobs of a batch have limits of their own.

    Raises:
        InputError: the service refused it, as sessions on the open plan.
    """
    if mode == "job":
        yield IbmJobs(device.service, lambda: device.backend)
        return
    from qiskit_ibm_runtime import Batch, Session

    kind = Batch if mode == "batch" else Session
    most = None if max_seconds is None or mode == "batch" else math.ceil(max_seconds)
    opened: list[Any] = []

    def open_once() -> Any:
        if not opened:  # not before something is sent
            with asked(f"A {mode} on {device.name} cannot be opened"):
                opened.append(kind(backend=device.backend, max_time=most))
        return opened[0]

    try:
        yield IbmJobs(device.service, open_once)
    finally:
        for one in opened:  # jobs that were sent are run; no others are taken
            with asked(f"The {mode} on {device.name} cannot be closed"):
                one.close()


def reopen(record: Record) -> IbmJobs:
    """Return what the job of an earlier submission is asked about.

    Raises:
        InputError: there is no account, or the service cannot be asked.
    """
    return IbmJobs(open_service(record.data.get("instance")))


def _is_paid(service: Any, instance: str) -> bool:
    """Tell whether an instance costs money; one that does not say so is taken for paid."""
    with asked("The plan of the account cannot be asked for"):
        instances = service.instances()
    prices = [one.get("pricing_type") for one in instances if one.get("crn") == instance]
    return not prices or any(price not in _FREE for price in prices)
