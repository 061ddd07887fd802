"""Circuits at the nodes of search trees: any of them can be gone on from."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.agents.alphazero.trees import Trees
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.vector import CircuitVecEnv

Path = tuple[str, ...]
"""Where an array stands in the nested dicts of a state."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """What follows from one action in each game.

    Attributes:
        observations: shape (games, size).
        rewards: shape (games,).
        ended: shape (games,), whether nothing may be appended any more, in success or not.
        masks: shape (games, actions), legal next actions; those of an ended circuit mean nothing.
    """

    observations: NDArray[np.float32]
    rewards: NDArray[np.float64]
    ended: NDArray[np.bool_]
    masks: NDArray[np.bool_]


class TreeEnv:
    """Keeps the rows of a `CircuitVecEnv` in slots, one set of slots for each game.

    Every step is a step of the vector environment: one action and one tuning for each game, rewards as
    other agents get them, and each scored circuit shown to `on_scored` and paid. Goal and length of an
    episode belong to the row, so that all circuits of a game have the same.

    Attributes:
        observations: shape (games, slots, size).
        start: observation of the start, shape (size,), and its legal actions, shape (actions,).
    """

    def __init__(self, env: CircuitVecEnv, slots: int) -> None:
        self.env = env
        self._games = np.arange(env.num_envs)
        rows = self._rows()
        shape = (env.num_envs, slots)
        size = observation_size(env)
        row_bytes = sum(array[0].nbytes for array in rows.values()) + 4 * size
        self._check_memory(slots, env.num_envs * slots * row_bytes)
        self.observations = np.zeros((*shape, size), dtype=np.float32)
        self._kept = {
            path: np.zeros((*shape, *array.shape[1:]), array.dtype) for path, array in rows.items()
        }
        self._begun = {path: array.copy() for path, array in rows.items()}
        self.start = (
            np.zeros(size, dtype=np.float32),
            np.zeros(n_actions(env), dtype=bool),
        )

    @property
    def stage(self) -> int:
        """Which of its problems the environment is at; circuits of another one are of no use."""
        return self.env.problems.stage

    def begin(self) -> None:
        """Reset the environment and remember how games begin.

        Raises:
            InputError: nothing is legal at the start.
        """
        observations, info = self.env.reset()
        self._begun = {path: array.copy() for path, array in self._rows().items()}
        self.start = observations[0].copy(), info["action_mask"][0].copy()
        if not self.start[1].any():
            raise InputError(
                "No action is legal at the start, so that there is nothing to search; choose other "
                "gates, or more max_gates."
            )

    def place_start(self, game: int, slot: int) -> None:
        """Put the beginning of a game into a slot, with the goal and length drawn last."""
        for path, array in self._begun.items():
            self._kept[path][game, slot] = array[game]
        self.observations[game, slot] = self.start[0]

    def step(self, slots: NDArray[np.int64], actions: NDArray[np.int64]) -> Stepped:
        """Append one action to the circuit in a slot of each game; `keep` keeps what comes out.

        Args:
            slots: shape (games,), none of them ended.
            actions: shape (games,), legal ones.
        """
        self._put({path: kept[self._games, slots] for path, kept in self._kept.items()})
        observations, rewards, terminated, truncated, info = self.env.step(actions)
        ended = terminated | truncated
        # A row that ended has begun anew, and its next goal and length are drawn.
        for name in _EPISODE:
            self._begun["episode", name][ended] = getattr(self.env, name)[ended]
        return Stepped(observations, rewards, ended, info["action_mask"])

    def keep(self, slots: NDArray[np.int64], stepped: Stepped) -> None:
        """Keep the circuits just scored, one of each game, in slots; shape (games,).

        Slots of ended circuits hold a new beginning, from which nobody goes on.
        """
        for path, array in self._rows().items():
            self._kept[path][self._games, slots] = array
        self.observations[self._games, slots] = stepped.observations

    def state(self, used: NDArray[np.bool_]) -> dict[str, Any]:
        """Return copies of the slots in use, shape (games, slots), and of the beginning."""
        return {
            "observations": self.observations[used],
            "kept": {"/".join(path): array[used] for path, array in self._kept.items()},
            "begun": {"/".join(path): rows.copy() for path, rows in self._begun.items()},
            "start": {"observation": self.start[0].copy(), "mask": self.start[1].copy()},
        }

    def restore(self, state: dict[str, Any], used: NDArray[np.bool_]) -> None:
        """Put back what `state` returned."""
        self.observations[used] = state["observations"]
        for path, array in self._kept.items():
            array[used] = state["kept"]["/".join(path)]
            self._begun[path][...] = state["begun"]["/".join(path)]
        for array, saved in zip(self.start, ("observation", "mask"), strict=True):
            array[...] = state["start"][saved]

    def _check_memory(self, slots: int, needed: int) -> None:
        games, there = self.env.num_envs, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        needed += Trees.nbytes(games, slots, n_actions(self.env))
        if needed > _SHARE * there:
            raise InputError(
                f"The trees of {games} games with {slots} circuits each need {needed / 2**30:.1f} GiB "
                f"of memory; {_SHARE * there / 2**30:.1f} GiB are allowed on this machine. Take fewer "
                "simulations or num_envs, a smaller max_gates, or the observation 'compact'."
            )

    def _rows(self) -> dict[Path, NDArray[Any]]:
        """Return the arrays with a row for each circuit, copies but for those of the episodes."""
        rows: dict[Path, NDArray[Any]] = {}
        for part, owner in self._owners().items():
            rows |= _arrays(owner.state(), (part,))
        return rows | {("episode", name): getattr(self.env, name) for name in _EPISODE}

    def _put(self, rows: dict[Path, NDArray[Any]]) -> None:
        """Put rows in the place of the environment's, and leave all else as it is now."""
        for part, owner in self._owners().items():
            state = owner.state()
            mine = {path: array for path, array in rows.items() if path[0] == part}
            for path, array in mine.items():
                inner = state
                for key in path[1:-1]:
                    inner = inner[key]
                inner[path[-1]] = array
            if mine:
                owner.restore(state)
        for name in _EPISODE:
            getattr(self.env, name)[...] = rows["episode", name]

    def _owners(self) -> dict[str, Any]:
        env = self.env
        return {"build": env.build, "observation": env.observation, "reward": env.reward}


def observation_size(env: CircuitVecEnv) -> int:
    """Return the number of values in an observation of an environment."""
    return math.prod(env.single_observation_space.shape or ())


def n_actions(env: CircuitVecEnv) -> int:
    """Return the number of actions of an environment."""
    return int(env.single_action_space.n)  # type: ignore[attr-defined]  # it is Discrete


_SHARE = 0.5
"""Of the machine's memory that trees may take."""
_EPISODE = ("goals", "limits")
_SHARED = ("engine",)
"""Parts of a state that belong to no row: a tree that rewound the engine's generators would see the
same shots again."""


def _arrays(state: Any, above: Path) -> dict[Path, NDArray[Any]]:
    """Return the arrays in nested dicts by their path."""
    if isinstance(state, np.ndarray):
        return {above: state}
    found: dict[Path, NDArray[Any]] = {}
    if isinstance(state, dict):
        for name, part in state.items():
            if name not in _SHARED:
                found |= _arrays(part, (*above, name))
    return found
