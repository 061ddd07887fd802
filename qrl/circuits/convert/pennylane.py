"""Circuits to PennyLane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.circuits.gates import gate_spec

if TYPE_CHECKING:
    from pennylane.tape import QuantumScript

    from qrl.circuits.circuit import Circuit


def to_pennylane(circuit: Circuit) -> QuantumScript:
    """Return the circuit as a PennyLane `QuantumScript` of operations; wire k is qubit k.

    PennyLane takes the first wire for the most significant bit of an index, where this package
    takes qubit 0 for the least significant: pass `wire_order=range(n_qubits)[::-1]` to get its
    matrices and states in the order used here. That also keeps the qubits on which no gate acts.
    """
    import pennylane as qml

    operations = []
    for gate, angle in circuit.placed():
        kind = getattr(qml, gate_spec(gate.name).pennylane)
        operations.append(kind(*(() if angle is None else (angle,)), wires=list(gate.qubits)))
    return qml.tape.QuantumScript(operations)
