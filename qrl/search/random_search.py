"""Random search: uniformly chosen legal gates, the baseline of every agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.env.config import MOST_ENVS
from qrl.errors import InputError
from qrl.search.stepwise import Stepwise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.vector import CircuitVecEnv
    from qrl.search.context import SearchContext


@dataclass(frozen=True, slots=True)
class RandomSearch(Stepwise):
    """Draws each gate uniformly from the legal ones.

    Attributes:
        num_envs: circuits built side by side.
    """

    num_envs: int = 16

    def __post_init__(self) -> None:
        if not 1 <= self.num_envs <= MOST_ENVS:
            raise InputError(f"num_envs must be from 1 to {MOST_ENVS}; got {self.num_envs!r}.")

    def begin(self, context: SearchContext) -> RandomSteps:
        """Return the circuits, all at the start."""
        env = context.make_vec_env(self.num_envs)
        env.reset()
        return RandomSteps(env, np.random.default_rng(context.entropy))


@dataclass(frozen=True, slots=True)
class RandomSteps:
    """Circuits under construction, and what draws their gates."""

    env: CircuitVecEnv
    rng: np.random.Generator

    def step(self) -> None:
        """Append a gate to each circuit."""
        self.env.step(draw_legal(self.env.action_masks(), self.rng))

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {"env": self.env.state(), "rng": self.rng.bit_generator.state}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.env.restore(state["env"])
        self.rng.bit_generator.state = state["rng"]


def draw_legal(masks: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw one legal action for each row, uniformly.

    Args:
        masks: shape (circuits, actions), true where legal; at least one a row.
        rng: source of randomness.
    """
    keys = rng.random(masks.shape)
    keys[~masks] = -1.0
    drawn: NDArray[np.int64] = keys.argmax(axis=1)
    return drawn
