"""The AlphaZero agent on circuits: its trees' circuits, masks, learning, saving."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure

from qrl.agents.alphazero import (
    AlphaZero,
    AlphaZeroOptions,
    agent_state,
    make_alphazero,
    restore_agent,
)
from qrl.agents.alphazero.tree_env import TreeEnv
from qrl.env import EnvConfig
from qrl.env.editing import vector_env
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.search.checkpoint import pack, unpack
from qrl.tasks import get_task

H2 = get_task("vqe/h2-4q")
W3 = get_task("state/w-3q")
SMALL = EnvConfig(max_gates=5)
QUICK = AlphaZeroOptions(num_envs=4, simulations=6, batch_size=16, train_every=8, hidden=16)


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Recording(CircuitVecEnv):
    """Counts the actions taken, and those that were illegal or came after an end."""

    taken = wrong = 0

    def step(self, actions: Any) -> Any:
        legal = self.action_masks()[np.arange(self.num_envs), actions]
        legal &= self.build.steps < self.limits
        self.taken += legal.size
        self.wrong += int((~legal).sum())
        return super().step(actions)


CONFIGS = {
    "plain": EnvConfig(max_gates=6),
    "tensor": EnvConfig(max_gates=6, observation="tensor", legality="canonical"),
    "gates": EnvConfig(max_gates=6, observation="gates", reward="gate-cost"),
    "shaped": EnvConfig(max_gates=6, shaping="cost", minimum="bound"),
    "edit": EnvConfig(max_gates=4, mode="edit"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_any_circuit_of_a_tree_can_be_gone_on_from(name: str) -> None:
    """What comes out is what one construction from the start, along the same path, gives."""
    games, slots = 3, 25
    config = CONFIGS[name]
    circuits = TreeEnv(vector_env(H2, config, num_envs=games), slots)
    oracle = vector_env(H2, config, num_envs=1)
    circuits.begin()
    mask = circuits.start[1]
    known: list[list[Any]] = [[((), mask, 0)] for _ in range(games)]
    for game in range(games):
        circuits.place_start(game, 0)
    rng = np.random.default_rng(5)
    for slot in range(1, slots):
        picked = [rows[rng.integers(len(rows))] for rows in known]
        actions = np.array([rng.choice(np.flatnonzero(legal)) for _, legal, _ in picked])
        scored: list[Any] = []
        circuits.env.on_scored = lambda build, kept=scored: kept.append(build.cost.copy())
        stepped = circuits.step(np.array([at for *_, at in picked]), actions)
        circuits.keep(np.full(games, slot), stepped)
        for game in range(games):
            path = (*picked[game][0], int(actions[game]))
            oracle.reset()
            for action in path:
                seen, rewards, terminated, truncated, info = oracle.step(np.array([action]))
            assert info["cost"][0] == scored[0][game]
            if config.minimum == "bound":  # else rewards follow what was seen before
                assert rewards[0] == stepped.rewards[game]
            ended = bool(terminated[0] or truncated[0])
            assert ended == stepped.ended[game]
            if not ended:
                assert np.array_equal(info["action_mask"][0], stepped.masks[game])
                np.testing.assert_array_equal(seen[0], stepped.observations[game])
                known[game].append((path, stepped.masks[game], slot))


def test_no_illegal_action_in_10000_steps_and_every_circuit_is_paid() -> None:
    env = Recording(H2, EnvConfig(max_gates=6), num_envs=8)
    paid: list[int] = []
    env.on_scored = lambda build: paid.append(build.count)
    options = AlphaZeroOptions(num_envs=8, simulations=8, train_every=64, hidden=16)
    model = AlphaZero(env, options).learn(10_000)
    assert model.num_timesteps == env.taken == sum(paid) == 10_000
    assert env.wrong == 0
    masks, targets = (model.replay.state()["arrays"][name] for name in ("masks", "policies"))
    assert len(targets) > 500
    assert not targets[~masks].any()
    np.testing.assert_allclose(targets.sum(axis=1), 1.0, rtol=1e-5)


def at_goal(task: Any, config: EnvConfig, steps: int, seed: int | None) -> int:
    """Return how many of the second half of the scored circuits reach the goal."""
    env = CircuitVecEnv(task, config, num_envs=8)
    costs: list[Any] = []
    env.on_scored = lambda build: costs.append(build.cost.copy())
    if seed is None:
        rng = np.random.default_rng(0)
        env.reset()
        for _ in range(steps // 8):
            env.step(np.array([rng.choice(np.flatnonzero(row)) for row in env.action_masks()]))
    else:
        AlphaZero(env, seed=seed).learn(steps)
    assert len(costs) * 8 == steps
    late = np.concatenate(costs[len(costs) // 2 :])
    return int((late <= task.reference + task.target_error).sum())


def test_it_learns() -> None:
    """The W state in the fewest gates: one random circuit in some thousands."""
    config = EnvConfig(max_gates=8, minimum="reference")
    assert at_goal(W3, config, 7200, None) <= 3
    assert at_goal(W3, config, 7200, 1) >= 60


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        EnvConfig(
            max_gates=8, halting="negative-binomial:2,0.5,2,8", curriculum="moving-threshold"
        ),
        EnvConfig(max_gates=4, shots=50, observation="gates", max_gradients=2),
    ],
    ids=["plain", "rules", "shots"],
)
def test_a_restored_agent_goes_on_to_the_bit(config: EnvConfig) -> None:
    options = (
        QUICK
        if not config.shots
        else AlphaZeroOptions(num_envs=2, simulations=3, batch_size=4, hidden=8)
    )
    long, short = (400, 200) if not config.shots else (40, 20)
    envs = [CircuitVecEnv(H2, config, num_envs=options.num_envs) for _ in range(3)]
    whole = make_alphazero(envs[0], options, 3).learn(long)
    half = make_alphazero(envs[1], options, 3).learn(short)
    saved = unpack(pack({"env": envs[1].state(), "agent": agent_state(half)}))
    half.learn(40)  # what was saved is a copy
    rest = make_alphazero(envs[2], options, 8)
    envs[2].reset()
    envs[2].restore(saved["env"])
    restore_agent(rest, saved["agent"])
    rest.learn(long - short, reset_num_timesteps=False)
    assert rest.num_timesteps == whole.num_timesteps == long
    assert whole.updates > 0
    assert same(agent_state(whole), agent_state(rest))
    assert same(envs[0].state(), envs[2].state())


def same(first: Any, second: Any) -> bool:
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(first, second)
    return bool(first == second)


def test_games_have_the_lengths_that_are_drawn() -> None:
    halting = "negative-binomial:2,0.5,2,8"
    env = Recording(H2, EnvConfig(max_gates=8, halting=halting), num_envs=4)
    model = AlphaZero(env, QUICK).learn(1200)
    assert env.wrong == 0
    # Only last steps are paid -5, and returns of earlier ones are other numbers.
    ends = np.flatnonzero(model.replay.state()["arrays"]["values"] == -5.0)
    lengths = np.diff(ends, prepend=-1)
    assert len(ends) == model.games.finished > 10
    assert len(set(lengths.tolist())) > 2
    assert lengths.min() >= 2
    assert lengths.max() <= 8


def test_another_problem_begins_all_games_anew() -> None:
    config = EnvConfig(max_gates=3, problems="vqe/h2-4q", problem_episodes=30)
    env = Recording(get_task("vqe/lih-4q-1.2"), config, num_envs=4)
    model = AlphaZero(env, QUICK)
    assert env.problems.stage == 0
    model.learn(1000)
    assert env.problems.stage == 1
    assert env.wrong == 0
    assert model.games.finished > 0


def test_seeds_decide_everything() -> None:
    weights = []
    for seed in (0, 0, 1):
        model = AlphaZero(CircuitVecEnv(H2, SMALL, num_envs=4), QUICK, seed).learn(300)
        weights.append(model.policy.trunk[0].weight.detach().numpy())
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_a_saved_policy_predicts_alike_within_masks(tmp_path: Path) -> None:
    env = CircuitVecEnv(H2, SMALL, num_envs=4)
    model = AlphaZero(env, QUICK).learn(300)
    model.save(tmp_path / "agent.pt")
    loaded = AlphaZero.load(tmp_path / "agent.pt", env)
    assert loaded.options == QUICK
    seen, _ = env.reset()
    masks = np.zeros((4, 24), dtype=bool)
    masks[:, [3, 17]] = True
    for deterministic in (True, False):
        chosen, _ = model.predict(seen, action_masks=masks, deterministic=deterministic)
        assert np.isin(chosen, [3, 17]).all()
    assert np.array_equal(
        model.predict(seen, deterministic=True)[0], loaded.predict(seen, deterministic=True)[0]
    )
    assert model.predict(seen[0])[0].shape == ()


def test_a_policy_for_other_shapes_is_refused(tmp_path: Path) -> None:
    AlphaZero(CircuitVecEnv(H2, SMALL, num_envs=4), QUICK).save(tmp_path / "agent.pt")
    with pytest.raises(InputError, match="no AlphaZero agent for observations of size"):
        AlphaZero.load(tmp_path / "agent.pt", CircuitVecEnv(W3, num_envs=4))
    (tmp_path / "other.pt").write_bytes(b"nothing")
    with pytest.raises(InputError, match="no AlphaZero agent"):
        AlphaZero.load(tmp_path / "other.pt", CircuitVecEnv(H2, SMALL, num_envs=4))
    with pytest.raises(InputError, match="no such file"):
        AlphaZero.load(tmp_path / "missing.pt", CircuitVecEnv(H2, SMALL, num_envs=4))


class Stop(BaseCallback):
    """Ends training after three batches."""

    starts = 0

    def _on_rollout_start(self) -> None:
        self.starts += 1

    def _on_step(self) -> bool:
        return self.n_calls < 3


def test_callbacks_and_logs_are_those_of_stable_baselines3(tmp_path: Path) -> None:
    env = CircuitVecEnv(H2, SMALL, num_envs=4)
    model = AlphaZero(env, QUICK)
    model.set_logger(configure(str(tmp_path), ["json"]))
    stop = Stop()
    model.learn(10_000, callback=stop)
    assert (model.num_timesteps, stop.starts) == (12, 3)
    model.learn(600, callback=[], log_interval=1)
    assert model.num_timesteps == 600
    model.learn(4, callback=lambda _locals, _globals: True, reset_num_timesteps=False)
    assert model.num_timesteps == 604
    model.logger.close()
    lines = [json.loads(line) for line in (tmp_path / "progress.json").read_text().splitlines()]
    assert lines[-1]["rollout/games"] == model.games.finished
    assert {"train/policy_loss", "train/value_loss", "rollout/ep_rew_mean"} <= lines[-1].keys()


def test_trees_larger_than_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qrl.agents.alphazero.tree_env._SHARE", 1e-9)
    with pytest.raises(InputError, match=r"need .* GiB of memory.*Take fewer simulations"):
        AlphaZero(CircuitVecEnv(H2, SMALL, num_envs=4), QUICK)
