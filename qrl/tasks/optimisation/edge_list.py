"""Graphs from edge lists."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import networkx as nx

from qrl.checks import shown
from qrl.errors import InputError
from qrl.tasks.text_file import number_of, read_text

_HEADERS = (
    {"source", "target"}, {"src", "dst"}, {"from", "to"}, {"u", "v"}, {"node1", "node2"},
)  # fmt: skip


class _Line(NamedTuple):
    """A line that is not empty: its number, its parts, and whether commas or tabs part them."""

    number: int
    parts: list[str]
    table: bool


def read_edges(path: str | Path) -> nx.Graph:
    """Read a graph from an edge list.

    One edge a line, `u v` or `u v weight`, separated by spaces, tabs or commas. Empty lines and what
    follows a `#` are passed over. So is a header: a first line such as `source,target,weight`, or,
    where commas or tabs part it, any first line without a number above lines of numbers alone. Nodes
    that are whole numbers come in rising order, others as they appear.

    Args:
        path: a text file.

    Raises:
        InputError: the file cannot be read, or a line is malformed; the message has its number.
    """
    lines = _lines(read_text(path, "edge list"))
    edges: dict[frozenset[str], tuple[str, str, float]] = {}
    for line in lines[1:] if _has_header(lines) else lines:
        where = f"{path}, line {line.number}"
        u, v, weight = _edge(line.parts, where)
        if frozenset((u, v)) in edges:
            raise InputError(f"{where}: the edge ({u}, {v}) was given before; add the weights up.")
        edges[frozenset((u, v))] = (u, v, weight)
    if not edges:
        raise InputError(f"{path}: expected edges, one 'u v' or 'u v weight' a line; got none.")
    graph = nx.Graph()
    graph.add_nodes_from(in_order(node for u, v, _ in edges.values() for node in (u, v)))
    graph.add_weighted_edges_from(edges.values())
    return graph


def in_order(names: Iterable[str]) -> list[str]:
    """Return names without repetition: whole numbers in rising order, others as they appear."""
    different = list(dict.fromkeys(names))
    if all(name.isascii() and name.isdecimal() for name in different):
        different.sort(key=lambda name: (len(name.lstrip("0")), name.lstrip("0")))
    return different


def _lines(text: str) -> list[_Line]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if "," in content:
            parts = [part.strip().strip('"') for part in content.split(",")]
        else:
            parts = content.split()
        if parts:
            found.append(_Line(number, parts, "," in content or "\t" in content))
    return found


def _has_header(lines: list[_Line]) -> bool:
    """Tell whether the first line names columns."""
    if not lines:
        return False
    first, others = lines[0], lines[1:]
    if {part.lower() for part in first.parts[:2]} in _HEADERS:
        return True
    return (
        first.table
        and bool(others)
        and not any(map(_is_number, first.parts))
        and all(_is_number(part) for line in others for part in line.parts)
    )


def _is_number(word: str) -> bool:
    return number_of(word) is not None


def _edge(parts: list[str], where: str) -> tuple[str, str, float]:
    if len(parts) not in (2, 3) or not all(parts):
        raise InputError(f"{where}: expected 'u v' or 'u v weight'; got {shown(' '.join(parts))}.")
    u, v = parts[:2]
    for node in (u, v):
        if not any(letter.isalnum() for letter in node) or node[-1] in ":;":
            raise InputError(
                f"{where}: a node needs a name of letters or digits; got {node[:40]!r}. Spaces, tabs "
                "or commas part two nodes, and there are no arrows."
            )
    if u == v:
        raise InputError(f"{where}: an edge must join two different nodes; got {shown(u)} twice.")
    number = number_of(parts[2]) if len(parts) > 2 else 1.0
    if number is None:
        raise InputError(f"{where}: the weight must be a finite number; got {shown(parts[2])}.")
    return u, v, number
