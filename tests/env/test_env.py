"""The Gymnasium environments: their contract, their episodes, their errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3.common.env_checker import check_env as check_env_for_sb3

from qrl.circuits import Expectation, PauliSum, dense
from qrl.circuits.coupling import coupling_map
from qrl.env import EnvConfig, make_env
from qrl.env.single import CircuitEnv
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks import Task, get_task
from qrl.tasks.ground_states import heisenberg

H2 = get_task("vqe/h2-4q")
UNKNOWN = Task("unknown", Expectation(PauliSum(("XYZ", "YII", "ZZI", "IXX"), (0.7, -0.3, 1, 0.5))))
SINGLE = Task("single", Expectation(PauliSum(("Z", "X", "Y"), (1.0, 0.5, -0.25))))
TASKS = {"h2": H2, "unknown": UNKNOWN, "single": SINGLE, "heisenberg": heisenberg(3)}


def play(env: CircuitEnv, seed: int, episodes: int = 2) -> list[Any]:
    """Return all that random legal episodes show."""
    rng = np.random.default_rng(seed)
    seen: list[Any] = []
    for _ in range(episodes):
        observation, info = env.reset(seed=seed)
        seen.append((observation, info["action_mask"]))
        ended = False
        while not ended:
            action = int(rng.choice(np.flatnonzero(env.action_masks())))
            observation, reward, terminated, truncated, info = env.step(action)
            seen.append((observation, reward, terminated, truncated, info, env.circuit))
            ended = terminated or truncated
    return seen


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(np.array_equal(a, b)) if isinstance(a, np.ndarray) else bool(a == b)


# -- the contract -----------------------------------------------------------------------------


@pytest.mark.parametrize("minimum", ["best", "bound", "reference"])
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("observation", ["compact", "tensor"])
def test_gymnasium_finds_no_fault(observation: str, name: str, minimum: str) -> None:
    config = EnvConfig(observation=observation, minimum=minimum)
    check_env(CircuitEnv(TASKS[name], config), skip_render_check=True)


def test_gymnasium_finds_no_fault_with_drawing() -> None:
    def build(render_mode: str | None = None) -> CircuitEnv:
        return CircuitEnv(H2, render_mode=render_mode)

    check_env(gym.make(EnvSpec("qrl/Circuit-v0", entry_point=build)).unwrapped)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("observation", ["compact", "tensor"])
def test_stable_baselines3_finds_no_fault(observation: str, name: str) -> None:
    check_env_for_sb3(CircuitEnv(TASKS[name], EnvConfig(observation=observation)))


@pytest.mark.parametrize("name", TASKS)
def test_an_episode_tells_the_truth_of_its_circuit(name: str) -> None:
    task = TASKS[name]
    env = make_env(task, max_gates=10)
    rng = np.random.default_rng(12)
    for _ in range(3):
        _, info = env.reset()
        assert env.circuit == task.start
        assert info["action_mask"].all()
        for step in range(1, 11):
            gates = env.circuit.gates
            action = int(rng.choice(np.flatnonzero(env.action_masks())))
            _, reward, terminated, truncated, info = env.step(action)
            circuit = env.circuit
            assert circuit.gates[:-1] == gates
            cost = dense.expectation(circuit, task.objective.observable)
            assert info["cost"] == pytest.approx(cost, abs=1e-10)
            assert (info["cnots"], info["depth"]) == (circuit.two_qubit_count, circuit.depth)
            assert info["evaluations"] >= 1
            assert isinstance(reward, float)
            assert -5 <= reward <= 5
            assert (terminated, truncated) == (False, step == 10)


def test_the_last_circuit_stays_in_sight_until_reset() -> None:
    env = make_env(H2, max_gates=3, observation="tensor")
    env.reset()
    for action in (0, 4, 12):
        observation, *_, truncated, info = env.step(action)
    assert truncated
    assert len(env.circuit) == len(H2.start) + 3
    assert info["cost"] == pytest.approx(dense.expectation(env.circuit, H2.objective.observable))
    assert observation[:-1].sum() == 3  # of the finished circuit, not of the next
    with pytest.raises(InputError, match=r"reset\(\)"):
        env.step(0)
    env.reset()
    assert env.circuit == H2.start
    env.step(0)


@pytest.mark.parametrize("minimum", ["best", "bound", "reference"])
def test_seeded_episodes_are_reproducible(minimum: str) -> None:
    first, second = (make_env(heisenberg(3), minimum=minimum, max_gates=8) for _ in range(2))
    expected = play(first, 5)
    assert same(play(second, 5), expected)
    assert not same(play(second, 6), expected)


@pytest.mark.parametrize("minimum", ["best", "bound", "reference"])
def test_a_seeded_reset_begins_all_anew(minimum: str) -> None:
    """Gymnasium's checker asks for it: same seed and action, same reward, in one environment too."""
    env = make_env(SINGLE, minimum=minimum, max_gates=6)
    for action in range(3):
        env.reset(seed=1)
        expected = env.step(action)
        assert not same(env.step((action + 1) % 3), expected)
        env.reset(seed=1)
        assert same(env.step(action), expected)


