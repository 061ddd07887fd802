"""What happens while a search runs: counting, keeping the best, writing the trace."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qrl.search.archive import Archive, Found
from qrl.search.ledger import Budget, Ledger

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.tasks.task import Task


class Scored(Protocol):
    """Circuits that were just scored, such as a `qrl.env.construction.Construction`.

    All arrays have shape (circuits,); evaluations, gradients and shots are those just spent.
    """

    @property
    def count(self) -> int:
        """Number of circuits."""
        ...

    @property
    def cost(self) -> NDArray[np.float64]:
        """Cost of each; infinite where the archive must not keep it."""
        ...

    @property
    def cnots(self) -> NDArray[np.int64]:
        """CNOTs of each."""
        ...

    @property
    def depth(self) -> NDArray[np.int64]:
        """Depth of each."""
        ...

    @property
    def evaluations(self) -> NDArray[np.int64]:
        """Evaluations of the cost, those with a gradient included."""
        ...

    @property
    def gradients(self) -> NDArray[np.int64]:
        """Evaluations with a gradient."""
        ...

    @property
    def shots(self) -> int:
        """Measurements of all circuits together."""
        ...

    def circuit(self, index: int) -> Circuit:
        """Return one of the circuits."""
        ...


Watcher = Callable[["Recorder"], None]
"""Told of a search's progress after each step of the environments, such as a progress bar."""


class Recorder:
    """Pays each step from the ledger and keeps what it found.

    Attributes:
        trace: one row for each improvement of the lowest cost.
        done: set by a searcher that has nothing left to try.
        certificate: what an exhaustive search has shown; None of others.
        policies: one row for each evaluation of an agent's policy, apart from training.
        stop_at: cost at or below which the search has finished before its budget is spent.
        stopped: set from outside (a signal) to end the search with the present step.
    """

    def __init__(self, task: Task, budget: Budget, watchers: tuple[Watcher, ...] = ()) -> None:
        self.task, self.budget = task, budget
        self.ledger, self.archive = Ledger(), Archive()
        self.trace: list[dict[str, Any]] = []
        self.policies: list[dict[str, Any]] = []
        self.seconds_to_target: float | None = None
        self.stopped = False
        self.stop_at = -math.inf
        self.done = False
        self.certificate: dict[str, Any] | None = None
        self._watchers = watchers

    @property
    def finished(self) -> bool:
        """Whether the search must end."""
        return self.ended_by is not None

    @property
    def ended_by(self) -> str | None:
        """What ended the search: "signal", "error", "nothing-left" or "budget"; None while it goes on."""
        if self.stopped:
            return "signal"
        if self.archive.lowest_cost <= self.stop_at:
            return "error"
        if self.done:
            return "nothing-left"
        return "budget" if self.ledger.spent(self.budget) >= 1.0 else None

    def rehearsed(self, build: Scored) -> None:
        """Pay for circuits that were scored on another problem than the task, and keep none of them."""
        self._pay(build)
        for watcher in self._watchers:
            watcher(self)

    def scored(self, build: Scored) -> None:
        """Take in circuits that were just scored: pay for them, keep the good ones, tell watchers."""
        self._pay(build)
        finite = np.isfinite(build.cost)
        cost = build.cost if finite.all() else np.where(finite, build.cost, np.inf)
        for index in self.archive.improved_by(cost, build.cnots, build.depth):
            self._offer(build, int(index))
        for watcher in self._watchers:
            watcher(self)

    def offer(self, found: Found) -> None:
        """Keep a circuit that did not come from an environment."""
        lowest = self.archive.lowest_cost
        if self.archive.offer(found) and found.cost < lowest:
            self._improved(found)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold, as plain data."""
        return {
            "ledger": self.ledger.to_dict(),
            "archive": self.archive.to_list(),
            "trace": self.trace,
            "policies": self.policies,
            "done": self.done,
            "certificate": self.certificate,
            "seconds_to_target": self.seconds_to_target,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned; the clock stands."""
        self.ledger = Ledger.from_dict(state["ledger"])
        self.archive = Archive.from_list(state["archive"])
        self.trace, self.policies = list(state["trace"]), list(state["policies"])
        self.seconds_to_target = state["seconds_to_target"]
        self.done, self.certificate = bool(state["done"]), state["certificate"]

    def _pay(self, build: Scored) -> None:
        self.ledger.env_steps += build.count
        self.ledger.evaluations += int(build.evaluations.sum())
        self.ledger.gradients += int(build.gradients.sum())
        self.ledger.shots += build.shots

    def _offer(self, build: Scored, index: int) -> None:
        self.offer(
            Found(
                circuit=build.circuit(index),
                cost=float(build.cost[index]),
                cnots=int(build.cnots[index]),
                depth=int(build.depth[index]),
                evaluations=self.ledger.evaluations,
                env_steps=self.ledger.env_steps,
                seconds=self.ledger.seconds,
            )
        )

    def _improved(self, found: Found) -> None:
        self.trace.append(
            {
                "evaluations": found.evaluations,
                "env_steps": found.env_steps,
                "seconds": round(found.seconds, 3),
                "cost": found.cost,
                "cnots": found.cnots,
                "depth": found.depth,
            }
        )
        reference = self.task.reference
        if (
            self.seconds_to_target is None
            and reference is not None
            and found.cost <= reference + self.task.target_error
        ):
            self.seconds_to_target = found.seconds
