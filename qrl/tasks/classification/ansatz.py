"""The hardware-efficient circuit that classifiers are usually made of."""

from __future__ import annotations

from qrl.circuits.circuit import Circuit


def efficient_su2(n_qubits: int, layers: int) -> Circuit:
    """Return the shape of Qiskit's `efficient_su2` with linear entanglement, all angles 0.

    RY and RZ on each qubit, then `layers` times: CNOTs (0, 1), (1, 2), ... and RY and RZ again
    (Kandala et al., arXiv 1704.05018).

    Args:
        n_qubits: number of qubits.
        layers: rounds of CNOTs, each `n_qubits - 1` of them.
    """
    circuit = _rotations(Circuit(n_qubits))
    for _ in range(layers):
        for qubit in range(n_qubits - 1):
            circuit = circuit.append("cx", qubit, qubit + 1)
        circuit = _rotations(circuit)
    return circuit


def layers_for(n_qubits: int, cnots: int) -> int:
    """Return the number of layers, at least 1, whose CNOTs come nearest to a number."""
    return max(1, round(cnots / (n_qubits - 1))) if n_qubits > 1 else 1


def _rotations(circuit: Circuit) -> Circuit:
    for name in ("ry", "rz"):
        for qubit in range(circuit.n_qubits):
            circuit = circuit.append(name, qubit)
    return circuit
