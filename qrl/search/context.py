"""What a searcher is given: the problem, the recorder, randomness and checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qrl.env.editing import vector_env
from qrl.env.vector import CircuitVecEnv

if TYPE_CHECKING:
    from qrl.env.config import EnvConfig
    from qrl.search.config import SearchConfig
    from qrl.search.recorder import Recorder
    from qrl.search.scoring import Scoring
    from qrl.tasks.task import Task

_APART = 2**31
"""Branch of the seed sequence that no environment of the search itself has."""


@dataclass
class SearchContext:
    """The surroundings of one search.

    Attributes:
        task: the problem.
        config: all settings.
        recorder: pays for steps and keeps circuits; tells when to end.
        scoring: how circuits are scored.
        entropy: the searcher's own part of the run's seed sequence.
        saved: the searcher's state in the checkpoint to go on from, or None.
        saved_in: the file that it came from.
        on_checkpoint: called with a function that returns the searcher's state, whenever the searcher
            is in a state that it can go on from.
        folder: of the run, for logs and the policy; None for a search that only compares.
        callbacks: of stable-baselines3, for agents.
        envs: the environments made so far.
    """

    task: Task
    config: SearchConfig
    recorder: Recorder
    scoring: Scoring
    entropy: np.random.SeedSequence
    saved: dict[str, Any] | None = None
    saved_in: Path = Path()
    on_checkpoint: Callable[[Callable[[], dict[str, Any]]], None] = field(
        default=lambda state: None
    )
    folder: Path | None = None
    callbacks: tuple[Any, ...] = ()
    envs: list[CircuitVecEnv] = field(default_factory=list)

    def make_vec_env(self, num_envs: int) -> CircuitVecEnv:
        """Make environments whose scored circuits go to the recorder."""
        env = self._make(num_envs, self.config.env, len(self.envs))
        env.on_scored = self.recorder.scored
        env.on_rehearsed = self.recorder.rehearsed
        self.envs.append(env)
        return env

    def make_evaluation_env(self, num_envs: int) -> CircuitVecEnv:
        """Make environments of the whole problem: full length, no goals, nothing recorded."""
        whole = replace(self.config.env, curriculum="none", problems="", halting="none")
        return self._make(num_envs, whole, _APART)

    def _make(self, num_envs: int, config: EnvConfig, branch: int) -> CircuitVecEnv:
        # A part of the seed sequence of its own: what a searcher draws does not depend on the engine.
        entropy = np.random.SeedSequence(
            self.entropy.entropy, spawn_key=(*self.entropy.spawn_key, branch)
        )
        seed = int(entropy.generate_state(1)[0])
        engine = self.scoring.engine(seed)
        return vector_env(self.task, config, num_envs=num_envs, seed=seed, engine=engine)

    @property
    def known_scores_hit_rate(self) -> float | None:
        """Share of circuits that were known already; None where engines keep no scores."""
        tables: list[Any] = [getattr(env.build.engine, "known", None) for env in self.envs]
        lookups = sum(table.lookups for table in tables if table is not None)
        hits = sum(table.hits for table in tables if table is not None)
        return hits / lookups if lookups else None


class Searcher(Protocol):
    """Builds circuits until the recorder has finished."""

    def run(self, context: SearchContext) -> None:
        """Search; everything found goes to the recorder.

        The searcher starts the ledger's clock once it is ready: importing torch and building networks
        is not searching.
        """
        ...
