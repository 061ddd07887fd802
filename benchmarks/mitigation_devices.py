"""Outcomes of circuits on simulated devices, misread as each device's calibration tells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.measurement import apply_readout_errors
from qrl.circuits.noise import NoiseModel, from_qiskit
from qrl.hardware.device import Device
from qrl.hardware.device_names import open_device, simulator_of
from qrl.hardware.outcomes import Counted
from qrl.hardware.pubs import Prepared, prepare
from qrl.hardware.settings import HardwareSettings


@dataclass(frozen=True, eq=False)
class Simulated:
    """What is run for a cost.

    Attributes:
        prepared: the circuits.
        shares: of each one's outcomes, shape (2**bits,).
    """

    prepared: Prepared
    shares: list[NDArray[np.float64]]

    def drawn(self, shots: int, rng: np.random.Generator) -> list[Counted]:
        """Return counts of all circuits.

        Args:
            shots: of each circuit.
            rng: that draws them.
        """
        return [
            Counted(pub.role, rng.multinomial(shots, share))
            for pub, share in zip(self.prepared.pubs, self.shares, strict=True)
        ]


def simulated(task: qrl.Task, circuit: Circuit, name: str, settings: HardwareSettings) -> Simulated:
    """Return what is run for a circuit's cost; repetitions are simulated once.

    Args:
        task: that the cost belongs to.
        circuit: that is measured.
        name: of the device.
        settings: how.

    Raises:
        InputError: a mitigation cannot be used.
    """
    # A task that compiles has twice as many qubits.
    width = 2 * task.n_qubits if task.name.startswith("compile") else task.n_qubits
    device = _opened(name, width)
    prepared = prepare(task, circuit, device, settings)
    known = {pub.role: pub.circuit for pub in prepared.pubs}
    bare = []
    for role, one in known.items():
        body = one.remove_final_measurements(inplace=False)
        body.save_probabilities(list(role.qubits))
        bare.append(body)
    result = _simulator(device).run(bare, method="density_matrix", shots=1).result()
    read = {
        role: _as_read(device, role.qubits, result.data(number)["probabilities"])
        for number, role in enumerate(known)
    }
    return Simulated(prepared, [read[pub.role] for pub in prepared.pubs])


_opened = cache(open_device)


@cache
def _simulator(device: Device) -> Any:
    return simulator_of(device, 0)


@cache
def _model(device: Device) -> NoiseModel:
    return from_qiskit(_simulator(device).options.noise_model)


def _as_read(device: Device, qubits: tuple[int, ...], true: ArrayLike) -> NDArray[np.float64]:
    """Return the shares of what is read, by true ones."""
    errors = {bit: _misreads(device, qubit) for bit, qubit in enumerate(qubits)}
    shares = np.maximum(apply_readout_errors(true, errors), 0.0)
    return np.asarray(shares / shares.sum())


@cache
def _misreads(device: Device, qubit: int) -> tuple[float, float]:
    """Return p(1|0) and p(0|1) of a qubit; of a snapshot as measured, where Aer takes their mean."""
    told: Any = getattr(device.backend, "properties", lambda: None)()
    known = {} if told is None else told.qubit_property(qubit)
    if "prob_meas1_prep0" not in known:
        return _model(device).readout_error(qubit)
    return float(known["prob_meas1_prep0"][0]), float(known["prob_meas0_prep1"][0])
