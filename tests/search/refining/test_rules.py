"""Each rule that leaves the unitary alone, against dense matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits

from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.gates import GATE_SETS, GATES, Gate, gate_spec
from qrl.errors import InputError
from qrl.search.refining.cnot_runs import short_cnot_runs
from qrl.search.refining.euler import matrix_of
from qrl.search.refining.levelling import levelled
from qrl.search.refining.merging import merged
from qrl.search.refining.native import in_gates
from qrl.search.refining.placed import build, gather
from qrl.search.refining.routing import fits, routed
from qrl.search.refining.single_runs import short_runs, word_for

ALL = frozenset(GATES)
QUARTER = math.pi / 2


def same(first: Circuit, second: Circuit) -> bool:
    """Whether two circuits have one unitary up to a global phase: |Tr A^dagger B| = 2**n."""
    a, b = first.unitary(), second.unitary()
    overlap = np.vdot(a, b)
    return bool(np.allclose(a * overlap / abs(overlap), b, atol=1e-8))


def circuit(n_qubits: int, *gates: tuple) -> Circuit:
    """A circuit of tuples (name, qubit, ..., angle where it takes one)."""
    made = Circuit(n_qubits)
    for name, *rest in gates:
        if gate_spec(name).parametric:
            made = made.append(name, *rest[:-1], angle=rest[-1])
        else:
            made = made.append(name, *rest)
    return made


@settings(max_examples=40, deadline=None)
@given(found=circuits(max_qubits=3, max_gates=12))
def test_no_rule_changes_the_unitary_or_makes_the_circuit_larger(found: Circuit) -> None:
    for rule in (
        lambda c: merged(c, ALL),
        lambda c: short_runs(c, ALL),
        lambda c: short_cnot_runs(c, lambda a, b: True),
        levelled,
    ):
        new = rule(found)
        assert same(new, found)
        assert new.two_qubit_count <= found.two_qubit_count
        assert new.gate_count <= found.gate_count
        found = new
    assert levelled(found).depth <= found.depth


@settings(max_examples=40, deadline=None)
@given(
    found=circuits(max_qubits=3, max_gates=8),
    name=st.sampled_from(["cx+rotations", "cz+rotations", "rzz+rotations", "ibm-cz", "ibm-ecr"]),
)
def test_a_circuit_can_be_written_in_other_gates(found: Circuit, name: str) -> None:
    new = in_gates(found, frozenset(GATE_SETS[name]))
    assert set(new.counts) <= set(GATE_SETS[name])
    assert same(new, found)


@settings(max_examples=40, deadline=None)
@given(found=circuits(max_qubits=3, max_gates=10, min_gates=1), data=st.data())
def test_gathering_keeps_the_unitary(found: Circuit, data: st.DataObject) -> None:
    gates = list(found.placed())
    start = data.draw(st.integers(0, len(gates) - 1))
    before, block, after = gather(gates, start, lambda g: len(g.qubits) == 1)
    assert sorted(map(str, before + block + after)) == sorted(map(str, gates))
    assert same(build(found.n_qubits, before + block + after), found)


def test_rotations_merge_across_the_control_of_a_cnot() -> None:
    found = circuit(2, ("rz", 0, 0.3), ("cx", 0, 1), ("rz", 0, 0.4), ("cx", 0, 1))
    assert merged(found, ALL) == circuit(2, ("rz", 0, 0.7))


def test_inverse_cnots_cancel_only_where_nothing_between_holds_them() -> None:
    free = circuit(3, ("cx", 0, 1), ("cx", 0, 2), ("rx", 1, 0.2), ("cx", 0, 1))
    assert merged(free, ALL).counts == {"cx": 1, "rx": 1}
    held = circuit(2, ("cx", 0, 1), ("ry", 1, 0.2), ("cx", 0, 1))
    assert merged(held, ALL) == held


def test_merged_fixed_gates_stay_within_the_set() -> None:
    found = circuit(1, ("s", 0), ("s", 0))
    assert merged(found, frozenset({"s", "z"})) == circuit(1, ("z", 0))
    assert merged(found, frozenset({"s", "rz"})) == circuit(1, ("rz", 0, math.pi))
    assert merged(found, frozenset({"s"})) == found
    assert merged(circuit(1, ("s", 0), ("sx", 0)), ALL).counts == {"s": 1, "sx": 1}


def test_a_chain_of_cnots_needs_one_less() -> None:
    found = circuit(3, ("cx", 0, 1), ("cx", 1, 2), ("cx", 0, 1))
    new = short_cnot_runs(found, lambda a, b: True)
    assert new.two_qubit_count == 2
    assert same(new, found)
    # On a line the pair (0, 2) is not coupled, and three are the fewest.
    assert short_cnot_runs(found, coupling_map("line", 3).has_edge) == found


def test_four_cnots_can_be_one_and_a_swap_stays() -> None:
    four = circuit(3, ("cx", 0, 1), ("cx", 1, 2), ("cx", 0, 1), ("cx", 1, 2))
    assert short_cnot_runs(four, lambda a, b: True) == circuit(3, ("cx", 0, 2))
    swap = circuit(2, ("cx", 0, 1), ("cx", 1, 0), ("cx", 0, 1))
    assert short_cnot_runs(swap, lambda a, b: True) == swap


def test_commuting_gates_are_put_side_by_side() -> None:
    # RZ on the control may come before or behind; in this order the CNOTs wait for each other.
    found = circuit(4, ("cx", 0, 1), ("cx", 0, 2), ("cx", 3, 1), ("cx", 3, 2))
    reordered = circuit(4, ("cx", 0, 1), ("cx", 3, 1), ("cx", 0, 2), ("cx", 3, 2))
    assert reordered.depth == 3
    assert levelled(reordered).depth == 2
    assert same(levelled(reordered), found)


@pytest.mark.parametrize(
    "names", [("rx", "ry"), ("ry", "rz"), ("rx", "rz"), ("rz", "sx", "x"), ("rz", "h")]
)
def test_any_single_qubit_gate_is_a_short_word(names: tuple[str, ...]) -> None:
    rng = np.random.default_rng(1)
    rotations = sum(gate_spec(n).parametric for n in names)
    for _ in range(30):
        wanted = np.linalg.qr(rng.standard_normal((2, 2)) + 1j * rng.standard_normal((2, 2)))[0]
        word = word_for(wanted, frozenset(names))
        assert word is not None
        assert len(word) <= (3 if rotations > 1 else 5)
        made = matrix_of([n for n, _ in word], [a for _, a in word if a is not None])
        assert abs(np.trace(made.conj().T @ wanted)) == pytest.approx(2.0, abs=1e-12)


def test_special_single_qubit_gates_take_fewer() -> None:
    run = circuit(1, ("rz", 0, 0.4), ("ry", 0, math.pi), ("rz", 0, 0.9))
    assert len(short_runs(run, frozenset({"ry", "rz"}))) == 2
    clifford = circuit(1, ("rz", 0, QUARTER), ("rx", 0, QUARTER), ("rz", 0, QUARTER))
    assert short_runs(clifford, ALL) == circuit(1, ("h", 0))
    native = in_gates(circuit(1, ("h", 0)), frozenset({"rz", "sx"}))
    assert native.counts == {"rz": 2, "sx": 1}


def test_gates_that_cannot_express_a_circuit_are_refused() -> None:
    found = circuit(2, ("cx", 0, 1), ("rx", 0, 0.3))
    for names in ({"cx", "ry"}, {"rx", "ry"}, {"cx", "h", "s"}):
        with pytest.raises(InputError, match="cannot be written exactly"):
            in_gates(found, frozenset(names))


@pytest.mark.parametrize("shape", ["line", "ring"])
@pytest.mark.parametrize("from_zero", [True, False])
def test_routing_keeps_the_state_and_where_asked_the_unitary(shape: str, from_zero: bool) -> None:
    rng = np.random.default_rng(2)
    gates, angles = [], []
    for _ in range(8):
        a, b = (int(q) for q in rng.permutation(4)[:2])
        gates += [Gate("cx", (a, b)), Gate("ry", (a,)), Gate("rz", (b,))]
        angles += rng.uniform(-3, 3, 2).tolist()
    found, pairs = Circuit(4, tuple(gates), tuple(angles)), coupling_map(shape, 4)
    assert not fits(found, pairs)
    new = routed(found, pairs, from_zero=from_zero)
    assert fits(new, pairs)
    overlap = np.vdot(new.unitary()[:, 0], found.unitary()[:, 0])
    assert abs(overlap) == pytest.approx(1.0, abs=1e-10)
    if not from_zero:
        assert same(new, found)
