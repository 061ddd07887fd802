"""Qiskit's compiler at its highest level, to gates of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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


def transpiled_to(
    circuit: QuantumCircuit,
    gates: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    *,
    from_zero: bool,
) -> Circuit:
    """Return a Qiskit circuit transpiled at level 3 to the gates and pairs of a device.

    Each qubit ends where it began to be counted: qubit k of the result is qubit k of the circuit. Of the
    ways to that the result with the fewest two-qubit gates is taken, then the least deep one:

    - qubits begin in place, and swaps bring back those that end elsewhere;
    - where the circuit starts in |0...0>, its inverse is transpiled and inverted again: its qubits, which
      are all alike then, begin wherever that saves swaps.

    Args:
        circuit: gates only.
        gates: of our table, those that the device has.
        pairs: of its qubits that are joined, as many qubits as the circuit's.
        from_zero: whether it starts in |0...0>; otherwise it must be right for all inputs.

    Raises:
        QiskitError: the gates cannot express it, or its qubits are not joined.
    """
    compiler = _Compiler(circuit.num_qubits, list(gates), list(pairs), from_zero)
    found = [compiler.in_place(circuit)]
    if from_zero:
        turned, _ = compiler.run(circuit.inverse(), from_zero=False)
        found.append(compiler.in_place(turned.inverse()))
    circuits = [Circuit.from_qiskit(one) for one in found]
    return min(circuits, key=lambda one: (one.two_qubit_count, one.depth, len(one)))


class _Compiler:
    """Level 3 to one device, qubit k of a circuit beginning on its qubit k."""

    def __init__(
        self, n_qubits: int, gates: list[str], pairs: list[tuple[int, int]], from_zero: bool
    ) -> None:
        self._places, self._gates, self._pairs = list(range(n_qubits)), gates, pairs
        self._from_zero = from_zero

    def run(self, circuit: QuantumCircuit, *, from_zero: bool) -> tuple[QuantumCircuit, list[int]]:
        """Return the circuit on the device, and where its qubits end."""
        from qiskit import transpile
        from qiskit.transpiler import CouplingMap

        both = [edge for a, b in self._pairs for edge in ((a, b), (b, a))]
        result = transpile(
            circuit,
            basis_gates=self._gates,
            coupling_map=CouplingMap(both) if both else None,
            initial_layout=self._places if both else None,
            optimization_level=3,
            seed_transpiler=0,
            qubits_initially_zero=from_zero,
        )
        ends: Any = self._places if result.layout is None else result.layout.final_index_layout()
        return result, list(ends)

    def in_place(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """Return the circuit on the device, its qubits back where they began."""
        from qiskit import transpile

        result, ends = self.run(circuit, from_zero=self._from_zero)
        if ends == self._places:
            return result
        whole = circuit.copy_empty_like()
        whole.compose(result, self._places, inplace=True)
        for a, b in self._swaps(ends):
            for control, target in ((a, b), (b, a), (a, b)):
                whole.cx(control, target)
        # A level that rewrites runs of gates, but never tells of qubits that end elsewhere.
        return transpile(
            whole,
            basis_gates=self._gates,
            optimization_level=1,
            seed_transpiler=0,
            qubits_initially_zero=self._from_zero,
        )

    def _swaps(self, ends: list[int]) -> list[tuple[int, int]]:
        """Return swaps on joined pairs that bring qubit k back from `ends[k]` to k."""
        import rustworkx

        graph = rustworkx.PyGraph()
        graph.add_nodes_from(self._places)
        graph.add_edges_from_no_data(self._pairs)
        moves = {place: qubit for qubit, place in enumerate(ends) if place != qubit}
        return [(a, b) for a, b in rustworkx.graph_token_swapper(graph, moves, 10, 4, 50)]
