"""Jobs of IBM's service, sent and asked about through the primitives of qiskit-ibm-runtime."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError
from qrl.hardware import remote
from qrl.hardware.ibm_errors import asked, asked_to_send, without_secrets
from qrl.hardware.remote import JobStatus

if TYPE_CHECKING:
    from qrl.hardware.pubs import Prepared
    from qrl.hardware.settings import HardwareSettings

_STATES = {
    "INITIALIZING": remote.QUEUED, "QUEUED": remote.QUEUED, "RUNNING": remote.RUNNING,
    "DONE": remote.DONE, "COMPLETED": remote.DONE, "CANCELLED": remote.CANCELLED,
    "ERROR": remote.FAILED, "FAILED": remote.FAILED,
}  # fmt: skip


class IbmJobs:
    """What jobs are sent with and asked about.

    Args:
        service: the `QiskitRuntimeService`.
        mode: returns the backend, a `Batch` or a `Session`; not needed where jobs are only asked about.
    """

    def __init__(self, service: Any, mode: Callable[[], Any] = lambda: None) -> None:
        self._service, self._mode = service, mode

    def send(self, prepared: Prepared, tag: str) -> str:
        """Send circuits as one job with a tag, and return its name; see `Remote`.

        A service that was slow to answer may have been asked twice by the client; then there are two jobs
        (`qrl.hardware.fetching.end_doubles`).
        """
        primitive = _primitive(prepared, self._mode(), tag)
        what = f"The job could not be sent to {prepared.device.name}"
        with asked_to_send(what):
            if prepared.primitive == "sampler":
                job = primitive.run([(pub.circuit,) for pub in prepared.pubs])
            else:
                pubs = [(pub.circuit, list(pub.observables)) for pub in prepared.pubs]
                job = primitive.run(pubs, precision=prepared.settings.shots**-0.5)
            return str(job.job_id())

    def find(self, tag: str) -> list[str]:
        """Return the names of the jobs with a tag, oldest first."""
        with asked("The service cannot be asked for the job"):
            found = self._service.jobs(job_tags=[tag], limit=None, descending=False)
            return [str(job.job_id()) for job in found]

    def status(self, job: str) -> JobStatus:
        """Return how a job is."""
        with asked(f"The service cannot be asked about job {job}"):
            found = self._service.job(job)
            state = _STATES.get(_name(found.status()), remote.QUEUED)
            why = ""
            if state in (remote.FAILED, remote.CANCELLED):
                why = without_secrets(" ".join(str(found.error_message() or "").split()))
            return JobStatus(state, why, _used(found))

    def results(self, job: str) -> list[dict[str, Any]]:
        """Return what a job that is done gave."""
        with asked(f"The results of job {job} cannot be read"):
            return [_plain(pub) for pub in self._service.job(job).result()]

    def cancel(self, job: str) -> None:
        """Ask for the end of a job."""
        with asked(f"Job {job} cannot be ended"):
            self._service.job(job).cancel()


def _primitive(prepared: Prepared, mode: Any, tag: str) -> Any:
    """Return the primitive with all options set: the current ones of the client, or its former ones."""
    settings = prepared.settings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = _class_of(prepared.primitive, settings)
        try:
            primitive = kind(mode=mode)
            _set(primitive.options, prepared.primitive, settings, tag)
        except (TypeError, ValueError, AttributeError) as cause:
            raise InputError(
                f"The installed qiskit-ibm-runtime cannot be told these settings: {cause}."
            ) from cause
    return primitive


def _class_of(primitive: str, settings: HardwareSettings) -> Any:
    if settings.primitives == "current":
        try:
            if primitive == "sampler":
                from qiskit_ibm_runtime.executor_sampler import Sampler

                return Sampler
            from qiskit_ibm_runtime.executor_estimator import Estimator

            return Estimator
        except ImportError:  # of a client before 0.50
            pass
    import qiskit_ibm_runtime as client

    return client.SamplerV2 if primitive == "sampler" else client.EstimatorV2


def _set(options: Any, primitive: str, settings: HardwareSettings, tag: str) -> None:
    options.environment.job_tags = ["qrl", tag]
    if settings.max_seconds is not None:
        options.max_execution_time = math.ceil(settings.max_seconds)
    if settings.decoupling:
        options.dynamical_decoupling.enable = True
        options.dynamical_decoupling.sequence_type = settings.decoupling
    if settings.twirling:
        options.twirling.enable_gates = True
        options.twirling.enable_measure = True
    if primitive == "sampler":
        options.default_shots = settings.shots
        return
    options.resilience_level = settings.resilience
    if settings.service_zne:
        options.resilience.zne_mitigation = True


def _plain(pub: Any) -> dict[str, Any]:
    data = pub.data
    if hasattr(data, "evs"):
        return {"values": _numbers(data.evs), "errors": _numbers(data.stds)}
    if not hasattr(data, "meas"):
        raise InputError(f"The result has neither counts nor expectation values, but {list(data)}.")
    return {"counts": {str(k): int(v) for k, v in data.meas.get_counts().items()}}


def _numbers(values: Any) -> list[float | None]:
    """Return numbers as JSON can hold them; fits of the service may fail, and give infinite errors."""
    return [float(one) if np.isfinite(one) else None for one in np.atleast_1d(values)]


def _name(status: Any) -> str:
    return str(getattr(status, "name", status)).upper()


def _used(job: Any) -> float | None:
    """Return the seconds that a job has used of a quantum computer, where that is told."""
    try:
        usage = job.metrics().get("usage", {})
    except Exception:  # of a job that has not begun
        return None
    for name in ("qpu_charge_time_seconds", "quantum_seconds", "seconds"):
        if usage.get(name) is not None:
            return float(usage[name])
    return None
