"""Fans: a rotation whose turn CNOTs carry to other qubits, along the coupling map."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

import networkx as nx

from qrl.circuits.gates import Gate
from qrl.errors import InputError


def fans(n_qubits: int, coupling: nx.Graph) -> list[tuple[Gate, ...]]:
    """Return rotations whose turn CNOTs carry to one or three other qubits.

    On a qubit of a basis state, Ry and its CNOTs mix that state with one that differs from it in two or
    four qubits: a single or pair excitation for 1 or 3 CNOTs, where one that acts on any state takes 2 or
    more than 10 (`qrl.env.compounds.excitations`). The circuits that find ground states with the fewest
    CNOTs begin so.

    Where the qubits are not coupled with the one that turns, the CNOTs go along a short tree of the map
    (Mehlhorn, Information Processing Letters 27, 125 (1988)). Qubits that they only pass are as before
    afterwards, and what these hold does not reach the others.

    Args:
        n_qubits: number of qubits.
        coupling: which pairs may be coupled.

    Raises:
        InputError: there is a single qubit, or no two are coupled.
    """
    if not coupling.number_of_edges():
        raise InputError(
            f"No fan can be placed: on {n_qubits} qubit(s) no two are coupled. Use single gates."
        )
    component = {
        qubit: frozenset(part) for part in nx.connected_components(coupling) for qubit in part
    }
    trees: dict[frozenset[int], nx.Graph] = {}
    found = []
    for size in (1, 3):
        for turned in sorted(coupling):
            others = [q for q in sorted(component[turned]) if q != turned]
            for reached in combinations(others, size):
                ends = frozenset((turned, *reached))
                if ends not in trees:
                    trees[ends] = _tree(coupling, ends)
                found.append((Gate("ry", (turned,)), *_carried(trees[ends], turned, reached)))
    return found


def _tree(coupling: nx.Graph, ends: frozenset[int]) -> nx.Graph:
    """Return a small tree of the map that holds some qubits."""
    if all(coupling.has_edge(a, b) for a, b in combinations(ends, 2)):
        return coupling.subgraph(ends)
    around = nx.node_connected_component(coupling, min(ends))
    ordered = nx.Graph()  # ties fall by this order, not by that in which sets come
    ordered.add_nodes_from(sorted(around))
    ordered.add_edges_from(sorted(tuple(sorted(e)) for e in coupling.subgraph(around).edges))
    return nx.algorithms.approximation.steiner_tree(ordered, sorted(ends), method="mehlhorn")


def _carried(tree: nx.Graph, turned: int, reached: Collection[int]) -> list[Gate]:
    """Return CNOTs that add the first qubit to some others along a tree, and leave the rest as it is.

    Each qubit first takes its neighbour's value, the farthest first, and then again from the root on,
    where that is with the first qubit's: all of the tree have it added. From those on the way it is taken
    again in the same manner.
    """
    if all(tree.has_edge(turned, other) for other in reached):
        return [Gate("cx", (turned, other)) for other in reached]
    outward = list(nx.bfs_edges(tree, turned, sort_neighbors=sorted))
    ancestors = dict((child, parent) for parent, child in outward)
    needed = {turned}
    for other in reached:
        while other not in needed:
            needed.add(other)
            other = ancestors[other]
    outward = [edge for edge in outward if edge[1] in needed]
    inward = [edge for edge in reversed(outward) if edge[0] != turned]
    passed = sorted(needed - {turned, *reached})
    walk = [Gate("cx", edge) for edge in (*inward, *outward)]
    return walk + (_carried(tree, turned, passed) if passed else [])
