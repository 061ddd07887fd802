"""Greedy episodes against the same ones played by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qrl.agents.evaluation import greedy_episodes
from qrl.agents.registry import make_agent
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.circuits import dense
from qrl.env import EnvConfig
from qrl.env.editing import vector_env
from qrl.env.vector import CircuitVecEnv
from qrl.tasks import get_task

H2 = get_task("vqe/h2-4q")


class Linear:
    """Scores actions by a fixed matrix: as good an agent as any, and easy to follow by hand."""

    def __init__(self, env: CircuitVecEnv, seed: int = 0) -> None:
        shape = (env.build.n_actions, env.observation.size)
        self.weights = np.random.default_rng(seed).normal(size=shape)

    def best(self, row: Any, mask: Any) -> int:
        scores = np.where(mask, self.weights @ row, -np.inf)
        return int(scores.argmax())

    def predict(self, rows: Any, *, deterministic: bool, action_masks: Any) -> Any:
        assert deterministic
        pairs = zip(rows, action_masks, strict=True)
        return np.array([self.best(row, mask) for row, mask in pairs]), None


@pytest.mark.parametrize(
    "config",
    [
        EnvConfig(max_gates=7),
        EnvConfig(max_gates=7, reward="log", shaping="cost"),
        EnvConfig(max_gates=4, mode="edit"),
        EnvConfig(max_gates=9, halting="negative-binomial:3,0.5,2,9"),
        EnvConfig(max_gates=9, curriculum="fixed:-1.12"),
    ],
    ids=["plain", "rewards", "edits", "lengths", "goal"],
)
def test_episodes_are_those_played_by_hand(config: EnvConfig) -> None:
    env, twin = (vector_env(H2, config, num_envs=5, seed=1) for _ in range(2))
    model = Linear(env, seed=4)
    shown = greedy_episodes(model, env, 9)
    rows, info = twin.reset(seed=9)
    ended, total = np.zeros(5, dtype=bool), np.zeros(5)
    lengths = np.zeros(5, dtype=int)
    last: list[Any] = [None] * 5
    while not ended.all():
        chosen = [
            model.best(row, mask) for row, mask in zip(rows, info["action_mask"], strict=True)
        ]
        rows, rewards, terminated, truncated, info = twin.step(np.array(chosen))
        for k in np.flatnonzero(~ended):
            total[k] += rewards[k]
            lengths[k] += 1
            last[k] = info["cost"][k], info["cnots"][k], info["depth"][k]
        ended |= terminated | truncated
    np.testing.assert_allclose(shown.returns, total, rtol=0, atol=0)
    assert [*zip(shown.cost, shown.cnots, shown.depth, strict=True)] == last
    for circuit, cost, cnots, depth in zip(
        shown.circuits, shown.cost, shown.cnots, shown.depth, strict=True
    ):
        assert cost == pytest.approx(dense.expectation(circuit, H2.objective.observable), abs=1e-10)
        assert (cnots, depth) == (circuit.two_qubit_count, circuit.depth)
    if config.mode == "append":
        assert [len(c) - len(H2.start) for c in shown.circuits] == lengths.tolist()
    if config.halting != "none":
        assert len(set(lengths.tolist())) > 1


def test_who_watched_before_watches_again_and_sees_nothing_of_it() -> None:
    env = CircuitVecEnv(H2, EnvConfig(max_gates=3), num_envs=2)
    seen: list[Any] = []
    env.on_scored = seen.append
    greedy_episodes(Linear(env), env, 0)
    assert seen == []
    env.reset()
    env.step(np.zeros(2, dtype=np.int64))
    assert len(seen) == 1


def test_an_agent_that_fails_leaves_the_watcher_in_place() -> None:
    class Failing(Linear):
        def predict(self, rows: Any, *, deterministic: bool, action_masks: Any) -> Any:
            raise RuntimeError("out of order")

    env = CircuitVecEnv(H2, EnvConfig(max_gates=3))
    env.on_scored = before = [].append
    with pytest.raises(RuntimeError, match="out of order"):
        greedy_episodes(Failing(env), env, 0)
    assert env.on_scored is before


def test_a_seed_fixes_what_shots_say() -> None:
    env = CircuitVecEnv(H2, EnvConfig(max_gates=3, shots=200, max_gradients=3), num_envs=4, seed=5)
    model = Linear(env)
    first, again, other = (greedy_episodes(model, env, seed) for seed in (1, 1, 2))
    assert first.cost.tolist() == again.cost.tolist()
    assert first.circuits == again.circuits
    assert first.cost.tolist() != other.cost.tolist()
    assert len(set(first.cost.tolist())) > 1


def test_without_shots_all_episodes_are_the_same() -> None:
    env = CircuitVecEnv(H2, EnvConfig(max_gates=5), num_envs=3)
    shown = greedy_episodes(Linear(env), env, 0)
    assert len(set(shown.circuits)) == 1
    assert len(set(shown.cost.tolist())) == 1


@pytest.mark.parametrize("agent", ["ppo", "dqn", "alphazero"])
def test_an_agent_shows_no_exploration_and_learns_nothing(agent: str) -> None:
    env = CircuitVecEnv(H2, EnvConfig(max_gates=5), num_envs=2)
    made = make_agent(
        agent, {"hidden": 16, "num_envs": 2} | ({"batch_size": 32} if agent == "ppo" else {})
    )
    model = made.make(SB3CircuitEnv(CircuitVecEnv(H2, EnvConfig(max_gates=5), num_envs=2)), 0)
    before = {name: part.clone() for name, part in model.policy.state_dict().items()}
    first, second = (greedy_episodes(model, env, 0) for _ in range(2))
    assert first.circuits == second.circuits
    assert first.circuits[0] == first.circuits[1]
    assert all(bool((part == before[n]).all()) for n, part in model.policy.state_dict().items())
