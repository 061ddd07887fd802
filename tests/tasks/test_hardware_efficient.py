"""Hardware-efficient circuits and the baseline that tunes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, Statevector

from qrl.circuits import Circuit, PauliSum
from qrl.circuits.objectives import DephasingGap, Expectation, Infidelity, ProcessInfidelity
from qrl.errors import InputError
from qrl.tasks import get_task
from qrl.tasks.hardware_efficient import (
    hardware_efficient_baseline,
    hardware_efficient_circuit,
    is_real,
)


@given(n=st.integers(2, 7), cnots=st.integers(0, 25), gates=st.sampled_from(["ry", "ry+rz"]))
def test_the_layout(n, cnots, gates):
    circuit = hardware_efficient_circuit(n, cnots, gates)
    placed = [gate for gate in circuit.gates if gate.name == "cx"]
    assert circuit.two_qubit_count == len(placed) == cnots
    bricks = [(q, q + 1) for first in (0, 1) for q in range(first, n - 1, 2)]
    assert [gate.qubits for gate in placed] == [bricks[k % len(bricks)] for k in range(cnots)]
    kinds = gates.split("+")
    assert circuit.rotation_count == len(kinds) * (n + 2 * cnots)
    for q in range(n):
        names = [gate.name for gate in circuit.gates if q in gate.qubits]
        entangling = names.count("cx")
        assert names == ["cx" if k == len(kinds) else kinds[k] for _ in range(entangling)
                         for k in range(len(kinds) + 1)] + kinds  # fmt: skip


def test_one_qubit_has_rotations_alone():
    circuit = hardware_efficient_circuit(1, 0, "ry+rz")
    assert [gate.name for gate in circuit.gates] == ["ry", "rz"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, -1), "CNOTs must be a whole number of at least 0; got -1"),
        ((3, 1.5), "got 1.5"),
        ((0, 0), "qubits must be a whole number of at least 1"),
        ((1, 2), "needs two qubits"),
        ((3, 1, "rx"), "Unknown set of rotations 'rx'"),
    ],
)
def test_what_it_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        hardware_efficient_circuit(*arguments)


def test_the_baseline_reaches_the_ground_state_of_a_small_chain():
    task = get_task("vqe/tfim-4q-1")
    matrix = Operator(task.objective.observable.to_qiskit()).data
    lowest = np.linalg.eigvalsh(matrix)[0]
    found = hardware_efficient_baseline(task.objective, task.start, 9)
    assert found.cost == pytest.approx(lowest, abs=1e-6)
    state = Statevector(found.circuit.qiskit()).data
    assert (state.conj() @ matrix @ state).real == pytest.approx(found.cost, abs=1e-10)
    assert found.cnots == 9
    assert found.evaluations > 5
    again = hardware_efficient_baseline(task.objective, task.start, 9)
    assert (again.cost, again.circuit) == (found.cost, found.circuit)


def test_without_cnots_it_is_the_best_product_state():
    # The lowest energy on a grid of both RY angles.
    observable = PauliSum(("ZZ", "IX", "XI", "IZ"), (0.7, -0.4, 0.9, 0.3))
    angles = np.linspace(-np.pi, np.pi, 721)
    x, z = np.sin(angles), np.cos(angles)
    energies = (
        0.7 * np.multiply.outer(z, z)
        - 0.4 * x[:, None]
        + 0.9 * x[None, :]
        + 0.3 * z[:, None]
    )  # fmt: skip
    found = hardware_efficient_baseline(Expectation(observable), Circuit(2), 0)
    assert energies.min() - 1e-4 <= found.cost <= energies.min() + 1e-9


def test_the_start_stays_in_front():
    start = Circuit(2).append("x", 0).append("ry", 1, angle=0.3).append("cx", 1, 0)
    objective = Expectation(PauliSum(("XX", "ZI"), (1.0, 0.5)))
    found = hardware_efficient_baseline(objective, start, 2, gates="ry")
    assert found.circuit.gates[:3] == start.gates
    assert found.cnots == 3


def test_complex_targets_get_z_rotations():
    target = np.array([1, 1j, -1, 1]) / 2
    found = hardware_efficient_baseline(Infidelity(target), Circuit(2), 2)
    assert found.cost < 1e-8
    assert "rz" in found.circuit.counts
    limit = hardware_efficient_baseline(Infidelity(target), Circuit(2), 2, gates="ry").cost
    # Real states: the overlap with a + ib is at most the largest eigenvalue of a a^T + b b^T.
    parts = np.array([target.real, target.imag])
    assert limit == pytest.approx(1 - np.linalg.eigvalsh(parts @ parts.T)[-1], abs=1e-8)


def test_both_sets_of_rotations_are_tried_and_the_better_is_kept():
    # From the Hartree-Fock determinant of water RY alone finds no way down.
    task = get_task("vqe/h2o-8q")
    sets = {
        gates: hardware_efficient_baseline(task.objective, task.start, 14, gates=gates)
        for gates in ("ry", "ry+rz")
    }
    both = hardware_efficient_baseline(task.objective, task.start, 14)
    assert sets["ry"].cost == pytest.approx(task.basis_state_cost(task.initial_state), abs=1e-9)
    assert both.cost == sets["ry+rz"].cost < sets["ry"].cost - 1e-3
    assert both.evaluations == sets["ry"].evaluations + sets["ry+rz"].evaluations
    assert both.cnots == 14


def test_of_equal_costs_the_circuit_with_fewer_rotations_is_kept():
    found = hardware_efficient_baseline(
        Infidelity(np.array([1, 0, 0, 1]) / np.sqrt(2)), Circuit(2), 1
    )
    assert found.cost < 1e-9
    assert "rz" not in found.circuit.counts


def test_a_start_that_is_not_real_gets_z_rotations():
    objective = Expectation(PauliSum(("XX",), (1.0,)))
    start = Circuit(2).append("s", 0)
    assert "rz" in hardware_efficient_baseline(objective, start, 1).circuit.counts


@pytest.mark.parametrize(
    ("objective", "answer"),
    [
        (Expectation(PauliSum(("XY",), (1.0,))), False),
        (Expectation(PauliSum(("YY",), (1.0,))), True),
        (Infidelity(np.array([1j, -1j]) / np.sqrt(2)), True),
        (Infidelity(np.array([1j, 1]) / np.sqrt(2)), False),
        (ProcessInfidelity(np.diag([1, 1j])), False),
        (ProcessInfidelity(np.diag([1j, -1j])), True),
        (DephasingGap(np.eye(4) / 4), True),
        (DephasingGap(np.array([[0.5, 0.2j], [-0.2j, 0.5]])), False),
    ],
)
def test_is_real(objective, answer):
    assert is_real(objective) is answer


def test_sizes_must_agree():
    objective = Expectation(PauliSum(("XX",), (1.0,)))
    with pytest.raises(InputError, match="2 qubits; got 3"):
        hardware_efficient_baseline(objective, Circuit(3), 1)
    with pytest.raises(InputError, match="random starts"):
        hardware_efficient_baseline(objective, Circuit(2), 1, starts=-1)
