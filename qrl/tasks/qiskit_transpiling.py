"""Qiskit's compiler at its highest level, to gates of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.circuits.circuit import Circuit

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

BASIS = ("cx", "rx", "ry", "rz")


def transpiled(circuit: QuantumCircuit, *, from_zero: bool) -> Circuit:
    """Return a Qiskit circuit transpiled at level 3 to CNOTs and rotations, with a fixed seed.

    Level 3 may leave out swaps and tell instead that qubits end in other places. A circuit that
    stands for itself needs them, so they are put back as CNOTs.

    Args:
        circuit: gates only.
        from_zero: whether it starts in |0...0>; otherwise it must be right for all inputs.
    """
    from qiskit import QuantumCircuit, transpile
    from qiskit.circuit.library import PermutationGate

    result = transpile(
        circuit,
        basis_gates=list(BASIS),
        optimization_level=3,
        seed_transpiler=0,
        qubits_initially_zero=from_zero,
    )
    places = [] if result.layout is None else result.layout.routing_permutation()
    if places != sorted(places):
        whole = QuantumCircuit(circuit.num_qubits)
        whole.compose(result, inplace=True)
        whole.append(PermutationGate(places), range(circuit.num_qubits))
        result = transpile(
            whole, basis_gates=list(BASIS), optimization_level=0, qubits_initially_zero=from_zero
        )
    return Circuit.from_qiskit(result)