def test_reference_ends_an_episode_in_success() -> None:
    task = Task("z", Expectation(PauliSum(("Z",), (1.0,))), reference=-1.0, target_error=1e-3)
    env = make_env(task, gates="rz,ry", minimum="reference")
    env.reset()
    assert env.step(0)[1:4] == (0.0, False, False)
    assert env.step(1)[1:4] == (5.0, True, False)
    # Where nothing but the goal tells them apart, the other minima go on.
    for minimum in ("bound", "best"):
        env = make_env(task, gates="rz,ry", minimum=minimum)
        env.reset()
        env.step(0)
        assert env.step(1)[1:4] == (1.0, False, False)


def test_success_at_the_last_step_is_no_truncation() -> None:
    task = Task("z", Expectation(PauliSum(("Z",), (1.0,))), reference=-1.0, target_error=1e-3)
    env = make_env(task, gates="ry,rz", minimum="reference", max_gates=1)
    env.reset()
    assert env.step(0)[1:4] == (5.0, True, False)
    env.reset()
    assert env.step(1)[1:4] == (-5.0, False, True)


def test_an_episode_ends_where_no_action_is_left() -> None:
    env = make_env(SINGLE, gates="rx", max_gates=6)
    env.reset()
    _, reward, terminated, truncated, _ = env.step(0)
    assert (reward, terminated, truncated) == (-5.0, False, True)


@pytest.mark.parametrize("minimum", ["reference", "bound", "best"])
def test_no_answer_is_needed(minimum: str) -> None:
    env = make_env(UNKNOWN, minimum=minimum, max_gates=8)
    assert env.task.reference is None
    seen = play(env, 3)
    rewards = [entry[1] for entry in seen if len(entry) > 2]
    assert np.isfinite(rewards).all()
    assert rewards.count(-5.0) == 2
    if minimum == "reference":
        by_bound = play(make_env(UNKNOWN, minimum="bound", max_gates=8), 3)
        assert rewards == [entry[1] for entry in by_bound if len(entry) > 2]


@pytest.mark.parametrize("minimum", ["bound", "best"])
def test_the_answer_changes_nothing_unless_asked_for(minimum: str) -> None:
    task = TASKS["heisenberg"]
    hidden = Task("hidden", task.objective, target_error=task.target_error)
    config = {"minimum": minimum, "max_gates": 8}
    assert same(play(make_env(task, **config), 4), play(make_env(hidden, **config), 4))


@pytest.mark.parametrize("observation", ["compact", "tensor"])
def test_one_qubit(observation: str) -> None:
    env = make_env(SINGLE, observation=observation, max_gates=4)
    assert env.action_space == gym.spaces.Discrete(3)
    costs = [entry[4]["cost"] for entry in play(env, 8, episodes=1)[1:]]
    assert len(costs) == 4
    assert costs[-1] == pytest.approx(-np.sqrt(1 + 0.25 + 0.0625), abs=1e-9)


