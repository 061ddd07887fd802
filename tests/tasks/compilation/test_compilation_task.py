"""Metrics and baselines of compilation against Qiskit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import PermutationGate, UnitaryGate
from qiskit.quantum_info import Operator, average_gate_fidelity, process_fidelity, random_unitary
from scipy.optimize import minimize_scalar

from qrl.circuits import Circuit, Infidelity
from qrl.circuits.engines import make_engine
from qrl.errors import InputError
from qrl.tasks.compilation import IDS, Compilation, compilation_of, make
from qrl.tasks.compilation.distances import operator_norm_distance
from qrl.tasks.compilation.local_gates import best_local_circuit
from qrl.tasks.compilation.qiskit_compiler import qiskit_circuit
from qrl.tasks.qiskit_transpiling import transpiled

SEEDS = st.integers(0, 2**32 - 1)


def some_circuit(seed: int, n: int) -> Circuit:
    rng = np.random.default_rng(seed)
    circuit = Circuit(n)
    for q in range(n):
        for name in ("ry", "rz"):
            circuit = circuit.append(name, q, angle=rng.normal())
        if n > 1:
            circuit = circuit.append("cx", q, (q + 1) % n)
    return circuit


def brute_distance(first: np.ndarray, second: np.ndarray) -> float:
    def norm(phase: float) -> float:
        return float(np.linalg.norm(first - np.exp(1j * phase) * second, 2))

    # The largest of several distances has kinks, and valleys side by side: the lowest ones are all tried.
    near = sorted(np.linspace(0, 2 * np.pi, 721), key=norm)[:12]
    options = {"xatol": 1e-10}
    return min(
        float(
            minimize_scalar(
                norm, bounds=(at - 0.01, at + 0.01), method="bounded", options=options
            ).fun
        )
        for at in near
    )


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 3), SEEDS, SEEDS)
def test_fidelities(n: int, first: int, second: int) -> None:
    wanted = random_unitary(2**n, seed=first)
    circuit = some_circuit(second, n)
    made = Operator(circuit.qiskit())
    task = compilation_of(wanted.data)
    metrics = task.metrics(circuit)
    assert metrics["process-fidelity"] == pytest.approx(process_fidelity(made, wanted), abs=1e-10)
    assert metrics["fidelity"] == metrics["process-fidelity"]
    assert metrics["average-gate-fidelity"] == pytest.approx(
        average_gate_fidelity(made, wanted), abs=1e-10
    )
    assert make_engine("exact", task.objective).value(circuit) == pytest.approx(
        1 - metrics["fidelity"], abs=1e-10
    )


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 3), SEEDS, SEEDS)
@example(2, 11338, 7495)
def test_distance_by_brute_force(n: int, first: int, second: int) -> None:
    wanted, circuit = random_unitary(2**n, seed=first).data, some_circuit(second, n)
    metrics = compilation_of(wanted).metrics(circuit)
    made = Operator(circuit.qiskit()).data
    assert metrics["operator-norm-distance"] == pytest.approx(
        brute_distance(made, wanted), abs=1e-6
    )


def test_distances_that_are_known() -> None:
    eye = np.eye(2)
    assert operator_norm_distance(eye, 1j * eye) == pytest.approx(0.0, abs=1e-12)
    # Opposite eigenvalues: whichever phase, one is sqrt(2) away.
    assert operator_norm_distance(eye, np.diag([1, -1])) == pytest.approx(np.sqrt(2))
    assert operator_norm_distance(eye, np.diag([1, np.exp(0.2j)])) == pytest.approx(
        2 * np.sin(0.05)
    )
    # Roots of unity fill the circle but for one gap.
    roots = np.exp(2j * np.pi * np.arange(8) / 8)
    assert operator_norm_distance(np.eye(8), np.diag(roots)) == pytest.approx(
        2 * np.sin(np.pi * 7 / 16)
    )


def test_metrics_use_what_they_are_given() -> None:
    """`apply` decides, not the circuit; output k is column k, so a transpose would show."""
    task = make("compile/random-2q-0")
    metrics = task.metrics(Circuit(2), lambda states: states @ task.unitary.T)
    assert metrics["fidelity"] == pytest.approx(1.0, abs=1e-12)
    assert metrics["operator-norm-distance"] == pytest.approx(0.0, abs=1e-9)
    assert task.metrics(Circuit(2))["fidelity"] < 0.1


@pytest.mark.parametrize("name", [*IDS, "compile/qft-4q", "compile/toffoli-4q", "compile/random-1q-3",
                                  "compile/random-4q-3"])  # fmt: skip
def test_qiskit_compiles_the_unitary(name: str) -> None:
    task = make(name)
    rival = task.rivals(Circuit(task.n_qubits))["qiskit-level-3"]
    made = Operator(rival.circuit.qiskit())
    assert process_fidelity(made, Operator(task.unitary)) == pytest.approx(1.0, abs=1e-9)
    assert rival.cost == pytest.approx(0.0, abs=1e-9)
    assert set(rival.circuit.counts) <= {"cx", "rx", "ry", "rz"}


@pytest.mark.parametrize("seed", range(6))
def test_permutations_that_the_compiler_leaves_out_are_put_back(seed: int) -> None:
    """Among them cycles of three, whose inverse is another permutation."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(4)
    circuit.append(UnitaryGate(random_unitary(4, seed=seed)), [0, 2])
    circuit.append(PermutationGate(rng.permutation(4)), range(4))
    circuit.append(UnitaryGate(random_unitary(4, seed=seed + 100)), [3, 1])
    for a, b in rng.permuted([[0, 1, 2, 3]] * 3, axis=1)[:, :2]:
        circuit.swap(int(a), int(b))
    made = transpiled(circuit, from_zero=False)
    assert process_fidelity(Operator(made.qiskit()), Operator(circuit)) == pytest.approx(1.0)


