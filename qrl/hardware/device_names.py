"""Devices by name."""

from __future__ import annotations

from typing import Any

from qrl.circuits.noise import noise_model, to_aer
from qrl.circuits.noise.fake_backends import fake_backend
from qrl.errors import InputError, MissingExtra, unknown_name
from qrl.hardware.device import LEAST_BUSY, Device

FORMS = ("aer", "aer:NOISE", "fake:NAME", "fake:generic:N", "ibm_NAME", LEAST_BUSY)


def open_device(name: str, n_qubits: int, *, seed: int = 0) -> Device:
    """Return a device by name.

    - "aer": Qiskit Aer without noise; "aer:NOISE" with a noise model of `qrl.circuits.noise.noise_model`,
      such as "aer:ibm-mumbai". All gates of our table are its own, so circuits run as they were found.
    - "fake:NAME": the snapshot of an IBM device, such as "fake:manila"; "fake:generic:N" is Qiskit's
      generic device of N qubits on a line. Both are simulated with their calibrated noise.
    - "ibm_NAME": a device of IBM's service, "least-busy" the one with the shortest queue, with the
      account that Qiskit has saved or that environment variables give.

    Args:
        name: of the device.
        n_qubits: that the circuits need.
        seed: of a simulator's shots.

    Raises:
        InputError: there is no such device, it has too few qubits, or the account cannot be used.
        MissingExtra: the libraries for it are not installed.
    """
    if not isinstance(name, str):
        raise InputError(f"A backend is named by a text such as 'fake:manila'; got {name!r}.")
    kind, colon, rest = name.partition(":")
    if kind == "aer" and (rest or not colon):
        device = _aer(name, rest, n_qubits, seed)
    elif kind == "fake" and rest:
        device = Device(name, "fake", fake_backend(rest))
    elif name == LEAST_BUSY or name.startswith("ibm_"):
        from qrl.hardware.ibm import open_ibm_device

        device = open_ibm_device(name, n_qubits)
    else:
        raise unknown_name("backend", name, FORMS)
    if device.n_qubits < n_qubits:
        raise InputError(
            f"The backend {device.name!r} has {device.n_qubits} qubits, and the circuit needs "
            f"{n_qubits}; choose a larger one."
        )
    return device


def simulator_of(device: Device, seed: int) -> Any:
    """Return the Aer simulator that runs what is meant for a local device.

    Raises:
        MissingExtra: Qiskit Aer is not installed.
    """
    if device.kind == "simulator":
        return device.backend
    simulator = _aer_module().AerSimulator.from_backend(device.backend)
    simulator.set_options(seed_simulator=seed)
    return simulator


def _aer(name: str, noise: str, n_qubits: int, seed: int) -> Device:
    options: dict[str, Any] = {"seed_simulator": seed}
    if noise:
        options["noise_model"] = to_aer(noise_model(noise), n_qubits)
    return Device(name, "simulator", _aer_module().AerSimulator(**options))


def _aer_module() -> Any:
    try:
        import qiskit_aer
    except ImportError as cause:
        raise MissingExtra(
            "Simulated backends need qiskit-aer, which cannot be imported. "
            "Try: pip install 'qrl[hardware]'"
        ) from cause
    return qiskit_aer
