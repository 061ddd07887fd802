"""Metrics and baselines of state preparation against Qiskit and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import (
    DensityMatrix,
    Operator,
    Statevector,
    random_statevector,
    random_unitary,
    state_fidelity,
)
from scipy.stats import entropy

from qrl.circuits import Circuit, Expectation, Infidelity, PauliSum
from qrl.circuits.engines import make_engine
from qrl.errors import InputError
from qrl.tasks.qiskit_preparation import prepared_state
from qrl.tasks.state_preparation import (
    IDS,
    StatePreparation,
    make,
    state_from_distribution,
    state_from_vector,
)
from qrl.tasks.state_preparation.product_state import best_product_circuit

SEEDS = st.integers(0, 2**32 - 1)


def some_circuit(seed: int, n: int = 3) -> Circuit:
    rng = np.random.default_rng(seed)
    circuit = Circuit(n)
    for q in range(n):
        for name in ("ry", "rz"):
            circuit = circuit.append(name, q, angle=rng.normal())
        circuit = circuit.append("cx", q, (q + 1) % n)
    return circuit


@settings(deadline=None, max_examples=20)
@given(SEEDS, SEEDS)
def test_fidelity_and_trace_distance(first: int, second: int) -> None:
    task = state_from_vector(random_statevector(8, seed=first).data)
    circuit = some_circuit(second)
    made = Statevector(circuit.qiskit())
    metrics = task.metrics(circuit)
    assert metrics["fidelity"] == pytest.approx(state_fidelity(made, task.target), abs=1e-10)
    gap = DensityMatrix(made).data - DensityMatrix(task.target).data
    distance = np.abs(np.linalg.eigvalsh(gap)).sum() / 2
    assert metrics["trace-distance"] == pytest.approx(distance, abs=1e-10)
    assert make_engine("exact", task.objective).value(circuit) == pytest.approx(
        1 - metrics["fidelity"], abs=1e-10
    )
    assert set(metrics) == {"fidelity", "trace-distance"}


def test_metrics_use_what_they_are_given() -> None:
    """`apply` decides, not the circuit."""
    task = make("state/ghz-3q")
    unitary = Operator(task.known.qiskit()).data
    metrics = task.metrics(Circuit(3), lambda states: states @ unitary.T)
    assert metrics["fidelity"] == pytest.approx(1.0, abs=1e-12)
    assert task.metrics(Circuit(3))["fidelity"] == pytest.approx(0.5, abs=1e-12)


@settings(deadline=None, max_examples=20)
@given(SEEDS, SEEDS)
def test_distances_of_distributions(first: int, second: int) -> None:
    wanted = np.random.default_rng(first).dirichlet(np.ones(8))
    task = state_from_distribution(wanted)
    circuit = some_circuit(second)
    made = Statevector(circuit.qiskit()).probabilities()
    metrics = task.metrics(circuit)
    assert metrics["total-variation-distance"] == pytest.approx(
        max(abs(wanted[list(s)].sum() - made[list(s)].sum()) for s in subsets(8)), abs=1e-10
    )
    assert metrics["kullback-leibler-divergence-nats"] == pytest.approx(
        entropy(wanted, made), rel=1e-6, abs=1e-9
    )


def subsets(size: int) -> list[list[int]]:
    return [[i for i in range(size) if word >> i & 1] for word in range(1, 1 << size)]


def test_an_outcome_that_never_comes_has_no_divergence() -> None:
    metrics = state_from_distribution([0.5, 0.5]).metrics(Circuit(1))
    assert metrics["kullback-leibler-divergence-nats"] is None
    assert metrics["total-variation-distance"] == pytest.approx(0.5)
    # The reverse is no trouble: a needless outcome.
    metrics = state_from_distribution([1.0, 0.0]).metrics(Circuit(1).append("h", 0))
    assert metrics["kullback-leibler-divergence-nats"] == pytest.approx(math.log(2))


def test_the_basis_state_of_the_largest_amplitude() -> None:
    found = state_from_vector([0.6, 0, 0, 0, 0, 0, 0.8j, 0]).trivial()
    assert found["empty-circuit"].cost == pytest.approx(1 - 0.36)
    assert found["best-basis-state"].cost == pytest.approx(1 - 0.64)
    state = Statevector(found["best-basis-state"].circuit.qiskit())
    assert state.equiv(Statevector.from_label("110"))
    assert set(make("state/ghz-4q").trivial()) == {"empty-circuit"}


@pytest.mark.parametrize(
    ("name", "overlap"),
    [
        ("state/ghz-4q", 1 / 2),
        ("state/w-3q", 4 / 9),
        ("state/w-4q", (3 / 4) ** 3),
        ("state/dicke-4q-2", 6 / 16),
        ("state/cluster-4q", 1 / 4),
        ("state/cluster-6q-ring", 1 / 8),
        ("state/uniform-3q-8", 1.0),
    ],
)
def test_largest_product_overlaps_that_are_known(name: str, overlap: float) -> None:
    """For Dicke states: Wei and Goldbart, Phys. Rev. A 68, 042307 (2003)."""
    circuit = best_product_circuit(make(name).target)
    assert circuit.two_qubit_count == 0
    fidelity = state_fidelity(Statevector(circuit.qiskit()), make(name).target)
    assert fidelity == pytest.approx(overlap, abs=1e-9)


@settings(deadline=None, max_examples=15)
@given(SEEDS)
def test_two_qubits_reach_the_largest_schmidt_coefficient(seed: int) -> None:
    target = random_statevector(4, seed=seed).data
    largest = np.linalg.svd(target.reshape(2, 2), compute_uv=False)[0]
    made = Statevector(best_product_circuit(target).qiskit())
    assert state_fidelity(made, target) == pytest.approx(largest**2, abs=1e-8)


@pytest.mark.parametrize("name", [*IDS, "state/ghz-2q", "state/w-2q", "state/w-7q",
                                  "state/cluster-5q-ring", "state/haar-1q-0"])  # fmt: skip
def test_rivals_make_the_state(name: str) -> None:
    task = make(name)
    rivals = task.rivals(Circuit(task.n_qubits))
    exact = {"known-circuit", "qiskit-state-preparation"} & set(rivals)
    assert "qiskit-state-preparation" in exact
    for rival in exact:
        state = Statevector(rivals[rival].circuit.qiskit())
        assert state_fidelity(state, task.target) == pytest.approx(1.0, abs=1e-9)
        assert rivals[rival].cost == pytest.approx(0.0, abs=1e-9)
    product = rivals["best-product-state"]
    assert product.cost <= min(b.cost for b in task.trivial().values()) + 1e-9


@pytest.mark.parametrize(
    ("name", "cnots"),
    [("ghz-6q", 5), ("w-3q", 3), ("w-6q", 9), ("cluster-6q", 5), ("cluster-6q-2x3", 7)],
)
def test_cnots_of_known_circuits(name: str, cnots: int) -> None:
    assert make(f"state/{name}").rivals(Circuit(6))["known-circuit"].cnots == cnots


@settings(deadline=None, max_examples=8)
@given(st.integers(1, 4), SEEDS)
def test_qiskit_circuits_for_any_state(n: int, seed: int) -> None:
    target = random_statevector(2**n, seed=seed).data
    circuit = prepared_state(target)
    assert set(circuit.counts) <= {"cx", "rx", "ry", "rz"}
    assert state_fidelity(Statevector(circuit.qiskit()), target) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", ["state/ghz-3q", "state/haar-2q-0"])
def test_a_fixed_layout_of_the_same_size(name: str) -> None:
    """A chain of CNOTs makes GHZ states; one CNOT makes any state of two qubits."""
    task = make(name)
    found = Circuit(task.n_qubits)
    assert "hardware-efficient" not in task.rivals(found)
    for q in range(task.n_qubits - 1):
        found = found.append("cx", q, q + 1)
    rival = task.rivals(found)["hardware-efficient"]
    assert rival.cnots == found.two_qubit_count
    assert rival.cost == pytest.approx(0.0, abs=1e-8)
    state = Statevector(rival.circuit.qiskit())
    assert state_fidelity(state, task.target) == pytest.approx(1.0, abs=1e-8)


def test_rivals_are_the_same_each_time() -> None:
    task = make("state/haar-3q-0")
    first, second = (task.rivals(Circuit(3).append("cx", 0, 1)) for _ in range(2))
    assert {k: b.circuit for k, b in first.items()} == {k: b.circuit for k, b in second.items()}


def test_large_states_have_fewer_rivals() -> None:
    task = make("state/ghz-16q")
    assert set(task.rivals(Circuit(16))) == {"known-circuit"}
    assert task.rivals(Circuit(16))["known-circuit"].cost == pytest.approx(0.0, abs=1e-9)


def test_the_global_phase_does_not_count() -> None:
    target = random_statevector(4, seed=3).data
    circuit = prepared_state(target)
    turned = state_from_vector(np.exp(1.3j) * target)
    assert turned.metrics(circuit)["trace-distance"] == pytest.approx(0.0, abs=1e-9)


def test_other_objectives_are_refused() -> None:
    with pytest.raises(InputError, match="Infidelity"):
        StatePreparation("x", Expectation(PauliSum(("Z",), (1.0,))))
    unitary = random_unitary(4, seed=0).data
    with pytest.raises(InputError, match="no input"):
        StatePreparation("x", Infidelity(unitary.T, states=np.eye(4)))
    with pytest.raises(InputError, match="known must be a circuit of 1 qubits"):
        StatePreparation("x", Infidelity([1.0, 0.0]), known=Circuit(2))
