"""Graphs from edge lists."""

from __future__ import annotations

import math
from pathlib import Path

import networkx as nx

from qrl.errors import InputError
from qrl.tasks.text_file import read_text

_HEADERS = ({"source", "target"}, {"from", "to"}, {"u", "v"}, {"node1", "node2"})


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
    lines = read_text(path, "edge list").splitlines()
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
