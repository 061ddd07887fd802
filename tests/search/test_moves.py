"""Larger moves: rewritings that keep the unitary, copies, compounds, mined gadgets."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.gates import Gate, gate_spec, pauli_matrix
from qrl.env.actions import ActionTable
from qrl.search.archive import Found as Entry
from qrl.search.identities import conjugated, equal_words
from qrl.search.library import Library
from qrl.search.moves import MOVES, Moves
from qrl.search.rewriting import Rewriting
from qrl.search.words import Alphabet, Word
from qrl.tasks.task import basis_state

SETS = (
    "cx,rx,ry,rz", "cx,ry", "cz,rx,rz,h", "rzz,swap,ry", "h,s,cx", "cx,rzz,rz,h,rx", "ecr,rz,sx,x", "ry",
    "cx,cz,swap,ecr,h,x,y,z,s,t,sx",
)  # fmt: skip


def alphabet(gates: str, n: int = 4, start: str | None = None, coupling: str = "line") -> Alphabet:
    table = ActionTable.build(tuple(gates.split(",")), n, coupling_map(coupling, n))
    return Alphabet(table, basis_state(start or "0" * n))


def word_of(letters: Alphabet, circuit: Circuit) -> Word:
    word = letters.word(circuit)
    assert word is not None
    return word


def random_word(letters: Alphabet, length: int, rng: np.random.Generator) -> Word:
    """Half of the rotations turn by pi, so that they are Pauli gates."""
    start, more = letters.start_word, rng.integers(len(letters.actions), size=length)
    angles = np.where(rng.random(length) < 0.5, np.pi, rng.uniform(-3, 3, length))
    angles[~letters.takes_angle[more]] = 0.0
    return Word(np.append(start.letters, more), np.append(start.angles, angles))


def is_same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(abs(abs(np.trace(a.conj().T @ b)) / len(a) - 1.0) < 1e-9)


words_of: dict[str, Any] = {
    "gates": st.sampled_from(SETS),
    "length": st.integers(0, 12),
    "seed": st.integers(0, 2**32 - 1),
}


@given(**words_of, name=st.sampled_from(["commute", "conjugate_end"]))
@settings(max_examples=250, deadline=None)
def test_rewritings_keep_the_unitary(gates: str, length: int, seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    letters = alphabet(gates, start="0110")
    word = random_word(letters, length, rng)
    before = word.letters.copy(), word.angles.copy()
    new = getattr(Moves(letters, 99), name)(word, rng)
    assert np.array_equal(word.letters, before[0])
    assert np.array_equal(word.angles, before[1])
    if new is None:
        return
    circuit = letters.circuit(new)
    assert circuit.gates[:2] == (Gate("x", (1,)), Gate("x", (2,)))
    assert set(circuit.gates[2:]) <= set(letters.actions.gates)
    assert np.all(new.angles[~letters.takes_angle[new.letters]] == 0.0)
    assert is_same(circuit.unitary(), letters.circuit(word).unitary())


def outcomes(letters: Alphabet, circuit: Circuit, name: str, draws: int = 200) -> set[Circuit]:
    rng, word = np.random.default_rng(0), word_of(letters, circuit)
    new = (getattr(Rewriting(letters), name)(word, rng) for _ in range(draws))
    return {letters.circuit(one).canonical() for one in new if one is not None}


def gates_of(*placed: tuple[str, int, int] | tuple[str, int]) -> tuple[Gate, ...]:
    return tuple(Gate(name, tuple(qubits)) for name, *qubits in placed)


def of_gates(n: int, *placed: tuple[str, int, int] | tuple[str, int]) -> Circuit:
    return Circuit(n, gates_of(*placed)).canonical()


def test_known_identities_of_cnots() -> None:
    letters = alphabet("cx", 3, coupling="all")
    two = of_gates(3, ("cx", 0, 1), ("cx", 1, 2))
    three = of_gates(3, ("cx", 1, 2), ("cx", 0, 2), ("cx", 0, 1))
    assert three in outcomes(letters, two, "commuted")
    assert two in outcomes(letters, three, "commuted")
    swap = of_gates(3, ("cx", 0, 1), ("cx", 1, 0), ("cx", 0, 1))
    assert of_gates(3, ("cx", 1, 0), ("cx", 0, 1), ("cx", 1, 0)) in outcomes(
        letters, swap, "commuted"
    )
    line = alphabet("cx", 3)  # without a CNOT from 0 to 2
    assert three not in outcomes(line, two, "commuted")


def test_rotations_go_past_fixed_gates() -> None:
    letters = alphabet("h,cx,swap,rx,ry,rz,rzz", 2)
    turned = Circuit(2).append("rx", 0, angle=0.4).append("h", 0)
    assert Circuit(2).append("h", 0).append("rz", 0, angle=0.4) in outcomes(
        letters, turned, "commuted"
    )
    moved = Circuit(2).append("swap", 0, 1).append("ry", 0, angle=0.4)
    assert Circuit(2).append("ry", 1, angle=0.4).append("swap", 0, 1).canonical() in outcomes(
        letters, moved, "commuted"
    )
    joined = Circuit(2).append("rz", 1, angle=0.4).append("cx", 0, 1)
    assert Circuit(2).append("cx", 0, 1).append("rzz", 0, 1, angle=0.4).canonical() in outcomes(
        letters, joined, "commuted"
    )


def test_half_a_turn_goes_past_a_cnot_as_two() -> None:
    letters = alphabet("cx,rx,rz", 2)
    half = Circuit(2).append("rx", 0, angle=np.pi).append("cx", 0, 1)
    found = outcomes(letters, half, "commuted")
    both = gates_of(("cx", 0, 1), ("rx", 0), ("rx", 1))
    assert Circuit(2, both, (np.pi, np.pi)).canonical() in found
    less = Circuit(2).append("rx", 0, angle=3.0).append("cx", 0, 1)
    assert outcomes(letters, less, "commuted") == set()


def test_a_cnot_turns_round_between_rotations() -> None:
    letters = alphabet("cx,ry", 2)
    dressed = Circuit(2).append("ry", 0, angle=0.3).append("cx", 0, 1).append("ry", 1, angle=0.2)
    (flipped,) = outcomes(letters, dressed, "commuted")
    assert Counter(flipped.gates) == Counter(
        gates_of(("ry", 0), ("ry", 1), ("cx", 1, 0), ("ry", 0), ("ry", 1))
    )
    assert sorted(flipped.angles) == pytest.approx(
        sorted([0.3 + np.pi / 2, -np.pi / 2, -np.pi / 2, 0.2 + np.pi / 2])
    )


def test_a_cnot_moves_to_the_end() -> None:
    letters = alphabet("cx,ry", 3, coupling="all")
    circuit = Circuit(3).append("cx", 0, 1).append("cx", 1, 2).append("ry", 2, angle=0.3)
    found = outcomes(letters, circuit, "conjugated_end", 400)
    # CNOT(0, 1) has met its like in front of CNOT(1, 2), which that has changed on its way.
    moved = Circuit(3).append("cx", 1, 2).append("cx", 0, 2).append("ry", 2, angle=0.3)
    assert moved.append("cx", 0, 1).canonical() in found
    longer = {one for one in found if one.two_qubit_count > 3}
    assert {one.two_qubit_count for one in longer} <= {4, 5}  # one more at either end, and a change


@pytest.mark.parametrize("names", ["cx", "cz,h", "swap,cx", "ecr,x,sx"])
def test_equal_words_are_equal(names: str) -> None:
    known = frozenset(names.split(","))
    table = ActionTable.build(tuple(sorted(known)), 3, coupling_map("all", 3))
    rng = np.random.default_rng(1)
    most = 0
    for _ in range(25):
        picked = rng.integers(len(table), size=int(rng.integers(1, 4)))
        word = tuple(table.gates[k] for k in picked)
        whole = Circuit(3, word)
        found = [Circuit(3, other) for other in equal_words(known, word)]
        assert all(is_same(one.unitary(), whole.unitary()) for one in found)
        forms = {one.canonical() for one in found}
        assert len(forms) == len(found)
        assert whole.canonical() not in forms
        assert all(one.two_qubit_count <= whole.two_qubit_count + 1 for one in found)
        most = max(most, len(found))
    assert most > 0


def test_all_short_words_of_cnots_are_there() -> None:
    table = ActionTable.build(("cx",), 3, coupling_map("all", 3))
    word = gates_of(("cx", 0, 1), ("cx", 1, 2))
    wanted = Circuit(3, word)
    everything = [w for k in range(4) for w in product(table.gates, repeat=k)]
    same = {
        Circuit(3, w).canonical()
        for w in everything
        if is_same(Circuit(3, w).unitary(), wanted.unitary())
    }
    found = {Circuit(3, w).canonical() for w in equal_words(frozenset({"cx"}), word)}
    assert found == same - {wanted.canonical()}


@given(
    turn=st.sampled_from(["rx", "ry", "rz"]), name=st.sampled_from(["cx", "h", "s", "ecr", "swap", "t"]),
    inverse=st.booleans(), on=st.integers(0, 1),
)  # fmt: skip
@settings(deadline=None)
def test_what_a_rotation_becomes(turn: str, name: str, inverse: bool, on: int) -> None:
    gate = Gate(name, (0, 1)[: gate_spec(name).n_qubits])
    found = conjugated(turn, (on,), gate, inverse=inverse)
    fixed = Circuit(2, (gate,)).unitary()
    fixed = fixed.conj().T if inverse else fixed
    generator = gate_spec(turn).generator
    assert generator is not None
    one = pauli_matrix(generator + "I" if on else "I" + generator)
    moved = fixed @ one @ fixed.conj().T
    if found is None:
        assert name == "t"
        return
    string, sign = found
    axes = {qubit: letter for letter, qubit in string}
    assert np.allclose(sign * pauli_matrix(axes.get(1, "I") + axes.get(0, "I")), moved)


def test_copies_are_a_gadget_and_a_pair_behind_it() -> None:
    letters, rng = alphabet("cx,rx,ry,rz"), np.random.default_rng(3)
    word = random_word(letters, 5, rng)
    for _ in range(40):
        new = Moves(letters, 99).copies(word, rng)
        assert new is not None
        added = Counter(new.letters.tolist()) - Counter(word.letters.tolist())
        assert sum(added.values()) == 4
        assert sum(letters.is_pair[k] * count for k, count in added.items()) == 3
        # Taken out again, the last pair leaves a gadget, which does nothing at angle 0.
        pairs = [k for k in range(len(new)) if letters.is_pair[new.letters[k]]]
        shorter = [Word(np.delete(new.letters, k), np.delete(new.angles, k)) for k in pairs]
        original = letters.circuit(word).unitary()
        assert any(is_same(letters.circuit(one).unitary(), original) for one in shorter)


def test_compounds_come_at_angles_that_turn_nothing_or_at_random_ones() -> None:
    letters, rng = alphabet("cx,rx,ry,rz", 2), np.random.default_rng(0)
    moves, empty = Moves(letters, 99), letters.start_word
    kinds: Counter[bool] = Counter()
    for _ in range(300):
        new = moves.compound(empty, rng)
        assert new is not None
        circuit = letters.circuit(new)
        names = [gate.name for gate in circuit.gates]
        if names == ["ry", "cx", "ry", "ry", "cx", "ry"]:  # a single excitation
            assert (circuit.angles[0], circuit.angles[-1]) == (np.pi / 2, -np.pi / 2)
            kinds[circuit.angles[1] == 0.0 == circuit.angles[2]] += 1
    assert min(kinds[True], kinds[False]) > 10


def test_mined_gadgets_are_put_on_any_qubits() -> None:
    letters, rng = alphabet("cx,ry", 4), np.random.default_rng(0)
    moves = Moves(letters, 99)
    assert moves.mined(letters.start_word, rng) is None  # nothing to draw from
    gadget = Circuit(4).append("ry", 2, angle=0.7).append("cx", 2, 1)
    library = Library(letters)
    library.refresh([Entry(gadget, 0.0, 1, 2, 0, 0, 0.0)])
    moves = Moves(letters, 99, library)
    seen, angles = set(), set()
    for _ in range(200):
        new = moves.mined(letters.start_word, rng)
        if new is not None:
            circuit = letters.circuit(new)
            (first, second) = circuit.gates
            assert (first.name, second.name) == ("ry", "cx")
            assert first.qubits[0] == second.qubits[0]
            seen.add(second.qubits)
            angles.add(circuit.angles[0] == 0.7)
    assert seen == {(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)}  # a line
    assert angles == {True, False}


def test_moves_that_nothing_allows() -> None:
    letters, rng = alphabet("ry"), np.random.default_rng(0)
    moves = Moves(letters, 9)
    for name in ("copies", "commute", "conjugate_end", "mined", "compound"):
        assert name in MOVES
        assert getattr(moves, name)(letters.start_word, rng) is None
