"""Stabiliser states are recognised and made; others are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import StabilizerState, Statevector, random_clifford

import qrl
from qrl.tasks.measurements import measurements
from qrl.tasks.stabiliser_preparation import stabiliser_preparation


@pytest.mark.parametrize("n_qubits", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(12))
def test_random_stabiliser_states(n_qubits: int, seed: int) -> None:
    clifford = random_clifford(n_qubits, seed=seed)
    state = Statevector(clifford.to_circuit()).data * np.exp(0.3j)
    circuit = stabiliser_preparation(state)
    assert circuit is not None
    assert abs(np.vdot(Statevector(circuit).data, state)) == pytest.approx(1.0, abs=1e-9)
    assert StabilizerState(circuit).equiv(StabilizerState(clifford))


@pytest.mark.parametrize("n_qubits", [2, 4, 7])
def test_a_ghz_state_takes_one_cnot_less_than_qubits(n_qubits: int) -> None:
    state = np.zeros(1 << n_qubits, dtype=np.complex128)
    state[[0, -1]] = 0.5**0.5
    circuit = stabiliser_preparation(state)
    assert circuit is not None
    assert circuit.count_ops() == {"h": 1, "cx": n_qubits - 1}


def test_other_states_are_left_alone() -> None:
    rng = np.random.default_rng(0)
    dense = rng.normal(size=8) + 1j * rng.normal(size=8)
    w = np.zeros(8, dtype=np.complex128)
    w[[1, 2, 4]] = 3**-0.5
    tilted = np.array([0.6, 0, 0, 0.8], dtype=np.complex128)
    turned = np.array([1, 1, 1, np.exp(0.25j * np.pi)], dtype=np.complex128) / 2
    for state in (dense / np.linalg.norm(dense), w, tilted, turned):
        assert stabiliser_preparation(state) is None


def test_the_check_of_a_ghz_circuit_is_as_small() -> None:
    task = qrl.get_task("state/ghz-4q")
    circuit = qrl.Circuit(4).append("h", 0)
    for qubit in range(3):
        circuit = circuit.append("cx", qubit, qubit + 1)
    (whole,) = measurements(task).circuits(circuit)
    assert whole.count_ops()["cx"] == 6
    whole.remove_final_measurements()
    assert Statevector(whole).probabilities()[0] == pytest.approx(1.0, abs=1e-9)
