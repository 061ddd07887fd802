"""Snapshots of IBM devices, as qiskit-ibm-runtime brings them, and generic ones of any size."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from qrl.checks import whole_number
from qrl.errors import InputError, MissingExtra, unknown_name

GENERIC = "generic"
_MOST_QUBITS = 1000


def fake_backend(device: str) -> Any:
    """Return a fake device as a Qiskit `BackendV2`.

    Args:
        device: its name, such as "manila"; "generic:N" for Qiskit's `GenericBackendV2` of N qubits on a
            line with seed 0, whose calibration is drawn at random.

    Raises:
        InputError: there is none of that name.
        MissingExtra: qiskit-ibm-runtime is not installed.
    """
    wanted = device.lower().removeprefix("fake_").removeprefix("fake-").replace("-", "_")
    kind, _, size = wanted.partition(":")
    if kind == GENERIC:
        return _generic(device, size)
    try:
        module = importlib.import_module("qiskit_ibm_runtime.fake_provider")
    except ImportError as cause:
        raise MissingExtra(
            f"The fake backend {device!r} needs qiskit-ibm-runtime, which cannot be imported. "
            "Try: pip install 'qrl[hardware]'"
        ) from cause
    name = "".join(part.capitalize() for part in wanted.split("_"))
    for found in (f"Fake{name}V2", f"Fake{name}"):
        made = getattr(module, found, None)
        if made is not None and hasattr(made, "target"):
            return made()
    with warnings.catch_warnings():
        # Making the list warns of single devices that nobody has asked for.
        warnings.simplefilter("ignore")
        backends = {
            b.name.removeprefix("fake_"): b for b in module.FakeProviderForBackendV2().backends()
        }
    if wanted not in backends:
        raise unknown_name("fake backend", device, [*backends, "generic:N"])
    return backends[wanted]


def _generic(device: str, size: str) -> Any:
    from qiskit.providers.fake_provider import GenericBackendV2
    from qiskit.transpiler import CouplingMap

    if not (size.isascii() and size.isdecimal()):
        raise InputError(
            f"A generic device is written 'generic:N' with its number of qubits; got {device!r}."
        )
    n_qubits = whole_number("The qubits of a generic device", int(size), least=2, most=_MOST_QUBITS)
    made = GenericBackendV2(n_qubits, coupling_map=CouplingMap.from_line(n_qubits), seed=0)
    made.name = f"generic_{n_qubits}q"
    return made
