"""Named states against closed forms, stabilisers and Qiskit."""

from __future__ import annotations

import math
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from qiskit.quantum_info import SparsePauliOp, Statevector

from qrl.errors import InputError
from qrl.tasks import get_task
from qrl.tasks.codec import task_from_plain, task_to_plain
from qrl.tasks.state_preparation import HINT, IDS, StatePreparation, make


def labelled(amplitudes: dict[str, complex]) -> np.ndarray:
    """Return a vector from amplitudes by label, leftmost letter on the highest qubit."""
    n = len(next(iter(amplitudes)))
    state = sum(a * Statevector.from_label(label).data for label, a in amplitudes.items())
    assert state.shape == (2**n,)
    return state


@pytest.mark.parametrize("name", IDS)
def test_listed_ids_build_and_survive_a_file(name: str) -> None:
    task = make(name)
    assert (task.name, task.family, task.unit, task.reference) == (name, "state", "", 0.0)
    assert task.target_error == 1e-8
    assert get_task(name) == task
    again = task_from_plain(task_to_plain(task), where="test")
    assert isinstance(again, StatePreparation)
    assert again == task
    assert (again.known, again.distribution) == (task.known, task.distribution)


def test_ids_of_the_hint_exist() -> None:
    names = [word.strip(",.:;") for word in HINT.split() if word.startswith("state/")]
    assert len(names) >= 8
    for name in names:
        assert make(name).name == name


@pytest.mark.parametrize("n", [2, 3, 7])
def test_ghz(n: int) -> None:
    wanted = labelled({"0" * n: math.sqrt(0.5), "1" * n: math.sqrt(0.5)})
    np.testing.assert_allclose(make(f"state/ghz-{n}q").target, wanted, atol=1e-15)


@pytest.mark.parametrize(("n", "k"), [(2, 1), (4, 1), (4, 2), (5, 3), (6, 5)])
def test_dicke_and_w(n: int, k: int) -> None:
    chosen = ["".join("1" if q in ones else "0" for q in range(n)) for ones in
              combinations(range(n), k)]  # fmt: skip
    wanted = labelled(dict.fromkeys(chosen, 1 / math.sqrt(math.comb(n, k))))
    np.testing.assert_allclose(make(f"state/dicke-{n}q-{k}").target, wanted, atol=1e-15)
    if k == 1:
        np.testing.assert_allclose(make(f"state/w-{n}q").target, wanted, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "graph"),
    [
        ("state/cluster-2q", nx.path_graph(2)),
        ("state/cluster-5q", nx.path_graph(5)),
        ("state/cluster-5q-ring", nx.cycle_graph(5)),
        ("state/cluster-6q-2x3", nx.grid_2d_graph(2, 3)),
        ("state/cluster-6q-3x2", nx.grid_2d_graph(3, 2)),
    ],
)
def test_cluster_states_have_their_stabilisers(name: str, graph: nx.Graph) -> None:
    graph = nx.convert_node_labels_to_integers(graph, ordering="sorted")
    n = len(graph)
    state = Statevector(make(name).target)
    for qubit in graph:
        sites = [qubit, *graph.neighbors(qubit)]
        check = SparsePauliOp.from_sparse_list(
            [("X" + "Z" * (len(sites) - 1), sites, 1.0)], num_qubits=n
        )
        assert state.expectation_value(check).real == pytest.approx(1.0, abs=1e-12)


def test_random_states_depend_on_their_seed_alone() -> None:
    first, same, other = (make(f"state/haar-3q-{seed}").target for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert abs(np.vdot(first, other)) < 0.99
    # Pinned: results of an id must be comparable for years.
    assert first[0] == pytest.approx(0.03422153941587 - 0.19154426756806j, abs=1e-9)


def test_random_states_are_uniform() -> None:
    """The mean density matrix is the identity over 2**n, the mean of |amplitude|^4 2/(d(d+1))."""
    states = np.array([make(f"state/haar-2q-{seed}").target for seed in range(2000)])
    density = states.T @ states.conj() / len(states)
    np.testing.assert_allclose(density, np.eye(4) / 4, atol=0.03)
    np.testing.assert_allclose((np.abs(states) ** 4).mean(), 2 / 20, rtol=0.05)


def test_normal_distribution() -> None:
    task = make("state/normal-5q")
    points = np.linspace(-3, 3, 32)
    density = np.exp(-(points**2) / 2)
    assert task.distribution
    np.testing.assert_allclose(np.abs(task.target) ** 2, density / density.sum(), atol=1e-14)


def test_uniform_distribution() -> None:
    probabilities = np.abs(make("state/uniform-3q-5").target) ** 2
    np.testing.assert_allclose(probabilities, [0.2] * 5 + [0.0] * 3, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("state/ghz-4q-2", "Nothing comes after"),
        ("state/ghz-1q", "qubits must be .* from 2 to 20; got 1"),
        ("state/ghz-0q", "qubits must be .* from 1 to 20; got 0"),
        ("state/ghz-40q", "2"),
        ("state/haar-999999999q-0", "qubits must be .* from 1 to 20; got 9"),
        ("state/dicke-4q", "number of excitations"),
        ("state/dicke-4q-4", "excitations must be .* 1 to 3; got 4"),
        ("state/dicke-4q-0", "excitations must be .* 1 to 3; got 0"),
        ("state/haar-3q", "seed"),
        ("state/haar-3q--1", "seed"),
        ("state/haar-3q-4294967296", "below 2"),
        ("state/uniform-3q-9", "basis states must be .* 1 to 8; got 9"),
        ("state/uniform-3q", "number of basis states"),
        ("state/cluster-6q-2x4", "rows and columns"),
        ("state/cluster-6q-star", "rows and columns"),
        ("state/cluster-2q-ring", "at least 3"),
        ("state/gzh-4q", "Did you mean 'state/ghz-4q'"),
        ("state/ghz-4", "state/ghz-4q"),
        ("state/", "Unknown task"),
        ("state/ghz-4q\n", "Unknown task"),
    ],
)
def test_wrong_ids_are_told(name: str, part: str) -> None:
    with pytest.raises(InputError, match=part):
        make(name)
