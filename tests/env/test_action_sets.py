"""Native gate sets, excitations and circuits of a file as actions."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qrl.circuits import Circuit, Expectation, Gate, PauliSum, dense
from qrl.circuits.coupling import coupling_map
from qrl.circuits.engines import make_engine
from qrl.circuits.gates import gate_spec
from qrl.env.actions import ActionSet
from qrl.env.compounds import circuits_in, excitations, make_actions, trees
from qrl.env.config import EnvConfig
from qrl.env.construction import Construction
from qrl.env.fans import fans
from qrl.env.observations import make_observation
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks import Task, get_task
from qrl.tasks.ground_states import heisenberg

H2 = get_task("vqe/h2-4q")
ZIGZAG = {"n_qubits": 2, "gates": [["cx", 0, 1], ["ry", 1], ["cx", 0, 1]]}


def actions_for(
    kinds: str, n: int, coupling: str = "all", gates: str = "cx+rotations"
) -> ActionSet:
    return make_actions(kinds, gates, n, coupling_map(coupling, n))


def build_for(task: Task, choices: ActionSet, max_gates: int, count: int = 1) -> Construction:
    return Construction(
        count,
        make_engine("exact", task.objective),
        choices.letters,
        task.start,
        max_gates,
        task.objective.lower_bound,
        choices=choices,
    )


def unitary(word: tuple[Gate, ...], n: int, angles: list[float]) -> np.ndarray:
    return Circuit(n, word, tuple(angles)).unitary()


def file_of(folder: Path, *circuits: Any) -> str:
    path = folder / "actions.json"
    path.write_text(json.dumps({"actions": list(circuits)}), encoding="utf-8")
    return str(path)


# -- gate sets --------------------------------------------------------------------------------


def test_single_gates_are_the_actions_unless_told() -> None:
    choices = actions_for("gates", 4, "line")
    assert choices.words == tuple((gate,) for gate in choices.letters.gates)
    assert choices.rows.tolist() == [[k] for k in range(len(choices))]
    assert len(choices) == 2 * 3 + 12


def test_native_gates_of_ibm_machines() -> None:
    choices = actions_for("gates", 3, "line", gates="ibm-cz")
    assert {g.name for g in choices.letters.gates} == {"cz", "rz", "sx", "x"}
    assert [g.qubits for g in choices.letters.gates if g.name == "cz"] == [(0, 1), (1, 2)]
    task = Task("z", Expectation(PauliSum(("X",), (1.0,))))
    build = build_for(task, actions_for("gates", 1, gates="ibm-cz"), 6)
    for name in ("sx", "rz", "sx", "rz"):
        build.step(np.array([build.choices.index(Gate(name, (0,)))]))
    assert build.cost[0] == pytest.approx(-1.0, abs=1e-9)


def test_ecr_machines_have_both_directions_and_reach_a_bell_state() -> None:
    choices = actions_for("gates", 3, "line", gates="ibm-ecr")
    assert {g.name for g in choices.letters.gates} == {"ecr", "rz", "sx", "x"}
    pairs = [g.qubits for g in choices.letters.gates if g.name == "ecr"]
    assert pairs == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert choices.letters.cnots.tolist() == [1] * 4 + [0] * 9
    task = Task("zz+xx", Expectation(PauliSum(("ZZ", "XX"), (-1.0, -1.0))))
    build = build_for(task, actions_for("gates", 2, gates="ibm-ecr"), 8)
    for name, *qubits in (("sx", 0), ("rz", 0), ("ecr", 0, 1), ("rz", 0), ("sx", 1), ("rz", 1)):
        build.step(np.array([build.choices.index(Gate(name, tuple(qubits)))]))
    assert build.cost[0] == pytest.approx(-2.0, abs=1e-9)


# -- excitations ------------------------------------------------------------------------------


def string(letters: dict[int, str], n: int) -> np.ndarray:
    label = "".join(letters.get(q, "I") for q in reversed(range(n)))
    pauli = {"I": np.eye(2), "X": [[0, 1], [1, 0]], "Y": [[0, -1j], [1j, 0]]}
    matrix = np.eye(1)
    for letter in label:
        matrix = np.kron(matrix, pauli[letter])
    return matrix


@pytest.mark.parametrize("size", [2, 4])
def test_each_rotation_is_the_exponential_of_one_string(size: int) -> None:
    n = size
    (word,) = [
        w
        for w in excitations(n, coupling_map("all", n))
        if len({q for g in w for q in g.qubits}) == size
    ]
    turning = sum(gate_spec(g.name).parametric for g in word)
    assert turning == {2: 2, 4: 8}[size]
    assert sum(g.name == "cx" for g in word) == {2: 2, 4: 14}[size]
    assert np.allclose(unitary(word, n, [0.0] * turning), np.eye(2**n))
    strings = {
        pattern: string(
            dict(enumerate(format(pattern, f"0{size}b").translate({48: "X", 49: "Y"}))), n
        )
        for pattern in range(1 << size)
        if pattern.bit_count() % 2
    }
    hit = set()
    for k in range(turning):
        angles = [0.3 if j == k else 0.0 for j in range(turning)]
        generator = (unitary(word, n, angles) - np.cos(0.15) * np.eye(2**n)) / (-1j * np.sin(0.15))
        near = [p for p, s in strings.items() if abs(np.vdot(s, generator)) > 2**n - 1e-6]
        (found,) = near
        assert np.allclose(generator @ generator, np.eye(2**n))
        hit.add(found)
    assert hit == set(strings)


def test_tied_angles_would_conserve_the_particles() -> None:
    """A Givens rotation mixes 01 and 10 and leaves 00 and 11 alone."""
    word = excitations(2, coupling_map("all", 2))[0]
    matrix = unitary(word, 2, [0.4, 0.4])
    other = unitary(word, 2, [0.4, -0.4])
    kept = [
        m for m in (matrix, other) if np.isclose(abs(m[0, 0]), 1) and np.isclose(abs(m[3, 3]), 1)
    ]
    assert len(kept) == 1
    assert abs(kept[0][1, 2]) == pytest.approx(np.sin(0.4))


def test_every_pair_and_every_four_qubits_where_coupled() -> None:
    choices = actions_for("excitations", 5)
    assert sorted(choices.qubits) == sorted(
        [*combinations(range(5), 2), *combinations(range(5), 4)]
    )
    assert actions_for("excitations", 5, "line").qubits == ((0, 1), (1, 2), (2, 3), (3, 4))
    assert len(actions_for("gates,excitations", 4)) == 24 + 6 + 1


def test_one_pair_excitation_solves_h2() -> None:
    build = build_for(H2, actions_for("excitations", 4), 40)
    assert H2.reference is not None
    build.step(np.array([6]))
    circuit = build.circuit(0)
    assert build.cost[0] == pytest.approx(H2.reference, abs=1e-6)
    assert dense.expectation(circuit, H2.objective.observable) == pytest.approx(build.cost[0])
    assert (build.cnots[0], build.depth[0]) == (circuit.two_qubit_count, circuit.depth)
    assert build.cnots[0] == 14
    assert build.rotations[0] == 8
    assert build.steps[0] == len(circuit) - len(H2.start)


# -- the rules --------------------------------------------------------------------------------


def test_only_what_fits_in_is_legal_and_more_is_cut_off() -> None:
    choices = actions_for("gates,excitations", 4)
    build = build_for(H2, choices, 8)
    assert build.legal()[0, :24].all()
    assert build.legal()[0, 24:30].all()
    assert not build.legal()[0, 30]
    build.step(np.array([24]))
    assert build.steps[0] == 6
    assert not build.legal()[0, 24:].any()
    build.step(np.array([30]))
    assert build.steps[0] == 8
    assert build.circuit(0).gates[len(H2.start) :] == (*choices.words[24], *choices.words[30][:2])


@pytest.mark.parametrize("legality", ["repeated", "commuting", "canonical"])
def test_rules_know_whole_actions(legality: str, tmp_path: Path) -> None:
    both = {"n_qubits": 3, "gates": [["rz", 0], ["rzz", 0, 1]]}
    kinds = f"gates,{file_of(tmp_path, ZIGZAG, both)}"
    choices = actions_for(kinds, 3, gates="rz,cz")
    task = heisenberg(3)
    build = Construction(
        1, make_engine("exact", task.objective), choices.letters, Circuit(3), 30,
        task.objective.lower_bound, choices=choices, legality=legality,
    )  # fmt: skip
    diagonal, turned = len(choices) - 1, choices.words.index(choices.words[6])
    build.step(np.array([diagonal]))
    assert not build.legal()[0, diagonal]
    build.step(np.array([choices.index(Gate("cz", (1, 2)))]))
    assert build.legal()[0, diagonal] == (legality == "repeated")
    build.step(np.array([turned]))
    assert build.legal()[0, diagonal]
    # Its rotations do not commute, so that two of them are of more use than one.
    assert build.legal()[0, turned] == (legality != "repeated")


# -- circuits of a file -----------------------------------------------------------------------


def test_a_small_circuit_stands_wherever_it_may(tmp_path: Path) -> None:
    path = file_of(tmp_path, ZIGZAG)
    choices = actions_for(path, 3, "line")
    assert choices.words[0] == (Gate("cx", (0, 1)), Gate("ry", (1,)), Gate("cx", (0, 1)))
    assert {w[0].qubits for w in choices.words} == {(0, 1), (1, 0), (1, 2), (2, 1)}
    mirror = {"n_qubits": 2, "gates": [["ry", 0], ["ry", 1], ["cz", 0, 1]]}
    assert len(actions_for(file_of(tmp_path, mirror), 3)) == 3  # both ways round are the same


def test_a_circuit_of_all_qubits_stands_as_it_is(tmp_path: Path) -> None:
    choices = actions_for(file_of(tmp_path, ZIGZAG), 2)
    assert len(choices) == 1
    circuit = Circuit(2).append("cx", 0, 1).append("ry", 1, angle=0.3)
    assert circuits_in(Path(file_of(tmp_path, circuit.to_dict())))[0].gates == circuit.gates


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "JSON object"),
        ("{}", "'actions'"),
        ('{"actions": []}', "'actions'"),
        ('{"actions": [3]}', "action 1 needs"),
        ('{"actions": [{"n_qubits": 2, "gates": []}]}', "action 1 has no gates"),
        ('{"actions": [{"n_qubits": 2, "gates": [["rw", 0]]}]}', "action 1: Unknown gate 'rw'"),
        ('{"actions": [{"n_qubits": 2, "gates": [["cx", 0, 5]]}]}', "action 1: .*qubits from 0 to 1"),
        ('{"actions": [{"n_qubits": 9, "gates": [["x", 0]]}]}', "9 qubits and the problem 3"),
        ('{"actions": [{"n_qubits": 3, "gates": [["cx", 0, 2]]}]}', "fits nowhere"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_used(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "actions.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        actions_for(str(path), 3, "line")


def test_other_names_are_refused() -> None:
    with pytest.raises(InputError, match="'excitations'"):
        actions_for("excitation", 4)
    with pytest.raises(InputError, match="cannot be read"):
        actions_for("nowhere.json", 4)
    with pytest.raises(InputError, match="No excitation"):
        actions_for("excitations", 1)
    for setting in ("mode", "legality"):
        with pytest.raises(InputError, match=setting):
            EnvConfig(**{setting: "other"})


# -- observations -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["compact", "tensor", "gates"])
def test_observations_show_single_gates(name: str) -> None:
    """What an agent sees is the circuit, whichever way it was built."""
    choices = actions_for("gates,excitations", 4)
    build = build_for(H2, choices, 40, count=3)
    plain = build_for(H2, ActionSet.of_gates(choices.letters), 40, count=3)
    seen, expected = make_observation(name, build), make_observation(name, plain)
    rows = [[24, 0, 30], [3, 25, 2], [29, 14, 9]]
    for row in rows:
        build.step(np.array(row))
        build.show(seen, np.array(row))
    for index in range(3):
        letters = [a for row in rows for a in choices.rows[row[index]].tolist() if a >= 0]
        plain.reset(np.ones(3, dtype=bool))
        expected.reset(np.ones(3, dtype=bool))
        for letter in letters:
            plain.step(np.full(3, letter))
            plain.show(expected, np.full(3, letter))
        plain.theta[:] = build.theta[index]
        plain.cost[:], plain.previous_cost[:] = build.cost[index], build.previous_cost[index]
        assert plain.circuit(0) == build.circuit(index)
        np.testing.assert_allclose(seen.read()[index], expected.read()[0], atol=1e-6)


# -- fans -------------------------------------------------------------------------------------


def test_a_fan_mixes_a_basis_state_with_an_excited_one() -> None:
    # From |0011>, a fan of three makes cos |0011> + sin |1100> where its target pairs are exchanged.
    words = {w[1:]: w for w in fans(4, coupling_map("all", 4)) if len(w) == 4}
    assert len(words) == 4
    word = words[(Gate("cx", (2, 0)), Gate("cx", (2, 1)), Gate("cx", (2, 3)))]
    start = Circuit.from_dict({"n_qubits": 4, "gates": [["x", 0], ["x", 1]], "angles": []})
    state = dense.statevector(Circuit(4, (*start.gates, *word), (2 * 0.3,)))
    expected = np.zeros(16)
    expected[0b0011], expected[0b1100] = np.cos(0.3), np.sin(0.3)
    assert np.allclose(state, expected, atol=1e-12)


def test_fans_follow_the_coupling_map() -> None:
    assert len(actions_for("fans", 4)) == 4 * 3 + 4 * 1
    assert len(actions_for("fans", 5)) == 5 * 4 + 5 * 4
    assert {w[0].qubits for w in fans(4, coupling_map("line", 4))} == {(0,), (1,), (2,), (3,)}
    # To three neighbours on a line: three edges. To a distant one: the qubits between turn back.
    assert {len(w) - 1 for w in fans(4, coupling_map("line", 4))} == {1, 4, 5, 8}
    with pytest.raises(InputError, match="no two are coupled"):
        actions_for("fans", 1)


def test_a_fan_is_one_action_of_four_gates() -> None:
    env = CircuitVecEnv(H2, EnvConfig(actions="gates,fans"), 4)
    env.reset(seed=0)
    before = env.build.cnots.copy()
    _, _, _, _, info = env.step(np.full(4, len(env.choices.words) - 1))
    assert (info["cnots"] == before + 3).all()
    assert (env.build.steps == 4).all()


def test_a_tree_makes_what_a_fan_makes_one_level_less_deep() -> None:
    words = trees(4, coupling_map("all", 4))
    assert len(words) == len(set(words)) == 24
    start = Circuit.from_dict({"n_qubits": 4, "gates": [["x", 0], ["x", 1]], "angles": []})
    fan = next(w for w in fans(4, coupling_map("all", 4)) if len(w) == 4 and w[0].qubits == (2,))
    wanted = Circuit(4, (*start.gates, *fan), (0.6,))
    tree = next(
        w for w in words if w[1:] == (Gate("cx", (2, 0)), Gate("cx", (2, 3)), Gate("cx", (0, 1)))
    )
    found = Circuit(4, (*start.gates, *tree), (0.6,))
    # The relay qubit 0 begins in |1>: what it hands on is turned over, up to which the states agree.
    flipped = Circuit(4, (*start.gates, *tree, Gate("x", (1,))), (0.6,))
    states = [np.abs(dense.statevector(c)) for c in (wanted, found, flipped)]
    assert np.allclose(states[0], states[1]) or np.allclose(states[0], states[2])
    assert found.depth == wanted.depth - 1


def test_trees_follow_the_coupling_map() -> None:
    assert len(actions_for("trees", 5)) == 120
    assert len(actions_for("trees", 4, "line")) == 2  # the two qubits in the middle begin
    with pytest.raises(InputError, match="No tree"):
        actions_for("trees", 3)
