"""How often a circuit's bits are flipped, as a device's calibration foretells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.gates import GATES, Gate
from qrl.circuits.noise import from_qiskit
from qrl.circuits.noise.from_qiskit import joined

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qrl.circuits.noise import NoiseModel
    from qrl.hardware.device import Device

ErrorOf = Callable[[str, tuple[int, ...]], float]


def flip_rates(
    circuit: QuantumCircuit, qubits: Sequence[int], device: Device
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return how often gates flip the bits that are measured, and how often they are read wrongly.

    Filled in by us for the regression of Q-Cluster's authors: 1 - 2 p_q is the product over the gates of
    qubit q of 1 - 2 f, where a depolarised gate of mean infidelity e flips a given qubit with the
    probability f = 2 e / 3 (two qubits) or e (one). Virtual gates have no error; what a device does not
    tell counts as none.

    Args:
        circuit: in the gates of the device.
        qubits: of the device, that are measured.
        device: whose calibration is used; of a simulator its noise model.

    Returns:
        Of each measured qubit the probability of a flip by gates, and the mean of p(1|0) and p(0|1).
    """
    error_of = _errors(device)
    keep = np.ones(circuit.num_qubits)
    for one in circuit.data:
        name = one.operation.name
        if name in ("barrier", "measure", "rz"):
            continue
        places = tuple(circuit.find_bit(q).index for q in one.qubits)
        error = error_of(name, places)
        keep[list(places)] *= 1.0 - 2.0 * min(error * (2.0 / 3.0 if len(places) == 2 else 1.0), 0.5)
    gates = tuple(float((1.0 - keep[q]) / 2.0) for q in qubits)
    return gates, tuple(float(error_of("measure", (q,))) for q in qubits)


def whole_rate(gates: Sequence[float], misreads: Sequence[float]) -> float:
    """Return the mean over qubits of the probability that a bit is flipped by either."""
    keep = (1.0 - 2.0 * np.asarray(gates)) * (1.0 - 2.0 * np.asarray(misreads))
    return float(np.mean((1.0 - keep) / 2.0))


def _errors(device: Device) -> ErrorOf:
    if device.kind == "simulator":
        noise = getattr(device.backend.options, "noise_model", None)
        return _of_model(from_qiskit(noise)) if noise is not None else lambda name, qubits: 0.0

    def error_of(name: str, qubits: tuple[int, ...]) -> float:
        known: Any = device.backend.target
        try:
            told = known[name][qubits]
        except KeyError:
            return 0.0
        return float(getattr(told, "error", None) or 0.0)

    return error_of


def _of_model(model: NoiseModel) -> ErrorOf:
    """Return mean infidelities, d (1 - Tr R / d^2) / (d + 1) of a channel with the transfer matrix R."""
    known: dict[tuple[str, tuple[int, ...]], float] = {}

    def error_of(name: str, qubits: tuple[int, ...]) -> float:
        if name == "measure":
            return sum(model.readout_error(qubits[0])) / 2.0
        if name not in GATES:
            return 0.0
        if (name, qubits) not in known:
            channel = joined(model, Gate(name, qubits))
            size = 2 ** len(qubits)
            fidelity = 1.0 if channel is None else float(np.trace(channel.ptm())) / size**2
            known[name, qubits] = size * (1.0 - fidelity) / (size + 1)
        return known[name, qubits]

    return error_of
