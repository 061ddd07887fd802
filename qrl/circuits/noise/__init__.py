"""What imperfect hardware does to circuits: channels, and rules for when they happen.

- `channel` (one of them), `channels` (the usual ones), `model` (rules and readout), `format` (as JSON),
  `named` (by name), `from_qiskit` (out of Qiskit's, and into Aer's).
- Devices: `fake_backends`, `device_noise` (by name, of some qubits too), `part` (some qubits as a device),
  `placement` (which qubits are best), `native` (gates and pairs).
"""

from qrl.circuits.noise.channels import (
    Channel,
    amplitude_damping,
    bit_flip,
    depolarizing,
    from_kraus,
    pauli_channel,
    phase_damping,
    phase_flip,
    thermal_relaxation,
)
from qrl.circuits.noise.device_noise import (
    device_backend,
    device_qubits,
    is_device,
    with_chosen_qubits,
)
from qrl.circuits.noise.from_qiskit import from_qiskit, to_aer
from qrl.circuits.noise.model import NoiseModel, Readout, Rule
from qrl.circuits.noise.named import check_noise, noise_model
from qrl.circuits.noise.native import Native, native
from qrl.circuits.noise.part import part_of

__all__ = [
    "Channel",
    "Native",
    "NoiseModel",
    "Readout",
    "Rule",
    "amplitude_damping",
    "bit_flip",
    "check_noise",
    "depolarizing",
    "device_backend",
    "device_qubits",
    "from_kraus",
    "from_qiskit",
    "is_device",
    "native",
    "noise_model",
    "part_of",
    "pauli_channel",
    "phase_damping",
    "phase_flip",
    "thermal_relaxation",
    "to_aer",
    "with_chosen_qubits",
]
