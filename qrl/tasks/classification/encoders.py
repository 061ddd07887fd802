"""Encoders: data points as states, for simulation, and as circuits, for hardware."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import shown, whole_number
from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives.base import checked_numbers, zero_state
from qrl.errors import InputError, unknown_name
from qrl.tasks.qiskit_preparation import prepared_state
from qrl.tasks.task import dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_AMPLITUDES = 1 << 26
"""Of all points together: 1 GiB."""
MOST_QUBITS = 24
"""As many as the engines hold."""
MOST_UPLOADS = 100
ENCODERS = ("angle", "zz", "amplitude", "reupload")
ZZ_REPETITIONS = 2
"""As in Havlicek et al., arXiv 1804.11326."""
UPLOADS = 2
"""Uploads of "reupload" where nothing else is said."""


def encode(
    name: str,
    features: Any,
    n_qubits: int,
    *,
    uploads: int | None = None,
    layers: Sequence[Circuit] = (),
) -> NDArray[np.complex128]:
    """Return the states of data points.

    - angle: RY(x_q) on qubit q.
    - zz: the ZZ feature map with 2 repetitions (Havlicek et al., arXiv 1804.11326, equation 32):
      Hadamards, phases 2 x_q on qubits, phases 2 (pi - x_p)(pi - x_q) on all pairs.
    - amplitude: x / |x|, padded with zeros; feature i is the amplitude of basis state i.
    - reupload: S W S W ... S with S the angle encoder (Perez-Salinas et al., arXiv 1907.02085).

    Where "angle", "zz" and "reupload" have fewer features than qubits, these repeat: qubit q holds
    feature q modulo their number.

    Args:
        name: one of `ENCODERS`.
        features: shape (points, features); radians except for "amplitude".
        n_qubits: qubits of the states.
        uploads: number of S in "reupload", 2 where left out.
        layers: the circuits W between the uploads, one fewer than these; where left out
            `entangling_layer`, each time.

    Returns:
        Shape (points, 2**n_qubits), little-endian.

    Raises:
        InputError: unknown encoder, features that do not fit, or a point of zeros alone for
            "amplitude".
    """
    check_encoder(name, n_qubits)
    points = checked_numbers(features, "features", np.float64)
    if points.ndim != 2 or not points.size:
        raise InputError(f"The features must have shape (points, features); got {points.shape}.")
    check_room(name, points.shape[1], n_qubits)
    if len(points) << n_qubits > MOST_AMPLITUDES:
        raise InputError(
            f"{len(points)} points on {n_qubits} qubits have more than 2**26 amplitudes (1 GiB). Take "
            "fewer features (by PCA) or points."
        )
    if name == "amplitude":
        return _amplitudes(points, n_qubits)
    angles = points[:, np.arange(n_qubits) % points.shape[1]]
    if name == "zz":
        return _zz_states(angles)
    states = rotated(np.repeat(zero_state(n_qubits), len(points), axis=0), angles)
    if name == "reupload":
        for layer in upload_layers(n_qubits, uploads, layers):
            states = rotated(dense(layer)(states), angles)
    return states


def encoder_circuit(
    name: str,
    x: Any,
    n_qubits: int,
    *,
    uploads: int | None = None,
    layers: Sequence[Circuit] = (),
) -> Circuit:
    """Return the circuit that makes a data point's state from |0...0>, up to a global phase.

    Args:
        name: as for `encode`; "amplitude" is synthesised by Qiskit.
        x: features of one point, shape (features,).
        n_qubits: qubits of the circuit.
        uploads: as for `encode`.
        layers: as for `encode`.

    Raises:
        InputError: as for `encode`.
    """
    state = encode(name, [x], n_qubits, uploads=uploads, layers=layers)[0]
    if name == "amplitude":
        return prepared_state(state)
    values = np.asarray(x, dtype=np.float64)
    angles = values[np.arange(n_qubits) % len(values)].tolist()
    if name == "zz":
        return _zz_circuit(angles)
    circuit = _uploaded(Circuit(n_qubits), angles)
    if name == "reupload":
        for layer in upload_layers(n_qubits, uploads, layers):
            both = Circuit(n_qubits, circuit.gates + layer.gates, circuit.angles + layer.angles)
            circuit = _uploaded(both, angles)
    return circuit


def entangling_layer(n_qubits: int) -> Circuit:
    """Return the fixed layer between uploads: SX on each qubit, then CNOTs along the line."""
    circuit = Circuit(n_qubits)
    for qubit in range(n_qubits):  # RY(x) RY(x) alone would be a faster rotation and nothing else
        circuit = circuit.append("sx", qubit)
    for qubit in range(n_qubits - 1):
        circuit = circuit.append("cx", qubit, qubit + 1)
    return circuit


def upload_layers(
    n_qubits: int, uploads: int | None = None, layers: Sequence[Circuit] = ()
) -> tuple[Circuit, ...]:
    """Return the circuits between the uploads of "reupload".

    Raises:
        InputError: `uploads` is not a whole number from 1 to 100, is not one more than the number of
            layers, or a layer has another number of qubits.
    """
    layers = checked_layers(layers)
    usual = len(layers) + 1 if layers else UPLOADS
    count = whole_number(
        "uploads", usual if uploads is None else uploads, least=1, most=MOST_UPLOADS
    )
    if not layers:
        return (entangling_layer(n_qubits),) * (count - 1)
    if count != len(layers) + 1:
        raise InputError(
            f"{len(layers)} layers lie between {len(layers) + 1} uploads; got uploads={uploads}."
        )
    for layer in layers:
        if not isinstance(layer, Circuit) or layer.n_qubits != n_qubits:
            raise InputError(
                f"Each layer must be a Circuit on {n_qubits} qubits; got {shown(layer)}."
            )
    return layers


def checked_layers(layers: Any) -> tuple[Circuit, ...]:
    """Return a list of layers as a tuple; what is in it, `upload_layers` checks.

    Raises:
        InputError: no list.
    """
    if not isinstance(layers, (list, tuple)):
        raise InputError(
            f"layers must be a list of circuits, as [circuit]; got {shown(layers)} without a list."
        )
    return tuple(layers)


def check_encoder(name: str, n_qubits: int) -> None:
    """Check an encoder's name and its number of qubits.

    Raises:
        InputError: there is no such encoder, no qubit, or more than 24.
    """
    if name not in ENCODERS:
        raise unknown_name("encoder", str(name), ENCODERS)
    whole_number("The number of qubits", n_qubits, least=1, most=MOST_QUBITS)


def rotated(states: NDArray[np.complex128], angles: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Apply RY to each qubit of each state.

    Args:
        states: shape (points, 2**n).
        angles: radians, shape (points, n).
    """
    for qubit in range(angles.shape[1]):
        parts = states.reshape(len(states), -1, 2, 1 << qubit)
        cos, sin = (f(angles[:, qubit] / 2)[:, None, None] for f in (np.cos, np.sin))
        low, high = parts[:, :, 0], parts[:, :, 1]
        turned = np.stack([cos * low - sin * high, sin * low + cos * high], axis=2)
        states = turned.reshape(states.shape)
    return states


