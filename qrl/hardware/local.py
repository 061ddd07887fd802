"""Simulated devices: circuits run on this machine, at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.measurement import apply_readout_errors
from qrl.circuits.noise import from_qiskit
from qrl.errors import InputError
from qrl.hardware.device_names import simulator_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.hardware.device import Device
    from qrl.hardware.pubs import Prepared

_MOST_DENSITY = 10
"""Qubits up to which the outcomes' exact probabilities are computed, 4**n numbers."""


def run_local(prepared: Prepared) -> list[dict[str, Any]]:
    """Run all circuits on a simulated device.

    Returns:
        Of each pub {"counts": by bit string}.

    Raises:
        InputError: Aer cannot run them, for there are too many qubits for example.
    """
    if not prepared.pubs:
        return []
    simulator = simulator_of(prepared.device, prepared.settings.seed)
    circuits = [pub.circuit for pub in prepared.pubs]
    result = simulator.run(circuits, shots=prepared.settings.shots).result()
    if not result.success:
        raise InputError(f"Qiskit Aer could not run the circuits: {result.status}.")
    return [{"counts": dict(result.get_counts(k))} for k in range(len(circuits))]


def expected(prepared: Prepared) -> float | None:
    """Return the cost that the device's calibrated noise gives, without the scatter of shots.

    Probabilities come from Aer's density matrix of each circuit with the noise of the device's
    calibration, readout errors included; None where there are too many qubits, or where Aer cannot make
    a noise model of the device.
    """
    from qrl.hardware.experiments import experiments
    from qrl.hardware.transpiling import Placer

    wanted = prepared.experiments or experiments(prepared.plan)
    if max(len(one.qubits) for one in prepared.placed) > _MOST_DENSITY:
        return None
    translate = Placer(
        prepared.device, prepared.settings.level, None, prepared.settings.seed
    ).translate
    circuits = [
        prepared.placed[setting.run].measured(setting.rotation, translate)
        for setting in wanted.settings
    ]
    shares = probabilities(prepared.device, circuits)
    return wanted.cost(shares)


def probabilities(device: Device, circuits: Sequence[Any]) -> list[NDArray[np.float64]]:
    """Return the probabilities of the measured outcomes under a device's calibrated noise.

    Args:
        device: a simulated one, or one whose calibration Qiskit knows.
        circuits: with a measurement of some qubits into one register at their end.

    Returns:
        Of each circuit an array of shape (2**bits,).
    """
    if not circuits:
        return []
    simulator = simulator_of(device, 0)
    noise = simulator.options.noise_model
    model = None if noise is None else from_qiskit(noise)
    saved, errors = [], []
    for circuit in circuits:
        places = {
            circuit.find_bit(one.clbits[0]).index: circuit.find_bit(one.qubits[0]).index
            for one in circuit.data
            if one.operation.name == "measure"
        }
        qubits = [places[bit] for bit in range(len(places))]
        bare = circuit.remove_final_measurements(inplace=False)
        bare.save_probabilities(qubits)
        saved.append(bare)
        flips = {} if model is None else {k: model.readout_error(q) for k, q in enumerate(qubits)}
        errors.append(flips)
    result = simulator.run(saved, method="density_matrix", shots=1).result()
    found = []
    for number, error in enumerate(errors):
        shares = np.asarray(result.data(number)["probabilities"], dtype=np.float64)
        found.append(apply_readout_errors(shares, error))
    return found
