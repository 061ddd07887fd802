"""Noise of some qubits of a device: which are chosen, and that it is what Aer makes of the whole."""

from __future__ import annotations

import time
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from qiskit import QuantumCircuit

from qrl.circuits.gates import Gate
from qrl.circuits.noise import (
    NoiseModel,
    Rule,
    check_noise,
    depolarizing,
    device_backend,
    device_qubits,
    is_device,
    native,
    noise_model,
    to_aer,
    with_chosen_qubits,
)
from qrl.circuits.noise.placement import Calibration, best_qubits
from qrl.errors import InputError

aer = pytest.importorskip("qiskit_aer")
pytest.importorskip("qiskit_ibm_runtime")


def density(circuit: QuantumCircuit, noise: Any) -> np.ndarray:
    run = circuit.copy()
    run.save_density_matrix()
    simulator = aer.AerSimulator(method="density_matrix", noise_model=noise)
    return np.asarray(simulator.run(run, shots=1).result().data()["density_matrix"])


# Names


def test_qubits_stand_in_the_name() -> None:
    assert device_qubits("backend:fake:manila@1,2,3,4") == (1, 2, 3, 4)
    assert device_qubits(" backend:fake:generic:6@ 5, 4 ") == (5, 4)
    assert device_qubits("backend:fake:manila") is None
    assert device_qubits("ibm-mumbai") is None
    assert [is_device(name) for name in ("backend:fake:x", "none", "a@1")] == [True, False, False]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("backend:fake:manila@", "named as in 'backend:fake:manila@1,2,3,4'; got"),
        ("backend:fake:manila@1,x", "named as in"),
        ("backend:fake:manila@1,-2", "named as in"),
        ("backend:fake:manila@1,2,1", "used once; got 'backend:fake:manila@1,2,1'"),
        ("backend:fake:manila@4,5", "has the qubits 0 to 4; got"),
        ("backend:fake:manila@0,1,3,4", "not connected.*the device joins 0-1, 1-2, 2-3, 3-4"),
        ("backend:fake:generic:3@0,2", "not connected"),
        ("backend:fake:manilla@1", "Unknown fake backend 'manilla'. Did you mean 'manila'"),
        ("backend:real:manila@1", "written 'backend:fake:NAME'"),
    ],
)
def test_qubits_that_cannot_be_used_are_refused(name: str, message: str) -> None:
    for read in (noise_model, check_noise):
        with pytest.raises(InputError, match=message):
            read(name)


# Noise of a part


@pytest.mark.parametrize("qubits", [(1, 2, 3, 4), (3, 2), (2, 1, 3), (4,)])
def test_a_part_has_the_noise_of_the_whole(qubits: tuple[int, ...]) -> None:
    """Aer's own model of the whole device, and the circuit on those of its qubits, is the referee."""
    name = "backend:fake:manila@" + ",".join(map(str, qubits))
    model, backend = noise_model(name), device_backend(name)
    assert (model.name, model.n_qubits) == (name, len(qubits))
    circuit = QuantumCircuit(len(qubits))
    for k in range(len(qubits)):
        circuit.sx(k)
        circuit.rz(0.3 + k, k)
        circuit.x(k)
    for a, b in native(model, len(qubits)).pairs:
        circuit.cx(a, b)
        circuit.sx(b)
        circuit.cx(b, a)
    on_device = QuantumCircuit(5).compose(circuit, qubits)
    whole = density(on_device, aer.noise.NoiseModel.from_backend(backend)).reshape([2] * 10)
    # Trace the other qubits out; axis k belongs to qubit 4 - k.
    rest = [q for q in range(5) if q not in qubits]
    rows = [4 - q for q in reversed(qubits)]
    others = [4 - q for q in rest]
    moved = whole.transpose(*others, *rows, *[5 + k for k in others], *[5 + k for k in rows])
    reduced = np.trace(
        moved.reshape(2 ** len(rest), 2 ** len(qubits), 2 ** len(rest), 2 ** len(qubits)),
        axis1=0, axis2=2,
    )  # fmt: skip
    np.testing.assert_allclose(density(circuit, to_aer(model, len(qubits))), reduced, atol=1e-12)
    for k, qubit in enumerate(qubits):
        error = backend.target["measure"][(qubit,)].error
        assert model.readout_error(k) == pytest.approx((error, error))


def test_a_part_of_a_large_device_is_read_fast() -> None:
    check_noise("backend:fake:torino")  # imports
    began = time.process_time()
    name = with_chosen_qubits("backend:fake:torino", 8)
    assert time.process_time() - began < 1.0
    model = noise_model(name)
    assert model.n_qubits == 8
    assert len(model.rules) < 60
    assert native(model, 8).gates == ("cz", "rz", "sx", "x")


# Which qubits


def random_device(seed: int, n_qubits: int, n_pairs: int) -> Calibration:
    rng = np.random.default_rng(seed)
    graph = nx.gnm_random_graph(n_qubits, n_pairs, seed=seed)
    pairs = {(min(e), max(e)): float(rng.exponential(0.02)) for e in graph.edges}
    return Calibration(tuple(rng.exponential(0.02, n_qubits)), pairs)


