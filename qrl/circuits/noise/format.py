"""Noise models as plain data for JSON, format "qrl-noise-1".

A model is an object of these fields::

    {
      "format": "qrl-noise-1",
      "name": "lab",
      "n_qubits": 5,
      "rules": [
        {"gates": "2q", "channels": [{"on": [0, 1], "name": "depolarizing", "p": 0.01, "n_qubits": 2}]},
        {"gates": "rz", "channels": []},
        {"gates": "cx", "qubits": [1, 2], "channels": [
          {"on": [0, 1], "name": "pauli", "probabilities": {"XX": 0.01, "IZ": 0.002}},
          {"on": [1], "kraus": [[[[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]]]}]}
      ],
      "readout": [{"qubit": null, "one_given_zero": 0.01, "zero_given_one": 0.02}]
    }

"n_qubits" may be null (any number), "qubits" and "qubit" may be null or left out (all), and
"rules" and "readout" may be left out (none). "on" holds positions among the gate's qubits. A channel
is one of these, with probabilities from 0 to 1 and times in seconds:

- "depolarizing" with "p" and "n_qubits" (1 where left out)
- "bit_flip" or "phase_flip" with "p"
- "pauli" with "probabilities" by label, the leftmost letter on the second qubit
- "amplitude_damping" with "gamma", "phase_damping" with "lambda"
- "thermal_relaxation" with "t1", "t2", "time" and "excited_population" (0 where left out)
- no name but "kraus": a list of matrices, little-endian, each number as [real, imaginary]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from qrl.circuits.noise import channels
from qrl.circuits.noise.channel import Channel, from_kraus
from qrl.circuits.noise.model import NoiseModel, Readout, Rule
from qrl.errors import InputError, unknown_name

FORMAT = "qrl-noise-1"

_CHANNELS: dict[str, tuple[Callable[..., Channel], tuple[str, ...], tuple[str, ...]]] = {
    "depolarizing": (channels.depolarizing, ("p",), ("n_qubits",)),
    "bit_flip": (channels.bit_flip, ("p",), ()),
    "phase_flip": (channels.phase_flip, ("p",), ()),
    "pauli": (channels.pauli_channel, ("probabilities",), ()),
    "amplitude_damping": (channels.amplitude_damping, ("gamma",), ()),
    "phase_damping": (channels.phase_damping, ("lambda",), ()),
    "thermal_relaxation": (
        channels.thermal_relaxation,
        ("t1", "t2", "time"),
        ("excited_population",),
    ),
}


def to_dict(model: NoiseModel) -> dict[str, Any]:
    """Return a noise model as plain data for JSON."""
    return {
        "format": FORMAT,
        "name": model.name,
        "n_qubits": model.n_qubits,
        "rules": [
            {
                "gates": rule.gates,
                "qubits": None if rule.qubits is None else list(rule.qubits),
                "channels": [{"on": list(on), **_written(c)} for c, on in rule.channels],
            }
            for rule in model.rules
        ],
        "readout": [
            {
                "qubit": r.qubit,
                "one_given_zero": r.one_given_zero,
                "zero_given_one": r.zero_given_one,
            }
            for r in model.readout
        ],
    }


def from_dict(data: Any) -> NoiseModel:
    """Read a noise model from plain data.

    Raises:
        InputError: another format, or a field that is missing, unknown or of another form.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        found = repr(data.get("format")) if isinstance(data, Mapping) else type(data).__name__
        raise InputError(f"A noise model needs the format {FORMAT!r}; got {found}.")
    fields = _fields(data, "noise model", ("format", "name"), ("n_qubits", "rules", "readout"))
    return NoiseModel(
        name=fields["name"],
        rules=tuple(map(_rule, _list(fields.get("rules", []), "rules"))),
        readout=tuple(map(_readout, _list(fields.get("readout", []), "readout"))),
        n_qubits=fields.get("n_qubits"),
    )


def _rule(data: Any) -> Rule:
    fields = _fields(data, "rule", ("gates", "channels"), ("qubits",))
    qubits = fields.get("qubits")
    placed = []
    for entry in _list(fields["channels"], "channels"):
        if not isinstance(entry, Mapping) or "on" not in entry:
            raise InputError(f"A channel of a rule needs the field 'on'; got {entry!r}.")
        rest = {key: value for key, value in entry.items() if key != "on"}
        placed.append((_channel(rest), tuple(_list(entry["on"], "on"))))
    return Rule(
        gates=fields["gates"],
        channels=tuple(placed),
        qubits=None if qubits is None else tuple(_list(qubits, "qubits")),
    )


def _readout(data: Any) -> Readout:
    fields = _fields(data, "readout", ("one_given_zero", "zero_given_one"), ("qubit",))
    return Readout(fields["one_given_zero"], fields["zero_given_one"], fields.get("qubit"))


def _channel(data: Mapping[str, Any]) -> Channel:
    if "name" not in data:
        numbers = _fields(data, "channel without name", ("kraus",), ())["kraus"]
        try:
            pairs = [np.array(matrix, dtype=float) for matrix in numbers]
            if any(pair.ndim != 3 for pair in pairs):
                raise ValueError("lists are not nested three deep")
            # Viewing two floats as a complex number keeps the sign of zeros.
            matrices = [pair.view(complex)[..., 0] for pair in pairs]
        except (TypeError, ValueError, IndexError) as cause:
            raise InputError(
                "Kraus operators must be matrices of pairs [real, imaginary]; reading them "
                f"failed: {cause}."
            ) from cause
        return from_kraus(matrices)
    name = data["name"]
    if not isinstance(name, str) or name not in _CHANNELS:
        raise unknown_name("channel", str(name), _CHANNELS)
    make, needed, optional = _CHANNELS[name]
    fields = _fields(data, f"channel {name!r}", ("name", *needed), optional)
    return make(*(fields[key] for key in needed), **{k: fields[k] for k in optional if k in fields})


def _written(channel: Channel) -> dict[str, Any]:
    if channel.recipe:
        return dict(channel.recipe)
    return {"kraus": [np.stack([k.real, k.imag], axis=-1).tolist() for k in channel.kraus]}


def _fields(
    data: Any, what: str, needed: tuple[str, ...], optional: tuple[str, ...]
) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InputError(f"A {what} must be an object with fields; got {data!r}.")
    for key in data:
        if key not in (*needed, *optional):
            raise unknown_name(f"field of a {what}", str(key), (*needed, *optional))
    missing = [key for key in needed if key not in data]
    if missing:
        raise InputError(
            f"A {what} needs the fields {', '.join(needed)}; it lacks {', '.join(missing)}."
        )
    return data


def _list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise InputError(f"The field {field!r} must be a list; got {value!r}.")
    return list(value)
