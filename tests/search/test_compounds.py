"""Compound gates spelt in letters: exact in every gate set, for the CNOTs that they must cost."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.dense import embed
from qrl.circuits.gates import Gate, gate_spec, pauli_matrix
from qrl.env.actions import ActionTable
from qrl.env.fans import fans
from qrl.search.compounds import compounds
from qrl.search.spelling import Placed, Speller, Spelling, letters_by_gate
from qrl.search.words import Alphabet, Word
from qrl.tasks.task import basis_state

UNIVERSAL = (
    "cx,rx,ry,rz", "cz,rx,ry,rz", "rzz,rx,ry,rz", "cz,rz,sx,x", "ecr,rz,sx,x", "cx,rx,rz",
    "cx,ry,rz", "cz,ry,rz", "cx,rx,ry", "cx,h,rz", "cx,cz,rzz,rx,ry,rz,h",
)  # fmt: skip
CNOTS = "cx", "cz", "ecr"


def alphabet(gates: str, n: int, coupling: str = "all") -> Alphabet:
    table = ActionTable.build(tuple(gates.split(",")), n, coupling_map(coupling, n))
    return Alphabet(table, basis_state("0" * n))


def unitary(letters: Alphabet, spelt: Spelling, parameter: float) -> np.ndarray:
    angles = np.array(spelt.angles) + parameter * np.array(spelt.factors)
    return letters.circuit(Word(np.array(spelt.letters), angles)).unitary()


def is_same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(abs(abs(np.trace(a.conj().T @ b)) / len(a) - 1.0) < 1e-11)


def exact(name: str, qubits: tuple[int, ...], angle: float, n: int) -> np.ndarray:
    """Return the matrix by exponentials and projectors."""
    if name in ("cx", "x", "sx", "h"):
        return embed(gate_spec(name).matrix(), qubits, n)
    controlled = name.startswith("c")
    on = qubits[1:] if controlled else qubits
    axes = dict(zip(on, name[-len(on) :].upper(), strict=True))
    label = "".join(axes.get(q, "I") for q in reversed(range(n)))
    turned = expm(-0.5j * angle * pauli_matrix(label))
    if not controlled:
        return turned
    one = np.diag([float(index >> qubits[0] & 1) for index in range(1 << n)])
    return one @ turned + np.eye(1 << n) - one


ROTATIONS = "rx", "ry", "rz", "rxx", "ryy", "rzz", "crx", "cry", "crz"


@given(
    gates=st.sampled_from(UNIVERSAL), name=st.sampled_from((*ROTATIONS, "cx", "x", "sx")),
    angle=st.floats(-7, 7), parameter=st.floats(-7, 7), order=st.permutations(range(3)),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_each_gate_set_spells_each_gate_exactly(
    gates: str, name: str, angle: float, parameter: float, order: list[int]
) -> None:
    letters = alphabet(gates, 3)
    pair = len(name) == 3 or name == "cx"
    qubits = tuple(order[: 1 + pair])
    turns = name in ROTATIONS
    spelt = Speller(letters)([Placed(name, qubits, angle * turns, 0.5 * turns)])
    if name == "cx" and gates.startswith("rzz"):
        assert spelt is None  # a rotation by a fixed angle would cost two CNOTs
        return
    assert spelt is not None
    assert is_same(
        unitary(letters, spelt, parameter), exact(name, qubits, angle + 0.5 * parameter, 3)
    )
    takes = letters.takes_angle[list(spelt.letters)]
    assert not np.any(np.array(spelt.angles)[~takes])
    assert not np.any(np.array(spelt.factors)[~takes])
    if pair:
        assert letters.cnots[list(spelt.letters)].sum() == (1 if name == "cx" else 2)


@pytest.mark.parametrize("gates", UNIVERSAL)
def test_what_compounds_cost(gates: str) -> None:
    letters, n = alphabet(gates, 4), 4
    found = compounds(letters)
    count = {kind: len(words) for kind, words in found.items()}
    cost = {
        kind: {int(letters.cnots[list(w.letters)].sum()) for w in found[kind]} for kind in found
    }
    own = "rzz" in gates
    assert count.pop("ising") == 3 * 6 - 6 * own  # a letter is no compound
    assert count["controlled"] == 3 * 12
    assert count["single"] == 6
    assert cost["ising"] == cost["controlled"] == {2}
    if gates.startswith("rzz"):
        assert cost["single"] == {4}  # RXX and RYY
        assert set(found) == {"ising", "controlled", "single"}
        return
    assert cost["single"] == {2}
    assert (count["pair"], cost["pair"]) == (1, {14})
    assert (count["fan"], cost["fan"]) == (n * 3 + n, {1, 3})


@pytest.mark.parametrize("gates", ["cx,rx,ry,rz", "cz,ry,rz", "rzz,rx,ry,rz", "cz,rz,sx,x"])
def test_single_excitations_are_givens_rotations(gates: str) -> None:
    letters, theta = alphabet(gates, 3), 0.83
    spelt = compounds(letters)["single"]
    raising = np.array([[0.0, 0.0], [1.0, 0.0]])
    for (a, b), word in zip(combinations(range(3), 2), spelt, strict=True):
        move = embed(raising, (a,), 3) @ embed(raising.T, (b,), 3)
        ways = [expm(sign * theta * (move - move.T)) for sign in (1, -1)]
        assert sum(is_same(unitary(letters, word, theta), way) for way in ways) == 1
        assert is_same(unitary(letters, word, 0.0), np.eye(8))


def test_fans_in_other_letters() -> None:
    letters = alphabet("cz,rz,sx", 3)
    spelt = compounds(letters)["fan"]
    placed = fans(3, coupling_map("all", 3))
    for word, gates in zip(spelt, placed, strict=True):
        assert is_same(unitary(letters, word, 0.7), Circuit(3, gates, (0.7,)).unitary())


def test_free_angles_are_told_from_changes_of_basis() -> None:
    letters = alphabet("cx,rx,ry,rz", 2)
    (single,) = compounds(letters)["single"]
    names = [letters.actions.gates[k].name for k in single.letters]
    assert names == ["ry", "cx", "ry", "ry", "cx", "ry"]
    assert np.abs(single.angles) == pytest.approx([np.pi / 2, 0, 0, 0, 0, np.pi / 2])
    assert [factor != 0 for factor in single.factors] == [False, False, True, True, False, False]


def test_what_cannot_be_spelt_is_left_out() -> None:
    assert compounds(alphabet("h,s,cx", 3)) == {}
    assert compounds(alphabet("rx,ry", 1)) == {}
    only_ry = compounds(alphabet("cx,ry", 3))
    assert set(only_ry) == {"fan", "single", "controlled"}  # RY commutes with no change of basis
    assert len(only_ry["controlled"]) == 6
    line = compounds(alphabet("cx,rx,ry,rz", 4, "line"))
    assert len(line["single"]) == 3
    assert len(line["controlled"]) == 3 * 6
    assert "pair" not in line


def test_letters_of_symmetric_gates_stand_for_both_orders() -> None:
    letters = alphabet("cx,cz", 2)
    numbers = letters_by_gate(letters)
    assert numbers[Gate("cz", (0, 1))] == numbers[Gate("cz", (1, 0))]
    assert numbers[Gate("cx", (0, 1))] != numbers[Gate("cx", (1, 0))]
    assert len(numbers) == 4
