"""What a searcher is given: the problem, the recorder, randomness and checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qrl.env.editing import vector_env
from qrl.env.vector import CircuitVecEnv

if TYPE_CHECKING:
    from qrl.search.config import SearchConfig
    from qrl.search.recorder import Recorder
    from qrl.search.scoring import Scoring
    from qrl.tasks.task import Task


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
    envs: list[CircuitVecEnv] = field(default_factory=list)

    def make_vec_env(self, num_envs: int) -> CircuitVecEnv:
        """Make environments whose scored circuits go to the recorder."""
        # A part of the seed sequence of its own: what a searcher draws does not depend on the engine.
        branch = np.random.SeedSequence(
            self.entropy.entropy, spawn_key=(*self.entropy.spawn_key, len(self.envs))
        )
        seed = int(branch.generate_state(1)[0])
        engine = self.scoring.engine(seed)
        env = vector_env(self.task, self.config.env, num_envs=num_envs, seed=seed, engine=engine)
        env.on_scored = self.recorder.scored
        env.on_rehearsed = self.recorder.rehearsed
        self.envs.append(env)
        return env

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
