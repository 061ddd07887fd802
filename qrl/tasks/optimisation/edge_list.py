"""MaxCut: two sides for the nodes of a graph, with the most weight between them."""

from __future__ import annotations

import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.optimisation.task import MOST_VARIABLES, BinaryOptimisation
from qrl.tasks.optimisation.values import SAME_VALUE, all_values, scale_of, spin_sum_terms
from qrl.tasks.task import SCAN_QUBIT_LIMIT

RELATIVE_TARGET = 1e-6
"""Error at which a problem counts as solved, in units of the largest weight of a Pauli string."""

_HEADERS = ({"source", "target"}, {"from", "to"}, {"u", "v"}, {"node1", "node2"})


def maxcut(graph: nx.Graph, *, name: str = "maxcut", description: str = "") -> BinaryOptimisation:
    """Return the MaxCut problem of a graph.

    The cost is minus the expected cut, `-sum over edges of w_uv (1 - <Z_u Z_v>) / 2`. Node k, in the
    order of `graph.nodes`, is qubit k.

    Args:
        graph: undirected; edges have the attribute "weight", a real number, 1 where it is missing.
        name: the task's name.
        description: one sentence.

    Returns:
        The task; its metadata name the nodes (`variables`) and the edges (`edges`, triples of two
        node numbers and a weight). The reference is the best cut up to 20 nodes.

    Raises:
        InputError: no graph of 2 to 24 nodes, directed, several edges between two nodes, an edge from
            a node to itself, a weight that is no finite number, or no cut above 0.
    """
    _check_graph(graph)
    number = {node: index for index, node in enumerate(graph.nodes)}
    couplings = np.zeros((len(number), len(number)))
    for u, v, weight in graph.edges(data="weight", default=1):
        first, second = sorted((number[u], number[v]))
        couplings[first, second] = _weight(weight, f"edge ({u}, {v})")
    constant, fields = -0.5 * float(couplings.sum()), np.zeros(len(number))
    observable = PauliSum(*spin_sum_terms(constant, fields, 0.5 * couplings))
    best = None
    if observable.n_qubits <= SCAN_QUBIT_LIMIT and scale_of(observable) > 0.0:
        best = float(all_values(observable).min())
    if couplings.max() <= 0.0 or (best is not None and best >= -SAME_VALUE * scale_of(observable)):
        raise InputError(
            "The graph needs a cut above 0, but no edge or no choice of sides gives one; "
            "check the weights of its edges."
        )
    return BinaryOptimisation(
        name, Expectation(observable), reference=best, family="maxcut", maximise=True,
        description=description or f"MaxCut of a graph with {len(number)} nodes",
        target_error=RELATIVE_TARGET * scale_of(observable),
        metadata={
            "variables": _texts(list(number)),
            "edges": tuple(
                (int(u), int(v), float(couplings[u, v])) for u, v in np.argwhere(couplings)
            ),
        },
    )  # fmt: skip


def read_edges(path: str | Path) -> nx.Graph:
    """Read a graph from an edge list.

    One edge a line, `u v` or `u v weight`, separated by spaces, tabs or commas. Empty lines, what
    follows a `#`, and a first line such as `source,target,weight` are passed over. Nodes that are
    whole numbers come in rising order, others as they appear.

    Args:
        path: a text file.

    Raises:
        InputError: the file cannot be read, or a line is malformed; the message has its number.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as cause:  # ValueError: not UTF-8, or no name of a file
        raise InputError(f"Edge list {str(path)!r} cannot be read: {cause}.") from cause
    edges: dict[frozenset[str], tuple[str, str, float]] = {}
    first = True
    for number, line in enumerate(lines, start=1):
        parts = _parts(line)
        if not parts:
            continue
        header, first = first and {part.lower() for part in parts[:2]} in _HEADERS, False
        if header:
            continue
        u, v, weight = _edge(parts, f"{path}, line {number}")
        if frozenset((u, v)) in edges:
            raise InputError(
                f"{path}, line {number}: the edge ({u}, {v}) was given before; add the weights up."
            )
        edges[frozenset((u, v))] = (u, v, weight)
    if not edges:
        raise InputError(f"{path}: expected edges, one 'u v' or 'u v weight' a line; got none.")
    nodes = list(dict.fromkeys(node for u, v, _ in edges.values() for node in (u, v)))
    if all(node.isdecimal() for node in nodes):
        nodes.sort(key=int)
    graph = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_weighted_edges_from(edges.values())
    return graph


def _parts(line: str) -> list[str]:
    text = line.partition("#")[0].strip()
    if "," in text:
        return [part.strip().strip('"') for part in text.split(",")]
    return text.split()


def _edge(parts: list[str], where: str) -> tuple[str, str, float]:
    if len(parts) not in (2, 3) or not all(parts):
        raise InputError(f"{where}: expected 'u v' or 'u v weight'; got {' '.join(parts)!r}.")
    u, v = parts[:2]
    if u == v:
        raise InputError(f"{where}: an edge must join two different nodes; got {u!r} twice.")
    try:
        number = float(parts[2]) if len(parts) > 2 else 1.0
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{where}: the weight must be a finite number; got {parts[2]!r}.")
    return u, v, number


def _check_graph(graph: Any) -> None:
    if not isinstance(graph, nx.Graph):
        raise InputError(
            f"MaxCut needs a networkx.Graph; got {type(graph).__name__}. "
            "For a list of edges, use networkx.Graph(edges)."
        )
    if graph.is_directed():
        raise InputError(
            "MaxCut needs an undirected graph; got a directed one. Use graph.to_undirected()."
        )
    if graph.is_multigraph():
        raise InputError(
            "MaxCut needs at most one edge between two nodes; got a multigraph. Add the weights of "
            "parallel edges up in a networkx.Graph."
        )
    if not 2 <= len(graph) <= MOST_VARIABLES:
        raise InputError(f"MaxCut needs 2 to {MOST_VARIABLES} nodes; the graph has {len(graph)}.")
    loops = list(nx.selfloop_edges(graph))
    if loops:
        raise InputError(
            f"An edge from a node to itself is never cut; got one at {loops[0][0]!r}. Remove it."
        )


def _weight(value: Any, where: str) -> float:
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not real or not math.isfinite(value):
        raise InputError(f"The weight of {where} must be a finite number; got {value!r}.")
    return float(value)


def _texts(nodes: list[Hashable]) -> tuple[str, ...]:
    texts = tuple(map(str, nodes))
    return texts if len(set(texts)) == len(texts) else tuple(map(repr, nodes))
