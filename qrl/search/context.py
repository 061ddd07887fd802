"""What a searcher is given: the problem, the recorder, randomness and checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qrl.env.vector import CircuitVecEnv

if TYPE_CHECKING:
    from qrl.search.config import SearchConfig
    from qrl.search.recorder import Recorder
    from qrl.tasks.task import Task


@dataclass
class SearchContext:
    """The surroundings of one search.

    Attributes:
        task: the problem.
        config: all settings.
        recorder: pays for steps and keeps circuits; tells when to end.
        entropy: the searcher's own part of the run's seed sequence.
        saved: the searcher's state in the checkpoint to go on from, or None.
        saved_in: the file that it came from.
        on_checkpoint: called with a function that returns the searcher's state, whenever the searcher
            is in a state that it can go on from.
    """

    task: Task
    config: SearchConfig
    recorder: Recorder
    entropy: np.random.SeedSequence
    saved: dict[str, Any] | None = None
    saved_in: Path = Path()
    on_checkpoint: Callable[[Callable[[], dict[str, Any]]], None] = field(
        default=lambda state: None
    )

    def make_vec_env(self, num_envs: int) -> CircuitVecEnv:
        """Make environments whose scored circuits go to the recorder."""
        env = CircuitVecEnv(self.task, self.config.env, num_envs)
        env.on_scored = self.recorder.scored
        return env


class Searcher(Protocol):
    """Builds circuits until the recorder has finished."""

    def run(self, context: SearchContext) -> None:
        """Search; everything found goes to the recorder.

        The searcher starts the ledger's clock once it is ready: importing torch and building networks
        is not searching.
        """
        ...
