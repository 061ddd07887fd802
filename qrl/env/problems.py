"""Curricula over problems: easier tasks that come before the task itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.task import Task, plain_observable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.actions import ActionTable
    from qrl.env.config import EnvConfig


@dataclass
class Problems:
    """The tasks that an environment works through, the last of which is its own.

    A task is left when its curriculum is passed, or after a number of episodes; the last one stays.

    Attributes:
        tasks: all of the same number of qubits, that of the last.
        qubits: how many of them each task makes use of.
        episodes: after which a task is left.
        stage: place of the present task.
        count: episodes at it so far.
    """

    tasks: tuple[Task, ...]
    qubits: tuple[int, ...]
    episodes: int
    stage: int = 0
    count: int = 0

    @staticmethod
    def of(task: Task, config: EnvConfig, before: Sequence[Task] | None = None) -> Problems:
        """Put the tasks that a configuration names before a task.

        Args:
            task: the last.
            config: the settings; `problems` and `problem_episodes` are looked at.
            before: tasks in place of those that the settings name.

        Raises:
            InputError: an unknown task, one with more qubits than the last, or one with fewer whose
                cost is no expectation value in |0...0>.
        """
        if before is None:
            from qrl.tasks.registry import get_task

            names = [name.strip() for name in config.problems.split(",") if name.strip()]
            before = [get_task(name) for name in names]
        widened = tuple(_widened(easier, task) for easier in before)
        qubits = (*(easier.n_qubits for easier in before), task.n_qubits)
        return Problems((*widened, task), qubits, config.problem_episodes)

    @property
    def now(self) -> Task:
        """The present task."""
        return self.tasks[self.stage]

    @property
    def at_last(self) -> bool:
        """Whether the present task is the last."""
        return self.stage == len(self.tasks) - 1

    def allowed(self, actions: ActionTable) -> NDArray[np.bool_] | None:
        """Return which gates keep to the qubits of the present task; None: all do."""
        used = self.qubits[self.stage]
        if used == self.qubits[-1]:
            return None
        return np.array([max(gate.qubits) < used for gate in actions.gates])

    def finish(self, episodes: int, passed: bool) -> bool:
        """Count episodes that have ended, and tell whether the next task has come."""
        if self.at_last:
            return False
        self.count += episodes
        if self.count < self.episodes and not passed:
            return False
        self.stage, self.count = self.stage + 1, 0
        return True

    def restart(self) -> None:
        """Go back to the first task."""
        self.stage = self.count = 0

    def state(self) -> dict[str, Any]:
        """Return the stage and its count."""
        return {"stage": self.stage, "count": self.count}

    def restore(self, state: dict[str, Any]) -> None:
        """Put stage and count back."""
        if not 0 <= int(state["stage"]) < len(self.tasks):
            raise IndexError(f"problem {state['stage']} of {len(self.tasks)}")
        self.stage, self.count = int(state["stage"]), int(state["count"])


def _widened(task: Task, last: Task) -> Task:
    """Return a task on as many qubits as the last, those above its own left in |0>."""
    spare = last.n_qubits - task.n_qubits
    if spare == 0:
        return task
    observable = plain_observable(task.objective)
    if spare < 0 or observable is None:
        why = (
            "has more qubits"
            if spare < 0
            else "has fewer qubits, and its cost is no expectation value in |0...0>, to which qubits "
            "can be added"
        )
        raise InputError(
            f"Task {task.name!r} cannot come before {last.name!r}: it {why} ({task.n_qubits}, "
            f"{last.n_qubits}). Begin with tasks of the same number of qubits."
        )
    labels = tuple("I" * spare + label for label in observable.labels)
    label = task.initial_state
    return Task(
        task.name,
        Expectation(PauliSum(labels, tuple(observable.weights))),
        reference=task.reference,
        unit=task.unit,
        family=task.family,
        initial_state=None if label is None else "0" * spare + label,
        target_error=task.target_error,
    )
