"""Reinforcement learning as a searcher: the agent trains, and what it builds is kept."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback

from qrl.agents.evaluation import greedy_episodes
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.agents.training_log import TrainingLog
from qrl.search.checkpoint import restoring
from qrl.search.policy import POLICY, Policy, read_policy

if TYPE_CHECKING:
    from qrl.agents.registry import Agent
    from qrl.env.vector import CircuitVecEnv
    from qrl.search.context import SearchContext

_FOREVER = 2**62
_SAMPLED_EPISODES = 8
"""Of an evaluation where costs are sampled; where they are not, all would be the same."""


@dataclass(frozen=True, slots=True)
class AgentSearch:
    """Trains an agent on circuit construction.

    Attributes:
        agent: which, and its settings.
    """

    agent: Agent

    def run(self, context: SearchContext) -> None:
        """Train until the recorder has finished, and leave the policy in the run folder."""
        env = context.make_vec_env(self.agent.options.num_envs)
        with one_torch_thread(), _training_log(context) as log:
            seed = int(context.entropy.generate_state(1)[0])
            model = self.agent.make(SB3CircuitEnv(env), seed)
            if log is not None:
                model.set_logger(log.logger)
            if context.saved is not None:
                env.reset()
                with restoring(context.saved_in):
                    env.restore(context.saved["env"])
                    self.agent.restore(model, context.saved["agent"])
            elif context.config.policy:
                read_policy(context.config.policy).put_into(model, env)
            follow = _Follow(context, env, self.agent, log)
            if not context.recorder.finished:
                model.learn(
                    _FOREVER,
                    callback=[follow, *context.callbacks, _Clock(context)],
                    reset_num_timesteps=context.saved is None,
                )
            if context.folder is not None:
                steps = context.recorder.ledger.env_steps
                Policy.of(self.agent, model, env, steps).save(context.folder / POLICY)


class _Clock(BaseCallback):
    """Starts the clock once the callbacks before it are ready, such as a tracker that asks a server."""

    def __init__(self, context: SearchContext) -> None:
        super().__init__()
        self._ledger = context.recorder.ledger

    def _on_training_start(self) -> None:
        self._ledger.start()

    def _on_step(self) -> bool:
        return True


class _Follow(BaseCallback):
    """Ends training with the budget; between rollouts, checkpoints and evaluates."""

    def __init__(
        self, context: SearchContext, env: CircuitVecEnv, agent: Agent, log: TrainingLog | None
    ) -> None:
        super().__init__()
        self._context, self._env, self._agent, self._log = context, env, agent, log
        self._every = context.config.evaluate_every
        if self._every:
            episodes = _SAMPLED_EPISODES if context.config.env.shots else 1
            self._judged = context.make_evaluation_env(episodes)

    def _on_rollout_start(self) -> None:
        if self._every and self._due:
            self._evaluate()
        self._context.on_checkpoint(self._state)

    def _on_step(self) -> bool:
        return not self._context.recorder.finished

    def _on_rollout_end(self) -> None:
        recorder, record = self._context.recorder, self.logger.record
        best, reference = recorder.archive.best, recorder.task.reference
        record("search/lowest_cost", best.cost)
        if reference is not None:
            record("search/lowest_error", best.cost - reference)
        record("search/cnots", best.cnots)
        record("search/evaluations", recorder.ledger.evaluations)
        record("search/seconds", round(recorder.ledger.seconds, 3))

    def _on_training_end(self) -> None:
        # What the last line of the agent's own did not tell.
        if self.logger.name_to_value:
            self.logger.dump(self.num_timesteps)

    @property
    def _due(self) -> bool:
        """Whether a multiple of the steps has been passed since the last evaluation."""
        recorder = self._context.recorder
        last = recorder.policies[-1]["env_steps"] if recorder.policies else -1
        return bool(recorder.ledger.env_steps // self._every > last // self._every)

    def _evaluate(self) -> None:
        """Let the agent show what it knows; the clock stands, and nothing is paid or kept."""
        recorder = self._context.recorder
        recorder.ledger.stop()
        # Each has a seed of its own, so that none depends on those before.
        entropy = np.random.SeedSequence((self._context.config.seed, len(recorder.policies)))
        shown = greedy_episodes(self.model, self._judged, int(entropy.generate_state(1)[0]))
        reference = recorder.task.reference
        row = {
            "env_steps": recorder.ledger.env_steps,
            "evaluations": recorder.ledger.evaluations,
            "seconds": round(recorder.ledger.seconds, 3),
            "return": float(shown.returns.mean()),
            "cost": float(shown.cost.mean()),
            "error": None if reference is None else float(shown.cost.mean() - reference),
            "cnots": float(shown.cnots.mean()),
            "depth": float(shown.depth.mean()),
            "episodes": len(shown.circuits),
        }
        recorder.policies.append(row)
        if self._log is not None:
            # At once: the agent's next line has another step, and may come after more evaluations.
            names = ("return", "cost", "error", "cnots", "depth")
            numbers = {f"evaluation/{name}": row[name] for name in names}
            self._log.show(numbers, recorder.ledger.env_steps)
        recorder.ledger.start()

    def _state(self) -> dict[str, Any]:
        state = {"env": self._env.state(), "agent": self._agent.state(self.model)}
        if self._log is not None:
            state["log"] = self._log.state(self._context.recorder.ledger.env_steps)
        return state


@contextmanager
def _training_log(context: SearchContext) -> Iterator[TrainingLog | None]:
    """Open the log in the run folder, where there is one."""
    if context.folder is None:
        yield None
        return
    if context.saved is None:
        opened = TrainingLog(context.folder)
    else:
        with restoring(context.saved_in):
            opened = TrainingLog(context.folder, context.saved["log"])
    with closing(opened) as log:
        yield log


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
