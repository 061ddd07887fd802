"""What imperfect hardware does to circuits: channels, and rules for when they happen."""

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
from qrl.circuits.noise.from_qiskit import from_qiskit, to_aer
from qrl.circuits.noise.model import NoiseModel, Readout, Rule
from qrl.circuits.noise.named import noise_model

__all__ = [
    "Channel",
    "NoiseModel",
    "Readout",
    "Rule",
    "amplitude_damping",
    "bit_flip",
    "depolarizing",
    "from_kraus",
    "from_qiskit",
    "noise_model",
    "pauli_channel",
    "phase_damping",
    "phase_flip",
    "thermal_relaxation",
    "to_aer",
]
