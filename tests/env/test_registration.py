"""The environments by Gymnasium's ids, and plain agents on them."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.env_checker import check_env as check_env_for_sb3

import qrl
from qrl.env.editing import CircuitEditVecEnv
from qrl.env.single import CircuitEnv
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError

ID = "qrl/Circuit-v1"
KINDS: dict[str, dict[str, Any]] = {
    "append": {},
    "canonical": {"legality": "canonical", "gates": "ibm-cz"},
    "excitations": {"actions": "gates,excitations", "max_gates": 40},
    "edit": {"mode": "edit", "max_gates": 6, "observation": "gates"},
}


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


@pytest.mark.parametrize("order", ["import qrl, gymnasium", "import gymnasium, qrl"])
def test_importing_qrl_registers_the_id(order: str) -> None:
    assert python(f"{order}\nprint({ID!r} in gymnasium.registry)") == "True"


def test_the_module_may_be_named_in_the_id() -> None:
    code = f"import gymnasium\nprint(gymnasium.make('qrl:{ID}', task='vqe/h2-4q').action_space)"
    assert python(code) == "Discrete(24)"


def test_importing_qrl_does_not_import_gymnasium() -> None:
    assert python("import qrl, sys\nprint({'gymnasium', 'numpy'} & set(sys.modules))") == "set()"


@pytest.mark.parametrize("kind", KINDS)
def test_the_checkers_find_no_fault(kind: str) -> None:
    env = gym.make(ID, task="vqe/h2-4q", render_mode="ansi", **KINDS[kind])
    assert isinstance(env.unwrapped, CircuitEnv)
    check_env(env.unwrapped)
    check_env_for_sb3(env.unwrapped)


def test_settings_and_tasks_reach_the_environment(tmp_path: Path) -> None:
    env = gym.make(ID, task="vqe/h2-4q", gates="cz+rotations", coupling="line", max_gates=5)
    assert env.unwrapped.config.max_gates == 5  # type: ignore[attr-defined]
    assert env.action_space == gym.spaces.Discrete(3 + 12)
    by_value = gym.make(ID, task=qrl.PauliSum(("ZZ", "XI"), (1.0, 0.5)))
    assert by_value.action_space == gym.spaces.Discrete(2 * 4)
    with pytest.raises(InputError, match="needs a task"):
        gym.make(ID)
    with pytest.raises(InputError, match="'vqe/h2-4q'"):
        gym.make(ID, task="vqe/h2-4")
    with pytest.raises(InputError, match="'max_gates'"):
        gym.make(ID, task="vqe/h2-4q", max_gate=5)


@pytest.mark.parametrize(("mode", "kind"), [("append", CircuitVecEnv), ("edit", CircuitEditVecEnv)])
def test_many_at_once(mode: str, kind: type[CircuitVecEnv]) -> None:
    env = gym.make_vec(ID, num_envs=3, task="vqe/h2-4q", max_gates=4, mode=mode)
    assert type(env.unwrapped) is kind
    observations, info = env.reset(seed=1)
    assert observations.shape == (3, *env.single_observation_space.shape)  # type: ignore[misc]
    rng = np.random.default_rng(0)
    for _ in range(9):
        chosen = [rng.choice(np.flatnonzero(row)) for row in info["action_mask"]]
        _, rewards, *_, info = env.step(np.array(chosen))
        assert rewards.shape == (3,)
    with pytest.raises(InputError, match="render_mode"):
        gym.make_vec(ID, num_envs=2, task="vqe/h2-4q", render_mode="ansi")


@pytest.mark.parametrize("mode", ["append", "edit"])
@pytest.mark.parametrize("agent", [PPO, DQN])
def test_plain_agents_of_stable_baselines3_run(agent: Any, mode: str) -> None:
    env = gym.make(ID, task="vqe/h2-4q", max_gates=8, mode=mode)
    options = {"n_steps": 50, "batch_size": 50} if agent is PPO else {"learning_starts": 50}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = agent("MlpPolicy", env, seed=0, device="cpu", **options)
        model.learn(200)
    assert model.num_timesteps == 200
