"""Conversions to and from Qiskit, and to PennyLane."""

import math
import re

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, transpile
from qiskit.circuit import Gate as QiskitGate
from qiskit.circuit import Parameter
from qiskit.circuit.library import CXGate, RXGate
from qiskit.quantum_info import Operator
from strategies import circuits

from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.convert.qiskit import from_qiskit
from qrl.errors import InputError

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def _same_to_the_bit(one: Circuit, two: Circuit) -> bool:
    bits = [np.array(c.angles, dtype=np.float64).view(np.uint64) for c in (one, two)]
    return one == two and np.array_equal(*bits)


@given(circuits())
@settings(deadline=None, max_examples=60)
def test_qiskit_has_the_same_unitary(circuit: Circuit) -> None:
    assert np.allclose(Operator(circuit.qiskit()).data, dense.unitary(circuit), atol=1e-12)


@given(circuits(angle=FINITE))
@settings(deadline=None, max_examples=60)
def test_qiskit_round_trip_is_exact(circuit: Circuit) -> None:
    assert _same_to_the_bit(Circuit.from_qiskit(circuit.qiskit()), circuit)


def test_barriers_identities_and_global_phase_are_dropped() -> None:
    theirs = QuantumCircuit(2, global_phase=0.7)
    theirs.h(0)
    theirs.barrier()
    theirs.id(1)
    theirs.cx(1, 0)
    assert from_qiskit(theirs) == Circuit(2).append("h", 0).append("cx", 1, 0)


def test_final_measurements_are_refused_with_the_way_out() -> None:
    theirs = QuantumCircuit(2)
    theirs.h(0)
    theirs.measure_all()
    with pytest.raises(InputError, match="remove_final_measurements"):
        from_qiskit(theirs)
    bare = theirs.remove_final_measurements(inplace=False)
    assert from_qiskit(bare) == Circuit(2).append("h", 0)


def test_classical_bits_resets_and_other_objects_are_refused() -> None:
    with pytest.raises(InputError, match="1 classical bits"):
        from_qiskit(QuantumCircuit(1, 1))
    theirs = QuantumCircuit(1)
    theirs.reset(0)
    with pytest.raises(InputError, match="resets a qubit"):
        from_qiskit(theirs)
    with pytest.raises(InputError, match="at least 1 qubit"):
        from_qiskit(QuantumCircuit())
    with pytest.raises(InputError, match="QuantumCircuit; got str"):
        from_qiskit("h q[0];")  # type: ignore[arg-type]


def test_control_flow_is_refused() -> None:
    register = ClassicalRegister(1)
    theirs = QuantumCircuit(1)
    theirs.add_register(register)
    with theirs.if_test((register, 1)):
        theirs.x(0)
    with pytest.raises(InputError, match="classical bits"):
        from_qiskit(theirs)
    loop = QuantumCircuit(1)
    with loop.for_loop(range(2)):
        loop.x(0)
    with pytest.raises(InputError, match="'for_loop' is not in the table"):
        from_qiskit(loop)


def test_unbound_parameters_are_refused_and_bound_ones_read() -> None:
    alpha = Parameter("alpha")
    theirs = QuantumCircuit(1)
    theirs.rx(2 * alpha, 0)
    with pytest.raises(InputError, match=r"alpha.*assign_parameters"):
        from_qiskit(theirs)
    bound = theirs.assign_parameters({alpha: 0.25})
    assert from_qiskit(bound) == Circuit(1).append("rx", 0, angle=0.5)


def test_unknown_gates_are_named_and_the_advice_works() -> None:
    theirs = QuantumCircuit(3)
    theirs.ccx(0, 1, 2)
    with pytest.raises(InputError, match=r"'ccx' is not in the table.*transpile\(") as refused:
        from_qiskit(theirs)
    call = re.search(r"qiskit\.transpile\(circuit, basis_gates=(\[.*?\])\)", str(refused.value))
    assert call is not None
    basis = [name.strip(" '") for name in call[1].strip("[]").split(",")]
    ours = from_qiskit(transpile(theirs, basis_gates=basis))
    assert Operator(ours.qiskit()).equiv(Operator(theirs))