@pytest.mark.parametrize("coupling", ["line", "ring", "grid:2x2"])
def test_circuits_keep_to_the_coupling_map(coupling: str) -> None:
    graph = coupling_map(coupling, 4)
    env = make_env(H2, coupling=coupling, max_gates=12)
    assert env.action_space.n == 2 * graph.number_of_edges() + 12  # type: ignore[attr-defined]
    pairs = {
        frozenset(gate.qubits)
        for entry in play(env, 2, episodes=6)
        if len(entry) > 2
        for gate in entry[5].gates
        if len(gate.qubits) == 2
    }
    assert pairs == {frozenset(edge) for edge in graph.edges}


def test_drawing_as_text() -> None:
    env = CircuitEnv(H2, render_mode="ansi")
    env.reset()
    env.step(0)
    assert env.render() == env.circuit.draw("text")
    assert CircuitEnv(H2).render() is None


# -- many at once -----------------------------------------------------------------------------


def test_the_vector_environment_keeps_gymnasiums_contract() -> None:
    env = CircuitVecEnv(H2, EnvConfig(max_gates=3), num_envs=2)
    assert env.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    observations, info = env.reset(seed=1)
    assert observations in env.observation_space
    assert info["action_mask"].shape == (2, 24)
    observations, rewards, terminated, truncated, info = env.step(env.action_space.sample())
    assert observations in env.observation_space
    assert rewards.shape == terminated.shape == truncated.shape == (2,)
    assert terminated.dtype == truncated.dtype == bool
    assert "final_obs" not in info


def test_a_finished_circuit_starts_again_in_the_same_step() -> None:
    env = CircuitVecEnv(H2, EnvConfig(max_gates=3, observation="tensor"), num_envs=2)
    env.reset()
    rows = ([0, 1], [12, 13], [16, 17])
    for row in rows:
        observations, rewards, terminated, truncated, info = env.step(np.array(row))
    start = CircuitVecEnv(H2, env.config, num_envs=2).reset()[0]
    assert truncated.all()
    assert not terminated.any()
    assert rewards.tolist() == [-5.0, -5.0]
    assert np.array_equal(observations, start)
    assert info["_final_obs"].tolist() == [True, True]
    assert info["final_obs"][:, :-1].sum(axis=1).tolist() == [3.0, 3.0]
    assert info["action_mask"].all()  # of the new circuits
    assert env.build.steps.tolist() == [0, 0]
    assert [env.build.circuit(k) for k in range(2)] == [H2.start, H2.start]
    assert info["depth"].tolist() != [1, 1]  # of the finished ones


def test_the_others_go_on_when_one_has_finished() -> None:
    task = Task("z", Expectation(PauliSum(("IZ", "ZI"), (1.0, 1.0))), reference=-2.0)
    env = CircuitVecEnv(task, EnvConfig(gates="ry,rz", minimum="reference"), num_envs=2)
    ids = {str(gate): k for k, gate in enumerate(env.actions.gates)}
    env.reset()
    env.step(np.array([ids["ry(0)"], ids["rz(0)"]]))
    _, rewards, terminated, truncated, info = env.step(np.array([ids["ry(1)"], ids["rz(1)"]]))
    assert terminated.tolist() == info["_final_obs"].tolist() == [True, False]
    assert truncated.tolist() == [False, False]
    assert rewards == pytest.approx([5.0, 0.0], abs=1e-12)
    assert env.build.steps.tolist() == [0, 2]
    assert info["cost"] == pytest.approx([-2.0, 2.0])
    assert not info["action_mask"][1].all()
    assert info["action_mask"][0].all()


def test_circuits_are_shown_as_they_were_scored() -> None:
    env = CircuitVecEnv(H2, EnvConfig(max_gates=2), num_envs=2)
    kept: list[Any] = []
    env.on_scored = lambda build: kept.append([build.circuit(k) for k in range(2)])
    env.reset()
    costs = [env.step(np.array([0, 13]))[4]["cost"], env.step(np.array([5, 17]))[4]["cost"]]
    assert [[len(c) for c in row] for row in kept] == [[3, 3], [4, 4]]
    for row, paid in zip(kept, costs, strict=True):
        expected = [dense.expectation(c, H2.objective.observable) for c in row]
        assert paid == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("observation", ["compact", "tensor"])