def check_room(name: str, n_features: int, n_qubits: int) -> None:
    """Refuse more features than an encoder has room for."""
    room = 1 << n_qubits if name == "amplitude" else n_qubits
    if n_features > room:
        raise InputError(
            f"The encoder {name!r} has room for {room} features on {n_qubits} qubits; got "
            f"{n_features}. Take more qubits, or fewer features (by PCA)."
        )


def _amplitudes(points: NDArray[np.float64], n_qubits: int) -> NDArray[np.complex128]:
    norms = np.linalg.norm(points, axis=1)
    if not norms.all():
        raise InputError(
            f"Amplitude encoding divides a point by its length, and point {int(norms.argmin())} "
            "consists of zeros. Leave it out, or take another scaling."
        )
    states = np.zeros((len(points), 1 << n_qubits), dtype=np.complex128)
    states[:, : points.shape[1]] = points / norms[:, None]
    return states


def _zz_states(angles: NDArray[np.float64]) -> NDArray[np.complex128]:
    n = angles.shape[1]
    bits = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
    phases = 2 * angles @ bits.T
    for p, q in combinations(range(n), 2):
        odd = bits[:, p] ^ bits[:, q]
        phases += np.outer(2 * (np.pi - angles[:, p]) * (np.pi - angles[:, q]), odd)
    states = np.repeat(zero_state(n), len(angles), axis=0)
    for _ in range(ZZ_REPETITIONS):
        states = _hadamards(states, n) * np.exp(1j * phases)
    return states


def _hadamards(states: NDArray[np.complex128], n_qubits: int) -> NDArray[np.complex128]:
    for qubit in range(n_qubits):
        parts = states.reshape(len(states), -1, 2, 1 << qubit)
        low, high = parts[:, :, 0], parts[:, :, 1]
        states = np.stack([low + high, low - high], axis=2).reshape(states.shape)
    return states / math.sqrt(1 << n_qubits)


def _zz_circuit(angles: list[float]) -> Circuit:
    n = len(angles)
    circuit = Circuit(n)
    for _ in range(ZZ_REPETITIONS):
        for qubit in range(n):  # a phase gate is an RZ up to a global phase
            circuit = circuit.append("h", qubit).append("rz", qubit, angle=2 * angles[qubit])
        for p, q in combinations(range(n), 2):
            angle = 2 * (math.pi - angles[p]) * (math.pi - angles[q])
            circuit = circuit.append("cx", p, q).append("rz", q, angle=angle).append("cx", p, q)
    return circuit


def _uploaded(circuit: Circuit, angles: list[float]) -> Circuit:
    for qubit, angle in enumerate(angles):
        circuit = circuit.append("ry", qubit, angle=angle)
    return circuit
