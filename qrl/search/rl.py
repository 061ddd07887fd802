"""Reinforcement learning as a searcher: the agent trains, and what it builds is kept."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback

from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.search.checkpoint import restoring

if TYPE_CHECKING:
    from qrl.agents.registry import Agent
    from qrl.env.vector import CircuitVecEnv
    from qrl.search.context import SearchContext

_FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class AgentSearch:
    """Trains an agent on circuit construction.

    Attributes:
        agent: which, and its settings.
    """

    agent: Agent

    def run(self, context: SearchContext) -> None:
        """Train until the recorder has finished."""
        env = context.make_vec_env(self.agent.options.num_envs)
        with one_torch_thread():
            seed = int(context.entropy.generate_state(1)[0])
            model = self.agent.make(SB3CircuitEnv(env), seed)
            if context.saved is not None:
                env.reset()
                with restoring(context.saved_in):
                    env.restore(context.saved["env"])
                    self.agent.restore(model, context.saved["agent"])
            context.recorder.ledger.start()
            if not context.recorder.finished:
                follow = _Follow(context, env, self.agent)
                model.learn(_FOREVER, callback=follow, reset_num_timesteps=context.saved is None)


class _Follow(BaseCallback):
    """Ends training with the budget, and offers a checkpoint between rollouts."""

    def __init__(self, context: SearchContext, env: CircuitVecEnv, agent: Agent) -> None:
        super().__init__()
        self._context, self._env, self._agent = context, env, agent

    def _on_rollout_start(self) -> None:
        self._context.on_checkpoint(self._state)

    def _on_step(self) -> bool:
        return not self._context.recorder.finished

    def _state(self) -> dict[str, Any]:
        return {"env": self._env.state(), "agent": self._agent.state(self.model)}


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch use one thread: networks this small only lose by more, and results stay the same.

    The global generators that an agent draws from are put back afterwards.
    """
    threads = torch.get_num_threads()
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()
    python_state = random.getstate()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(torch_state)
        np.random.set_state(numpy_state)
        random.setstate(python_state)