def test_a_vector_equals_single_environments(observation: str) -> None:
    config = EnvConfig(observation=observation, minimum="bound", max_gates=6)
    vector = CircuitVecEnv(H2, config, num_envs=3)
    singles = [CircuitEnv(H2, config) for _ in range(3)]
    vector.reset()
    for env in singles:
        env.reset()
    rng = np.random.default_rng(0)
    for _ in range(14):
        row = rng.integers(24, size=3)
        observations, rewards, terminated, truncated, info = vector.step(row)
        for k, env in enumerate(singles):
            seen, reward, end, cut, single_info = env.step(int(row[k]))
            assert (reward, end, cut) == (rewards[k], terminated[k], truncated[k])
            assert single_info["cost"] == info["cost"][k]
            assert single_info["evaluations"] == info["evaluations"][k]
            expected = info["final_obs"][k] if end or cut else observations[k]
            assert np.array_equal(seen, expected)
            if end or cut:
                assert np.array_equal(env.reset()[0], observations[k])


def test_gymnasiums_own_wrapper_counts_the_episodes() -> None:
    inner = CircuitVecEnv(H2, EnvConfig(max_gates=4), num_envs=2)
    env = RecordEpisodeStatistics(inner)
    env.reset(seed=3)
    rng = np.random.default_rng(1)
    lengths, returns, total = [], [], np.zeros(2)
    for _ in range(12):
        _, rewards, terminated, truncated, info = env.step(rng.integers(24, size=2))
        total += rewards
        if (terminated | truncated).any():
            lengths += info["episode"]["l"].tolist()
            returns += [(info["episode"]["r"], total.copy())]
            total[:] = 0
    assert lengths == [4] * 6
    for found, expected in returns:
        assert found == pytest.approx(expected, abs=1e-5)


# -- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"maxgates": 3}, "'max_gates'"),
        ({"coupling_map": "line"}, "'coupling'"),
        ({"gates": "cx+rotation"}, r"'cx\+rotations'"),
        ({"gates": "cx,h,sq"}, "Unknown gate 'sq'"),
        ({"gates": "cx,rw"}, "Unknown gate 'rw'"),
        ({"coupling": "lin"}, "'line'"),
        ({"observation": "tensr"}, "'tensor'"),
        ({"engine": "exakt"}, "'exact'"),
        ({"reward": "fixed"}, "'fixed-ends'"),
        ({"minimum": "bst"}, "'best'"),
        ({"start": "zeros"}, "'zero'"),
    ],
)
def test_unknown_settings_name_the_nearest(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_env("vqe/h2-4q", **settings)


def test_an_unknown_task_names_the_nearest() -> None:
    with pytest.raises(InputError, match="'vqe/h2-4q'"):
        make_env("vqe/h2-4")


@pytest.mark.parametrize("action", [-1, 24, 10**30, 1.7, "3", "rx", None, float("nan"), [0, 1]])
def test_only_actions_of_the_space_are_taken(action: Any) -> None:
    env = make_env(H2)
    env.reset()
    with pytest.raises(InputError, match="0 to 23"):
        env.step(action)
    assert env.circuit == H2.start


def test_reset_comes_first() -> None:
    env = make_env(H2)
    with pytest.raises(InputError, match=r"reset\(\)"):
        env.step(0)
    with pytest.raises(InputError, match=r"reset\(\)"):
        _ = env.circuit


def test_an_environment_is_made_from_whatever_names_a_problem(tmp_path: Path) -> None:
    observable = PauliSum(("ZZ", "XI"), (1.0, 0.5))
    file = tmp_path / "mine.json"
    file.write_text(
        '{"format": "qrl-problem-1", "qubit_order": "little-endian",'
        ' "paulis": ["ZZ", "XI"], "weights": [1.0, 0.5]}',
        encoding="utf-8",
    )
    for source in (observable, str(file), file, Task("t", Expectation(observable))):
        assert make_env(source).task.objective.observable == observable
