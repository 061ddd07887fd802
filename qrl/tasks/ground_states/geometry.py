"""Where the sites of a lattice are, and which of them are neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from qrl.checks import is_whole, shown
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    import networkx as nx

    Size: TypeAlias = int | tuple[int, int]
    """Number of sites, or rows and columns."""

GEOMETRIES = ("chain", "ring", "ladder", "grid")
MOST_SITES = 1000
"""Far beyond what can be simulated; within reach of writing the terms down."""


@dataclass(frozen=True)
class Lattice:
    """Sites 0 to n - 1 and the bonds between them; site q is qubit q.

    Attributes:
        geometry: one of `GEOMETRIES`.
        shape: rows and columns; a chain and a ring have one row, a ladder one row for each rung.
        nearest: pairs of nearest neighbours, each once, the lower site first.
        next_nearest: pairs of next-nearest neighbours: on a chain or a ring two bonds apart, on a
            ladder or a grid the diagonals of its squares.
    """

    geometry: str
    shape: tuple[int, int]
    nearest: tuple[tuple[int, int], ...]
    next_nearest: tuple[tuple[int, int], ...]

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return self.shape[0] * self.shape[1]

    @property
    def size(self) -> str:
        """The size as ids write it: 6q, or 3x3 for a grid."""
        rows, columns = self.shape
        return f"{rows}x{columns}" if self.geometry == "grid" else f"{self.n_sites}q"

    def neel(self) -> str:
        """Return the label of the Neel state: |1> at an odd number of bonds from site 0.

        Neighbours differ, but for one bond of a ring of odd length.

        Returns:
            Letters 0 and 1; the leftmost belongs to the highest qubit.
        """
        import networkx as nx

        steps = nx.single_source_shortest_path_length(nx.Graph(self.nearest), 0)
        return "".join(str(steps[q] % 2) for q in reversed(range(self.n_sites)))


def lattice(geometry: str, size: Size) -> Lattice:
    """Return a lattice by name.

    Args:
        geometry: "chain" (open ends), "ring", "ladder" (two legs, open ends; qubit
            `2 * rung + leg`) or "grid" (open sides; qubit `row * columns + column`).
        size: number of sites; rows and columns for a grid; a ladder takes either, (2, rungs).

    Raises:
        InputError: an unknown geometry, or a size that it cannot have.
    """
    if geometry not in GEOMETRIES:
        raise unknown_name("geometry", str(geometry), GEOMETRIES)
    if geometry == "grid":
        rows, columns = _grid_shape(size)
        return _squares("grid", rows, columns)
    if geometry == "ladder":
        return _squares("ladder", _rungs(size), 2)
    least = 2 if geometry == "chain" else 3
    n = _sites(geometry, size, least)
    import networkx as nx

    graph = nx.path_graph(n) if geometry == "chain" else nx.cycle_graph(n)
    return Lattice(geometry, (1, n), _pairs(graph), _two_apart(graph))


def _squares(geometry: str, rows: int, columns: int) -> Lattice:
    import networkx as nx

    _check_most(geometry, rows * columns)
    graph = nx.grid_2d_graph(rows, columns)
    corners = [(r, c) for r in range(rows - 1) for c in range(columns - 1)]
    diagonals = nx.Graph()
    diagonals.add_edges_from(((r, c), (r + 1, c + 1)) for r, c in corners)
    diagonals.add_edges_from(((r, c + 1), (r + 1, c)) for r, c in corners)
    number = {(r, c): r * columns + c for r in range(rows) for c in range(columns)}
    nearest, across = (nx.relabel_nodes(g, number) for g in (graph, diagonals))
    return Lattice(geometry, (rows, columns), _pairs(nearest), _pairs(across))


def _pairs(graph: nx.Graph) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((min(a, b), max(a, b)) for a, b in graph.edges))


def _two_apart(graph: nx.Graph) -> tuple[tuple[int, int], ...]:
    found = {
        (min(a, b), max(a, b))
        for middle in graph
        for a in graph[middle]
        for b in graph[middle]
        if a != b and not graph.has_edge(a, b)
    }
    return tuple(sorted(found))


def _sites(geometry: str, size: object, least: int) -> int:
    if not is_whole(size) or size < least:
        raise InputError(
            f"A {geometry} needs a whole number of at least {least} sites; got {shown(size)}."
        )
    _check_most(geometry, size)
    return int(size)


def _rungs(size: object) -> int:
    if isinstance(size, tuple) and len(size) == 2 and size[0] == 2:
        return _sites("ladder", size[1], 2) if is_whole(size[1]) and size[1] >= 2 else _no(size)
    if not is_whole(size) or size < 4 or size % 2:
        return _no(size)
    return int(size) // 2


def _no(size: object) -> int:
    raise InputError(
        "A ladder needs an even number of at least 4 sites, or (2, rungs) with at least 2 rungs; "
        f"got {shown(size)}."
    )


def _grid_shape(size: object) -> tuple[int, int]:
    two = isinstance(size, tuple) and len(size) == 2 and all(is_whole(part) for part in size)
    if not two or min(size) < 2:  # type: ignore[call-overload]
        raise InputError(
            f"A grid needs rows and columns, at least 2 of each, as (3, 3); got {shown(size)}."
        )
    return int(size[0]), int(size[1])  # type: ignore[index]


def _check_most(geometry: str, n_sites: int) -> None:
    if n_sites > MOST_SITES:
        raise InputError(
            f"A {geometry} may have up to {MOST_SITES} sites (qubits); got {shown(n_sites)}."
        )
