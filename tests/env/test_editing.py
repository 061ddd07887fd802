"""The edit environment, against circuits edited as values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qrl.circuits import Circuit, Expectation, PauliSum, dense
from qrl.circuits.canonical import commute
from qrl.env.config import EnvConfig
from qrl.env.editing import (
    DELETE,
    INSERT,
    REPLACE,
    STOP,
    CircuitEditVecEnv,
    EditedConstruction,
    vector_env,
)
from qrl.env.single import CircuitEnv
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks import Task, get_task
from qrl.tasks.ground_states import heisenberg

H2 = get_task("vqe/h2-4q")


def edit_env(task: Task, num_envs: int = 1, **settings: Any) -> CircuitEditVecEnv:
    env = vector_env(task, EnvConfig(mode="edit", **settings), num_envs=num_envs)
    assert isinstance(env, CircuitEditVecEnv)
    return env


def build_of(env: CircuitVecEnv) -> EditedConstruction:
    assert isinstance(env.build, EditedConstruction)
    return env.build


def all_edits(build: EditedConstruction) -> list[tuple[int, int, int]]:
    length, size = build.max_gates, len(build.actions)
    pairs = [(p, a) for p in range(length) for a in range(size)]
    return [
        (STOP, 0, 0),
        *((INSERT, p, a) for p, a in pairs),
        *((REPLACE, p, a) for p, a in pairs),
        *((DELETE, p, 0) for p in range(length)),
    ]


def edited(circuit: Circuit, build: EditedConstruction, edit: tuple[int, int, int]) -> Circuit:
    """Edit a circuit as a value; what cannot be done leaves it as it is."""
    kind, place, letter = edit
    gate, first = build.actions.gates[letter], len(build.start)
    gates = len(circuit) - first
    if kind == INSERT and gates < build.max_gates:
        return circuit.insert(first + min(place, gates), gate.name, *gate.qubits)
    if kind == REPLACE and place < gates:
        return circuit.replace(first + place, gate.name, *gate.qubits)
    if kind == DELETE and place < gates:
        return circuit.remove(first + place)
    return circuit


def test_actions_are_numbered_in_their_order() -> None:
    build = build_of(edit_env(H2, max_gates=5))
    edits = all_edits(build)
    assert [build.action(*edit) for edit in edits] == list(range(len(edits)))
    assert build.n_actions == len(edits) == 1 + 2 * 5 * 24 + 5


@pytest.mark.parametrize("legality", ["none", "canonical"])
@pytest.mark.parametrize("start", ["task", "zero"])
def test_edits_are_those_of_circuits(legality: str, start: str) -> None:
    env = edit_env(H2, 3, max_gates=6, legality=legality, start=start, minimum="bound")
    build = build_of(env)
    edits = all_edits(build)
    rng = np.random.default_rng(3)
    kept: list[Any] = []
    env.on_scored = lambda build: kept.append(
        [(build.circuit(k), build.cost[k], build.cnots[k], build.depth[k]) for k in range(3)]
    )
    env.reset()
    before = [build.start] * 3
    for _ in range(60):
        # Many edits of the middle, and illegal ones.
        from_end = len(edits) - 1 - rng.integers(6 * 25)
        chosen = np.array([rng.integers(1 + 3 * 24), rng.integers(len(edits)), from_end])
        _, _, terminated, truncated, _ = env.step(chosen)
        for k in range(3):
            circuit, cost, cnots, depth = kept[-1][k]
            assert circuit.gates == edited(before[k], build, edits[chosen[k]]).gates
            assert cost == pytest.approx(
                dense.expectation(circuit, H2.objective.observable), abs=1e-9
            )
            assert (cnots, depth) == (circuit.two_qubit_count, circuit.depth)
            before[k] = build.start if terminated[k] or truncated[k] else circuit


def test_angles_stay_with_their_gates() -> None:
    env = edit_env(H2, max_gates=8, tuner="none")
    build = build_of(env)
    ids = {str(g): k for k, g in enumerate(build.actions.gates)}
    env.reset()
    for edit in [
        (INSERT, 0, ids["ry(0)"]),
        (INSERT, 1, ids["cx(0, 1)"]),
        (INSERT, 2, ids["ry(1)"]),
    ]:
        env.step(np.array([build.action(*edit)]))
    first, last = build.circuit(0).angles
    env.step(np.array([build.action(INSERT, 1, ids["rx(2)"])]))
    assert build.circuit(0).angles == (first, 0.0, last)
    env.step(np.array([build.action(DELETE, 0)]))
    assert build.circuit(0).angles == (0.0, last)
    env.step(np.array([build.action(REPLACE, 2, ids["cx(1, 2)"])]))
    assert build.circuit(0).angles == (0.0,)
    assert [g.name for g in build.circuit(0).gates[2:]] == ["rx", "cx", "cx"]


def test_a_rotation_within_never_raises_the_cost() -> None:
    task = heisenberg(3)
    env = edit_env(task, max_gates=14, minimum="bound")
    build = build_of(env)
    turning = [k for k, g in enumerate(build.actions.gates) if g.name != "cx"]
    rng = np.random.default_rng(4)
    env.reset()
    for step in range(13):
        letter = int(rng.choice(turning)) if step % 3 else 0
        *_, info = env.step(np.array([build.action(INSERT, int(rng.integers(step + 1)), letter)]))
        if step % 3:
            assert info["cost"][0] <= build.previous_cost[0] + 1e-9


# -- the mask ---------------------------------------------------------------------------------


def is_legal(
    gates: list[Any], edit: tuple[int, int, int], build: EditedConstruction, rule: str
) -> bool:
    kind, place, letter = edit
    gate = build.actions.gates[letter]
    if kind == STOP:
        return True
    if kind == DELETE:
        return place < len(gates)
    if kind == INSERT:
        if place > len(gates) or len(gates) == build.max_gates:
            return False
        left, right = gates[:place], gates[place:]
    else:
        if place >= len(gates) or gates[place] == gate:
            return False
        left, right = gates[:place], gates[place + 1 :]
    if rule == "none":
        return True

    def slides(other: Any) -> bool:
        if rule == "repeated":
            return not set(gate.qubits) & set(other.qubits)
        return commute(gate, other)

    for side in (reversed(left), right):
        for other in side:
            if other == gate:
                return False
            if not slides(other):
                break
    return not (rule == "canonical" and kind == INSERT and left and slides(left[-1]))


@pytest.mark.parametrize("rule", ["none", "repeated", "commuting", "canonical"])
@pytest.mark.parametrize("gates", ["cx+rotations", "cz,rx,h"])
def test_masks(rule: str, gates: str) -> None:
    env = edit_env(heisenberg(3), max_gates=7, legality=rule, gates=gates, tuner="none")
    build = build_of(env)
    edits = all_edits(build)
    rng = np.random.default_rng(5)
    env.reset()
    for _ in range(28):
        appended = list(build.circuit(0).gates[len(build.start) :])
        expected = [is_legal(appended, edit, build, rule) for edit in edits]
        assert env.action_masks()[0].tolist() == expected
        inserting = rng.random() < 0.8
        choices = [k for k, e in enumerate(edits) if expected[k] and (e[0] == INSERT) == inserting]
        env.step(np.array([rng.choice(choices or np.flatnonzero(expected))]))


def test_canonical_insertions_lead_to_different_circuits() -> None:
    env = edit_env(heisenberg(3), max_gates=9, legality="canonical", tuner="none")
    build = build_of(env)
    rng = np.random.default_rng(6)
    env.reset()
    for _ in range(6):
        legal = np.flatnonzero(env.action_masks()[0])
        inserts = [k for k in legal if all_edits(build)[k][0] == INSERT]
        env.step(np.array([rng.choice(inserts)]))
    circuit, edits = build.circuit(0), all_edits(build)
    now = circuit.with_angles((0.0,) * len(circuit.angles))
    everything = {
        edited(now, build, edit).canonical()
        for edit in edits
        if edit[0] == INSERT and is_legal(list(now.gates), edit, build, "commuting")
    }
    reached = [
        edited(now, build, edits[k]).canonical()
        for k in np.flatnonzero(env.action_masks()[0])
        if edits[k][0] == INSERT
    ]
    assert set(reached) == everything
    assert len(reached) == len(everything)


# -- episodes ---------------------------------------------------------------------------------


def test_stopping_terminates_and_the_length_truncates() -> None:
    env = edit_env(H2, 2, max_gates=3)
    build = build_of(env)
    env.reset()
    _, rewards, terminated, truncated, info = env.step(np.array([0, build.action(INSERT, 0, 12)]))
    assert terminated.tolist() == info["stopped"].tolist() == [True, False]
    assert not truncated.any()
    assert rewards[0] == -5.0
    env.step(np.array([1, 2]))
    _, _, terminated, truncated, info = env.step(np.array([1, build.action(DELETE, 0)]))
    assert terminated.tolist() == [False, False]
    assert truncated.tolist() == [False, True]
    assert not info["stopped"].any()
    assert build.circuit(1) == H2.start


def test_the_goal_ends_an_episode_in_success() -> None:
    task = Task("z", Expectation(PauliSum(("Z",), (1.0,))), reference=-1.0, target_error=1e-3)
    env = edit_env(task, gates="rz,ry", minimum="reference", max_gates=4)
    build = build_of(env)
    env.reset()
    env.step(np.array([build.action(INSERT, 0, 0)]))
    _, rewards, terminated, _, info = env.step(np.array([build.action(REPLACE, 0, 1)]))
    assert rewards.tolist() == [5.0]
    assert terminated.tolist() == [True]
    assert not info["stopped"].any()


@pytest.mark.parametrize("observation", ["compact", "tensor", "gates:0,angles"])
def test_observations_are_those_of_the_circuit_built_by_appending(observation: str) -> None:
    settings: dict[str, Any] = {"observation": observation, "max_gates": 8, "minimum": "bound"}
    env = edit_env(H2, **settings)
    build = build_of(env)
    rng = np.random.default_rng(8)
    env.reset()
    for _ in range(7):
        legal = np.flatnonzero(env.action_masks()[0])[1:]
        seen, *_ = env.step(np.array([rng.choice(legal)]))
    other = CircuitVecEnv(H2, EnvConfig(**settings))
    other.reset()
    circuit = build.circuit(0)
    for gate in circuit.gates[len(build.start) :]:
        other.step(np.array([other.actions.index(gate)]))
    plain = other.build
    plain.theta[0, : plain.n_theta[0]] = circuit.angles
    plain.cost[:], plain.previous_cost[:], plain.steps[:] = build.cost, build.previous_cost, 7
    np.testing.assert_allclose(other.observation.read()[0], seen[0], atol=1e-6)


@pytest.mark.parametrize("observation", ["compact", "tensor", "gates"])
def test_a_restored_environment_goes_on_identically(observation: str) -> None:
    settings: dict[str, Any] = {"observation": observation, "max_gates": 6, "legality": "canonical"}
    one, other = edit_env(H2, 3, **settings), edit_env(H2, 3, **settings)
    rng = np.random.default_rng(9)

    def draw() -> np.ndarray:
        return np.array([rng.choice(np.flatnonzero(row)) for row in one.action_masks()])

    one.reset()
    other.reset()
    for _ in range(9):
        one.step(draw())
        other.step(np.ones(3, dtype=np.int64))
    shown = one.observation.read()
    assert np.array_equal(other.restore(one.state()), shown)
    for _ in range(10):
        chosen = draw()
        expected, found = one.step(chosen), other.step(chosen)
        for a, b in zip(expected[:4], found[:4], strict=True):
            assert np.array_equal(a, b)
        for name in expected[4]:
            assert np.array_equal(expected[4][name], found[4][name])


def test_one_circuit_as_a_plain_environment() -> None:
    env = CircuitEnv(H2, EnvConfig(mode="edit", max_gates=4))
    env.reset(seed=0)
    _, _, terminated, truncated, info = env.step(1 + 12)
    assert not terminated
    assert not truncated
    assert info["action_mask"].shape == (1 + 4 * 24 * 2 + 4,)
    assert len(env.circuit) == len(H2.start) + 1
    assert env.step(0)[2:4] == (True, False)
    with pytest.raises(InputError, match=r"reset\(\)"):
        env.step(0)
    env.reset()
    with pytest.raises(InputError, match="0 to 196"):
        env.step(197)


def test_only_single_gates_are_edited() -> None:
    with pytest.raises(InputError, match="'append'"):
        edit_env(H2, actions="excitations")
