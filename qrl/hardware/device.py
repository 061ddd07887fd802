"""A quantum computer, or what stands for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["simulator", "fake", "ibm"]
LEAST_BUSY = "least-busy"


@dataclass(frozen=True, eq=False)
class Device:
    """Where circuits are run.

    Attributes:
        name: as `qrl submit --backend` takes it; of "least-busy" that of the device that was chosen.
        kind: "simulator" (Aer, without a coupling map), "fake" (the snapshot of a device, simulated) or
            "ibm" (a device behind IBM's service).
        backend: Qiskit's `BackendV2`.
        service: the `QiskitRuntimeService` of an IBM device; None of others.
        is_paid: whether running there costs money, or cannot be told not to.
        instance: CRN of the service's instance that pays; None of a simulated one.
        by: the name that it was asked for by, where that is "least-busy"; else empty.
    """

    name: str
    kind: Kind
    backend: Any
    service: Any = None
    is_paid: bool = False
    instance: str | None = None
    by: str = ""

    @property
    def asked(self) -> str:
        """The name that it was asked for by."""
        return self.by or self.name

    @property
    def n_qubits(self) -> int:
        """Number of its qubits."""
        return int(self.backend.num_qubits)

    @property
    def is_local(self) -> bool:
        """Whether it is simulated on this machine."""
        return self.kind != "ibm"
