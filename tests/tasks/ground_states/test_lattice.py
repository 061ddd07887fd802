"""Lattice models against diagonalisation, closed forms and the published energies."""

from __future__ import annotations

import argparse
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrl.circuits import dense
from qrl.cli.builders import lattice as builder
from qrl.errors import InputError
from qrl.tasks import Task
from qrl.tasks.ground_states import heisenberg, tfim
from qrl.tasks.ground_states.free_fermions import ising_energy
from qrl.tasks.ground_states.lattice import LATTICE_IDS, j1j2, lattice_task, xxz

FIELDS = [0.0, 0.05, 0.5, 1.0, -0.7, 2.0]
PAULI = {
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1.0, -1.0]).astype(complex),
}


def on(letter: str, site: int, n: int) -> np.ndarray:
    """Return a Pauli matrix on one site; site 0 is the lowest bit."""
    return np.kron(np.kron(np.eye(1 << (n - 1 - site)), PAULI[letter]), np.eye(1 << site))


def bonds(letter: str, n: int) -> np.ndarray:
    return sum(on(letter, a, n) @ on(letter, b, n) for a, b in pairwise(range(n)))  # type: ignore[return-value]


def levels(task: Task) -> np.ndarray:
    return np.linalg.eigvalsh(dense.operator(task.objective.observable))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7])
def test_closed_form_of_the_ising_chain(n: int, field: float) -> None:
    task = tfim(n, field)
    assert task.reference == pytest.approx(levels(task)[0], abs=1e-10)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_operators_are_those_written_down(n: int, field: float) -> None:
    x_field, z_field = (sum(on(p, q, n) for q in range(n)) for p in "XZ")
    np.testing.assert_allclose(
        dense.operator(tfim(n, field).objective.observable),
        -bonds("Z", n) - field * x_field,
        atol=1e-12,
    )
    np.testing.assert_allclose(
        dense.operator(heisenberg(n, field).objective.observable),
        sum(bonds(p, n) for p in "XYZ") + field * z_field,
        atol=1e-12,
    )


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("n", [2, 3, 5])
def test_reference_of_the_heisenberg_chain(n: int, field: float) -> None:
    task = heisenberg(n, field)
    assert task.reference == pytest.approx(levels(task)[0], abs=1e-10)


def test_published_energies() -> None:
    ising, spins = tfim(6), heisenberg(5)
    assert ising.reference == pytest.approx(-5.00500099, abs=1e-8)
    np.testing.assert_allclose(levels(ising)[:2], [-5.00500099, -5.00500096], atol=1e-8)
    # "The empty circuit is almost the answer": 5.0e-3 above it.
    assert dense.expectation(ising.start, ising.objective.observable) == pytest.approx(-5.0)
    assert spins.reference == pytest.approx(-8.71154501, abs=1e-8)
    assert set(spins.objective.observable.weights) == {1.0}
    assert len(spins.objective.observable) == 3 * 4 + 5


def test_long_chains_know_their_energy_without_diagonalisation() -> None:
    """Towards an infinite chain at the critical field, -4/pi a site (Pfeuty 1970)."""
    longer, shorter = tfim(200, 1.0).reference, tfim(199, 1.0).reference
    assert longer is not None
    assert shorter is not None
    assert longer - shorter == pytest.approx(-4 / np.pi, abs=1e-4)
    assert heisenberg(13).reference is None


def test_names_units_and_what_counts_as_solved() -> None:
    assert tfim(4).name == "vqe/tfim-4q"
    assert tfim(4, 0.5).name == "vqe/tfim-4q-0.5"
    assert heisenberg(4).name == "vqe/heisenberg-4q"
    assert heisenberg(4, 0.0).name == "vqe/heisenberg-4q-0"
    for task in (tfim(4), heisenberg(4)):
        assert (task.unit, task.target_error, task.initial_state) == ("J", 1e-3, None)
        assert "4 sites" in task.description


@pytest.mark.parametrize("chain", [tfim, heisenberg])
@pytest.mark.parametrize("n", [1, 0, -3])
def test_too_few_sites(chain: type, n: int) -> None:
    with pytest.raises(InputError, match=f"at least 2 sites; got {n}"):
        chain(n)


@pytest.mark.parametrize("chain", [tfim, heisenberg])
@pytest.mark.parametrize("field", [float("nan"), float("inf")])
def test_a_field_that_is_no_number(chain: type, field: float) -> None:
    with pytest.raises(InputError, match="finite"):
        chain(3, field)


