"""Circuits known from the literature for states with a name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate

if TYPE_CHECKING:
    from qrl.tasks.state_preparation.vectors import Edges


def ghz_circuit(n_qubits: int) -> Circuit:
    """Return an H and a chain of n - 1 CNOTs.

    No circuit has fewer: n - 1 two-qubit gates are needed to connect all qubits.
    """
    chain = [Gate("cx", (q, q + 1)) for q in range(n_qubits - 1)]
    return Circuit(n_qubits, (Gate("h", (0,)), *chain))


def w_circuit(n_qubits: int) -> Circuit:
    """Return a chain of n - 1 blocks, each a controlled rotation and a CNOT back.

    The blocks pass the excitation on, leaving a share of 1/n behind (Cruz et al., Adv. Quantum
    Technol. 2, 1900015 (2019), arXiv 1807.05572). As each rotated qubit is known to be in |0>,
    one CNOT between two rotations is a controlled rotation there; the first block needs none, for
    its control is in |1>. Altogether 2 n - 3 CNOTs.
    """
    share = _passed_on(n_qubits, 0)
    circuit = Circuit(n_qubits).append("x", 0).append("ry", 1, angle=2 * math.asin(share))
    circuit = circuit.append("cx", 1, 0)
    for qubit in range(1, n_qubits - 1):
        angle = math.acos(_passed_on(n_qubits, qubit))
        circuit = circuit.append("ry", qubit + 1, angle=angle).append("cx", qubit, qubit + 1)
        circuit = circuit.append("ry", qubit + 1, angle=-angle).append("cx", qubit + 1, qubit)
    return circuit


def _passed_on(n_qubits: int, qubit: int) -> float:
    """Return the amplitude with which an excitation leaves a qubit of the chain."""
    return math.sqrt((n_qubits - 1 - qubit) / (n_qubits - qubit))


def cluster_circuit(n_qubits: int, edges: Edges) -> Circuit:
    """Return an H on each qubit and a CZ for each edge, the definition of a graph state."""
    plus = [Gate("h", (q,)) for q in range(n_qubits)]
    return Circuit(n_qubits, (*plus, *(Gate("cz", edge) for edge in edges)))
