"""Circuits as the plain arrays that kernels read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import GATES, Gate

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_RECENT = 64
_RECENT: dict[int, tuple[tuple[Gate, ...], NDArray[np.int32]]] = {}
"""Rows of the last circuits, by the identity of their gates."""

_NAMES = {spec.opcode: spec for spec in GATES.values()}


def lower(circuit: Circuit) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return a circuit's rows `(opcode, first qubit, second qubit, parameter)` and its angles.

    Returns:
        Rows of shape (gates, 4), -1 where a gate has no second qubit or no parameter, and
        angles of shape (rotations,) in radians.
    """
    return _rows(circuit.gates), np.array(circuit.angles, dtype=np.float64)


def _rows(gates: tuple[Gate, ...]) -> NDArray[np.int32]:
    """Lower gates, or find the rows again: a circuit at other angles shares its gates' tuple."""
    known = _RECENT.get(id(gates))
    if known is not None and known[0] is gates:
        return known[1].copy()
    ops = np.full((len(gates), 4), -1, dtype=np.int32)
    parameter = 0
    for row, gate in zip(ops, gates, strict=True):
        spec = GATES[gate.name]
        row[0] = spec.opcode
        row[1 : 1 + spec.n_qubits] = gate.qubits
        if spec.parametric:
            row[3] = parameter
            parameter += 1
    if len(_RECENT) >= _MOST_RECENT:
        _RECENT.clear()
    _RECENT[id(gates)] = gates, ops
    return ops.copy()


def lift(n_qubits: int, ops: NDArray[np.int32], angles: NDArray[np.float64]) -> Circuit:
    """Return the circuit that `lower` turned into arrays."""
    gates = []
    for opcode, first, second, _ in ops.tolist():
        spec = _NAMES[opcode]
        gates.append(Gate(spec.name, (first, second)[: spec.n_qubits]))
    return Circuit(n_qubits, tuple(gates), tuple(angles.tolist()))
