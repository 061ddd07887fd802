"""Total spin of lattice models, against dense matrices and known spins."""

from __future__ import annotations

import dataclasses
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest

from qrl.circuits import Circuit
from qrl.tasks import get_task
from qrl.tasks.ground_states import heisenberg, tfim, xxz
from qrl.tasks.ground_states.ground_state import GroundState
from qrl.tasks.ground_states.spin_terms import spin_operators

HALF_PAULIS = {
    "X": np.array([[0, 1], [1, 0]]) / 2,
    "Y": np.array([[0, -1j], [1j, 0]]) / 2,
    "Z": np.diag([1, -1]) / 2,
}


def total(letter: str, n: int) -> np.ndarray:
    """Return the sum of sigma / 2 over n spins; qubit 0 is the lowest bit."""
    matrix = np.zeros((1 << n, 1 << n), dtype=complex)
    for qubit in range(n):
        factors = [HALF_PAULIS[letter] if q == qubit else np.eye(2) for q in reversed(range(n))]
        matrix += reduce(np.kron, factors)
    return matrix


def random_circuit(n: int, seed: int) -> Circuit:
    rng, circuit = np.random.default_rng(seed), Circuit(n)
    for _ in range(2):
        for qubit in range(n):
            circuit = circuit.append("ry", qubit, angle=rng.uniform(-3, 3))
            circuit = circuit.append("rz", qubit, angle=rng.uniform(-3, 3))
        for pair in pairwise(range(n)):
            circuit = circuit.append("cx", *pair)
    return circuit


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_the_operators_are_those_of_dense_matrices(n: int) -> None:
    operators = spin_operators(n)
    dense = {name: operator.sparse().toarray() for name, operator in operators.items()}
    squared = sum(total(letter, n) @ total(letter, n) for letter in "XYZ")
    np.testing.assert_allclose(dense["spin-z"], total("Z", n), atol=1e-12)
    np.testing.assert_allclose(dense["spin-squared"], squared, atol=1e-12)


@pytest.mark.parametrize("task", [tfim(4, 0.7), heisenberg(4, 0.3), xxz((2, 2), geometry="grid")])
def test_the_metrics_of_a_circuit(task: GroundState) -> None:
    circuit = random_circuit(4, seed=3)
    state = circuit.unitary()[:, 0]
    found = task.metrics(circuit)
    for name, matrix in (
        ("spin-z", total("Z", 4)),
        ("spin-squared", sum(total(letter, 4) @ total(letter, 4) for letter in "XYZ")),
    ):
        assert found[name] == pytest.approx((state.conj() @ matrix @ state).real, abs=1e-10)


def test_known_spins() -> None:
    pair = heisenberg(2, 0.0)
    singlet = Circuit(2).append("x", 0).append("x", 1).append("h", 0).append("cx", 0, 1)
    found = pair.metrics(singlet)
    assert (found["spin-z"], found["spin-squared"]) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert found["fidelity"] == pytest.approx(1.0)
    aligned = get_task("vqe/j1j2-chain-6q").metrics(Circuit(6))
    assert (aligned["spin-z"], aligned["spin-squared"]) == pytest.approx((3.0, 12.0))


def test_other_problems_have_no_total_spin() -> None:
    for name in ("vqe/syk-3q-0", "vqe/h2-2q"):
        operators = get_task(name).metrics(get_task(name).start)
        assert ("spin-z" in operators) == (name == "vqe/h2-2q")
    odd = dataclasses.replace(tfim(2), metadata={"model": ["tfim"], "geometry": {"of": "chain"}})
    assert set(odd.metrics(Circuit(2))) == {"fidelity"}
    assert "spin-z" not in get_task("vqe/tfim-15q").metrics(
        Circuit(15), apply=lambda states: states
    )