def test_a_cycle_of_three_qubits() -> None:
    circuit = QuantumCircuit(3)
    circuit.append(PermutationGate([1, 2, 0]), range(3))
    made = transpiled(circuit, from_zero=False)
    assert process_fidelity(Operator(made.qiskit()), Operator(circuit)) == pytest.approx(1.0)
    assert made.two_qubit_count == 6


def test_a_known_name_helps() -> None:
    unitary = make("compile/toffoli-3q").unitary
    assert qiskit_circuit(unitary, "toffoli").two_qubit_count == 6
    assert qiskit_circuit(unitary).two_qubit_count > 6


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 4), SEEDS)
def test_single_qubit_gates_find_a_product(n: int, seed: int) -> None:
    """Where the wanted unitary is a product, no CNOT is needed."""
    wanted = np.eye(1)
    for q in range(n):
        wanted = np.kron(random_unitary(2, seed=seed // (q + 1)).data, wanted)
    circuit = best_local_circuit(wanted)
    assert circuit.two_qubit_count == 0
    assert process_fidelity(Operator(circuit.qiskit()), Operator(wanted)) == pytest.approx(
        1.0, abs=1e-8
    )


@pytest.mark.parametrize(
    ("name", "fidelity"),
    [
        ("swap-2q", 1 / 4),  # all Schmidt coefficients of the swap are alike
        ("qft-2q", 1 / 4),
    ],
)
def test_single_qubit_gates_reach_the_operator_schmidt_bound(name: str, fidelity: float) -> None:
    wanted = make(f"compile/{name}").unitary
    blocks = wanted.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(4, 4)
    bound = np.linalg.svd(blocks, compute_uv=False)[0] ** 2 / 4
    made = Operator(best_local_circuit(wanted).qiskit())
    found = process_fidelity(made, Operator(wanted))
    assert found == pytest.approx(fidelity, abs=1e-8)
    assert found <= bound + 1e-9


@pytest.mark.parametrize("name", IDS)
def test_single_qubit_gates_are_no_worse_than_no_gate(name: str) -> None:
    task = make(name)
    rivals = task.rivals(Circuit(task.n_qubits))
    empty = task.trivial()["empty-circuit"]
    assert rivals["single-qubit-gates"].cost <= empty.cost + 1e-12
    made = Operator(Circuit(task.n_qubits).qiskit())
    assert empty.cost == pytest.approx(1 - process_fidelity(made, Operator(task.unitary)))


def test_a_fixed_layout_of_the_same_size() -> None:
    """Three CNOTs between rotations make any unitary of two qubits."""
    task = make("compile/random-2q-0")
    assert "hardware-efficient" not in task.rivals(Circuit(2))
    found = Circuit(2).append("swap", 0, 1)
    rival = task.rivals(found)["hardware-efficient"]
    assert rival.cnots == found.two_qubit_count == 3
    made = Operator(rival.circuit.qiskit())
    assert rival.cost == pytest.approx(1 - process_fidelity(made, Operator(task.unitary)), abs=1e-9)
    assert rival.cost < task.rivals(found)["single-qubit-gates"].cost


def test_large_unitaries_have_fewer_rivals() -> None:
    assert set(make("compile/qft-7q").rivals(Circuit(7))) == {"single-qubit-gates"}


def test_other_objectives_are_refused() -> None:
    with pytest.raises(InputError, match="ProcessInfidelity"):
        Compilation("x", Infidelity([1.0, 0.0]))
    with pytest.raises(InputError, match="gate must be a text"):
        Compilation("x", make("compile/swap-2q").objective, gate=None)  # type: ignore[arg-type]
