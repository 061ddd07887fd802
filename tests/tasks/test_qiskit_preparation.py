"""States prepared by Qiskit, as circuits of Qiskit and of ours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector

from qrl.tasks.qiskit_preparation import pauli_label, preparation, prepared_state

SIZES = st.sampled_from([0.0, 1e-12, 1e-9, 1e-8, 3e-8, 6e-8, 1e-7, 1e-6, 1e-3, 0.5, 1.0, 2.0])


@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_amplitudes_of_very_different_size(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    sizes = data.draw(st.lists(SIZES, min_size=1 << n, max_size=1 << n))
    phases = data.draw(st.lists(st.floats(-3.2, 3.2), min_size=1 << n, max_size=1 << n))
    vector = np.array(sizes) * np.exp(1j * np.array(phases))
    if np.linalg.norm(vector) < 1e-6:
        vector[-1] = -2.0
    state = vector / np.linalg.norm(vector)
    made = Statevector(preparation(state, n)).data
    assert abs(np.vdot(made, state)) == pytest.approx(1.0, abs=1e-8)
    circuit = prepared_state(vector)
    assert set(circuit.counts) <= {"cx", "rx", "ry", "rz"}
    assert abs(np.vdot(Statevector(circuit.qiskit()).data, state)) == pytest.approx(1.0, abs=1e-8)


def test_a_state_that_qiskit_2_6_prepares_wrongly() -> None:
    state = np.array([0.0, 1.0, 2.0, 5.960464477539063e-08, 0, 0, 0, 0]) / np.sqrt(5.0)
    made = Statevector(prepared_state(state).qiskit()).data
    assert abs(np.vdot(made, state)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("label", ["0", "1", "0110", "100"])
def test_basis_states_need_no_cnots(label: str) -> None:
    state = np.zeros(1 << len(label), dtype=complex)
    state[int(label, 2)] = 1j
    circuit = prepared_state(state)
    assert circuit.two_qubit_count == 0
    assert len(circuit) == label.count("1")


@pytest.mark.parametrize("label", ["0", "-", "r1", "+l0", "rl+-", "00l"])
def test_products_of_pauli_eigenstates_have_labels(label):
    state = Statevector.from_label(label).data
    assert pauli_label(state) == label
    assert pauli_label(np.exp(0.7j) * state) == label


@pytest.mark.parametrize(
    "state", [[1, 0, 0, 1], [0.6, 0.8], [1, 1, 1, -1], [1, np.exp(0.25j * np.pi)]]
)
def test_other_states_have_none(state):
    assert pauli_label(np.array(state) / np.linalg.norm(state)) is None