def _custom(name: str, body: QuantumCircuit) -> QuantumCircuit:
    gate = QiskitGate(name, body.num_qubits, [0.3] if name in ("rx", "rzz") else [])
    gate.definition = body
    theirs = QuantumCircuit(body.num_qubits)
    theirs.append(gate, range(body.num_qubits))
    return theirs


def test_a_custom_gate_counts_by_its_matrix() -> None:
    body = QuantumCircuit(2)
    body.cx(0, 1)
    body.rz(0.3, 1)
    body.cx(0, 1)
    assert from_qiskit(_custom("rzz", body)) == Circuit(2).append("rzz", 0, 1, angle=0.3)
    body.rz(1e-6, 1)
    with pytest.raises(InputError, match=r"rzz\(0, 1\).* another matrix.*another name"):
        from_qiskit(_custom("rzz", body))


def test_a_custom_gate_may_differ_by_a_phase() -> None:
    body = QuantumCircuit(1, global_phase=0.4)
    body.z(0)
    assert from_qiskit(_custom("z", body)) == Circuit(1).append("z", 0)


@pytest.mark.parametrize("name", ["id", "barrier", "x", "rx", "cx"])
def test_a_name_of_the_table_is_not_enough(name: str) -> None:
    body = QuantumCircuit(1)
    body.h(0)
    with pytest.raises(InputError, match=name):
        from_qiskit(_custom(name, body))


def test_a_standard_class_under_another_name_is_not_enough() -> None:
    theirs = QuantumCircuit(2)
    open_control = CXGate(ctrl_state=0)
    theirs.append(open_control, [0, 1])
    with pytest.raises(InputError, match="cx_o0"):
        from_qiskit(theirs)
    renamed = RXGate(0.3)
    renamed.name = "rz"
    theirs = QuantumCircuit(1)
    theirs.append(renamed, [0])
    with pytest.raises(InputError, match="another matrix"):
        from_qiskit(theirs)


def test_gates_without_matrix_and_infinite_angles_are_refused() -> None:
    theirs = QuantumCircuit(1)
    theirs.append(QiskitGate("rx", 1, [0.3]), [0])
    with pytest.raises(InputError, match="no matrix"):
        from_qiskit(theirs)
    theirs = QuantumCircuit(1)
    theirs.rx(math.inf, 0)
    with pytest.raises(InputError, match="finite"):
        from_qiskit(theirs)


@given(circuits())
@settings(deadline=None, max_examples=60)
def test_pennylane_has_the_same_unitary(circuit: Circuit) -> None:
    order = list(range(circuit.n_qubits))
    tape = circuit.pennylane()
    assert len(tape.operations) == len(circuit)
    assert tape.measurements == []
    if len(circuit) == 0:
        return
    big_endian = qml.matrix(tape, wire_order=order)
    assert np.allclose(qml.matrix(tape, wire_order=order[::-1]), dense.unitary(circuit), atol=1e-12)
    axes = [*order[::-1], *(n + circuit.n_qubits for n in order[::-1])]
    shape = (2,) * (2 * circuit.n_qubits)
    turned = big_endian.reshape(shape).transpose(axes).reshape(big_endian.shape)
    assert np.allclose(turned, dense.unitary(circuit), atol=1e-12)


@given(circuits(max_qubits=3, min_gates=1))
@settings(deadline=None, max_examples=15)
def test_pennylanes_simulator_makes_the_same_state(circuit: Circuit) -> None:
    n = circuit.n_qubits
    tape = qml.tape.QuantumScript(circuit.pennylane().operations, [qml.state()])
    (state,) = qml.execute([tape], qml.device("default.qubit", wires=list(range(n))[::-1]))
    assert np.allclose(state, dense.statevector(circuit), atol=1e-12)


def test_pennylane_angles_and_wires() -> None:
    circuit = Circuit(2).append("rx", 1, angle=0.3).append("cx", 1, 0)
    rotation, cnot = circuit.pennylane().operations
    assert (rotation.name, list(rotation.wires), rotation.parameters) == ("RX", [1], [0.3])
    assert (cnot.name, list(cnot.wires)) == ("CNOT", [1, 0])
