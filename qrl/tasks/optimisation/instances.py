"""Graphs and random problems that have an id."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import networkx as nx
import numpy as np

from qrl.errors import InputError, unknown_name
from qrl.tasks.ids import check_id
from qrl.tasks.optimisation.own_data import ising, maxcut, qubo
from qrl.tasks.optimisation.task import MOST_VARIABLES, BinaryOptimisation

IDS: tuple[str, ...] = (
    "maxcut/ring-7q",
    "maxcut/weighted-5q",
    "maxcut/regular-8q-0",
    "maxcut/complete-6q",
    "maxcut/grid-2x4",
    "qubo/random-6q-0",
    "ising/spin-glass-6q-0",
)
HINT = (
    "Other sizes and seeds have ids too: maxcut/ring-10q, maxcut/weighted-6q-3, maxcut/grid-3x3, "
    "qubo/random-8q-1."
)

_PUBLISHED = {
    "maxcut/ring-7q": "3 CNOTs for a graph of 7 nodes (nested MCTS, arXiv 2207.00132)",
    "maxcut/weighted-5q": "4 CNOTs for a weighted graph of 5 nodes (nested MCTS, arXiv 2207.00132)",
}
"""A basis state solves both, without a CNOT."""
_SIZED = re.compile(r"(?P<kind>[a-z]+/[a-z-]+)-(?P<n>\d{1,9})q(?:-(?P<seed>\d{1,9}))?")
_GRID = re.compile(r"maxcut/grid-(?P<rows>\d{1,9})x(?P<columns>\d{1,9})")


@cache
def make(name: str) -> BinaryOptimisation:
    """Build a task from its id.

    Raises:
        InputError: there is no such task, or not of that size.
    """
    check_id(name)
    grid = _GRID.fullmatch(name)
    if grid:
        return _grid(name, int(grid["rows"]), int(grid["columns"]))
    sized = _SIZED.fullmatch(name)
    build: Any = _KINDS.get(sized["kind"]) if sized else None
    if sized is None or build is None:
        raise unknown_name("task", name, IDS, HINT)
    n, least = int(sized["n"]), _LEAST.get(sized["kind"], 2)
    if not least <= n <= MOST_VARIABLES:
        raise InputError(f"{name!r}: the size must be from {least} to {MOST_VARIABLES}; got {n}.")
    if sized["kind"] not in _SEEDED:
        if sized["seed"] is not None:
            raise InputError(f"{name!r}: {sized['kind']} takes no seed; leave the last number out.")
        task: BinaryOptimisation = build(name, n)
    else:
        task = build(name, n, int(sized["seed"] or 0))
    if name in _PUBLISHED:
        task = replace(task, metadata={**task.metadata, "published": (_PUBLISHED[name],)})
    return task


def _ring(name: str, n: int) -> BinaryOptimisation:
    return maxcut(nx.cycle_graph(n), name=name, description=f"MaxCut of a ring of {n} nodes.")


def _complete(name: str, n: int) -> BinaryOptimisation:
    text = f"MaxCut of the complete graph of {n} nodes."
    return maxcut(nx.complete_graph(n), name=name, description=text)


def _grid(name: str, rows: int, columns: int) -> BinaryOptimisation:
    if not 2 <= rows * columns <= MOST_VARIABLES:
        raise InputError(
            f"{name!r}: the grid must have 2 to {MOST_VARIABLES} nodes; got {rows * columns}."
        )
    text = f"MaxCut of a grid of {rows} by {columns} nodes."
    return maxcut(nx.grid_2d_graph(rows, columns), name=name, description=text)


def _regular(name: str, n: int, seed: int) -> BinaryOptimisation:
    if n % 2:
        raise InputError(f"{name!r}: a 3-regular graph needs an even number of nodes; got {n}.")
    drawn = nx.random_regular_graph(3, n, seed=seed)
    graph = nx.Graph()
    graph.add_nodes_from(range(n))  # networkx gives them in the order of the drawing
    graph.add_edges_from(sorted(tuple(sorted(edge)) for edge in drawn.edges))
    text = f"MaxCut of a random 3-regular graph of {n} nodes, seed {seed}."
    return maxcut(graph, name=name, description=text)


def _weighted(name: str, n: int, seed: int) -> BinaryOptimisation:
    weights = np.random.default_rng(seed).integers(1, 11, size=(n, n))
    graph = nx.complete_graph(n)
    nx.set_edge_attributes(graph, {(u, v): int(weights[u, v]) for u, v in graph.edges}, "weight")
    text = f"MaxCut of the complete graph of {n} nodes, weights 1 to 10, seed {seed}."
    return maxcut(graph, name=name, description=text)


def _random_qubo(name: str, n: int, seed: int) -> BinaryOptimisation:
    matrix = np.triu(np.random.default_rng(seed).uniform(-1.0, 1.0, (n, n)))
    text = f"QUBO of {n} bits, entries uniform from -1 to 1, seed {seed}."
    return qubo(matrix, name=name, description=text)


def _spin_glass(name: str, n: int, seed: int) -> BinaryOptimisation:
    couplings = np.triu(np.random.default_rng(seed).standard_normal((n, n)), 1) / np.sqrt(n)
    text = f"Sherrington-Kirkpatrick spin glass of {n} spins, seed {seed}."
    return ising(np.zeros(n), couplings, name=name, description=text)


_KINDS = {
    "maxcut/ring": _ring,
    "maxcut/complete": _complete,
    "maxcut/weighted": _weighted,
    "maxcut/regular": _regular,
    "qubo/random": _random_qubo,
    "ising/spin-glass": _spin_glass,
}
_SEEDED = {"maxcut/weighted", "maxcut/regular", "qubo/random", "ising/spin-glass"}
_LEAST = {"maxcut/ring": 3, "maxcut/regular": 4}
