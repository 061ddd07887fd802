"""Episodes in which an agent shows what it has learned: no exploration, nothing learned from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.construction import Construction
    from qrl.env.vector import CircuitVecEnv


@dataclass(frozen=True)
class Greedy:
    """The circuits at the end of one episode of each environment.

    Attributes:
        circuits: what was built.
        returns: shape (episodes,), sums of rewards.
        cost: shape (episodes,), in the task's unit.
        cnots, depth: shape (episodes,).
    """

    circuits: tuple[Any, ...]
    returns: NDArray[np.float64]
    cost: NDArray[np.float64]
    cnots: NDArray[np.int64]
    depth: NDArray[np.int64]


def greedy_episodes(model: Any, env: CircuitVecEnv, seed: int) -> Greedy:
    """Let an agent always choose the action that it holds best.

    Args:
        model: with the `predict` of sb3-contrib.
        env: its circuits are begun anew and left in the middle of another episode.
        seed: of what the environment draws, such as shots; the same one gives the same episodes.
    """
    count = env.num_envs
    circuits: list[Any] = [None] * count
    returns, cost = np.zeros(count), np.zeros(count)
    cnots, depth = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    going = np.ones(count, dtype=bool)

    def look(build: Construction) -> None:
        # What is put back to the start within the step is seen here alone.
        for index in np.flatnonzero(going):
            circuits[index] = build.circuit(int(index))

    before, env.on_scored = env.on_scored, look
    try:
        observations, info = env.reset(seed=seed)
        while going.any():
            masks = info["action_mask"]
            actions, _ = model.predict(observations, deterministic=True, action_masks=masks)
            observations, rewards, terminated, truncated, info = env.step(np.asarray(actions))
            returns[going] += rewards[going]
            for kept, name in ((cost, "cost"), (cnots, "cnots"), (depth, "depth")):
                kept[going] = info[name][going]
            going &= ~(terminated | truncated)
    finally:
        env.on_scored = before
    return Greedy(tuple(circuits), returns, cost, cnots, depth)
