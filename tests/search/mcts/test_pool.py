"""Operations of nested trees, and the angles that they share."""

from __future__ import annotations

import numpy as np
import pytest
from search.mcts.problems import alphabet

from qrl.circuits.gates import Gate
from qrl.search.mcts.pool import Pool
from qrl.search.mcts.shared_angles import SharedAngles


@pytest.mark.parametrize(
    ("gates", "operations"),
    [
        # Every unitary of a qubit in one operation:
        ("cx,rx,ry,rz", ["rz0 ry0 rz0", "rz1 ry1 rz1", "cx01", "cx10"]),
        ("cz,rz,sx", ["rz0 sx0 rz0 sx0 rz0", "rz1 sx1 rz1 sx1 rz1", "cz01"]),
        # Single gates, where the set reaches only some:
        ("cx,ry", ["ry0", "ry1", "cx01", "cx10"]),
        ("h,s,cx", ["h0", "h1", "s0", "s1", "cx01", "cx10"]),
        ("ry,rz", ["ry0", "ry1", "rz0", "rz1"]),
    ],
)
def test_operations_of_gate_sets(gates: str, operations: list[str]) -> None:
    pool = Pool.of(alphabet(gates, 2))
    placed = pool.alphabet.actions.gates
    told = [
        " ".join(placed[k].name + "".join(map(str, placed[k].qubits)) for k in word)
        for word in pool.operations
    ]
    assert told == operations


def test_one_operation_reaches_every_unitary_of_a_qubit() -> None:
    pool = Pool.of(alphabet("cx,rx,ry,rz", 2))
    for word in pool.operations[:2]:
        names = [pool.alphabet.actions.gates[letter].name for letter in word]
        assert len(names) == 3 and names[0] == names[2] != names[1]  # Euler angles
    assert pool.stop == len(pool) - 1 == 4
    assert pool.lengths.tolist() == [3, 3, 1, 1, 0]
    assert pool.cnots.tolist() == [0, 0, 1, 1, 0]
    assert pool.letters.shape == (5, 3)
    assert np.all(pool.letters[pool.stop] == -1)
    assert not pool.turns[pool.stop].any()


def test_paths_become_circuits_with_the_shared_angles() -> None:
    letters = alphabet("cx,rx,ry,rz", 2, start="10")
    pool = Pool.of(letters)
    shared = SharedAngles(pool, levels=4)
    shared.draw(0.5, np.random.default_rng(3))
    assert np.abs(shared.angles).max() <= 0.5
    assert np.all(shared.angles[:, 2:] == 0.0)  # CNOTs and the end do not turn
    paths = np.array([[0, 2, 1, pool.stop], [2, 0, pool.stop, -1]])
    words = shared.words(paths)
    circuits = [letters.circuit(word) for word in words]
    assert [len(circuit) for circuit in circuits] == [1 + 7, 1 + 4]
    for circuit in circuits:
        assert circuit.gates[0] == Gate("x", (1,))
    assert np.array_equal(circuits[0].angles, [*shared.angles[0, 0], *shared.angles[2, 1]])
    assert np.array_equal(circuits[1].angles, shared.angles[1, 0])
    assert [g.name for g in circuits[1].gates][:2] == ["x", "cx"]


def test_tuned_angles_are_mixed_in_by_their_mean() -> None:
    pool = Pool.of(alphabet("cx,ry", 2, start="01"))
    shared = SharedAngles(pool, levels=2)
    shared.angles[:] = np.where(pool.turns, 1.0, 0.0)
    paths = np.array([[0, 1], [0, pool.stop], [1, pool.stop]])
    words = shared.words(paths)
    for word, value in zip(words, (3.0, 5.0, -1.0), strict=True):
        word.angles[1:] = value
    shared.mix(paths, words, 0.25)
    # Level 0: qubit 0 had 3 and 5, qubit 1 had -1; level 1: qubit 1 had 3.
    assert shared.angles[0, :2, 0].tolist() == [1 + 0.25 * (4 - 1), 1 + 0.25 * (-1 - 1)]
    assert shared.angles[1, :2, 0].tolist() == [1.0, 1 + 0.25 * (3 - 1)]
