"""The agents of the DQN family in training: legal, learning, and resumable."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.vec_env import VecEnv, VecMonitor

from qrl.agents.dqn import (
    VARIANTS,
    DQNOptions,
    MaskedDQN,
    agent_state,
    make_dqn,
    restore_agent,
    variant_options,
)
from qrl.agents.dqn.replay import TERMINATED, TRUNCATED
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.circuits import Expectation, PauliSum
from qrl.env import EnvConfig
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks import Task

Z = Task("z", Expectation(PauliSum(("Z",), (1.0,))), reference=-1.0)
# One qubit and two rotations: half of all moves are illegal after the first.
NARROW = EnvConfig(gates="rx,ry", max_gates=8)
GHZ = Task("ghz", Expectation(PauliSum(("ZZI", "IZZ", "XXX"), (-1.0, -1.0, -1.0))), reference=-3.0)
# One rotation and two CNOTs in the right places and order, with one gate to spare.
SHORT = EnvConfig(gates="ry,cx", max_gates=4, minimum="reference")
TINY: dict[str, Any] = {"num_envs": 4, "hidden": 8, "batch_size": 8, "learning_starts": 16,
                        "buffer_size": 200, "exploration_steps": 400, "gradient_steps": 2}  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Recording(SB3CircuitEnv):
    """Counts actions and those of them that were illegal."""

    taken = illegal = 0

    def step_async(self, actions: Any) -> None:
        legal = self.vector.action_masks()[np.arange(self.num_envs), actions]
        self.taken, self.illegal = self.taken + legal.size, self.illegal + int((~legal).sum())
        super().step_async(actions)


class Walk(VecEnv):
    """Two steps at a time limit, then anew; of three actions, each step forbids another one."""

    render_mode = None

    def __init__(self, *, tells_final_mask: bool = True) -> None:
        super().__init__(2, spaces.Box(-9, 9, (1,), np.float32), spaces.Discrete(3))
        self.tells_final_mask, self.count = tells_final_mask, 0

    def action_masks(self) -> Any:
        return np.arange(3) != np.full((2, 1), self.count % 3)

    def reset(self) -> Any:
        self.count = 0
        return np.zeros((2, 1), np.float32)

    def step_async(self, actions: Any) -> None:
        assert self.action_masks()[np.arange(2), actions].all()

    def step_wait(self) -> Any:
        self.count += 1
        done = np.full(2, self.count == 2)
        infos: list[dict[str, Any]] = [{}, {}]
        seen = np.full((2, 1), self.count, np.float32)
        if done.all():
            for info, limit in zip(infos, (True, False), strict=True):
                info |= {"terminal_observation": seen[0], "TimeLimit.truncated": limit}
                if self.tells_final_mask:
                    info["final_mask"] = self.action_masks()[0]
            seen = self.reset()
        return seen, np.ones(2, np.float32), done, infos

    def close(self) -> None: ...

    def has_attr(self, attr_name: str) -> bool:
        return hasattr(self, attr_name)

    def get_attr(self, attr_name: str, indices: Any = None) -> Any:
        return [getattr(self, attr_name)] * 2

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None: ...

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **more: Any) -> Any:
        return list(getattr(self, method_name)())

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> Any:
        return [False, False]


def weights(model: MaskedDQN) -> Any:
    return np.concatenate([p.detach().numpy().ravel() for p in model.policy.parameters()])


def narrow(name: str = "dqn", seed: int = 0, **more: Any) -> MaskedDQN:
    options = variant_options(name, TINY | more)
    return make_dqn(Recording(CircuitVecEnv(Z, NARROW, options.num_envs)), options, seed)


@pytest.mark.parametrize("name", VARIANTS)
def test_no_action_is_illegal(name: str) -> None:
    model = narrow(name, num_envs=20)
    model.learn(10_000)
    assert isinstance(model.env, Recording)
    assert (model.env.taken, model.env.illegal) == (10_000, 0)


def success(env: SB3CircuitEnv, act: Any, episodes: int) -> float:
    """Return the part of episodes that reach the ground state."""
    observations, ended, won = env.reset(), 0, 0
    while ended < episodes:
        masks = env.vector.action_masks()
        observations, rewards, done, _ = env.step(act(observations, masks))
        ended, won = ended + done.sum(), won + (done & (rewards == 5.0)).sum()
    return won / ended


def ghz() -> SB3CircuitEnv:
    return SB3CircuitEnv(CircuitVecEnv(GHZ, SHORT, num_envs=8))


@pytest.fixture(scope="module")
def by_chance() -> float:
    rng = np.random.default_rng(0)
    return success(ghz(), lambda _, masks: (masks * rng.random(masks.shape)).argmax(axis=1), 500)


@pytest.mark.parametrize("name", VARIANTS)
def test_it_learns_what_chance_seldom_finds(name: str, by_chance: float) -> None:
    assert 0.0 < by_chance < 0.15
    settings = {"num_envs": 8, "hidden": 64, "batch_size": 64, "learning_starts": 200}
    schedule = {"exploration_steps": 1500, "importance_steps": 3000, "target_update_interval": 100}
    model = make_dqn(ghz(), variant_options(name, {**settings, **schedule}), 0)
    model.learn(3000)

    def greedy(observations: Any, masks: Any) -> Any:
        return model.predict(observations, action_masks=masks, deterministic=True)[0]

    assert success(ghz(), greedy, 16) == 1.0


class Saving(BaseCallback):
    """Keeps the states between rollouts at one number of steps, and ends later than that."""

    def __init__(self, at: int, end: int) -> None:
        super().__init__()
        self.at, self.end = at, end
        self.saved: Any = None

    def _on_rollout_start(self) -> None:
        if self.num_timesteps == self.at:
            env = self.model.env
            assert isinstance(self.model, MaskedDQN)
            assert isinstance(env, SB3CircuitEnv)
            self.saved = agent_state(self.model), env.vector.state()

    def _on_step(self) -> bool:
        return self.num_timesteps < self.end


@pytest.mark.parametrize("length", [100, 400])  # the replay is full after 200
@pytest.mark.parametrize(
    ("name", "more"),
    [(name, {}) for name in VARIANTS] + [("munchausen-dqn", {"n_steps": 4, "tau": 0.1})],
)
def test_a_restored_agent_goes_on_to_the_bit(name: str, more: Any, length: int) -> None:
    from qrl.search.checkpoint import pack, unpack

    first = narrow(name, **more)
    saving = Saving(length, length + 160)
    first.learn(10**9, callback=saving)
    state, env_state = saving.saved
    torch.manual_seed(77)
    np.random.seed(77)  # the global generators are nobody's
    second = narrow(name, seed=5, **more)
    assert isinstance(second.env, SB3CircuitEnv)
    second.env.reset()
    second.env.vector.restore(unpack(pack(env_state)))
    restore_agent(second, unpack(pack(state)))
    second.learn(10**9, callback=Saving(-1, length + 160), reset_num_timesteps=False)
    assert first.num_timesteps == second.num_timesteps == length + 160
    assert np.array_equal(weights(first), weights(second))
    assert pack(agent_state(first)) == pack(agent_state(second))


def test_training_is_reproducible() -> None:
    runs = [weights(narrow("rainbow", seed=seed).learn(400)) for seed in (0, 0, 1)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_values_after_a_time_limit_are_bootstrapped_with_its_own_mask() -> None:
    model = MaskedDQN("MlpPolicy", Walk(), DQNOptions(**{**TINY, "num_envs": 2}), seed=0)
    model.learn(8)
    assert model.learner is not None
    replay = model.learner.replay
    # Rows of two: first step, then the end; the second environment does not call it a time limit.
    assert replay.endings[:8].tolist() == [0, 0, TRUNCATED, TERMINATED] * 2
    found = replay.read(np.arange(4))
    assert found.discounts.tolist() == pytest.approx([0.99, 0.99, 0.99, 0.0])
    assert found.next_observations[:3, 0].tolist() == [1.0, 1.0, 2.0]
    assert found.next_legal[:3].tolist() == [[True, False, True]] * 2 + [[True, True, False]]


def test_a_time_limit_without_a_mask_is_refused() -> None:
    walk = Walk(tells_final_mask=False)
    model = MaskedDQN("MlpPolicy", walk, DQNOptions(**{**TINY, "num_envs": 2}), seed=0)
    with pytest.raises(InputError, match="final_mask"):
        model.learn(8)


def test_the_last_gate_of_a_circuit_bootstraps_nothing() -> None:
    model = narrow()
    model.learn(32)
    assert model.learner is not None
    ends = np.arange(28, 32)  # the eighth step of four circuits
    assert model.learner.replay.endings[ends].tolist() == [TERMINATED] * 4
    found = model.learner.replay.read(ends)
    assert found.discounts.tolist() == [0.0] * 4
    assert found.returns.tolist() == [-5.0] * 4


def test_learning_anew_cuts_the_episodes_under_way() -> None:
    model = narrow()
    model.learn(20)
    model.learn(12)
    assert model.num_timesteps == 12
    assert model.learner is not None
    assert model.learner.replay.added == 8
    assert model.learner.replay.endings[16:20].tolist() == [TRUNCATED] * 4
    model.learn(8, reset_num_timesteps=False)
    assert model.num_timesteps == 20
    assert model.learner.replay.endings[28:32].tolist() == [0] * 4


def test_schedules_follow_the_steps() -> None:
    model = narrow("dqn-per", importance_steps=100)
    assert (model.exploration_rate, model.importance) == (1.0, 0.4)
    model.num_timesteps = 100
    assert model.exploration_rate == pytest.approx(1 - 0.95 / 4)
    assert model.importance == 1.0
    model.num_timesteps = 10**6
    assert model.exploration_rate == pytest.approx(0.05)


@pytest.mark.parametrize("name", ["dqn", "rainbow"])
def test_a_saved_agent_acts_the_same_and_learns_on(name: str, tmp_path: Path) -> None:
    model = narrow(name)
    model.learn(200)
    model.save(tmp_path / "agent")
    observations = np.random.default_rng(0).uniform(-1, 1, (20, model.policy.size))
    masks = np.random.default_rng(1).random((20, 2)) < 0.5
    masks[:, 1] |= ~masks[:, 0]
    bare = MaskedDQN.load(tmp_path / "agent", device="cpu")
    env = SB3CircuitEnv(CircuitVecEnv(Z, NARROW, num_envs=2))
    loaded = MaskedDQN.load(tmp_path / "agent", env, device="cpu")
    for other in (bare, loaded):
        actions = [
            agent.predict(observations, action_masks=masks, deterministic=True)[0]
            for agent in (model, other)
        ]
        assert np.array_equal(*actions)
        assert masks[np.arange(20), actions[0]].all()
    assert np.array_equal(weights(loaded), weights(model))
    loaded.learn(100, reset_num_timesteps=False)
    assert loaded.num_timesteps == 300
    assert not np.array_equal(weights(loaded), weights(model))


def test_predictions_of_one_and_of_many() -> None:
    model = narrow()
    one = np.zeros(model.policy.size, dtype=np.float32)
    for deterministic in (True, False):
        for only in (0, 1):
            mask = np.arange(2) == only
            action, state = model.predict(one, deterministic=deterministic, action_masks=mask)
            assert (action.shape, int(action), state) == ((), only, None)
    assert model.predict(one[None], deterministic=True)[0].shape == (1,)
    explored = [int(model.predict(one)[0]) for _ in range(40)]
    assert set(explored) == {0, 1}


def test_a_callback_ends_training_and_logs_are_written(tmp_path: Path) -> None:
    env = VecMonitor(SB3CircuitEnv(CircuitVecEnv(Z, NARROW, num_envs=4)))
    model = make_dqn(env, DQNOptions(**TINY), 0)
    model.set_logger(configure(str(tmp_path), ["csv"]))
    model.learn(10**9, callback=Saving(-1, 200), log_interval=8)
    assert model.num_timesteps == 200
    model.logger.close()
    with (tmp_path / "progress.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["time/total_timesteps"]) for row in rows] == [64, 128, 192]
    assert float(rows[-1]["rollout/ep_len_mean"]) == 8
    assert float(rows[-1]["rollout/exploration_rate"]) == pytest.approx(1 - 0.95 * 192 / 400)
    assert float(rows[-1]["train/loss"]) > 0


def test_observations_must_be_one_box() -> None:
    walk = Walk()
    walk.observation_space = spaces.Discrete(3)
    with pytest.raises(InputError, match="one Box"):
        MaskedDQN("MlpPolicy", walk, DQNOptions(**{**TINY, "num_envs": 2}))
