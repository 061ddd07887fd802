"""Binary optimisation against plain loops, networkx and closed forms."""

from __future__ import annotations

import dataclasses
import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.objectives import Expectation, Infidelity
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.codec import task_from_plain, task_to_plain
from qrl.tasks.optimisation import IDS, BinaryOptimisation, ising, make, maxcut, qubo
from qrl.tasks.optimisation.local_search import one_exchange
from qrl.tasks.optimisation.qaoa import qaoa_baselines, qaoa_circuit
from qrl.tasks.walsh_hadamard import walsh_hadamard

WEIGHT = st.floats(-3, 3, allow_nan=False).map(lambda x: round(x, 3))


def label_of(bits: tuple[int, ...]) -> str:
    """Return the label of bits given from variable 0 up."""
    return "".join(map(str, reversed(bits)))


def uniform(n: int) -> Circuit:
    circuit = Circuit(n)
    for qubit in range(n):
        circuit = circuit.append("h", qubit)
    return circuit


@settings(max_examples=30, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda n: st.lists(st.lists(WEIGHT, min_size=n, max_size=n), min_size=n, max_size=n)
    ),
    WEIGHT,
)
def test_qubo_and_ising_values(rows: list[list[float]], constant: float) -> None:
    matrix = np.array(rows)
    n = len(matrix)
    fields, couplings = matrix[0], np.triu(matrix, 1)
    off = matrix + matrix.T
    if not (np.triu(off, 1).any() or np.diag(matrix).any()) or not (
        fields.any() or couplings.any()
    ):
        return
    before = matrix.copy()
    first, second = qubo(matrix, constant=constant), ising(fields, couplings, constant=constant)
    assert np.array_equal(matrix, before)
    values, energies = [], []
    for bits in itertools.product((0, 1), repeat=n):
        x, s = np.array(bits), 1 - 2 * np.array(bits)
        value = constant + sum(matrix[i, j] * x[i] * x[j] for i in range(n) for j in range(n))
        energy = (
            constant
            + sum(fields[i] * s[i] for i in range(n))
            + sum(couplings[i, j] * s[i] * s[j] for i in range(n) for j in range(i + 1, n))
        )
        assert first.value(label_of(bits)) == pytest.approx(value, abs=1e-10)
        assert second.value(label_of(bits)) == pytest.approx(energy, abs=1e-10)
        values.append(value)
        energies.append(energy)
    assert first.reference == pytest.approx(min(values), abs=1e-10)
    assert second.reference == pytest.approx(min(energies), abs=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 7), st.integers(0, 1000))
