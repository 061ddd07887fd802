"""How a circuit is measured on a device, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from qrl.checks import real_number, shown, whole_number
from qrl.errors import InputError, unknown_name

MITIGATIONS = ("readout", "symmetry", "q-cluster", "zne")
"""Ours, in the order in which they are applied."""
PRIMITIVES = ("current", "former")
MODES = ("job", "batch", "session")
DECOUPLINGS = ("", "XX", "XpXm", "XY4")
EXTRAPOLATIONS = ("auto", "linear", "quadratic", "richardson", "exponential")
_MOST_SHOTS = 10**8


@dataclass(frozen=True, slots=True)
class HardwareSettings:
    """Settings of a measurement on a device.

    Attributes:
        shots: of each circuit.
        level: optimisation level of the transpiler, 0 to 3.
        layout: qubits of the device for qubit 0, 1, ... of the circuit; empty lets the transpiler choose.
        seed: of the transpiler, of simulated shots and of bootstraps.
        mitigate: our own mitigation, of `MITIGATIONS`; with any, or where a task needs it, bits are
            measured (Sampler), without, expectation values of the service (Estimator).
        scales: noise factors of the extrapolation ("zne"), the first of them 1; odd ones fold all gates
            alike. Circuits of smaller factors are run several times (`mitigation.folding.repeats`).
        extrapolation: to no noise: "auto" (of each quantity exponential, linear or none, as its values
            tell), "linear", "quadratic", "richardson" or "exponential".
        resilience: the service's own mitigation of the Estimator, level 0 to 2.
        decoupling: the service's dynamical decoupling, "XX", "XpXm" or "XY4"; empty for none.
        twirling: whether the service twirls gates and measurements.
        service_zne: whether the service extrapolates to no noise (Estimator).
        mode: "job" (alone), "batch" (runs that are sent together) or "session".
        primitives: which of qiskit-ibm-runtime send: "current", or "former" (EstimatorV2, SamplerV2) where
            a device needs those.
        max_seconds: of a quantum computer's time that may be spent; None only where nothing is paid.
    """

    shots: int = 4096
    level: int = 3
    layout: tuple[int, ...] = ()
    seed: int = 0
    mitigate: tuple[str, ...] = ()
    scales: tuple[float, ...] = (1.0, 3.0)
    extrapolation: str = "auto"
    resilience: int = 0
    decoupling: str = ""
    twirling: bool = False
    service_zne: bool = False
    mode: str = "job"
    primitives: str = "current"
    max_seconds: float | None = None

    def __post_init__(self) -> None:
        whole_number("The number of shots", self.shots, least=1, most=_MOST_SHOTS)
        whole_number("The optimisation level", self.level, least=0, most=3)
        whole_number("The seed", self.seed, least=0, most=2**32 - 1)
        whole_number("The resilience level", self.resilience, least=0, most=2)
        for name, value, known in (
            ("mode", self.mode, MODES),
            ("kind of primitives", self.primitives, PRIMITIVES),
            ("extrapolation", self.extrapolation, EXTRAPOLATIONS),
            ("dynamical decoupling", self.decoupling, DECOUPLINGS),
            *(("mitigation", one, MITIGATIONS) for one in self.mitigate),
        ):
            if value not in known:
                raise unknown_name(name, value, [one for one in known if one])
        if len(set(self.mitigate)) < len(self.mitigate):
            raise InputError(f"A mitigation is named twice: {', '.join(self.mitigate)}.")
        if self.mitigate and (self.resilience or self.service_zne):
            raise InputError(
                "The service's own mitigation (resilience, service_zne) acts on its Estimator; ours "
                f"({', '.join(self.mitigate)}) measures bits. Give one or the other."
            )
        if self.max_seconds is not None:
            real_number("max_seconds", self.max_seconds, above=0.0)
        self._check_scales()

    def _check_scales(self) -> None:
        scales = [real_number("A noise factor", one, least=1.0, most=50.0) for one in self.scales]
        least = 3 if self.extrapolation == "quadratic" else 2
        if "zne" in self.mitigate and (
            len(scales) < least or scales[0] != 1.0 or sorted(set(scales)) != scales
        ):
            raise InputError(
                f"Extrapolation ({self.extrapolation}) needs {least} or more noise factors rising from 1, "
                f"such as 1,3{',5' if least > 2 else ''}; got {', '.join(f'{one:g}' for one in scales)}."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> HardwareSettings:
        """Read plain data.

        Raises:
            InputError: an unknown or malformed setting.
        """
        known = {field.name: field for field in fields(HardwareSettings)}
        given: dict[str, Any] = {}
        for name, value in data.items():
            if name not in known:
                raise unknown_name("setting of a measurement", name, known)
            kind = type(known[name].default)
            if kind is tuple:
                if not isinstance(value, list | tuple):
                    raise InputError(f"{name} must be a list; got {shown(value)}.")
                value = tuple(value)
            elif kind in (bool, str) and not isinstance(value, kind):
                raise InputError(f"{name} must be of type {kind.__name__}; got {shown(value)}.")
            given[name] = value
        return HardwareSettings(**given)
