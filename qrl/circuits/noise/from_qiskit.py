"""Noise models out of Qiskit and into Qiskit Aer."""

from __future__ import annotations

import importlib
from functools import reduce
from itertools import permutations
from typing import Any

import numpy as np

from qrl.circuits.gates import GATES, Gate
from qrl.circuits.noise.channel import Channel, from_choi
from qrl.circuits.noise.model import NoiseModel, Readout, Rule
from qrl.errors import InputError, MissingExtra


def from_qiskit(source: Any, *, name: str | None = None) -> NoiseModel:
    """Read the noise of a Qiskit backend or of a Qiskit Aer noise model.

    A backend's noise is what Aer makes of its calibration: depolarizing, then thermal relaxation.
    Only the names of our gate table are read. A gate of the table that the source does not know has
    no noise in the result, and neither has a pair of qubits that a backend does not join: keep to
    the device's gates and coupling map, or ask `NoiseModel.covers`. What the source knows of one
    order of a pair stands for the other order too, unless the source says otherwise. Noise of idle
    qubits (delays) is left out.

    Args:
        source: a `BackendV2`, whose number of qubits limits the result, or a
            `qiskit_aer.noise.NoiseModel`, which fits any number.
        name: name of the result; the backend's, or "aer", where left out.

    Raises:
        InputError: another type, or a readout error of several qubits together.
        MissingExtra: Qiskit Aer is not installed.
    """
    from qiskit.providers import BackendV2

    aer_model = _aer_noise().NoiseModel
    if isinstance(source, BackendV2):
        model, default_name, n_qubits = (
            aer_model.from_backend(source),
            source.name,
            source.num_qubits,
        )
    elif isinstance(source, aer_model):
        model, default_name, n_qubits = source, "aer", None
    else:
        raise InputError(
            "Noise is read from a Qiskit BackendV2 or a qiskit_aer NoiseModel; got "
            f"{type(source).__name__}."
        )
    known = {*model.basis_gates, *model.noise_instructions}
    rules = [rule for gate in GATES if gate in known for rule in _rules(model, gate)]
    return NoiseModel(name or default_name or "backend", tuple(rules), _readouts(model), n_qubits)


def to_aer(model: NoiseModel, n_qubits: int) -> Any:
    """Return a noise model as a `qiskit_aer.noise.NoiseModel`.

    Errors are attached to each gate name of our table and each ordered tuple of qubits; the channels
    after a gate are joined to one. Run circuits on it without transpiling them to other gates.

    Args:
        model: the noise.
        n_qubits: number of qubits of the circuits.

    Raises:
        InputError: the model describes a smaller device.
        MissingExtra: Qiskit Aer is not installed.
    """
    from qiskit.quantum_info import Kraus

    aer = _aer_noise()
    model.check_size(n_qubits)
    result = aer.NoiseModel()
    made: dict[Channel, Any] = {}
    for name, spec in GATES.items():
        for qubits in permutations(range(n_qubits), spec.n_qubits):
            channel = joined(model, Gate(name, qubits))
            if channel is None:
                continue
            if channel not in made:
                made[channel] = aer.QuantumError(Kraus(list(channel.kraus)))
            result.add_quantum_error(made[channel], name, qubits)
    for qubit in range(n_qubits):
        up, down = model.readout_error(qubit)
        if up or down:
            result.add_readout_error(aer.ReadoutError([[1 - up, up], [down, 1 - down]]), [qubit])
    return result


def joined(model: NoiseModel, gate: Gate) -> Channel | None:
    """Return all that follows a gate as one channel on the gate's qubits, None without noise."""
    identity = Channel((np.eye(2, dtype=complex),))
    wide = []
    for channel, qubits in model.after(gate):
        places = tuple(gate.qubits.index(q) for q in qubits)
        if channel.n_qubits == len(gate.qubits):
            wide.append(channel if places == tuple(sorted(places)) else channel.reversed())
        else:
            first, second = (channel, identity) if places == (0,) else (identity, channel)
            wide.append(first.tensor(second))
    wide = [channel for channel in wide if not channel.is_identity]
    return reduce(Channel.then, wide) if wide else None


def _rules(model: Any, gate: str) -> list[Rule]:
    """Read the rules for a gate; one without any error gets a rule that says so."""
    # Aer offers no other access to the errors that keeps which gate and qubits they belong to.
    default = model._default_quantum_errors.get(gate)
    local = model._local_quantum_errors.get(gate, {})
    rules = [_rule(gate, error, qubits) for qubits, error in local.items()]
    if default is not None:
        # Aer applies the default to the order of a pair that has no error of its own.
        others = [qubits[::-1] for qubits in local if qubits[::-1] not in local]
        rules += [_rule(gate, default, qubits) for qubits in others]
        rules.append(_rule(gate, default, None))
    return rules or [Rule(gate)]


def _rule(gate: str, error: Any, qubits: tuple[int, ...] | None) -> Rule:
    from qiskit.quantum_info import Choi

    channel = from_choi(np.asarray(Choi(error.to_quantumchannel()).data))
    return Rule(gate, ((channel, tuple(range(channel.n_qubits))),), qubits)


def _readouts(model: Any) -> tuple[Readout, ...]:
    found = {(None,): model._default_readout_error, **model._local_readout_errors}
    result = []
    for qubits, error in found.items():
        if error is None:
            continue
        if error.number_of_qubits != 1:
            raise InputError(
                "Readout errors must be of one qubit each; the source has one of qubits "
                f"{tuple(qubits)}."
            )
        (_, up), (down, _) = error.probabilities
        result.append(Readout(float(up), float(down), qubits[0]))
    return tuple(result)


def _aer_noise() -> Any:
    try:
        return importlib.import_module("qiskit_aer.noise")
    except ImportError as cause:
        raise MissingExtra(
            "Noise of Qiskit needs qiskit-aer, which cannot be imported. "
            "Try: pip install 'qrl[hardware]'"
        ) from cause
