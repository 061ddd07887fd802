"""Noise of devices by name: `backend:fake:NAME`, and of some of their qubits, `...@1,2,3,4`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from qrl.circuits.noise.fake_backends import fake_backend
from qrl.circuits.noise.part import part_of
from qrl.circuits.noise.placement import Calibration, best_qubits
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.circuits.noise.model import NoiseModel

_PREFIX = "backend:"
_FORM = "backend:fake:manila@1,2,3,4"


def is_device(name: str) -> bool:
    """Return whether noise is named as that of a device."""
    return name.strip().startswith(_PREFIX)


def device_qubits(name: str) -> tuple[int, ...] | None:
    """Return the qubits of the device that a noise model's name gives, None where it gives none.

    Qubit k of the circuits is the k-th of them. In the settings of a run (`config.toml`) and in the name
    of its noise model they are always given.

    Args:
        name: of a noise model, such as "backend:fake:manila@1,2,3,4".

    Raises:
        InputError: what should be qubits are none, or one is named twice.
    """
    _, at, text = name.strip().partition("@")
    if not is_device(name) or not at:
        return None
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdecimal() for word in words):
        raise InputError(f"Qubits of a device are named as in {_FORM!r}; got {name!r}.")
    qubits = tuple(int(word[:9]) for word in words)
    if len(set(qubits)) < len(qubits):
        raise InputError(f"Each qubit of a device can be used once; got {name!r}.")
    return qubits


def device_backend(name: str) -> Any:
    """Return the Qiskit backend of which a noise model's name tells, with all its qubits.

    Raises:
        InputError: there is none of that name, or it does not have the qubits that are named: they are
            out of its range, or pairs of it do not connect them.
        MissingExtra: the libraries for it are not installed.
    """
    device = name.strip().partition("@")[0]
    backend, calibration = _opened(device)
    qubits = device_qubits(name)
    if qubits is None:
        return backend
    if max(qubits) >= len(calibration.qubits):
        raise InputError(
            f"The device {device!r} has the qubits 0 to {len(calibration.qubits) - 1}; got {name!r}."
        )
    if not calibration.is_joined(qubits):
        joined = sorted(p for p in calibration.pairs if set(p) & set(qubits))
        raise InputError(
            f"The qubits of {name!r} are not connected, or circuits could never entangle them; the device "
            f"joins {', '.join(f'{a}-{b}' for a, b in joined[:12])}. Leave the qubits out to let them be "
            "chosen."
        )
    return backend


def device_noise(name: str) -> NoiseModel:
    """Return the noise of a device, of those qubits that the name gives, or of all.

    The qubits that are named become the qubits 0, 1, ... of the model.

    Raises:
        InputError, MissingExtra: as `device_backend`.
    """
    device_backend(name)
    return _noise(name.strip())


def with_chosen_qubits(
    name: str, n_qubits: int, wanted: Sequence[tuple[int, int]] | None = None
) -> str:
    """Return the name of a device's noise with the qubits that circuits should use.

    Args:
        name: of the noise of a device; qubits that it gives stay.
        n_qubits: of the circuits.
        wanted: pairs of the circuits' qubits that must be joined, where that can be had
            (`qrl.circuits.noise.placement.best_qubits`).

    Raises:
        InputError: the device has too few qubits that are joined, or another number of them is named.
        MissingExtra: as `device_backend`.
    """
    device_backend(name)
    device, qubits = name.strip().partition("@")[0], device_qubits(name)
    if qubits is not None:
        if len(qubits) != n_qubits:
            raise InputError(
                f"{name!r} names {len(qubits)} qubit{'s' * (len(qubits) > 1)} of the device; the problem "
                f"needs {n_qubits}. Name as many, or none to let them be chosen."
            )
        return name.strip()
    chosen = _chosen(device, n_qubits, None if wanted is None else tuple(wanted))
    return f"{device}@{','.join(map(str, chosen))}"


@lru_cache(maxsize=64)
def _chosen(
    device: str, n_qubits: int, wanted: tuple[tuple[int, int], ...] | None
) -> tuple[int, ...]:
    _, calibration = _opened(device)
    if n_qubits > len(calibration.qubits):
        raise InputError(
            f"The device {device!r} has {len(calibration.qubits)} qubits; the problem needs {n_qubits}. "
            "Choose a larger device."
        )
    return best_qubits(calibration, n_qubits, wanted)


# Settings are checked each time that they are copied, and reading a device takes a moment.
@lru_cache(maxsize=16)
def _opened(device: str) -> tuple[Any, Calibration]:
    """Return the backend and what it says of itself."""
    provider, _, own = device.removeprefix(_PREFIX).partition(":")
    if provider != "fake" or not own:
        raise InputError(
            "A backend's noise is written 'backend:fake:NAME', such as 'backend:fake:manila' or, for some "
            f"of its qubits, {_FORM!r}; got {device!r}. For any other backend use `from_qiskit(backend)`."
        )
    backend = fake_backend(own)
    return backend, Calibration.of(backend.target)


@lru_cache(maxsize=16)
def _noise(name: str) -> NoiseModel:
    from qrl.circuits.noise.from_qiskit import from_qiskit

    backend, qubits = device_backend(name), device_qubits(name)
    return replace(from_qiskit(backend if qubits is None else part_of(backend, qubits)), name=name)
