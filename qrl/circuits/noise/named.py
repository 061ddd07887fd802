"""Noise models by name."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from qrl.circuits.noise.channels import (
    Channel,
    amplitude_damping,
    bit_flip,
    depolarizing,
    phase_damping,
    phase_flip,
    thermal_relaxation,
)
from qrl.circuits.noise.device_noise import device_backend, device_noise, is_device
from qrl.circuits.noise.model import NoiseModel, Readout, Rule
from qrl.errors import InputError, unknown_name

_EACH_QUBIT: dict[str, Callable[[float], Channel]] = {
    "bit-flip": bit_flip,
    "phase-flip": phase_flip,
    "amplitude-damping": amplitude_damping,
    "phase-damping": phase_damping,
}
_FORMS = (
    "none",
    "depolarizing:P1,P2",
    "bit-flip:P",
    "phase-flip:P",
    "amplitude-damping:G",
    "phase-damping:L",
    "ibm-mumbai",
    "ibm-ourense",
    "backend:fake:NAME",
    "backend:fake:generic:N",
    "backend:fake:NAME@Q,Q,...",
)
_HINT = "Also a path to a .json file."

_OURENSE_T1 = 1.0e-4
_OURENSE_T2 = 6.9e-5
_OURENSE_TIMES = (3.56e-8, 3.9e-7)


def noise_model(source: str | PathLike[str]) -> NoiseModel:
    """Return a noise model by name.

    - "none": no noise.
    - "depolarizing:P1,P2": `depolarizing(P1)` after each one-qubit gate, and the two-qubit channel
      `depolarizing(P2, 2)` after each two-qubit gate.
    - "bit-flip:P", "phase-flip:P", "amplitude-damping:G", "phase-damping:L": that channel after
      each gate, on each of its qubits.
    - "ibm-mumbai": depolarizing with 2.44e-4 and 8.25e-3, and a readout error of 2.25e-2 both ways.
      All three are the median errors of the device's calibration.
    - "ibm-ourense": depolarizing with 5.22e-4 and 1.25e-2, the median gate errors of the device's
      calibration, then thermal relaxation of each qubit of the gate for the gate's duration. T1 =
      1.0e-4 s, T2 = 6.9e-5 s and the durations 3.56e-8 s and 3.9e-7 s are typical values of that
      device chosen here, no medians. No readout error.
    - "backend:fake:NAME": snapshot of an IBM device in `qiskit_ibm_runtime`, such as
      "backend:fake:manila", through `from_qiskit`; "backend:fake:generic:N": Qiskit's
      `GenericBackendV2` of N qubits on a line with seed 0. "backend:fake:manila@1,2,3,4": these of its
      qubits, of which the k-th is the model's qubit k.
    - a path to a JSON file as `NoiseModel.from_file` reads it.

    Calibrations give average gate errors; as is usual in the field, they stand here directly for the
    probability `p` of `depolarizing`.

    Args:
        source: the name or path.

    Raises:
        InputError: unknown name, malformed numbers, or a file that cannot be read.
        MissingExtra: a backend was asked for and the libraries for it are not installed.
    """
    if isinstance(source, PathLike):
        return NoiseModel.from_file(source)
    if not isinstance(source, str):
        raise InputError(
            f"A noise model is asked for by a text such as {_FORMS[1]!r}; got {source!r}."
        )
    name = source.strip()
    kind, _, rest = name.partition(":")
    if name == "none":
        return NoiseModel()
    if name == "ibm-mumbai":
        return _mumbai()
    if name == "ibm-ourense":
        return _ourense()
    if kind == "depolarizing":
        p1, p2 = _numbers(name, rest, 2)
        return NoiseModel(name, _rules([depolarizing(p1)], [depolarizing(p2, 2)]))
    if kind in _EACH_QUBIT:
        channel = _EACH_QUBIT[kind](*_numbers(name, rest, 1))
        return NoiseModel(name, _rules([channel], [], [channel]))
    if is_device(name):
        return device_noise(name)
    if Path(name).suffix.lower() == ".json" or Path(name).is_file():
        return NoiseModel.from_file(name)
    raise unknown_name("noise model", name, _FORMS, _HINT)


def check_noise(source: str) -> None:
    """Check that there is a noise model of a name, without reading a whole device.

    Raises:
        InputError, MissingExtra: as `noise_model`.
    """
    if isinstance(source, str) and is_device(source):
        device_backend(source)
    else:
        noise_model(source)


def _rules(
    one_qubit: list[Channel], two_qubit: list[Channel], each_of_two: list[Channel] | None = None
) -> tuple[Rule, Rule]:
    """Return rules for all gates; `each_of_two` act after `two_qubit` on both qubits."""
    pair = [(channel, (0, 1)) for channel in two_qubit]
    single = [(channel, (k,)) for channel in each_of_two or () for k in (0, 1)]
    return (
        Rule("1q", tuple((channel, (0,)) for channel in one_qubit)),
        Rule("2q", (*pair, *single)),
    )


def _mumbai() -> NoiseModel:
    rules = _rules([depolarizing(2.44e-4)], [depolarizing(8.25e-3, 2)])
    return NoiseModel("ibm-mumbai", rules, (Readout(2.25e-2, 2.25e-2),))


def _ourense() -> NoiseModel:
    one, two = (thermal_relaxation(_OURENSE_T1, _OURENSE_T2, time) for time in _OURENSE_TIMES)
    rules = _rules([depolarizing(5.22e-4), one], [depolarizing(1.25e-2, 2)], [two])
    return NoiseModel("ibm-ourense", rules)


def _numbers(name: str, text: str, count: int) -> list[float]:
    """Read the numbers after the colon of a name."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        form = next(form for form in _FORMS if form.startswith(name.partition(":")[0] + ":"))
        example = form.partition(":")[0] + ":" + ("0.001,0.01" if count == 2 else "0.01")
        raise InputError(
            f"This noise model is written {form!r} with {count} "
            f"number{'s' * (count > 1)}, such as {example!r}; got {name!r}."
        )
    return numbers
