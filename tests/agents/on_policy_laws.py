"""What holds for every on-policy agent, and a linear actor-critic computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback

from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.agents.state import agent_state, restore_agent
from qrl.env import EnvConfig
from qrl.env.vector import CircuitVecEnv
from qrl.search.checkpoint import pack, unpack
from qrl.search.rl import one_torch_thread
from qrl.tasks import get_task

H2 = get_task("vqe/h2-4q")
SMALL = EnvConfig(max_gates=6)
LEARNING = EnvConfig(max_gates=8, minimum="reference")
"""From Hartree-Fock: one random circuit in a hundred comes within chemical accuracy."""
LINEAR: dict[str, Any] = {"net_arch": {"pi": [], "vf": []}}

Make = Callable[[Any, Any, int], Any]


class Recording(CircuitVecEnv):
    """Counts the actions taken, and those that were illegal."""

    taken = illegal = 0

    def step(self, actions: Any) -> Any:
        legal = self.action_masks()[np.arange(self.num_envs), actions]
        self.taken += legal.size
        self.illegal += int((~legal).sum())
        return super().step(actions)


class Rollouts(BaseCallback):
    """Keeps each rollout as it was collected, and what follows its last step."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[dict[str, Any]] = []

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        buffer = self.model.rollout_buffer  # type: ignore[attr-defined]
        names = ("observations", "actions", "rewards", "episode_starts", "log_probs")
        kept = {name: getattr(buffer, name).copy() for name in names}
        kept["masks"] = buffer.action_masks.astype(bool)
        kept["next"] = self.locals["new_obs"].copy()
        kept["done"] = self.locals["dones"].copy()
        self.kept.append(kept)


def weights(model: Any) -> np.ndarray:
    return np.concatenate([p.detach().numpy().ravel() for p in model.policy.state_dict().values()])


def takes_no_illegal_action(make: Make, options: Any, steps: int = 10_000) -> None:
    vector = Recording(H2, EnvConfig(max_gates=10), options.num_envs)
    with one_torch_thread():
        make(SB3CircuitEnv(vector), options, 0).learn(steps)
    assert vector.taken >= steps
    assert vector.illegal == 0


def goes_on_to_the_bit(make: Make, options: Any) -> None:
    """A state put into a fresh agent and environment goes on as the uninterrupted run."""
    rollout = options.num_envs * options.n_steps
    saved: list[bytes] = []

    class Save(BaseCallback):
        def _on_step(self) -> bool:
            return True

        def _on_rollout_start(self) -> None:
            if self.num_timesteps == 2 * rollout:
                saved.append(pack({"env": vector.state(), "agent": agent_state(self.model)}))

    with one_torch_thread():
        vector = CircuitVecEnv(H2, SMALL, options.num_envs)
        whole = make(SB3CircuitEnv(vector), options, 3).learn(5 * rollout, callback=Save())
        random_after = np.random.random(), float(torch.rand(()))
        state = unpack(saved[0])
        other = CircuitVecEnv(H2, SMALL, options.num_envs)
        resumed = make(SB3CircuitEnv(other), options, 77)
        other.reset()
        other.restore(state["env"])
        restore_agent(resumed, state["agent"])
        resumed.learn(3 * rollout, reset_num_timesteps=False)
        assert (np.random.random(), float(torch.rand(()))) == random_after
    assert np.array_equal(weights(whole), weights(resumed))
    assert whole.num_timesteps == resumed.num_timesteps == 5 * rollout
    assert whole._n_updates == resumed._n_updates
    assert pack(vector.state()) == pack(other.state())
    assert np.array_equal(whole._last_obs, resumed._last_obs)