@pytest.mark.parametrize("chain", [tfim, heisenberg])
@pytest.mark.parametrize("arguments", [("3",), (2.5,), (None,), (3, "weak"), (3, None)])
def test_arguments_of_the_wrong_type(chain: type, arguments: tuple[object, ...]) -> None:
    with pytest.raises(InputError):
        chain(*arguments)


# -- other lattices and models -----------------------------------------------------------------


def on_pairs(letter: str, pairs: list[tuple[int, int]], n: int) -> np.ndarray:
    return sum(on(letter, a, n) @ on(letter, b, n) for a, b in pairs)  # type: ignore[return-value]


RING = [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)]
RING_SECOND = [(0, 2), (1, 3), (2, 4), (0, 3), (1, 4)]
LADDER = [(0, 1), (2, 3), (4, 5), (0, 2), (2, 4), (1, 3), (3, 5)]
LADDER_SECOND = [(0, 3), (1, 2), (2, 5), (3, 4)]
GRID = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
GRID_SECOND = [(0, 4), (1, 3), (1, 5), (2, 4)]
SHAPES = {
    "ring": (5, RING, RING_SECOND, 5),
    "ladder": (6, LADDER, LADDER_SECOND, 6),
    "grid": ((2, 3), GRID, GRID_SECOND, 6),
}


@pytest.mark.parametrize("geometry", SHAPES)
def test_the_models_are_those_written_down_on_every_lattice(geometry: str) -> None:
    sites, first, second, n = SHAPES[geometry]
    x_field, z_field = (sum(on(p, q, n) for q in range(n)) for p in "XZ")
    bonds_of = {p: on_pairs(p, first, n) for p in "XYZ"}
    across = sum(on_pairs(p, second, n) for p in "XYZ")
    expected = {
        tfim(sites, 0.3, geometry=geometry, coupling=-0.7): 0.7 * bonds_of["Z"] - 0.3 * x_field,
        heisenberg(sites, 0.3, geometry=geometry, coupling=0.7): 0.7 * sum(bonds_of.values())
        + 0.3 * z_field,
        xxz(sites, 0.4, 0.3, geometry=geometry, coupling=0.7): 0.7
        * (bonds_of["X"] + bonds_of["Y"] + 0.4 * bonds_of["Z"])
        + 0.3 * z_field,
        j1j2(sites, 0.4, 0.3, geometry=geometry, coupling=0.7): 0.7 * sum(bonds_of.values())
        + 0.28 * across
        + 0.3 * z_field,
    }
    for task, matrix in expected.items():
        np.testing.assert_allclose(
            dense.operator(task.objective.observable), matrix, atol=1e-12, err_msg=task.name
        )
        assert task.reference == pytest.approx(np.linalg.eigvalsh(matrix)[0], abs=1e-10)
        assert f"{n} sites" in task.description


@pytest.mark.parametrize("coupling", [1.0, -1.0, 0.3])
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("n", [3, 4, 5, 6, 7])
def test_closed_form_of_the_ising_ring(n: int, field: float, coupling: float) -> None:
    task = tfim(n, field, geometry="ring", coupling=coupling)
    assert task.reference == pytest.approx(levels(task)[0], abs=1e-10)


def test_a_long_critical_ring() -> None:
    """The closed sum of the even sector: -2 J / sin(pi / 2 n) at field J."""
    assert ising_energy(100, 1.0, closed=True) == pytest.approx(-2 / np.sin(np.pi / 200), abs=1e-9)


@pytest.mark.parametrize("n", [6, 8])
def test_the_majumdar_ghosh_ring(n: int) -> None:
    assert j1j2(n, 0.5, geometry="ring").reference == pytest.approx(-1.5 * n, abs=1e-10)


def test_beyond_exact_diagonalisation_there_is_no_reference() -> None:
    assert xxz(14).reference is None
    assert tfim((2, 7), geometry="grid").reference is None


