"""Random search: uniformly chosen legal gates, the baseline of every agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.env.config import MOST_ENVS
from qrl.errors import InputError
from qrl.search.checkpoint import restoring

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.context import SearchContext


@dataclass(frozen=True, slots=True)
class RandomSearch:
    """Draws each gate uniformly from the legal ones.

    Attributes:
        num_envs: circuits built side by side.
    """

    num_envs: int = 16

    def __post_init__(self) -> None:
        if not 1 <= self.num_envs <= MOST_ENVS:
            raise InputError(f"num_envs must be from 1 to {MOST_ENVS}; got {self.num_envs!r}.")

    def run(self, context: SearchContext) -> None:
        """Search until the recorder has finished."""
        env = context.make_vec_env(self.num_envs)
        rng = np.random.default_rng(context.entropy)
        env.reset()
        if context.saved is not None:
            with restoring(context.saved_in):
                env.restore(context.saved["env"])
                rng.bit_generator.state = context.saved["rng"]

        def state() -> dict[str, Any]:
            return {"env": env.state(), "rng": rng.bit_generator.state}

        context.recorder.ledger.start()
        while not context.recorder.finished:
            context.on_checkpoint(state)
            env.step(draw_legal(env.action_masks(), rng))


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
