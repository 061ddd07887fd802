"""Brings a circuit onto a coupling map, with Qiskit's router."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate
from qrl.search.refining.placed import is_pair

if TYPE_CHECKING:
    import networkx as nx

_SEEDS = 8


def fits(circuit: Circuit, coupling: nx.Graph) -> bool:
    """Return whether all two-qubit gates stand on coupled pairs."""
    return all(coupling.has_edge(*gate.qubits) for gate in circuit.gates if is_pair(gate))


def routed(circuit: Circuit, coupling: nx.Graph, *, from_zero: bool) -> Circuit:
    """Return a circuit on coupled pairs that does the same; CNOTs may join its gates.

    Qiskit's router moves qubits by swaps; where they do not end where they began, swaps bring them
    back. Of several seeds the circuit with the fewest CNOTs is taken, first the one without any change
    where it fits.

    Args:
        circuit: any circuit of as many qubits as the map.
        coupling: which pairs may be coupled, all qubits connected.
        from_zero: whether it starts in |0...0>; its qubits may then begin anywhere. Otherwise it must be
            right for all inputs.
    """
    if fits(circuit, coupling):
        return circuit
    choices = [
        _routed(circuit, coupling, seed, from_zero=from_zero and free)
        for seed in range(_SEEDS)
        for free in ((False, True) if from_zero else (False,))
    ]
    return min(choices, key=lambda c: (c.two_qubit_count, c.depth, len(c)))


def _routed(circuit: Circuit, coupling: nx.Graph, seed: int, *, from_zero: bool) -> Circuit:
    from qiskit import transpile
    from qiskit.transpiler import CouplingMap

    count = circuit.n_qubits
    edges = [edge for a, b in coupling.edges for edge in ((a, b), (b, a))]
    result = transpile(
        circuit.qiskit(),
        basis_gates=sorted({"cx", *circuit.counts}),
        coupling_map=CouplingMap(edges),
        initial_layout=None if from_zero else list(range(count)),
        layout_method="sabre" if from_zero else None,
        routing_method="sabre",
        optimization_level=0,  # making it smaller comes later, in gates of the set alone
        seed_transpiler=seed,
        qubits_initially_zero=from_zero,
    )
    ends = list(range(count)) if result.layout is None else result.layout.final_index_layout()
    whole = Circuit.from_qiskit(result)
    gates = [*whole.gates]
    for a, b in _swaps(ends, coupling):
        gates += [Gate("cx", (a, b)), Gate("cx", (b, a)), Gate("cx", (a, b))]
    return Circuit(count, tuple(gates), whole.angles)


def _swaps(ends: list[int], coupling: nx.Graph) -> list[tuple[int, int]]:
    """Return swaps on coupled pairs that bring qubit q back from `ends[q]` to q."""
    import rustworkx

    graph = rustworkx.PyGraph()
    graph.add_nodes_from(range(len(ends)))
    graph.add_edges_from_no_data(list(coupling.edges))
    moves = {place: qubit for qubit, place in enumerate(ends) if place != qubit}
    return [(a, b) for a, b in rustworkx.graph_token_swapper(graph, moves, 10, 4, 50)]