def test_cut_size_is_that_of_networkx(n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(n, 0.6, seed=seed)
    graph = nx.relabel_nodes(graph, {k: ("node", k) for k in graph})
    graph.add_edge(("node", 0), ("node", 1))
    for u, v in graph.edges:
        graph[u][v]["weight"] = float(random.uniform(0.1, 2.0))
    task = maxcut(graph)
    best = 0.0
    for bits in itertools.product((0, 1), repeat=n):
        side = {node for node, bit in zip(graph.nodes, bits, strict=True) if bit}
        cut = nx.cut_size(graph, side, weight="weight") if 0 < len(side) < n else 0.0
        assert task.value(label_of(bits)) == pytest.approx(cut, abs=1e-10)
        best = max(best, cut)
    assert task.reference == pytest.approx(-best, abs=1e-10)
    local = task.rivals(task.start)["one-exchange"]
    assert local.circuit is not None
    metrics = task.metrics(local.circuit)
    assert metrics["expected-value"] == pytest.approx(-local.cost)
    heuristic, _ = nx.approximation.one_exchange(graph, weight="weight", seed=seed)
    assert heuristic <= best + 1e-9
    label = metrics["most-probable-assignment"]
    for qubit in range(n):  # no single flip gains
        place = n - 1 - qubit
        flipped = label[:place] + "10"[int(label[place])] + label[place + 1 :]
        assert task.value(flipped) <= -local.cost + 1e-9


def test_walsh_hadamard_is_the_sign_matrix() -> None:
    random = np.random.default_rng(1)
    values = random.standard_normal((16, 3)) + 1j * random.standard_normal((16, 3))
    signs = [[(-1) ** (i & j).bit_count() for j in range(16)] for i in range(16)]
    assert np.allclose(walsh_hadamard(values), np.array(signs) @ values)


@pytest.mark.parametrize("name", IDS)
def test_listed_tasks(name: str) -> None:
    task = make(name)
    assert isinstance(task, BinaryOptimisation)
    assert task.name == name
    assert task.family == name.partition("/")[0]
    assert 0 < task.target_error < 1e-4
    values = [
        task.value(label_of(bits)) for bits in itertools.product((0, 1), repeat=task.n_qubits)
    ]
    best = max(values) if task.maximise else min(values)
    zero = 0.0 if task.maximise else max(values)
    assert task.reference == pytest.approx(-best if task.maximise else best)
    trivial = task.trivial()
    assert trivial["brute-force"].cost == pytest.approx(task.reference)
    assert trivial["brute-force"].cnots == 0
    found = task.metrics(trivial["brute-force"].circuit)  # type: ignore[arg-type]
    assert found["approximation-ratio"] == pytest.approx(1.0)
    assert found["optimum-probability"] == pytest.approx(1.0)
    assert found["best-sampled-value"] == pytest.approx(best)
    guess = task.metrics(uniform(task.n_qubits))
    assert trivial["random-guess"].cost == pytest.approx(
        task.objective.cost(np.full((1, len(values)), len(values) ** -0.5))
    )
    assert guess["expected-value"] == pytest.approx(np.mean(values))
    assert guess["approximation-ratio"] == pytest.approx((np.mean(values) - zero) / (best - zero))
    optima = sum(abs(value - best) < 1e-9 for value in values)
    assert guess["optimum-probability"] == pytest.approx(optima / len(values))
    assert guess["fidelity"] == guess["optimum-probability"]
    assert one_exchange(task.observable).cost == pytest.approx(task.reference)
    again = task_from_plain(task_to_plain(task), where="here")
    assert again == task
    assert again.metrics(uniform(task.n_qubits)) == guess


def test_metrics_of_a_known_state() -> None:
    task = ising([1.0, 0.0], [[0.0, 2.0], [0.0, 0.0]])  # values: 00: 3, 01: -3, 10: -1, 11: 1
    circuit = Circuit(2).append("x", 0).append("ry", 1, angle=2 * np.arccos(np.sqrt(0.3)))
    found = task.metrics(circuit)  # 01 with 0.3, 11 with 0.7
    assert found["expected-value"] == pytest.approx(0.3 * -3 + 0.7)
    assert found["approximation-ratio"] == pytest.approx((3 + 0.2) / 6)
    assert found["optimum-probability"] == pytest.approx(0.3)
    assert (found["most-probable-assignment"], found["most-probable-value"]) == ("11", 1.0)
    assert (found["best-sampled-assignment"], found["best-sampled-value"]) == ("01", -3.0)
    assert task.assignment("01") == {"s0": 1, "s1": 0}
    with pytest.raises(InputError, match="2 letters"):
        task.assignment("012")
    started = dataclasses.replace(task, initial_state="10").trivial()["initial-state"]
    assert (started.cost, started.circuit) == (-1.0, Circuit(2).append("x", 1))
    rare = Circuit(2).append("x", 0).append("x", 1).append("ry", 1, angle=1e-4)
    assert task.metrics(rare)["best-sampled-assignment"] == "11"  # 01 has 2.5e-9 only


def test_metrics_use_what_they_are_given() -> None:
    task = make("maxcut/ring-7q")
    state = np.zeros(128, dtype=complex)
    state[0b0101010] = 1.0
    found = task.metrics(Circuit(7), apply=lambda states: state[None, :])
    assert found["expected-value"] == 6.0
    assert found["most-probable-assignment"] == "0101010"


def test_weighted_edges_and_fields_agree_with_the_engine() -> None:
    task = make("maxcut/weighted-5q")
    random = np.random.default_rng(3)
    circuit = uniform(5)
    for qubit in range(4):
        circuit = circuit.append("rzz", qubit, qubit + 1, angle=random.uniform(-3, 3))
        circuit = circuit.append("rx", qubit, angle=random.uniform(-3, 3))
    cost = make_engine("exact", task.objective).value(circuit)
    assert task.metrics(circuit)["expected-value"] == pytest.approx(-cost, abs=1e-10)
    probabilities = np.abs(circuit.unitary()[:, 0]) ** 2
    edges = task.metadata["edges"]
    assert len(edges) == 10
    cuts = [sum(w for u, v, w in edges if (s >> u & 1) != (s >> v & 1)) for s in range(32)]
    assert probabilities @ np.array(cuts) == pytest.approx(-cost, abs=1e-10)


def test_qaoa_reaches_the_closed_form_of_rings() -> None:
    # (2p + 1) / (2p + 2) for rings of at least 2p + 2 nodes (Wang et al., arXiv 1706.02998).
    found = qaoa_baselines(make("maxcut/ring-8q").objective)
    for p in (1, 2, 3):
        baseline = found[f"qaoa-{p}"]
        assert baseline.cost == pytest.approx(-8 * (2 * p + 1) / (2 * p + 2), abs=1e-7)
        assert baseline.cnots == 16 * p
        assert baseline.evaluations


def test_qaoa_circuit_is_the_exponential_of_the_cost() -> None:
    from scipy.linalg import expm

    task = qubo(np.random.default_rng(5).uniform(-1, 1, (3, 3)))
    tied = qaoa_circuit(task.observable, 2)
    gamma, beta = np.array([0.3, -0.7]), np.array([0.9, 0.2])
    made = tied.at(np.concatenate([gamma, beta])).unitary()[:, 0]
    cost = task.observable.sparse().toarray()
    scale = max(abs(w) for p, w in task.observable.terms() if p != "III")
    mixer = PauliSum(("IIX", "IXI", "XII"), (1.0, 1.0, 1.0)).sparse().toarray()
    state = np.full(8, 8**-0.5)
    for g, b in zip(gamma, beta, strict=True):
        state = expm(-1j * b * mixer) @ expm(-1j * g / scale * cost) @ state
    assert abs(np.vdot(made, state)) == pytest.approx(1.0, abs=1e-12)


def test_more_layers_are_never_worse() -> None:
    found = make("qubo/random-6q-0").rivals(Circuit(6))
    costs = [found[f"qaoa-{p}"].cost for p in (1, 2, 3)]
    assert costs == sorted(costs, reverse=True)  # type: ignore[type-var]
    task = make("qubo/random-6q-0")
    assert task.reference is not None
    assert task.reference - 1e-9 <= costs[-1]  # type: ignore[operator]
    for baseline in found.values():
        assert baseline.circuit is not None
        assert make_engine("exact", task.objective).value(baseline.circuit) == pytest.approx(
            baseline.cost, abs=1e-10
        )


def test_beyond_twenty_variables() -> None:
    task = make("maxcut/ring-22q")
    assert task.reference is None
    assert set(task.trivial()) == {"random-guess"}
    assert set(task.rivals(task.start)) == {"one-exchange"}
    state = np.zeros(1 << 22)
    state[0b0101] = 1.0
    found = task.metrics(Circuit(22), apply=lambda states: state[None, :])
    assert (found["approximation-ratio"], found["fidelity"]) == (None, None)
    assert found["best-sampled-value"] == 4.0


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (Expectation(PauliSum(("ZX",), (1.0,))), "only I, Z"),
        (Expectation(PauliSum(("ZZZ",), (1.0,))), "only I, Z"),
        (Expectation(PauliSum(("II",), (1.0,))), "same cost"),
        (Expectation(PauliSum(("Z" + "I" * 24,), (1.0,))), "At most 24"),
        (Infidelity([1.0, 0.0]), "Infidelity"),
        (Expectation(PauliSum(("Z",), (1.0,)), states=[1.0, 0.0]), "without input states"),
    ],
)
def test_objectives_that_do_not_fit(objective: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        BinaryOptimisation("x", objective)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("maxcut/rang-7q", "maxcut/ring-7q"),
        ("maxcut/ring-25q", "from 3 to 24"),
        ("maxcut/ring-2q", "from 3 to 24"),
        ("maxcut/ring-7q-1", "takes no seed"),
        ("maxcut/regular-7q-0", "even number"),
        ("maxcut/grid-5x5", "2 to 24 nodes"),
        ("qubo/random-0q", "from 2 to 24"),
        ("ising/spin-glass", "Unknown task"),
    ],
)
def test_ids_that_do_not_exist(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(name)


def test_seeds_and_sizes_of_ids() -> None:
    assert make("qubo/random-6q").objective == make("qubo/random-6q-0").objective
    assert make("qubo/random-6q-1").objective != make("qubo/random-6q-0").objective
    regular = nx.Graph([edge[:2] for edge in make("maxcut/regular-10q-3").metadata["edges"]])
    assert set(dict(regular.degree).values()) == {3}
    assert make("maxcut/grid-3x3").reference == -12.0
    assert make("maxcut/complete-7q").reference == -12.0
