"""Excitations and their circuits, against dense matrices and Qiskit Nature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg

from qrl.circuits import PauliSum
from qrl.tasks.ground_states import make
from qrl.tasks.ground_states.excitation_circuits import excitation_circuit, exponential
from qrl.tasks.ground_states.excitations import Excitation, excitations
from qrl.tasks.ground_states.mappings import MAPPINGS, Electrons, electrons_of, encoding
from qrl.tasks.tied_circuit import Step, TiedCircuit, cancel_inverses


def electrons_in(mapping: str, n_orbitals: int, up: int, down: int) -> Electrons:
    return Electrons(n_orbitals, up, down, encoding(mapping, n_orbitals, (up, down)))


def generator(move: Excitation) -> np.ndarray[Any, Any]:
    """Return T - T^dagger as a dense matrix."""
    labels, weights = zip(*move.terms, strict=True)
    return -1j * PauliSum(labels, weights).sparse().toarray()


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize(("n", "up", "down"), [(2, 1, 1), (3, 1, 1), (3, 2, 1), (4, 2, 2)])
def test_all_excitations_are_there(mapping: str, n: int, up: int, down: int) -> None:
    electrons = electrons_in(mapping, n, up, down)
    moves = excitations(electrons)
    singles_up, singles_down = up * (n - up), down * (n - down)
    same = sum(k * (k - 1) * (n - k) * (n - k - 1) // 4 for k in (up, down))
    assert len(moves) == singles_up + singles_down + same + singles_up * singles_down
    assert len({(move.occupied, move.virtual) for move in moves}) == len(moves)
    assert sum(move.is_pair for move in moves) == min(up, down) * (n - max(up, down))
    start = int(electrons.label, 2)
    for move in moves:
        matrix = generator(move)
        np.testing.assert_allclose(matrix, -matrix.conj().T, atol=1e-12)
        image = matrix[:, start]  # the determinant goes to plus or minus the excited one
        occupied = (set(electrons.occupied) - set(move.occupied)) | set(move.virtual)
        expected = int(electrons.encoding.label(occupied), 2)
        assert abs(image[expected]) == pytest.approx(1.0)
        assert np.count_nonzero(np.abs(image) > 1e-12) == 1
        for label, _ in move.terms:
            for other, _ in move.terms:
                clashes = sum(
                    a != b and "I" not in (a, b) for a, b in zip(label, other, strict=True)
                )
                assert clashes % 2 == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Qiskit Nature uses what Qiskit drops
@pytest.mark.parametrize("mapping", MAPPINGS)
def test_excitations_agree_with_qiskit_nature(mapping: str) -> None:
    mappers = pytest.importorskip("qiskit_nature.second_q.mappers")
    library = pytest.importorskip("qiskit_nature.second_q.circuit.library")
    counts = (2, 1)
    mapper = {
        "jordan-wigner": mappers.JordanWignerMapper,
        "parity": lambda: mappers.ParityMapper(num_particles=counts),
        "bravyi-kitaev": mappers.BravyiKitaevMapper,
    }[mapping]()
    theirs = library.UCC(3, counts, "sd", qubit_mapper=mapper)
    ours = {(m.occupied, m.virtual): m for m in excitations(electrons_in(mapping, 3, *counts))}
    listed = theirs.excitation_list
    assert {(tuple(sorted(a)), tuple(sorted(b))) for a, b in listed} == ours.keys()
    for (occupied, virtual), operator in zip(listed, theirs.operators, strict=True):
        matrix = generator(ours[tuple(sorted(occupied)), tuple(sorted(virtual))])
        given = np.asarray(operator.to_matrix())  # Hermitian: i (T - T^dagger), up to a sign
        assert min(np.abs(1j * matrix - sign * given).max() for sign in (1, -1)) < 1e-10


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_circuits_are_exponentials(mapping: str) -> None:
    electrons = electrons_in(mapping, 3, 2, 1)
    rng = np.random.default_rng(5)
    n_qubits = electrons.encoding.n_qubits
    for move in excitations(electrons):
        theta = rng.uniform(-3, 3)
        tied = TiedCircuit.of(n_qubits, exponential(move.terms, 0), 1)
        unitary = tied.at(np.array([theta])).unitary()
        expected = scipy.linalg.expm(theta * generator(move))
        overlap = np.trace(unitary.conj().T @ expected) / len(expected)
        assert abs(overlap) == pytest.approx(1.0, abs=1e-10)  # equal up to a global phase


def test_counts_of_cnots() -> None:
    for electrons, single_cnots, double_cnots in (
        (electrons_in("jordan-wigner", 2, 1, 1), 2, 14),
        (electrons_in("jordan-wigner", 3, 1, 1), 2, 14),
        (electrons_in("jordan-wigner", 4, 2, 2), 6, 18),
    ):
        moves = excitations(electrons)
        single = next(move for move in moves if len(move.occupied) == 1)
        double = next(move for move in moves if move.is_pair)
        counts = [
            TiedCircuit.of(len(electrons.label), exponential(move.terms, 0), 1).circuit.counts["cx"]
            for move in (single, double)
        ]
        assert counts == [single_cnots, double_cnots]


def test_circuits_of_several_excitations_start_in_the_determinant() -> None:
    task = make("vqe/lih-4q-2.2")
    electrons = electrons_of(task.metadata, 4)
    assert electrons is not None
    moves = excitations(electrons)
    angles = np.random.default_rng(2).uniform(-1, 1, len(moves))
    state = np.zeros(16, dtype=complex)
    state[int(electrons.label, 2)] = 1.0
    for move, angle in zip(moves, angles, strict=True):
        state = scipy.linalg.expm(angle * generator(move)) @ state
    circuit = excitation_circuit(electrons.label, moves).at(angles)
    assert abs(np.vdot(state, circuit.unitary()[:, 0])) == pytest.approx(1.0, abs=1e-10)


def test_tapered_problems_have_only_allowed_excitations() -> None:
    metadata = {
        "mapping": "jordan-wigner",
        "active_space": {"electrons": 2, "orbitals": 2},
        "tapering": {
            "symmetries": ["IIZZ", "IZIZ", "ZIIZ"],
            "sector": [-1, 1, -1],
            "removed_qubits": [1, 2, 3],
        },
    }
    electrons = electrons_of(metadata, 1)
    assert electrons is not None
    [move] = excitations(electrons)
    assert move.is_pair
    assert [label for label, _ in move.terms] == ["Y"]
    assert abs(move.terms[0][1]) == pytest.approx(1.0)


def test_inverse_gates_cancel_through_commuting_ones() -> None:
    steps = [
        Step("h", (0,)),
        Step("cx", (0, 1)),
        Step("cx", (0, 2)),
        Step("rz", (0,), 0, 1.0),
        Step("cx", (0, 1)),
        Step("cx", (0, 2)),
        Step("x", (1,)),
        Step("rx", (1,), 0, 1.0),
        Step("x", (1,)),
        Step("h", (0,)),
    ]
    assert cancel_inverses(steps) == [
        Step("h", (0,)),
        Step("rz", (0,), 0, 1.0),
        Step("rx", (1,), 0, 1.0),
        Step("h", (0,)),
    ]
    blocked = [Step("cx", (0, 1)), Step("rz", (1,), 0, 1.0), Step("cx", (0, 1)), Step("cx", (1, 0))]
    assert cancel_inverses(blocked) == blocked


def test_cancelling_keeps_the_unitary() -> None:
    rng = np.random.default_rng(11)
    for _ in range(60):
        steps = []
        for _ in range(30):
            a, b = (int(q) for q in rng.permutation(3)[:2])
            name = rng.choice(["h", "x", "s", "z", "y", "cx", "cx", "rz", "ry"])
            parameter = (0, 1.0) if name in ("rz", "ry") else (None, 0.0)
            steps.append(Step(str(name), (a, b) if name == "cx" else (a,), *parameter))
        short = cancel_inverses(steps)
        angle = np.array([0.7])
        whole, rest = (TiedCircuit.of(3, s, 1).at(angle).unitary() for s in (steps, short))
        np.testing.assert_allclose(whole, rest, atol=1e-10)
        assert len(short) <= len(steps)
