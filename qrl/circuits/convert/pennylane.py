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


def to_source(circuit: Circuit) -> str:
    """Return a Python file with a quantum function `circuit()` for use in a PennyLane QNode."""
    lines = [
        '"""A circuit found by qrl; wire k is qubit k, the state starts in |0...0>."""',
        "",
        "import pennylane as qml",
        "",
        f"n_wires = {circuit.n_qubits}",
        "",
        "",
        "def circuit():",
        '    """Apply the gates; call it inside a QNode."""',
    ]
    for gate, angle in circuit.placed():
        wires = gate.qubits[0] if len(gate.qubits) == 1 else list(gate.qubits)
        argument = "" if angle is None else f"{angle!r}, "
        lines.append(f"    qml.{gate_spec(gate.name).pennylane}({argument}wires={wires})")
    return "\n".join(lines) + "\n"
