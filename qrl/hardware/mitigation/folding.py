"""Circuits whose noise is larger by a known factor."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


def folds(gates: int, scale: float) -> int:
    """Return how many pairs G^-1 G bring the nearest factor for a number of gates, halves up."""
    return math.floor((scale - 1.0) * gates / 2.0 + 0.5)


def fold(circuit: QuantumCircuit, scale: float, seed: int) -> tuple[QuantumCircuit, float]:
    """Replace two-qubit gates G by G G^-1 G, as many of them as make the noise larger by a factor.

    Local folding (Giurgica-Tiron et al., arXiv 2005.10921, section III): each gate is folded equally often,
    and of what is left over a random choice. Barriers on a fold's own qubits keep it from being cancelled,
    and let other qubits go on. The circuit must not be transpiled again: Qiskit's levels 1 to 3 would
    remove folds without barriers.

    Args:
        circuit: in the gates of a device, without measurements.
        scale: of the number of two-qubit gates, 1 or more.
        seed: of the choice.

    Returns:
        The circuit, and the factor that was reached: 1 + 2 folds / gates; 1 where there is no such gate.
    """
    places = [k for k, one in enumerate(circuit.data) if _is_folded(one)]
    pairs = folds(len(places), scale)
    if not pairs:
        return circuit.copy(), 1.0
    each, rest = divmod(pairs, len(places))
    chosen = np.random.default_rng(seed).choice(len(places), rest, replace=False)
    count = dict.fromkeys(places, each)
    for index in chosen:
        count[places[index]] += 1
    folded = circuit.copy_empty_like()
    for k, one in enumerate(circuit.data):
        folded.append(one)
        for _ in range(count.get(k, 0)):
            folded.barrier(one.qubits)
            for operation, qubits in _inverse(one):
                folded.append(operation, qubits)
            folded.barrier(one.qubits)
            folded.append(one.operation, one.qubits)
    return folded, 1.0 + 2.0 * pairs / len(places)


def repeats(scales: Iterable[float]) -> list[int]:
    """Return how often the circuits of each noise factor are run: in proportion to 1 / factor.

    The extrapolated value weighs small factors more, 3 to 1 for a line through 1 and 3, and shots in
    proportion to the weights make the smallest error. All circuits of a job have equally many shots, so
    they are run several times.
    """
    known = list(scales)
    return [max(1, math.floor(max(known) / scale + 0.5)) for scale in known]


def _is_folded(one: Any) -> bool:
    return len(one.qubits) == 2 and one.operation.name != "barrier"


def _inverse(one: Any) -> list[tuple[Any, Any]]:
    """Return what undoes a gate, in gates that the device has where it has the gate.

    IBM's fractional rzz takes angles from 0 to pi/2 only; X on one of its qubits turns its sign.
    """
    if one.operation.name == "rzz" and 0.0 <= float(one.operation.params[0]) <= math.pi / 2:
        from qiskit.circuit.library import XGate

        flip = (XGate(), one.qubits[:1])
        return [flip, (one.operation, one.qubits), flip]
    return [(one.operation.inverse(), one.qubits)]
