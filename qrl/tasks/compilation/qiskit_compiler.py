"""What Qiskit's compiler makes of a unitary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qrl.tasks.qiskit_transpiling import transpiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit


def qiskit_circuit(unitary: NDArray[np.complex128], gate: str = "") -> Circuit:
    """Return the circuit with the fewest CNOTs that Qiskit's level 3 finds for a unitary.

    Args:
        unitary: shape (2**n, 2**n).
        gate: its name, if Qiskit may have a gate for it; others are compiled from the matrix.
    """
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import UnitaryGate

    n_qubits = len(unitary).bit_length() - 1
    named = _library_gate(gate, n_qubits)
    circuits = []
    for operation in (UnitaryGate(unitary), named):
        if operation is not None:
            circuit = QuantumCircuit(n_qubits)
            circuit.append(operation, range(n_qubits))
            circuits.append(transpiled(circuit, from_zero=False))
    return min(circuits, key=lambda circuit: (circuit.two_qubit_count, len(circuit)))


def _library_gate(gate: str, n_qubits: int) -> Any:
    from qiskit.circuit import library

    if gate == "toffoli":
        return library.XGate().control(n_qubits - 1, annotated=True)
    if gate == "ccz":
        return library.ZGate().control(n_qubits - 1, annotated=True)
    if gate == "fredkin":
        return library.SwapGate().control(n_qubits - 2, annotated=True)
    if gate == "swap":
        return library.SwapGate()
    return library.QFTGate(n_qubits) if gate == "qft" else None
