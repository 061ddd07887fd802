"""Curricula: which cost the next episode must reach, from the results so far."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qrl.checks import is_whole
from qrl.env.settings_text import Parameter, number, parse
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.config import EnvConfig
    from qrl.tasks.task import Task

CHEMICAL_ACCURACY = 1.6e-3
"""Hartree; the error to which the published constants belong."""

_MOVING = "moving-threshold"
_LISTS = {"fixed": "fixed:GOAL", "list": "list:EPISODES,GOAL,GOAL,...",
          "success-count": "success-count:SUCCESSES,GOAL,GOAL,..."}  # fmt: skip
CURRICULA = ("none", *_LISTS, _MOVING)
_MOST = 10**9
_ENOUGH = 25
"""Successes at the last goal after which a curriculum counts as passed."""


class Curriculum(Protocol):
    """Decides the goal of the next episode."""

    @property
    def goal(self) -> float:
        """Cost at or below which an episode that begins now succeeds; -inf: none does."""
        ...

    @property
    def passed(self) -> bool:
        """Whether there is nothing left to learn here."""
        ...

    def learn(self, cost: NDArray[np.float64]) -> None:
        """Take in the costs of the circuits just scored."""
        ...

    def finish(self, goals: NDArray[np.float64], succeeded: NDArray[np.bool_]) -> None:
        """Take in the episodes that have ended.

        Args:
            goals: the goal that each had, shape (episodes,); a success at a goal easier than the present
                one does not count.
            succeeded: whether each reached it.
        """
        ...

    def state(self) -> dict[str, Any]:
        """Return the results so far as plain data."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        ...


@dataclass
class GoalList:
    """Goals from easy to hard; the last one stays.

    Attributes:
        goals: costs.
        every: episodes, or successes, after which the next goal comes.
        by_success: whether successes count, or all episodes.
        stage: place of the present goal.
        count: episodes or successes at it so far.
        successes: at the present goal.
    """

    goals: tuple[float, ...]
    every: int = 1
    by_success: bool = False
    stage: int = 0
    count: int = 0
    successes: int = 0

    @property
    def goal(self) -> float:
        """The present goal."""
        return self.goals[self.stage]

    @property
    def passed(self) -> bool:
        """Whether the last goal was reached often enough."""
        return self.stage == len(self.goals) - 1 and self.successes >= _ENOUGH

    def learn(self, cost: NDArray[np.float64]) -> None:
        """Goals do not depend on costs."""

    def finish(self, goals: NDArray[np.float64], succeeded: NDArray[np.bool_]) -> None:
        """Count the episodes and move on."""
        for goal, success in zip(goals, succeeded, strict=True):
            reached = bool(success) and float(goal) <= self.goal
            self.successes += reached
            self.count += reached if self.by_success else 1
            if self.count >= self.every and self.stage < len(self.goals) - 1:
                self.stage, self.count, self.successes = self.stage + 1, 0, 0

    def state(self) -> dict[str, Any]:
        """Return the stage and its counts."""
        return {"stage": self.stage, "count": self.count, "successes": self.successes}

    def restore(self, state: dict[str, Any]) -> None:
        """Put stage and counts back."""
        self.stage, self.count = int(state["stage"]), int(state["count"])
        self.successes = int(state["successes"])


@dataclass
class MovingThreshold:
    """The moving threshold of CRLQAS (arXiv 2402.03500).

    The accepted error x above the minimum starts at the task's own. After every `every` episodes it
    becomes `|minimum - lowest cost so far| + delta`, and after each `successes` successes delta / 10 less,
    at most ten times: the goal comes down to the best circuit so far and then waits for a better one.

    Attributes:
        minimum: a cost that no circuit is below; no exact answer is needed.
        threshold: the accepted error x, in the unit of the cost, as is delta.
        every, delta, successes: see above.
        best: lowest cost so far.
        episodes, wins, lowered: since the threshold was last set.
    """

    minimum: float
    threshold: float
    every: int
    delta: float
    successes: int
    best: float = math.inf
    episodes: int = 0
    wins: int = 0
    lowered: int = 0

    @property
    def goal(self) -> float:
        """The minimum and the accepted error."""
        return self.minimum + self.threshold

    @property
    def passed(self) -> bool:
        """Whether the threshold came down all ten times."""
        return self.lowered >= 10

    def learn(self, cost: NDArray[np.float64]) -> None:
        """Keep the lowest cost."""
        usable = cost[np.isfinite(cost)]
        if usable.size:
            self.best = min(self.best, float(usable.min()))

    def finish(self, goals: NDArray[np.float64], succeeded: NDArray[np.bool_]) -> None:
        """Count the episodes and move the threshold."""
        for goal, success in zip(goals, succeeded, strict=True):
            self.episodes += 1
            self.wins += bool(success) and float(goal) <= self.goal
            if self.episodes >= self.every and math.isfinite(self.best):
                self.threshold = abs(self.minimum - self.best) + self.delta
                self.episodes = self.wins = self.lowered = 0
            elif self.wins >= self.successes and self.lowered < 10:
                self.threshold -= self.delta / 10
                self.wins = 0
                self.lowered += 1

    def state(self) -> dict[str, Any]:
        """Return all numbers."""
        return asdict(self)

    def restore(self, state: dict[str, Any]) -> None:
        """Put them back."""
        for name in asdict(self):
            setattr(self, name, type(getattr(self, name))(state[name]))


