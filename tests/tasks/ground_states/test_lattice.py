"""Spin chains against diagonalisation and the published energies."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from qrl.circuits import dense
from qrl.errors import InputError
from qrl.tasks import Task, heisenberg, tfim

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