def cost(calibration: Calibration, qubits: tuple[int, ...]) -> float:
    """Return what the rule says of a set, by networkx; infinite where it is not joined."""
    graph = nx.Graph()
    graph.add_nodes_from(qubits)
    graph.add_weighted_edges_from(
        (*pair, weight) for pair, weight in calibration.pairs.items() if set(pair) <= set(qubits)
    )
    if not nx.is_connected(graph):
        return np.inf
    tree = nx.minimum_spanning_tree(graph)
    return sum(calibration.qubits[q] for q in qubits) + tree.size(weight="weight")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("size", [1, 2, 4, 6])
def test_the_best_joined_qubits_are_chosen(seed: int, size: int) -> None:
    device = random_device(seed, 10, 14)
    lowest = min(cost(device, chosen) for chosen in combinations(range(10), size))
    if lowest == np.inf:
        with pytest.raises(InputError, match=f"no {size} working qubits"):
            best_qubits(device, size)
        return
    chosen = best_qubits(device, size)
    assert len(set(chosen)) == size
    assert cost(device, tuple(sorted(chosen))) == pytest.approx(lowest)


def test_errors_become_costs_that_add_up() -> None:
    backend = device_backend("backend:fake:manila")
    target, found = backend.target, Calibration.of(backend.target)
    for q in range(5):
        gates = max(target[name][(q,)].error for name in ("sx", "x", "rz"))
        kept = (1 - gates) * (1 - target["measure"][(q,)].error)
        assert np.exp(-found.qubits[q]) == pytest.approx(kept)
    assert set(found.pairs) == {(0, 1), (1, 2), (2, 3), (3, 4)}
    assert np.exp(-found.pairs[1, 2]) == pytest.approx(1 - target["cx"][(1, 2)].error)


def test_qubits_lie_along_a_line_where_they_can() -> None:
    line = Calibration((0.0,) * 4, {(0, 2): 0.1, (1, 2): 0.1, (1, 3): 0.1})
    assert best_qubits(line, 4) == (0, 2, 1, 3)
    star = Calibration((0.0,) * 4, {(0, 2): 0.1, (1, 2): 0.1, (2, 3): 0.1})
    assert best_qubits(star, 4) == (0, 1, 2, 3)


def test_pairs_that_are_wanted_decide() -> None:
    # The star around 2 is better than the line 2-4-5-6.
    pairs = {(0, 2): 0.1, (1, 2): 0.1, (2, 3): 0.1, (2, 4): 0.2, (4, 5): 0.2, (5, 6): 0.2}
    device = Calibration((0.0,) * 7, pairs)
    assert best_qubits(device, 4) == (0, 1, 2, 3)
    assert best_qubits(device, 4, [(0, 1), (1, 2), (2, 3)]) == (0, 2, 4, 5)
    assert best_qubits(device, 4, [(0, 1), (0, 2), (0, 3)]) == (2, 0, 1, 3)
    ring = [(0, 1), (1, 2), (2, 3), (0, 3)]
    assert best_qubits(device, 4, ring) == (0, 1, 2, 3)  # none has it


def test_what_does_not_work_is_not_chosen() -> None:
    broken = Calibration((0.0, 0.0, np.inf, 0.0, 0.0), dict.fromkeys([(0, 1), (1, 2), (2, 3)], 0.1))
    assert best_qubits(broken, 2) == (0, 1)
    with pytest.raises(InputError, match="no 3 working qubits"):
        best_qubits(broken, 3)
    assert best_qubits(Calibration((0.0,) * 3, {(0, 1): np.inf, (1, 2): 0.5}), 2) == (1, 2)


def test_the_choice_is_put_into_the_name() -> None:
    assert with_chosen_qubits("backend:fake:manila", 4) == "backend:fake:manila@1,2,3,4"
    assert with_chosen_qubits("backend:fake:manila@0,1,2,3", 4) == "backend:fake:manila@0,1,2,3"
    assert with_chosen_qubits("backend:fake:generic:6", 6) == "backend:fake:generic:6@0,1,2,3,4,5"
    with pytest.raises(InputError, match="has 5 qubits; the problem needs 6"):
        with_chosen_qubits("backend:fake:manila", 6)
    with pytest.raises(InputError, match="names 2 qubits of the device; the problem needs 4"):
        with_chosen_qubits("backend:fake:manila@1,2", 4)


# Gates


def test_native_gates_are_those_of_the_device() -> None:
    for name, pair in (
        ("manila", "cx"),
        ("torino", "cz"),
        ("generic:4", "cx"),
        ("brisbane", "ecr"),
    ):
        full = with_chosen_qubits(f"backend:fake:{name}", 4)
        backend, qubits = device_backend(full), device_qubits(full)
        assert qubits is not None
        own = native(noise_model(full), 4)
        assert own.gates == (pair, "rz", "sx", "x")
        joined = {
            (a, b)
            for a in range(4)
            for b in range(a + 1, 4)
            if {(qubits[a], qubits[b]), (qubits[b], qubits[a])} & set(backend.target[pair])
        }
        assert set(own.pairs) == joined


def test_two_qubit_gates_with_other_pairs() -> None:
    noisy = ((depolarizing(0.1, 2), (0, 1)),)
    rules = [Rule("cx", noisy, p) for p in ((0, 1), (1, 2))] + [Rule("cz", noisy, (0, 1))]
    own = native(NoiseModel("m", (*rules, Rule("rz"), Rule("sx", (), (0,))), (), 3), 3)
    assert own.gates == ("cx", "rz")
    assert own.pairs == ((0, 1), (1, 2))
    assert NoiseModel("m", tuple(rules), (), 3).covers(Gate("cx", (2, 1)))
