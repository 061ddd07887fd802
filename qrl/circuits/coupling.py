"""Coupling maps: which pairs of qubits a two-qubit gate may act on."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import is_whole, whole_number
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    import networkx as nx

_NAMES = ("all", "line", "ring", "grid")
_EDGES = "edges:"
_HINT = "Also 'grid:RxC', 'edges:0-1,1-2', a path to a file of edges, a networkx Graph or a list of pairs."


def coupling_map(
    source: str | PathLike[str] | nx.Graph | Iterable[tuple[int, int]], n_qubits: int
) -> nx.Graph:
    """Return a coupling map as an undirected graph with the nodes 0 to `n_qubits - 1`.

    An edge allows both directions of a CNOT: they differ by single-qubit gates only.

    Args:
        source: "all", "line", "ring", "grid" (rows of ceil(sqrt(n)) qubits, of which the last may
            be short), "grid:RxC" (R rows of C qubits), "edges:0-1,1-2" (these pairs), a path to a
            file, a networkx graph, or a list of pairs. A file holds JSON, `[[0, 1], ...]` or
            `{"edges": [[0, 1], ...]}`, or text with one pair a line.
        n_qubits: number of qubits of the circuits.

    Raises:
        InputError: unknown name, malformed file, self loop, edge outside the range, another number
            of qubits, or qubits that no path reaches.
    """
    import networkx as nx

    n = whole_number("The number of qubits of a coupling map", n_qubits, least=1)
    if isinstance(source, str) and (named := _named(source, n)) is not None:
        edges = named
    elif isinstance(source, (str, PathLike)):
        edges = _read(source)
    elif isinstance(source, nx.Graph):
        _check_nodes(source, n)
        edges = _pairs(source.edges())
    else:
        edges = _pairs(source)
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(sorted({_checked_edge(edge, n) for edge in edges}))
    _check_connected(graph)
    return graph


def edges_text(pairs: Iterable[tuple[int, int]]) -> str:
    """Return pairs as the text "edges:0-1,1-2", which `coupling_map` reads."""
    return _EDGES + ",".join(f"{a}-{b}" for a, b in pairs)


def _named(name: str, n: int) -> list[tuple[int, int]] | None:
    """Return the edges of a map known by name, None where the text can only be a path."""
    line = [(q, q + 1) for q in range(n - 1)]
    if name == "all":
        return [(a, b) for a in range(n) for b in range(a + 1, n)]
    if name == "line":
        return line
    if name == "ring":
        return [*line, (0, n - 1)] if n > 2 else line
    if name == "grid":
        return _grid(n, columns=math.isqrt(n - 1) + 1)
    if match := re.fullmatch(r"grid:(\d+)x(\d+)", name):
        rows, columns = int(match[1]), int(match[2])
        if rows * columns != n:
            raise InputError(
                f"Coupling map {name!r} has {rows * columns} qubits; the circuit has {n}."
            )
        return _grid(n, columns)
    if name.startswith("grid:"):
        raise InputError(f"A grid is written 'grid:RxC', such as 'grid:2x3'; got {name!r}.")
    if name.startswith(_EDGES):
        return _read_edges(name)
    if Path(name).suffix or "/" in name or "\\" in name or Path(name).is_file():
        return None
    raise unknown_name("coupling map", name, _NAMES, _HINT)


def _read_edges(name: str) -> list[tuple[int, int]]:
    words = [word.strip() for word in name.removeprefix(_EDGES).split(",")]
    found = [re.fullmatch(r"([0-9]{1,9})\s*-\s*([0-9]{1,9})", word) for word in words]
    if None in found:
        raise InputError(f"Edges are written 'edges:0-1,1-2'; got {name!r}.")
    return [(int(match[1]), int(match[2])) for match in found if match is not None]


def _grid(n: int, columns: int) -> list[tuple[int, int]]:
    across = [(q, q + 1) for q in range(n - 1) if (q + 1) % columns]
    return across + [(q, q + columns) for q in range(n - columns)]


def _read(path: str | PathLike[str]) -> list[tuple[int, int]]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise InputError(f"The coupling map {str(path)!r} cannot be read: {cause}.") from cause
    try:
        if Path(path).suffix.lower() == ".json" or text.lstrip().startswith(("[", "{")):
            return _parse_json(text)
        return _parse_lines(text)
    except InputError as cause:
        raise InputError(f"The coupling map {str(path)!r} is malformed. {cause}") from cause


def _parse_json(text: str) -> list[tuple[int, int]]:
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as cause:
        raise InputError(f"It is not JSON: {cause}.") from cause
    if isinstance(data, dict):
        if "edges" not in data:
            raise InputError(f"Its object needs the field 'edges'; it has {sorted(data)}.")
        data = data["edges"]
    return _pairs(data)


def _parse_lines(text: str) -> list[tuple[int, int]]:
    edges = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.split("#")[0].strip()
        if not content:
            continue
        match = re.fullmatch(r"(\d+)(?:\s*,\s*|\s+)(\d+)", content)
        if match is None:
            raise InputError(f"Lines need two qubits, such as '0 1'; line {number} is {line!r}.")
        edges.append((int(match[1]), int(match[2])))
    return edges


def _pairs(data: Any) -> list[tuple[int, int]]:
    if isinstance(data, (str, bytes, dict)) or not isinstance(data, Iterable):
        raise InputError(
            f"Edges must be a list of pairs, such as [[0, 1], [1, 2]]; got {data!r}. {_HINT}"
        )
    edges = []
    for edge in data:
        pair = list(edge) if isinstance(edge, (list, tuple, np.ndarray)) else []
        if len(pair) != 2 or not all(map(is_whole, pair)):
            raise InputError(f"Each edge must be a pair of integers, such as [0, 1]; got {edge!r}.")
        edges.append((int(pair[0]), int(pair[1])))
    return edges


def _check_nodes(graph: nx.Graph, n: int) -> None:
    if set(graph.nodes) != set(range(n)):
        raise InputError(
            f"The coupling map of {n} qubits needs the nodes 0 to {n - 1}; the graph has "
            f"{len(graph)}: {_some(list(graph.nodes))}. "
            "Use networkx.convert_node_labels_to_integers where only the labels differ."
        )


def _checked_edge(edge: tuple[int, int], n: int) -> tuple[int, int]:
    a, b = min(edge), max(edge)
    if a < 0 or b >= n:
        raise InputError(f"Edges must join qubits from 0 to {n - 1}; got {edge}.")
    if a == b:
        raise InputError(f"An edge must join two different qubits; got {edge}.")
    return a, b


def _check_connected(graph: nx.Graph) -> None:
    import networkx as nx

    unreachable = sorted(set(graph) - nx.node_connected_component(graph, 0))
    if unreachable:
        raise InputError(
            "A coupling map must join all qubits, or the circuit could never entangle them; "
            f"from qubit 0 no path leads to {_some(unreachable)}."
        )


def _some(values: list[Any], limit: int = 12) -> str:
    shown = ", ".join(map(str, values[:limit]))
    return shown + (f", ... ({len(values)} in all)" if len(values) > limit else "")