@pytest.mark.parametrize(
    ("task", "label"),
    [
        (xxz(4), "1010"),
        (xxz(4, -0.5), "1010"),
        (xxz(4, -1.0), None),
        (xxz(4, -2.0), None),
        (xxz(4, 0.5, coupling=-1.0), "1010"),
        (xxz(4, 2.0, coupling=-1.0), None),
        (heisenberg(6, geometry="ladder"), "100110"),
        (heisenberg(4, geometry="ring", coupling=-1.0), None),
        (j1j2((2, 2), geometry="grid"), "0110"),
        (tfim(4, geometry="ring"), None),
        (tfim(4, geometry="ring", coupling=-1.0), "1010"),
        (heisenberg(4), None),
    ],
)
def test_natural_starts(task: Task, label: str | None) -> None:
    assert task.initial_state == label


@pytest.mark.parametrize("name", LATTICE_IDS)
def test_listed_ids_lead_to_tasks_of_that_name(name: str) -> None:
    task = lattice_task(name)
    assert task is not None
    assert task.name == name
    assert task.reference is not None
    assert task.unit == "J"


NUMBERS = st.floats(-10, 10, allow_nan=False).filter(lambda x: abs(x) > 1e-300)


@settings(max_examples=30, deadline=None)
@given(first=NUMBERS, second=NUMBERS, third=NUMBERS)
def test_every_id_leads_back_to_its_task(first: float, second: float, third: float) -> None:
    for task in (
        xxz(3, first, second, coupling=third, geometry="ring"),
        j1j2(4, first, second, geometry="ladder"),
        tfim((2, 2), first, geometry="grid", coupling=second),
        heisenberg(3, first, coupling=second),
    ):
        again = lattice_task(task.name)
        assert again is not None
        assert (again.name, again.objective) == (task.name, task.objective)


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("vqe/tfim-chain-4q-0.50", tfim(4, 0.5)),
        ("vqe/xxz-4q", xxz(4)),
        ("vqe/heisenberg-ladder-2x3", heisenberg(6, geometry="ladder")),
        ("vqe/tfim-grid-2x3", tfim((2, 3), geometry="grid")),
        ("vqe/xxz-ring-4q-0.5--1e-2", xxz(4, 0.5, -0.01, geometry="ring")),
    ],
)
def test_other_spellings(name: str, task: Task) -> None:
    assert lattice_task(name) == task


@pytest.mark.parametrize("name", ["vqe/h2-4q", "vqe/tfim6q", "vqe/tfim", "vqe/heisenburg-5q"])
def test_ids_of_other_problems(name: str) -> None:
    assert lattice_task(name) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vqe/tfim-6", "Did you mean 'vqe/tfim-6q'"),
        ("vqe/xxz-torus-6q", "Unknown task"),
        ("vqe/xxz-6q-a", "expected a number as the anisotropy; got 'a'"),
        ("vqe/xxz-6q-0.5-1e", "expected a number as the field; got '1e'"),
        ("vqe/xxz-6q-1-2-3-4", "3 numbers, anisotropy, field, coupling; '-4' is left over"),
        ("vqe/xxz-6q-1e999", "anisotropy must be a finite number"),
        ("vqe/tfim-grid-9q", "rows and columns"),
        ("vqe/tfim-ring-3x3", "A ring needs a whole number"),
        ("vqe/tfim-ladder-5q", "even number"),
        ("vqe/tfim-4q-0-0", "All terms are zero"),
        ("vqe/tfim-" + "9" * 30 + "q", "A size is"),
    ],
)
def test_ids_that_cannot_be_built(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        lattice_task(name)


@pytest.mark.parametrize(
    ("options", "task"),
    [
        ("--model tfim --size 4", tfim(4)),
        (
            "--model xxz --geometry ladder --size 2x3 --coupling 0.5 --field -0.1",
            xxz(6, 2.0, -0.1, geometry="ladder", coupling=0.5),
        ),
        ("--model j1j2 --geometry grid --size 2x2 --ratio 0.3", j1j2((2, 2), 0.3, geometry="grid")),
        ("--model xxz --size 3q --anisotropy 1.5", xxz(3, 1.5)),
    ],
)
def test_the_command_line_builds_them(options: str, task: Task) -> None:
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    assert builder.build(parser.parse_args(options.split())) == task


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--model tfim --size 4 --anisotropy 1", "no anisotropy; it has --field, --coupling"),
        ("--model tfim --size many", "number of sites as 6, or rows and columns as 3x3"),
    ],
)
def test_what_the_command_line_refuses(options: str, message: str) -> None:
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    with pytest.raises(InputError, match=message):
        builder.build(parser.parse_args(options.split()))
