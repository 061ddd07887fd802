"""Rules of what may be appended, against slow references that look at whole circuits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest

from qrl.circuits import Circuit, Gate
from qrl.circuits.canonical import commute
from qrl.circuits.coupling import coupling_map
from qrl.circuits.gates import GATE_SETS, gate_set, gate_spec
from qrl.env.actions import ActionSet, ActionTable
from qrl.env.legality import LEGALITIES, make_legality
from qrl.env.redundancy import most_in_a_row
from qrl.errors import InputError

RULES = ("commuting", "canonical")


def actions_for(names: str, n: int, coupling: str = "all") -> ActionSet:
    return ActionSet.of_gates(ActionTable.build(gate_set(names), n, coupling_map(coupling, n)))


def legal_words(
    rule: str, actions: ActionSet, n: int, length: int, start: Circuit | None = None
) -> Iterator[tuple[int, ...]]:
    """Yield all sequences of up to so many legal actions."""
    words: list[tuple[int, ...]] = [()]
    for _ in range(length + 1):
        yield from words
        if not words:
            return
        follower = make_legality(rule, actions, start or Circuit(n), len(words))
        for column in np.array(words, dtype=np.int64).reshape(len(words), -1).T:
            follower.update(column)
        legal = follower.mask()
        words = [(*words[k], int(a)) for k, a in np.argwhere(legal)]


def circuit_of(word: tuple[int, ...], actions: ActionSet, n: int) -> Circuit:
    gates = tuple(actions.letters.gates[a] for a in word)
    return Circuit(n, gates, (0.0,) * sum(gate_spec(g.name).parametric for g in gates))


def shortened(circuit: Circuit) -> Circuit:
    """Merge and cancel equal gates that commutation brings together, until none are left.

    Only for sets where equal gates do: rotations, and gates that undo themselves.
    """
    gates = list(circuit.gates)
    again = True
    while again:
        again = False
        for j in range(len(gates)):
            for i in reversed(range(j)):
                if gates[i] == gates[j]:
                    del gates[j]
                    if not gate_spec(gates[i].name).parametric:
                        del gates[i]
                    again = True
                    break
                if not commute(gates[i], gates[j]):
                    break
            if again:
                break
    angles = (0.0,) * sum(gate_spec(g.name).parametric for g in gates)
    return Circuit(circuit.n_qubits, tuple(gates), angles).canonical()


SHORT = [
    ("cx+rotations", 2, 4), ("cx+rotations", 3, 3), ("cz+rotations", 3, 3), ("rzz+rotations", 2, 4),
    ("cx+ry", 3, 3), ("cx+ry", 4, 3), ("cz,rz,h", 3, 3), ("rx,ry", 1, 6), ("swap,cx,h", 2, 5),
    ("ecr,rx,rz", 2, 4), ("ecr,rx", 3, 3),
]  # fmt: skip


@pytest.mark.parametrize(("names", "n", "length"), SHORT)
def test_no_class_of_circuits_is_lost(names: str, n: int, length: int) -> None:
    actions = actions_for(names, n)
    everything = {
        shortened(circuit_of(word, actions, n))
        for size in range(length + 1)
        for word in product(range(len(actions)), repeat=size)
    }
    for rule in RULES:
        words = list(legal_words(rule, actions, n, length))
        reached = [circuit_of(word, actions, n).canonical() for word in words]
        assert set(reached) == everything
        if rule == "canonical":
            assert len(words) == len(everything)  # each class by one path


@pytest.mark.parametrize(("names", "n", "length"), SHORT)
def test_canonical_sequences_are_their_own_canonical_form(names: str, n: int, length: int) -> None:
    actions = actions_for(names, n)
    for word in legal_words("canonical", actions, n, length):
        circuit = circuit_of(word, actions, n)
        assert circuit.canonical() == circuit


@pytest.mark.parametrize(
    ("names", "n", "length"),
    [
        ("clifford", 1, 9), ("clifford", 2, 5), ("x,y,z,s,h", 1, 5), ("s,t,h", 1, 7), ("sx,x,s,z", 1, 6),
        ("cz,sx,x", 2, 5), ("swap,cz,h", 2, 5), ("sx,h", 1, 8), ("cx,h", 3, 4),
        ("ecr,sx,x", 2, 5),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rule", RULES)
def test_no_unitary_is_lost(names: str, n: int, length: int, rule: str) -> None:
    """Independent of every rule of commutation: matrices of all sequences, up to a phase."""
    actions = actions_for(names, n)
    steps = [Circuit(n, (gate,)).unitary() for gate in actions.letters.gates]

    def keys(matrices: Any) -> set[tuple[complex, ...]]:
        found = set()
        for matrix in matrices:
            flat = matrix.ravel()
            pivot = flat[np.flatnonzero(np.abs(flat) > 1e-6)[0]]
            found.add(tuple(np.round(flat * abs(pivot) / pivot, 6).tolist()))
        return found

    everything = {k: np.eye(2**n, dtype=complex) for k in keys([np.eye(2**n)])}
    layer = dict(everything)
    for _ in range(length):
        following = [step @ matrix for matrix in layer.values() for step in steps]
        layer = {k: m for m in following for k in keys([m]) if k not in everything}
        everything.update(layer)
    reached = []
    for word in legal_words(rule, actions, n, length):
        matrix = np.eye(2**n, dtype=complex)
        for letter in word:
            matrix = steps[letter] @ matrix
        reached.append(matrix)
    assert keys(reached) == set(everything)


def slides_to_its_like(action: Gate, appended: list[Gate]) -> bool:
    for gate in reversed(appended):
        if gate == action:
            return True
        if not commute(gate, action):
            return False
    return False


def must_come_earlier(action: Gate, appended: list[Gate]) -> bool:
    for gate in reversed(appended):
        if not commute(gate, action):
            return False
        if (action.qubits, action.name) < (gate.qubits, gate.name):
            return True
    return False


@pytest.mark.parametrize("coupling", ["all", "line"])
@pytest.mark.parametrize(
    "names", ["cx+rotations", "cz+rotations", "rzz+rotations", "cx,swap,h,ry", "ecr,rx,rz"]
)
def test_the_rules_scan_back_past_what_commutes(names: str, coupling: str) -> None:
    actions = actions_for(names, 4, coupling)
    rng = np.random.default_rng(7)
    for rule in RULES:
        follower = make_legality(rule, actions, Circuit(4), 3)
        built: list[list[Gate]] = [[], [], []]
        seen = 0
        for _ in range(40):
            chosen = rng.integers(len(actions), size=3)  # illegal ones too
            follower.update(chosen)
            for row, action in enumerate(chosen):
                built[row].append(actions.letters.gates[action])
            for row, mask in enumerate(follower.mask()):
                expected = [
                    not slides_to_its_like(gate, built[row])
                    and not (rule == "canonical" and must_come_earlier(gate, built[row]))
                    for gate in actions.letters.gates
                ]
                assert mask.tolist() == expected
                seen += expected.count(False)
        assert seen > 200


def after(rule: str, actions: ActionSet, *gates: Gate, start: Circuit | None = None) -> set[str]:
    """Return what is legal after gates on three qubits."""
    follower = make_legality(rule, actions, start or Circuit(3), 1)
    for gate in gates:
        follower.update(np.array([actions.index(gate)]))
    return {
        str(g) for g, legal in zip(actions.letters.gates, follower.mask()[0], strict=True) if legal
    }


def test_examples() -> None:
    actions = actions_for("cx,cz,rx,rz", 3)
    rz, cx, cz = Gate("rz", (0,)), Gate("cx", (0, 1)), Gate("cz", (0, 1))
    assert "rz(0)" in after("repeated", actions, rz, cx)
    assert "rz(0)" not in after("commuting", actions, rz, cx)
    assert "rz(0)" in after("commuting", actions, rz, cx, Gate("rx", (0,)))
    assert "cz(0, 1)" not in after("commuting", actions, cz, rz, Gate("cz", (1, 2)))
    assert "cx(0, 1)" not in after("commuting", actions, cx, Gate("rx", (1,)), rz)
    assert "rz(0)" in after("commuting", actions, Gate("rz", (1,)))
    assert "rz(0)" not in after("canonical", actions, Gate("rz", (1,)))
    assert "rz(1)" in after("canonical", actions, rz)
    ecrs, ecr = actions_for("ecr,rx,rz", 3), Gate("ecr", (0, 1))
    assert "ecr(0, 1)" not in after("commuting", ecrs, ecr, Gate("rx", (1,)), Gate("ecr", (1, 0)))
    assert "ecr(0, 1)" in after("commuting", ecrs, ecr, Gate("rx", (0,)))
    assert "rx(1)" not in after("commuting", ecrs, Gate("rx", (1,)), ecr)
    assert "rz(0)" in after("commuting", ecrs, Gate("rz", (0,)), ecr)
    assert after("none", actions, rz, rz) == {str(g) for g in actions.letters.gates}


def test_s_may_stand_three_times_and_less_beside_its_better() -> None:
    def most(names: str) -> list[int]:
        return most_in_a_row(actions_for(names, 1)).tolist()

    assert most("s") == [3]
    assert most("s,z") == [1, 1]
    assert most("t,s") == [1, 3]
    assert most("t") == [7]
    assert most("sx,h") == [3, 1]
    assert most("sx,x") == [1, 1]
    assert most("s,rz") == [1, 1]
    actions = actions_for("s,h,rz", 3)
    assert "s(0)" not in after("commuting", actions, Gate("rz", (0,)))
    assert "rz(0)" not in after("commuting", actions, Gate("s", (0,)))
    assert "rz(0)" in after("commuting", actions, Gate("s", (0,)), Gate("h", (0,)))


def test_of_the_start_rotations_are_merged_with_and_fixed_gates_may_be_undone() -> None:
    actions = actions_for("x,rz,cx", 3)
    start = Circuit(3).append("x", 0).append("rz", 1)
    assert "x(0)" in after("canonical", actions, start=start)
    assert "rz(1)" not in after("canonical", actions, start=start)
    assert "rz(1)" in after("canonical", actions, Gate("cx", (0, 1)), start=start)
    assert "rz(1)" not in after("canonical", actions, Gate("cx", (1, 2)), start=start)
    # Nothing of the start is out of order: it stays in front.
    assert "x(1)" in after("canonical", actions, start=Circuit(3).append("x", 2))
    assert "x(0)" not in after("repeated", actions, start=start)


@pytest.mark.parametrize("rule", LEGALITIES)
@pytest.mark.parametrize("names", GATE_SETS)
def test_state_and_reset(rule: str, names: str) -> None:
    actions = actions_for(names, 3)
    start = Circuit(3).append("rz", 0).append("h", 1)
    one, other = (make_legality(rule, actions, start, 4) for _ in range(2))
    fresh = one.mask()
    rng = np.random.default_rng(1)
    for _ in range(12):
        one.update(rng.integers(len(actions), size=4))
    other.restore(one.state())
    for chosen in rng.integers(len(actions), size=(5, 4)):
        assert np.array_equal(one.mask(), other.mask())
        one.update(chosen)
        other.update(chosen)
    kept = one.mask()
    one.reset(np.array([True, False, True, False]))
    assert np.array_equal(one.mask()[[0, 2]], fresh[[0, 2]])
    assert np.array_equal(one.mask()[[1, 3]], kept[[1, 3]])


def test_ten_thousand_steps_never_run_into_a_dead_end() -> None:
    actions = actions_for("cx+rotations", 4)
    follower = make_legality("canonical", actions, Circuit(4), 100)
    rng = np.random.default_rng(2)
    for _ in range(100):
        mask = follower.mask()
        assert mask.any(axis=1).all()
        follower.update(np.array([rng.choice(np.flatnonzero(row)) for row in mask]))


def test_the_tree_shrinks() -> None:
    """Numbers of the documentation: sequences of 3 actions on a line of two qubits."""
    actions = actions_for("cx+rotations", 2)
    count = {
        rule: sum(len(word) == 3 for word in legal_words(rule, actions, 2, 3))
        for rule in LEGALITIES
    }
    assert count["none"] == 8**3
    assert count["none"] > count["repeated"] > count["commuting"] > count["canonical"]
    classes = {shortened(circuit_of(word, actions, 2)) for word in product(range(8), repeat=3)}
    assert count["canonical"] == sum(len(c) == 3 for c in classes)


def test_unknown_rules_name_the_nearest() -> None:
    with pytest.raises(InputError, match="'canonical'"):
        make_legality("canonic", actions_for("rx", 1), Circuit(1), 1)
