"""Transitions of several environments in flat arrays, each observation kept once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

GOES_ON, TERMINATED, TRUNCATED = 0, 1, 2


class Step(NamedTuple):
    """What one step of the environments brought; shapes (envs, ...).

    Attributes:
        actions: shape (envs,).
        rewards: shape (envs,).
        endings: shape (envs,), `GOES_ON`, `TERMINATED` or `TRUNCATED`.
        observations: those seen next, shape (envs, size); an episode's first where one has ended.
        legal: their masks, shape (envs, actions).
        final_observations: an episode's last ones; read where it was truncated.
        final_legal: their masks.
    """

    actions: NDArray[np.int64]
    rewards: NDArray[np.float32]
    endings: NDArray[np.uint8]
    observations: NDArray[np.float32]
    legal: NDArray[np.bool_]
    final_observations: NDArray[np.float32]
    final_legal: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Transitions:
    """Drawn transitions of up to n steps, as arrays.

    Attributes:
        path: slots of the n steps, shape (batch, n).
        path_discounts: gamma**k of step k, shape (batch, n); 0 after the end of the episode.
        returns: discounted sum of the rewards, shape (batch,).
        discounts: of the value after the last step, shape (batch,); 0 where the episode terminated.
        next_observations, next_legal: after the last step, shapes (batch, size), (batch, actions).
    """

    path: NDArray[np.int64]
    path_discounts: NDArray[np.float32]
    returns: NDArray[np.float32]
    discounts: NDArray[np.float32]
    next_observations: NDArray[np.float32]
    next_legal: NDArray[np.bool_]


class Replay:
    """A ring of rows, a row for each step of all environments.

    Slot `row * envs + env` holds what an environment showed, what was done and what came of it; what it
    showed next stands one row on. Only what a truncated episode showed last is kept apart, in memory
    that the system hands out when it is written. A transition may be drawn once its n steps are there.

    Args:
        capacity: transitions to keep, at least (n_steps + 1) * num_envs.
        num_envs: environments stepped together.
        size: numbers in an observation.
        n_actions: length of a mask.
        n_steps: rewards in a transition.
        gamma: discount.

    Raises:
        InputError: the capacity is too small, or the arrays are larger than the machine's memory.
    """

    def __init__(
        self, capacity: int, num_envs: int, size: int, n_actions: int, n_steps: int, gamma: float
    ) -> None:
        self.num_envs, self.n_steps = num_envs, n_steps
        self.rows = capacity // num_envs
        self.capacity = self.rows * num_envs
        if self.rows <= n_steps:
            raise InputError(
                f"A replay of {num_envs} environments and {n_steps}-step transitions must hold at least "
                f"{(n_steps + 1) * num_envs}; got {capacity}. Set a larger buffer_size."
            )
        _check_fits(self.capacity, 4 * size + n_actions + 16)
        self.observations = np.zeros((self.capacity, size), dtype=np.float32)
        self.legal = np.zeros((self.capacity, n_actions), dtype=bool)
        self.actions = np.zeros(self.capacity, dtype=np.int64)
        self.rewards = np.zeros(self.capacity, dtype=np.float32)
        self.endings = np.zeros(self.capacity, dtype=np.uint8)
        self._final_observations = np.zeros((self.capacity, size), dtype=np.float32)
        self._final_legal = np.zeros((self.capacity, n_actions), dtype=bool)
        self._powers = (gamma ** np.arange(n_steps + 1)).astype(np.float32)
        self.added = 0

    @property
    def ready(self) -> int:
        """Transitions that may be drawn."""
        return max(min(self.added, self.rows - 1) - self.n_steps + 1, 0) * self.num_envs

    def begin(self, observations: NDArray[np.float32], legal: NDArray[np.bool_]) -> None:
        """Take in what environments show that were started anew.

        Episodes that were under way count as truncated there.
        """
        here = self._row(self.added)
        if self.added:
            before = self._row(self.added - 1)
            cut = before[self.endings[before] == GOES_ON]
            self.endings[cut] = TRUNCATED
            after = (cut + self.num_envs) % self.capacity
            self._final_observations[cut] = self.observations[after]
            self._final_legal[cut] = self.legal[after]
        self.observations[here], self.legal[here] = observations, legal

    def add(self, step: Step) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Take in a step from the observations shown last.

        Returns:
            Slots that may be drawn from now on, and slots that may not any more.
        """
        here, after = self._row(self.added), self._row(self.added + 1)
        self.actions[here], self.rewards[here] = step.actions, step.rewards
        self.endings[here] = step.endings
        cut = np.flatnonzero(step.endings == TRUNCATED)
        self._final_observations[here[cut]] = step.final_observations[cut]
        self._final_legal[here[cut]] = step.final_legal[cut]
        self.observations[after], self.legal[after] = step.observations, step.legal
        self.added += 1
        nothing = np.empty(0, dtype=np.int64)
        gone = after if self.added >= self.rows else nothing
        come = self._row(self.added - self.n_steps) if self.added >= self.n_steps else nothing
        return come, gone

    def newest(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return copies of the observations shown last and of their masks."""
        here = self._row(self.added)
        return self.observations[here], self.legal[here]

    def draw(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw slots with equal probability, with replacement."""
        oldest = max(self.added - self.rows + 1, 0) * self.num_envs
        slots: NDArray[np.int64] = (oldest + rng.integers(self.ready, size=count)) % self.capacity
        return slots

    def read(self, slots: NDArray[np.int64]) -> Transitions:
        """Return the transitions that begin in some slots."""
        hops = np.arange(self.n_steps) * self.num_envs
        path = (slots[:, None] + hops) % self.capacity
        ended = self.endings[path] != GOES_ON
        alive = np.ones(path.shape, dtype=bool)
        np.logical_not(np.logical_or.accumulate(ended[:, :-1], axis=1), out=alive[:, 1:])
        length = alive.sum(axis=1)
        last = path[np.arange(len(slots)), length - 1]
        path_discounts = np.where(alive, self._powers[:-1], np.float32(0.0))
        next_slots = (last + self.num_envs) % self.capacity
        next_observations, next_legal = self.observations[next_slots], self.legal[next_slots]
        cut = np.flatnonzero(self.endings[last] == TRUNCATED)
        next_observations[cut] = self._final_observations[last[cut]]
        next_legal[cut] = self._final_legal[last[cut]]
        return Transitions(
            path=path,
            path_discounts=path_discounts,
            returns=(self.rewards[path] * path_discounts).sum(axis=1),
            discounts=self._powers[length] * (self.endings[last] != TERMINATED),
            next_observations=next_observations,
            next_legal=next_legal,
        )

    def state(self) -> dict[str, Any]:
        """Return copies of the filled part."""
        filled = min(self.added + 1, self.rows) * self.num_envs
        cut = np.flatnonzero(self.endings[:filled] == TRUNCATED)
        return {
            **{name: getattr(self, name)[:filled].copy() for name in _SAVED},
            "final_observations": self._final_observations[cut],
            "final_legal": self._final_legal[cut],
            "added": self.added,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned into a replay of the same shape."""
        self.added = int(state["added"])
        filled = min(self.added + 1, self.rows) * self.num_envs
        for name in _SAVED:
            getattr(self, name)[:filled] = _of_length(state[name], filled)
        cut = np.flatnonzero(self.endings[:filled] == TRUNCATED)
        self._final_observations[cut] = _of_length(state["final_observations"], len(cut))
        self._final_legal[cut] = _of_length(state["final_legal"], len(cut))

    def _row(self, row: int) -> NDArray[np.int64]:
        first = row % self.rows * self.num_envs
        return np.arange(first, first + self.num_envs)


_SAVED = ("observations", "legal", "actions", "rewards", "endings")


def _of_length(array: Any, length: int) -> NDArray[Any]:
    """A single row would be repeated silently."""
    if len(array) != length:
        raise ValueError(f"a saved array must have {length} rows; it has {len(array)}")
    return np.asarray(array)


def _check_fits(capacity: int, bytes_each: int) -> None:
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not every system tells
        return
    if capacity * bytes_each > memory:
        raise InputError(
            f"A replay of {capacity} transitions with {bytes_each} bytes each needs "
            f"{capacity * bytes_each / 2**30:.1f} GiB; this machine has {memory / 2**30:.1f} GiB. "
            "Set a smaller buffer_size, or choose the observation 'compact'."
        )
