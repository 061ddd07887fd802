"""Neighbours on lattices against distances between points."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from qrl.errors import InputError
from qrl.tasks.ground_states.geometry import lattice


def at_distance(points: np.ndarray, distance: float) -> set[tuple[int, int]]:
    pairs = combinations(range(len(points)), 2)
    return {
        (a, b) for a, b in pairs if abs(np.linalg.norm(points[a] - points[b]) - distance) < 1e-9
    }


def points_of(geometry: str, rows: int, columns: int) -> np.ndarray:
    return np.array([(r, c) for r in range(rows) for c in range(columns)], dtype=float)


@pytest.mark.parametrize("n", [2, 3, 4, 7])
def test_chains(n):
    found = lattice("chain", n)
    points = points_of("chain", n, 1)
    assert found.nearest == tuple(sorted(at_distance(points, 1.0)))
    assert found.next_nearest == tuple(sorted(at_distance(points, 2.0)))
    assert (found.n_sites, found.size) == (n, f"{n}q")


@pytest.mark.parametrize("n", [3, 4, 5, 6, 9])
def test_rings(n):
    found = lattice("ring", n)
    turns = 2 * np.pi * np.arange(n) / n
    points = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    assert set(found.nearest) == at_distance(points, 2 * np.sin(np.pi / n))
    # On a ring of 3 sites, two bonds away is one bond away the other way round.
    second = set() if n == 3 else at_distance(points, 2 * np.sin(2 * np.pi / n))
    assert set(found.next_nearest) == second


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (2, 4), (3, 3), (4, 3)])
def test_grids(rows, columns):
    found = lattice("grid", (rows, columns))
    points = points_of("grid", rows, columns)
    assert set(found.nearest) == at_distance(points, 1.0)
    assert set(found.next_nearest) == at_distance(points, np.sqrt(2))
    assert found.size == f"{rows}x{columns}"


@pytest.mark.parametrize("size", [8, (2, 4)])
def test_a_ladder_is_numbered_rung_by_rung(size):
    found = lattice("ladder", size)
    points = points_of("ladder", 4, 2)
    assert set(found.nearest) == at_distance(points, 1.0)
    assert set(found.next_nearest) == at_distance(points, np.sqrt(2))
    assert max(b - a for a, b in found.nearest) == 2
    assert found.size == "8q"


@pytest.mark.parametrize(
    ("geometry", "size"), [("chain", 5), ("ring", 6), ("ladder", 6), ("grid", (3, 3))]
)
def test_neighbours_differ_in_the_neel_state(geometry, size):
    found = lattice(geometry, size)
    up = found.neel()[::-1]
    assert all(up[a] != up[b] for a, b in found.nearest)
    assert up[0] == "0"


def test_the_neel_state_of_an_odd_ring_has_one_equal_bond():
    found = lattice("ring", 7)
    up = found.neel()[::-1]
    assert sum(up[a] == up[b] for a, b in found.nearest) == 1


@pytest.mark.parametrize(
    ("geometry", "size", "message"),
    [
        ("torus", 4, "Unknown geometry 'torus'"),
        ("chain", 1, "at least 2 sites; got 1"),
        ("chain", (2, 3), "A chain needs a whole number"),
        ("ring", 2, "A ring needs a whole number of at least 3 sites; got 2"),
        ("ring", True, "got True"),
        ("ladder", 5, "even number of at least 4 sites"),
        ("ladder", 2, "even number of at least 4 sites"),
        ("ladder", (3, 4), "even number of at least 4 sites"),
        ("ladder", (2, 1), "at least 2 rungs"),
        ("grid", 9, r"rows and columns, at least 2 of each, as \(3, 3\); got 9"),
        ("grid", (1, 9), "at least 2 of each"),
        ("grid", (3, 2.0), "at least 2 of each"),
        ("grid", (3, 3, 3), "at least 2 of each"),
        ("grid", (40, 40), r"up to 1000 sites \(qubits\); got 1600"),
        ("ladder", 1002, "up to 1000 sites"),
        ("chain", 1001, "up to 1000 sites"),
    ],
)
def test_sizes_that_do_not_exist(geometry, size, message):
    with pytest.raises(InputError, match=message):
        lattice(geometry, size)
