"""Energies of DMRG against exact diagonalisation, and against the variational principle."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from qrl.circuits.circuit import Circuit
from qrl.circuits.dense import operator, statevector
from qrl.circuits.mps import chain_orders, ground_state, placed, reordered
from qrl.circuits.mps import dmrg as module
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError


def random_sum(n: int, terms: int, seed: int, letters: str = "IXYZ") -> PauliSum:
    rng = np.random.default_rng(seed)
    labels = tuple("".join(rng.choice(list(letters), n)) for _ in range(terms))
    return PauliSum(labels, tuple(rng.normal(size=terms).tolist()))


def ising(n: int, field: float) -> PauliSum:
    pairs = ["I" * k + "ZZ" + "I" * (n - 2 - k) for k in range(n - 1)]
    fields = ["I" * k + "X" + "I" * (n - 1 - k) for k in range(n)]
    return PauliSum((*pairs, *fields), (-1.0,) * (n - 1) + (-field,) * n)


def lowest(observable: PauliSum) -> float:
    return float(np.linalg.eigvalsh(operator(observable))[0])


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("letters", ["IXZ", "IXYZ"])
def test_a_large_bond_gives_the_exact_ground_state(n: int, letters: str) -> None:
    observable = random_sum(n, 4 * n, n, letters)
    found = ground_state(observable, 1 << (n // 2))
    assert found.energy == pytest.approx(lowest(observable), abs=1e-8)
    state = found.state.dense()
    assert np.vdot(state, operator(observable) @ state).real == pytest.approx(
        found.energy, abs=1e-10
    )


def test_the_critical_chain_needs_little_bond() -> None:
    chain = ising(8, 1.0)
    exact = lowest(chain)
    errors = [ground_state(chain, bond).energy - exact for bond in (1, 2, 4, 8)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 1e-2
    assert errors[1] < 1e-2
    assert -1e-10 < errors[3] < 1e-6


def test_bond_one_is_the_best_product_state() -> None:
    """Of two qubits, against a fine grid of all product states with real amplitudes."""
    observable = PauliSum(("ZZ", "XI", "IX"), (-1.0, -0.3, -0.4))
    angles = np.linspace(-np.pi, np.pi, 721)
    a, b = np.meshgrid(angles, angles)
    grid = -np.cos(a) * np.cos(b) - 0.3 * np.sin(a) - 0.4 * np.sin(b)
    assert ground_state(observable, 1).energy == pytest.approx(float(grid.min()), abs=1e-4)


def test_energies_stay_above_the_ground_state_and_bonds_below_the_limit() -> None:
    observable = random_sum(6, 30, 9)
    for bond in (1, 2, 3):
        found = ground_state(observable, bond)
        assert found.energy >= lowest(observable) - 1e-10
        assert found.state.bond <= bond


def test_lanczos_agrees_with_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    for letters in ("IXZ", "IXYZ"):
        observable = random_sum(6, 20, 3, letters)
        monkeypatch.setattr(module, "_DENSE", 20)
        iterated = module.ground_state.__wrapped__(observable, 8)
        monkeypatch.undo()
        whole = module.ground_state.__wrapped__(observable, 8)
        assert iterated.energy == pytest.approx(whole.energy, abs=1e-8)


def test_equal_calls_give_equal_states() -> None:
    observable = random_sum(5, 15, 2)
    one = module.ground_state.__wrapped__(observable, 2)
    two = module.ground_state.__wrapped__(observable, 2)
    assert all(
        np.array_equal(a, b) for a, b in zip(one.state.tensors, two.state.tensors, strict=True)
    )


@pytest.mark.parametrize("bond", [0, -1, 65, 1.5])
def test_other_bonds_are_refused(bond: int) -> None:
    with pytest.raises(InputError, match="bond dimension"):
        ground_state(ising(3, 1.0), bond)


def test_orders_move_operators_and_circuits_alike() -> None:
    order, observable = (2, 0, 3, 1), random_sum(4, 10, 5)
    circuit = Circuit(4).append("ry", 0, angle=0.3).append("cx", 0, 2).append("ry", 3, angle=1.0)
    before, after = statevector(circuit), statevector(placed(circuit, order))
    energy = np.vdot(before, operator(reordered(observable, order)) @ before).real
    assert np.vdot(after, operator(observable) @ after).real == pytest.approx(energy, abs=1e-12)


def test_orders_keep_to_the_coupling_map() -> None:
    observable = random_sum(6, 20, 6)
    assert chain_orders(observable, nx.complete_graph(6))[0] == (0, 1, 2, 3, 4, 5)
    grid = nx.Graph([(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)])
    for order in chain_orders(observable, grid):
        assert sorted(order) == list(range(6))
        assert all(grid.has_edge(a, b) for a, b in pairwise(order))
    with pytest.raises(InputError, match="path through the coupling map"):
        chain_orders(random_sum(4, 5, 7), nx.star_graph(3))