def check_curriculum(text: str) -> None:
    """Check that a setting can be read.

    Raises:
        InputError: unknown name, counts or goals that are none, or goals that do not get harder.
    """
    _read(text)


def make_curriculum(config: EnvConfig, task: Task, goal: float | None) -> Curriculum:
    """Build the curriculum that a setting names.

    Args:
        config: the settings; `curriculum` and `minimum` are looked at. A curriculum is one of
            "none";
            "fixed:GOAL";
            "list:EPISODES,GOAL,GOAL,...", the next goal after so many episodes;
            "success-count:SUCCESSES,GOAL,GOAL,...", the next goal after so many successes;
            "moving-threshold:EPISODES,DELTA,SUCCESSES" (`MovingThreshold`; numbers left out are the
            published ones, DELTA scaled from chemical accuracy to the task's target error).
            A goal is a cost, or with a plus sign an error above the minimum, "+1.6e-3".
        task: the problem.
        goal: of the reward; it stays where the curriculum is "none".

    Raises:
        InputError: a goal that no circuit can reach, or that needs a fixed minimum and has none.
    """
    name, count, goals = _read(config.curriculum)
    if name == "none":
        return GoalList((-math.inf if goal is None else goal,))
    by_reference = config.minimum == "reference" and task.reference is not None
    minimum = task.reference if by_reference else task.objective.lower_bound
    assert minimum is not None
    if name == _MOVING:
        _, (every, delta, successes) = parse(
            "curriculum", config.curriculum, {_MOVING: _moving(task)}
        )
        return MovingThreshold(minimum, task.target_error, int(every), delta, int(successes))
    costs = tuple(_cost(word, config, minimum) for word in goals)
    # References are rounded; a goal within the target error below one may still be reached.
    lowest = minimum - task.target_error if by_reference else minimum - 1e-9
    for word, cost in zip(goals, costs, strict=True):
        if cost < lowest:
            known = "the known lowest cost" if by_reference else "what the coefficients allow"
            raise InputError(
                f"The curriculum {config.curriculum!r} can never be passed: its goal {word} is below "
                f"{minimum:.10g}, {known} of task {task.name!r}. Give a higher goal."
            )
    if any(b >= a for a, b in pairwise(costs)):
        raise InputError(
            f"The goals of a curriculum must get harder, each below the one before; got {goals}."
        )
    return GoalList(costs, count, by_success=name == "success-count")


def _read(text: str) -> tuple[str, int, list[str]]:
    """Return the name, the count and the goals; for the other curricula 1 and no goals."""
    name, _, rest = text.partition(":")
    if name not in CURRICULA:
        raise unknown_name("curriculum", name, CURRICULA)
    if name not in _LISTS:
        parse("curriculum", text, {"none": (), _MOVING: _moving(None)})
        return name, 1, []
    words = [word.strip() for word in rest.split(",")] if rest else []
    count = 1 if name == "fixed" else _count(name, words.pop(0)) if words else 0
    if not words or (name == "fixed" and len(words) > 1):
        raise InputError(f"The curriculum {name!r} is written {_LISTS[name]!r}; got {text!r}.")
    for word in words:
        value = number(f"A goal of the curriculum {name!r}", word)
        if word.startswith("+") and value <= 0:
            raise InputError(f"An error above the minimum must be positive; got {word!r}.")
    return name, count, words


def _count(name: str, word: str) -> int:
    count = int(word) if word.isdecimal() and len(word) < 10 else word
    if not is_whole(count) or not 1 <= count <= _MOST:
        raise InputError(
            f"The curriculum {name!r} begins with a count from 1 to {_MOST}, as in "
            f"{_LISTS[name]!r}; got {word!r}."
        )
    return count


def _cost(word: str, config: EnvConfig, minimum: float) -> float:
    if not word.startswith("+"):
        return float(word)
    if config.minimum == "best":
        raise InputError(
            f"The goal {word!r} is an error above the minimum, and with minimum = 'best' that moves. "
            "Set minimum to 'reference' or 'bound', or give the goal as a cost."
        )
    return minimum + float(word)


def _moving(task: Task | None) -> tuple[Parameter, ...]:
    """Return the published constants: those of up to five qubits, or of six and more."""
    large = task is not None and task.n_qubits >= 6
    scale = 1.0 if task is None else task.target_error / CHEMICAL_ACCURACY
    return (
        Parameter("number of episodes", 2000 if large else 500, 1, _MOST, whole=True),
        Parameter("delta", (1e-3 if large else 5e-4) * scale, 0.0, 1e9),
        Parameter("number of successes", 50 if large else 25, 1, _MOST, whole=True),
    )
