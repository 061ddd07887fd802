"""The gate list, the memory that observations take, and the masks of finished episodes.

The tensor and the compact encoding are compared with slow ones in `test_construction.py`.
"""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import qrl.env.observations.make
from qrl.env import EnvConfig
from qrl.env.single import CircuitEnv
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks import get_task
from qrl.tasks.ground_states import heisenberg

H2 = get_task("vqe/h2-4q")


def slow_gates(env: CircuitVecEnv, index: int, length: int, angles: bool) -> np.ndarray:
    """Encode the last gates of a circuit one by one."""
    circuit, n = env.build.circuit(index), env.task.n_qubits
    names = list(dict.fromkeys(g.name for g in env.actions.gates))
    angle_of, left = {}, list(circuit.angles)
    for place, gate in enumerate(circuit.gates):
        if gate.name.startswith("r"):
            angle_of[place] = left.pop(0)
    rows = []
    for place in range(len(circuit) - 1, len(env.build.start) - 1, -1):
        gate = circuit.gates[place]
        row = [float(gate.name == name) for name in names]
        for qubits in (gate.qubits[:1], gate.qubits[1:]):
            row += [float(q in qubits) for q in range(n)]
        if angles:
            turns = place in angle_of
            row += [np.sin(angle_of[place]), np.cos(angle_of[place])] if turns else [0.0, 0.0]
        rows.append(row)
    width = len(names) + 2 * n + 2 * angles
    rows = rows[:length] + [[0.0] * width] * (length - len(rows))
    build = env.build
    change = build.previous_cost[index] - build.cost[index]
    span = build.start_cost - build.lower_bound
    rows.append([
        build.steps[index] / build.max_gates,
        np.clip((build.start_cost - build.cost[index]) / span, -1, 1),
        np.sign(change),
        np.clip(1 + np.log10(abs(change) + 1e-12) / 12, 0, 1),
    ])  # fmt: skip
    return np.concatenate(rows)


@pytest.mark.parametrize(
    ("name", "length", "angles"),
    [
        ("gates", 7, False),
        ("gates:3", 3, False),
        ("gates:4,angles", 4, True),
        ("gates:0", 7, False),
    ],
)
def test_the_gate_list(name: str, length: int, angles: bool) -> None:
    env = CircuitVecEnv(H2, EnvConfig(observation=name, max_gates=7), num_envs=2)
    observations, _ = env.reset()
    assert observations.shape == (2, length * (4 + 8 + 2 * angles) + 4)
    rng = np.random.default_rng(1)
    for _ in range(6):
        assert env.observation_space.contains(observations)
        for index in range(2):
            np.testing.assert_allclose(
                observations[index], slow_gates(env, index, length, angles), rtol=0, atol=2e-6
            )
        chosen = [rng.choice(np.flatnonzero(mask)) for mask in env.action_masks()]
        observations, *_ = env.step(np.array(chosen))


def test_an_episode_begins_with_an_empty_list() -> None:
    env = CircuitVecEnv(H2, EnvConfig(observation="gates", max_gates=2), num_envs=1)
    start, _ = env.reset()
    env.step(np.array([0]))
    observations, *_, info = env.step(np.array([5]))
    assert np.array_equal(observations, start)
    assert info["final_obs"][0, :-4].sum() == 2 + 2 + 1 + (env.actions.gates[5].name == "cx")


@pytest.mark.parametrize("name", ["gates", "gates:5,angles"])
def test_gymnasium_finds_no_fault(name: str) -> None:
    env = CircuitEnv(heisenberg(2), EnvConfig(observation=name, max_gates=6))
    check_env(env, skip_render_check=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gate", "'gates'"),
        ("tensor:3", "Unknown observation 'tensor:3'"),
        ("gates:x", "as in 'gates:20,angles'; got 'gates:x'"),
        ("gates:3,angle", "got 'gates:3,angle'"),
        ("gates:-1", "got 'gates:-1'"),
    ],
)
def test_observations_that_there_are_not(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        CircuitVecEnv(H2, EnvConfig(observation=name))


@pytest.mark.parametrize("name", ["tensor", "gates:999999999"])
def test_an_observation_larger_than_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qrl.env.observations.make, "available", lambda: 2**24)
    config = EnvConfig(observation=name, max_gates=2000)
    with pytest.raises(InputError, match=r"needs .* MiB|GiB of memory; 0\.0156 GiB are available"):
        CircuitVecEnv(H2, config, num_envs=100)
    CircuitVecEnv(H2, EnvConfig(observation="compact", max_gates=2000), num_envs=100)


def test_the_last_mask_of_an_episode() -> None:
    env = CircuitVecEnv(H2, EnvConfig(max_gates=3), num_envs=2)
    env.reset()
    rows = [[0, 12], [1, 13], [15, 14]]
    for row in rows:
        *_, info = env.step(np.array(row))
    # The last gate is illegal at once, and whatever still stands last on its qubits.
    fresh = CircuitVecEnv(H2, EnvConfig(max_gates=4), num_envs=2)
    fresh.reset()
    for row in rows:
        fresh.step(np.array(row))
    assert np.array_equal(info["final_mask"], fresh.action_masks())
    assert not info["final_mask"][0, 15]
    assert not info["final_mask"][1, 14]
    assert info["_final_mask"].tolist() == [True, True]
    assert np.array_equal(info["action_mask"], env.action_masks())
    assert info["action_mask"][0, 15]