def is_saved_and_loaded(make: Make, options: Any, path: Path) -> None:
    """The interface of stable-baselines3: save, load, predict, go on."""
    env = SB3CircuitEnv(CircuitVecEnv(H2, SMALL, options.num_envs))
    model = make(env, options, 0).learn(2 * options.num_envs * options.n_steps)
    model.save(path / "agent.zip")
    loaded = type(model).load(path / "agent.zip", env=env, device="cpu")
    assert np.array_equal(weights(model), weights(loaded))
    seen, masks = env.reset(), np.array(env.env_method("action_masks"))
    chosen = [m.predict(seen, action_masks=masks, deterministic=True)[0] for m in (model, loaded)]
    assert np.array_equal(*chosen)
    loaded.learn(2 * options.num_envs * options.n_steps)
    assert not np.array_equal(weights(model), weights(loaded))


def successes(choose: Callable[[np.ndarray, np.ndarray], Any], episodes: int = 200) -> float:
    """Return the share of episodes that end within chemical accuracy."""
    env = CircuitVecEnv(H2, LEARNING, 20)
    seen, info = env.reset(seed=0)
    won = ended = 0
    while ended < episodes:
        seen, _, terminated, truncated, info = env.step(choose(seen, info["action_mask"]))
        won += int(terminated.sum())
        ended += int((terminated | truncated).sum())
    return won / ended


def random_successes() -> float:
    rng = np.random.default_rng(0)
    return successes(lambda _, masks: [rng.choice(np.flatnonzero(mask)) for mask in masks])


def trained_successes(make: Make, options: Any, steps: int, seed: int = 0) -> float:
    with one_torch_thread():
        env = SB3CircuitEnv(CircuitVecEnv(H2, LEARNING, options.num_envs))
        model = make(env, options, seed).learn(steps)
        return successes(lambda seen, masks: model.predict(seen, action_masks=masks)[0])


class LinearActorCritic:
    """Linear logits and value, with gradients worked out on paper."""

    def __init__(self, policy: Any) -> None:
        parts = (policy.action_net, policy.value_net)
        tensors = (getattr(part, name) for part in parts for name in ("weight", "bias"))
        self.parameters = [tensor.detach().numpy().astype(float).copy() for tensor in tensors]

    def log_probs(self, x: np.ndarray, masks: np.ndarray) -> np.ndarray:
        logits = np.where(masks, x @ self.parameters[0].T + self.parameters[1], -np.inf)
        logits -= logits.max(axis=1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))

    def values(self, x: np.ndarray) -> np.ndarray:
        return (x @ self.parameters[2].T + self.parameters[3])[:, 0]

    def gradient(
        self,
        x: np.ndarray,
        masks: np.ndarray,
        actions: np.ndarray,
        returns: np.ndarray,
        ent_coef: float,
        vf_coef: float,
    ) -> list[np.ndarray]:
        """Of mean(-(R - V) log pi) - ent_coef mean(H) + vf_coef mean((R - V)^2)."""
        steps = len(x)
        log_p = self.log_probs(x, masks)
        p = np.exp(log_p)
        left = returns - self.values(x)
        p_log_p = np.where(masks, p * np.where(masks, log_p, 0.0), 0.0)
        entropy = -p_log_p.sum(axis=1, keepdims=True)
        by_logit = left[:, None] * (p - np.eye(masks.shape[1])[actions])
        by_logit += ent_coef * (p_log_p + p * entropy)
        by_value = -2.0 * vf_coef * left[:, None]
        return [part / steps for d in (by_logit, by_value) for part in (d.T @ x, d.sum(axis=0))]


def clipped(gradient: list[np.ndarray], most: float) -> list[np.ndarray]:
    norm = np.sqrt(sum((part**2).sum() for part in gradient))
    return [part * min(1.0, most / (norm + 1e-6)) for part in gradient]


def n_step_returns(kept: dict[str, Any], last_values: np.ndarray, gamma: float) -> np.ndarray:
    """Sum the rewards up to the end of the episode, or of the rollout and the value there."""
    rewards = kept["rewards"].astype(float)
    ends = np.vstack([kept["episode_starts"][1:], kept["done"]]).astype(bool)
    returns, following = np.zeros_like(rewards), last_values
    for step in reversed(range(len(rewards))):
        following = rewards[step] + gamma * np.where(ends[step], 0.0, following)
        returns[step] = following
    return returns
