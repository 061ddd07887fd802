"""The SYK model against dense Majorana matrices."""

from __future__ import annotations

import argparse
from itertools import combinations
from math import comb

import numpy as np
import pytest

from qrl.circuits import dense
from qrl.cli.builders import syk as builder
from qrl.errors import InputError
from qrl.tasks.ground_states.syk import SYK_IDS, syk, syk_task
from qrl.tasks.spectrum import ground_space

X, Y, Z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1.0, -1.0])


def majoranas(n: int) -> list[np.ndarray]:
    """Return chi_0 to chi_{2n-1}; qubit 0 is the lowest bit."""
    found = []
    for q in range(n):
        for own in (X, Y):
            matrix = np.eye(1)
            for factor in [np.eye(2)] * (n - 1 - q) + [own] + [Z] * q:
                matrix = np.kron(matrix, factor)
            found.append(matrix / np.sqrt(2))
    return found


@pytest.mark.parametrize("n", [2, 3, 4])
def test_it_is_the_sum_of_products_of_four_majoranas(n):
    chi = majoranas(n)
    for a, b in combinations(range(2 * n), 2):
        np.testing.assert_allclose(chi[a] @ chi[b] + chi[b] @ chi[a], 0, atol=1e-12)
    couplings = np.random.default_rng(5).standard_normal(comb(2 * n, 4))
    couplings *= np.sqrt(6 / (2 * n) ** 3)
    expected = sum(
        c * chi[i] @ chi[j] @ chi[k] @ chi[m]
        for c, (i, j, k, m) in zip(couplings, combinations(range(2 * n), 4), strict=True)
    )
    task = syk(n, 5)
    np.testing.assert_allclose(dense.operator(task.objective.observable), expected, atol=1e-12)
    assert task.reference == pytest.approx(np.linalg.eigvalsh(expected)[0], abs=1e-10)


@pytest.mark.parametrize(("n", "degeneracy"), [(3, 2), (4, 1), (5, 2), (6, 2), (8, 1)])
def test_degeneracy_of_the_ground_level(n, degeneracy):
    """It follows N mod 8 (You, Ludwig and Xu, Phys. Rev. B 95, 115150 (2017))."""
    assert ground_space(syk(n, 1).objective.observable).shape[1] == degeneracy


def test_the_variance_of_the_couplings():
    weights = np.array(syk(10, 3).objective.observable.weights)
    assert len(weights) == comb(20, 4)
    variance = 16 * np.mean(weights**2)  # each product of four carries 1/4
    assert variance == pytest.approx(6 / 20**3, rel=5 * np.sqrt(2 / len(weights)))


def test_seeds_and_couplings():
    assert syk(3, 1).objective == syk(3, 1).objective
    assert syk(3, 1).objective != syk(3, 2).objective
    assert syk(3, 1, coupling=2.0).reference == pytest.approx(2 * syk(3, 1).reference)


def test_ids():
    for name in SYK_IDS:
        assert syk_task(name).name == name
    assert syk_task("vqe/syk-4q") == syk(4, 0)
    assert syk_task("vqe/syk-6q-12").metadata["seed"] == 12
    assert syk_task("vqe/tfim-4q") is None
    strong = syk(3, 1, coupling=-2.5)
    assert strong.name == "vqe/syk-3q-1--2.5"
    assert syk_task(strong.name) == strong


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vqe/syk-4", "Did you mean 'vqe/syk-4q-0'"),
        ("vqe/syk-4q-x", "Unknown task"),
        ("vqe/syk-4q-0-x", "expected a number as the coupling; got 'x'"),
        ("vqe/syk-4q-0-nan", "finite number"),
        ("vqe/syk-1q", "qubits of an SYK model must be .* 2 to 16; got 1"),
        ("vqe/syk-99999999999999999999q", "2 to 16; got 9"),
    ],
)
def test_ids_that_do_not_exist(name, message):
    with pytest.raises(InputError, match=message):
        syk_task(name)


@pytest.mark.parametrize("arguments", [(1,), (17,), (2.0,), (True,), (3, -1), (3, 0.5), (3, None)])
def test_arguments_that_it_refuses(arguments):
    with pytest.raises(InputError):
        syk(*arguments)


@pytest.mark.parametrize("coupling", [0.0, float("nan"), "1", None])
def test_couplings_that_it_refuses(coupling):
    with pytest.raises(InputError, match="coupling"):
        syk(3, coupling=coupling)


def test_the_command_line_builds_it():
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    arguments = parser.parse_args(["--qubits", "3", "--seed", "2", "--coupling", "0.5"])
    assert builder.build(arguments) == syk(3, 2, coupling=0.5)
