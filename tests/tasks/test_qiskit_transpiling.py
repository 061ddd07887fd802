"""Circuits transpiled to the gates and pairs of a device: the same state, or the same matrix."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator, Statevector, process_fidelity, state_fidelity
from strategies import circuits

from qrl.circuits.circuit import Circuit
from qrl.tasks.qiskit_transpiling import transpiled_to

IBM = ("cx", "rz", "sx", "x")
MAPS = {
    "line": [(0, 1), (1, 2), (2, 3)],
    "star": [(0, 1), (1, 2), (1, 3)],
    "ring": [(0, 1), (1, 2), (2, 3), (0, 3)],
}


def fits(made: Circuit, gates: tuple[str, ...], pairs: list[tuple[int, int]]) -> bool:
    graph = nx.Graph(pairs)
    on_pairs = (graph.has_edge(*g.qubits) for g in made.gates if len(g.qubits) == 2)
    return set(made.counts) <= set(gates) and all(on_pairs)


@settings(deadline=None, max_examples=15)
@given(circuits(min_qubits=4), st.sampled_from(sorted(MAPS)), st.sampled_from(["cx", "cz", "ecr"]))
def test_the_same_state(circuit: Circuit, name: str, pair: str) -> None:
    gates = (pair, *IBM[1:])
    made = transpiled_to(circuit.qiskit(), gates, MAPS[name], from_zero=True)
    assert fits(made, gates, MAPS[name])
    states = [Statevector.from_instruction(c.qiskit()) for c in (circuit, made)]
    assert state_fidelity(*states) == pytest.approx(1.0, abs=1e-9)


@settings(deadline=None, max_examples=15)
@given(circuits(min_qubits=4), st.sampled_from(sorted(MAPS)))
def test_the_same_matrix(circuit: Circuit, name: str) -> None:
    made = transpiled_to(circuit.qiskit(), IBM, MAPS[name], from_zero=False)
    assert fits(made, IBM, MAPS[name])
    unitaries = [Operator(c.qiskit()) for c in (circuit, made)]
    assert process_fidelity(*unitaries) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("from_zero", [True, False])
def test_qubits_are_brought_back(from_zero: bool) -> None:
    circuit = QuantumCircuit(4)
    for k in range(4):
        circuit.ry(0.3 + 0.5 * k, k)
    circuit.swap(0, 3)
    for a, b in ((0, 3), (1, 3), (0, 2), (2, 3), (0, 1)):
        circuit.cx(a, b)
        circuit.ry(0.7 + a, b)
    made = transpiled_to(circuit, IBM, MAPS["line"], from_zero=from_zero)
    assert fits(made, IBM, MAPS["line"])
    if from_zero:
        states = [Statevector.from_instruction(c) for c in (circuit, made.qiskit())]
        assert state_fidelity(*states) == pytest.approx(1.0)
    else:
        assert process_fidelity(Operator(circuit), Operator(made.qiskit())) == pytest.approx(1.0)


def test_a_state_may_begin_anywhere() -> None:
    """A GHZ state whose CNOTs join qubit 0 with all others, on the star around qubit 1."""
    circuit = QuantumCircuit(4)
    circuit.h(0)
    for target in (1, 2, 3):
        circuit.cx(0, target)
    counts = [
        transpiled_to(circuit, IBM, MAPS["star"], from_zero=from_zero).two_qubit_count
        for from_zero in (True, False)
    ]
    assert counts[0] < counts[1]


def test_what_cannot_be_made_is_refused() -> None:
    circuit = QuantumCircuit(4)
    circuit.h(0)
    circuit.cx(0, 3)
    with pytest.raises(QiskitError):
        transpiled_to(circuit, ("cx", "x"), MAPS["line"], from_zero=True)
    with pytest.raises(QiskitError):
        transpiled_to(circuit, IBM, [(0, 1), (2, 3)], from_zero=False)
