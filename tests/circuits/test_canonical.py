"""Canonical forms: equal for, and only for, circuits that differ by commuting gates."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits

from qrl.circuits.canonical import commute
from qrl.circuits.circuit import Circuit
from qrl.circuits.dense import embed
from qrl.circuits.gates import Gate, gate_spec

Placed = list[tuple[Gate, float | None]]


def _commute_at(first: Gate, second: Gate, one: float, two: float) -> bool:
    n = 1 + max(*first.qubits, *second.qubits)
    a = embed(gate_spec(first.name).matrix(one), first.qubits, n)
    b = embed(gate_spec(second.name).matrix(two), second.qubits, n)
    return np.allclose(a @ b, b @ a, atol=1e-9)


def _always_commute(first: Gate, second: Gate) -> bool:
    return all(_commute_at(first, second, one, two) for one, two in ((0.4, 1.1), (2.0, -0.7)))


def _circuit(n_qubits: int, placed: Placed) -> Circuit:
    angles = tuple(angle for _, angle in placed if angle is not None)
    return Circuit(n_qubits, tuple(gate for gate, _ in placed), angles)


def _swapped(placed: Placed, index: int) -> Placed:
    return [*placed[:index], placed[index + 1], placed[index], *placed[index + 2 :]]


@given(circuits(min_gates=2), st.data())
@settings(deadline=None, max_examples=100)
def test_reordering_commuting_gates_keeps_the_form(circuit: Circuit, data: st.DataObject) -> None:
    placed = list(circuit.placed())
    places = st.integers(0, len(placed) - 2)
    for index in data.draw(st.lists(places, max_size=40)):
        if _always_commute(placed[index][0], placed[index + 1][0]):
            placed = _swapped(placed, index)
    turned = [
        (Gate(g.name, g.qubits[::-1]) if gate_spec(g.name).symmetric else g, angle)
        for g, angle in placed
    ]
    reordered = _circuit(circuit.n_qubits, turned)
    assert reordered.canonical() == circuit.canonical()
    assert hash(reordered.canonical()) == hash(circuit.canonical())


@given(circuits(min_gates=2))
@settings(deadline=None, max_examples=100)
def test_other_orders_have_another_form(circuit: Circuit) -> None:
    placed = list(circuit.placed())
    for index in range(len(placed) - 1):
        if not _always_commute(placed[index][0], placed[index + 1][0]):
            other = _circuit(circuit.n_qubits, _swapped(placed, index))
            assert other.canonical() != circuit.canonical()


@given(circuits())
@settings(deadline=None, max_examples=60)
def test_form_has_the_same_unitary_and_is_its_own_form(circuit: Circuit) -> None:
    form = circuit.canonical()
    assert np.allclose(form.unitary(), circuit.unitary(), atol=1e-11)
    assert form.canonical() == form
    assert form.two_qubit_count == circuit.two_qubit_count
    assert form.counts == circuit.counts


@given(circuits(max_qubits=3, min_gates=2, max_gates=2))
@settings(deadline=None, max_examples=150)
def test_commute_agrees_with_the_matrices(circuit: Circuit) -> None:
    first, second = circuit.gates
    assert commute(first, second) == _always_commute(first, second)


def test_known_pairs() -> None:
    cx = Gate("cx", (0, 1))
    assert commute(cx, Gate("rz", (0,)))
    assert commute(cx, Gate("rx", (1,)))
    assert commute(cx, Gate("cx", (0, 2)))
    assert commute(cx, Gate("cx", (2, 1)))
    assert commute(Gate("rzz", (0, 1)), Gate("rzz", (1, 2)))
    assert not commute(cx, Gate("rx", (0,)))
    assert not commute(cx, Gate("rz", (1,)))
    assert not commute(cx, Gate("cx", (1, 2)))
    assert not commute(cx, Gate("cx", (1, 0)))


def test_angles_travel_with_their_gates() -> None:
    one = Circuit(2).append("rz", 1, angle=0.1).append("rx", 0, angle=0.2)
    two = Circuit(2).append("rx", 0, angle=0.2).append("rz", 1, angle=0.1)
    assert one.canonical() == two.canonical()
    assert one.canonical() != two.with_angles(two.angles[::-1]).canonical()
