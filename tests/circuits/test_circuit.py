"""Circuits as values: edits, counts, checks, plain data."""

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import angles, circuits

from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_spec
from qrl.errors import InputError

LAYERED = (
    Circuit(3)
    .append("h", 0)
    .append("cx", 0, 1)
    .append("rzz", 1, 2, angle=0.3)
    .append("rx", 0, angle=-1.0)
    .append("swap", 0, 2)
    .append("cz", 2, 1)
)


def test_is_a_hashable_value() -> None:
    again = Circuit(3, LAYERED.gates, LAYERED.angles)
    assert again == LAYERED
    assert len({again, LAYERED}) == 1
    assert again.with_angles([0.3, 1.0]) != LAYERED
    with pytest.raises(dataclasses.FrozenInstanceError):
        again.n_qubits = 4  # type: ignore[misc]


def test_counts_by_hand() -> None:
    assert LAYERED.counts == {"h": 1, "cx": 1, "rzz": 1, "rx": 1, "swap": 1, "cz": 1}
    assert LAYERED.two_qubit_count == 1 + 2 + 3 + 1
    assert LAYERED.rotation_count == 2
    assert LAYERED.gate_count == 1 + 1 + 3 + 1 + 3 + 3
    assert LAYERED.depth == 5
    assert len(LAYERED) == 6


def test_empty_circuit() -> None:
    empty = Circuit(2)
    assert (empty.depth, empty.two_qubit_count, empty.gate_count, len(empty)) == (0, 0, 0, 0)
    assert np.array_equal(empty.unitary(), np.eye(4))


def test_qubit_0_is_the_least_significant_bit() -> None:
    assert dense.statevector(Circuit(3).append("x", 0)).argmax() == 0b001
    assert dense.statevector(Circuit(3).append("x", 2)).argmax() == 0b100
    flipped = Circuit(2).append("x", 1).append("cx", 1, 0)
    assert dense.statevector(flipped).argmax() == 0b11


@given(circuits())
@settings(deadline=None, max_examples=60)
def test_depth_and_counts_equal_qiskits(circuit: Circuit) -> None:
    theirs = circuit.qiskit()
    assert circuit.depth == theirs.depth()
    assert circuit.counts == dict(theirs.count_ops())


@given(circuits(min_gates=1), st.data())
@settings(deadline=None, max_examples=60)
def test_insert_and_remove_undo_each_other(circuit: Circuit, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(circuit) - 1))
    gate, angle = list(circuit.placed())[index]
    shorter = circuit.remove(index)
    assert len(shorter) == len(circuit) - 1
    assert shorter.insert(index, gate.name, *gate.qubits, angle=angle) == circuit
    assert circuit.replace(index, gate.name, *gate.qubits, angle=angle) == circuit


@given(circuits(max_qubits=3), st.data())
@settings(deadline=None, max_examples=40)
def test_insert_keeps_each_angle_at_its_gate(circuit: Circuit, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(circuit)))
    angle = data.draw(angles())
    before = list(circuit.placed())
    after = list(circuit.insert(index, "ry", 0, angle=angle).placed())
    assert after == [*before[:index], (Gate("ry", (0,)), angle), *before[index:]]


def test_rotation_without_an_angle_gets_zero() -> None:
    assert Circuit(1).append("rx", 0).angles == (0.0,)
    assert Circuit(1).append("rx", 0, angle=1.0).replace(0, "x", 0).angles == ()


@given(circuits(angle=st.floats(allow_nan=False, allow_infinity=False)))
@settings(deadline=None, max_examples=60)
def test_plain_data_round_trip_to_the_bit(circuit: Circuit) -> None:
    back = Circuit.from_dict(json.loads(json.dumps(circuit.to_dict())))
    assert back == circuit
    assert np.array_equal(
        np.array(back.angles).view(np.uint64), np.array(circuit.angles).view(np.uint64)
    )


@given(circuits(max_qubits=3, max_gates=8), circuits(max_qubits=3, max_gates=8))
@settings(deadline=None, max_examples=30)
def test_unitary_of_a_sequence_is_the_product(first: Circuit, second: Circuit) -> None:
    n = max(first.n_qubits, second.n_qubits)
    one, two = (Circuit(n, c.gates, c.angles) for c in (first, second))
    both = Circuit(n, one.gates + two.gates, one.angles + two.angles)
    assert np.allclose(both.unitary(), two.unitary() @ one.unitary(), atol=1e-12)


def test_numpy_numbers_become_plain_ones() -> None:
    circuit = Circuit(np.int64(2)).append("cx", np.int64(1), np.int32(0))  # type: ignore[arg-type]
    circuit = circuit.append("rx", 0, angle=np.float32(0.5)).with_angles(np.array([0.25]))
    assert type(circuit.n_qubits) is int
    assert all(type(q) is int for gate in circuit.gates for q in gate.qubits)
    assert type(circuit.angles[0]) is float


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "at least 1 qubit"),
        ((2.0,), "at least 1 qubit"),
        ((2, (("rq", (0,)),)), "Did you mean .*'rx'"),
        ((2, (("cx", (0, 0)),)), "2 different qubits"),
        ((2, (("cx", (0,)),)), "2 different qubits"),
        ((2, (("x", (2,)),)), "qubits from 0 to 1; got 2"),
        ((2, (("x", (-1,)),)), "qubits from 0 to 1; got -1"),
        ((2, (("x", (0.5,)),)), "qubits from 0 to 1"),
        ((2, (("rx", (0,)),)), "1 parametrised gates .* got 0"),
        ((2, (("x", (0,)),), (0.1,)), "0 parametrised gates .* got 1"),
        ((2, (("rx", (0,)),), (math.nan,)), "finite"),
        ((2, (("rx", (0,)),), (math.inf,)), "finite"),
        ((2, (("rx", (0,)),), ("a",)), "real numbers in radians"),
        ((2, (("rx", (0,)),), (1j,)), "real numbers in radians"),
        ((2, (("rx", (0,)),), None), "real numbers in radians"),
    ],
)
def test_refuses_what_is_no_circuit(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Circuit(*arguments)  # type: ignore[arg-type]


def test_refuses_edits_outside_the_circuit() -> None:
    with pytest.raises(InputError, match="between 0 and 6; got 7"):
        LAYERED.insert(7, "x", 0)
    with pytest.raises(InputError, match="to below 6, the number of gates; got -1"):
        LAYERED.remove(-1)
    with pytest.raises(InputError, match="to below 6, the number of gates; got 6"):
        LAYERED.replace(6, "x", 0)
    with pytest.raises(InputError, match="takes no angle"):
        LAYERED.append("cx", 0, 1, angle=0.2)


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"n_qubits": 2, "gates": [["x", 0]]},
        {"n_qubits": 2, "gates": [[]], "angles": []},
        {"n_qubits": 2, "gates": 3, "angles": []},
        {"n_qubits": 2, "gates": [[["x"], 0]], "angles": []},
        {"n_qubits": "2", "gates": [], "angles": []},
    ],
)
def test_refuses_malformed_plain_data(data: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Circuit.from_dict(data)


def test_gate_reads_well() -> None:
    assert str(Gate("cx", (0, 1))) == "cx(0, 1)"
    assert gate_spec("cx").symmetric is False
    assert gate_spec("rzz").symmetric is True
