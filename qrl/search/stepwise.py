"""Searchers that go step by step, so that they can be saved between steps and run in turns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from qrl.search.checkpoint import restoring

if TYPE_CHECKING:
    from qrl.search.context import SearchContext


class Steps(Protocol):
    """A search under way."""

    def step(self) -> None:
        """Score a batch of circuits; short, because nothing can be saved or stopped meanwhile."""
        ...

    def state(self) -> dict[str, Any]:
        """Return all that is needed to go on to the bit, as arrays and plain data."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned, into steps begun with the same settings."""
        ...


class Stepwise(ABC):
    """A searcher whose search consists of steps; subclasses are its settings."""

    __slots__ = ()

    @abstractmethod
    def begin(self, context: SearchContext) -> Steps:
        """Return the search before its first step; nothing is scored yet but the start."""

    def run(self, context: SearchContext) -> None:
        """Go step by step until the recorder has finished."""
        steps = self.begin(context)
        if context.saved is not None:
            with restoring(context.saved_in):
                steps.restore(context.saved)
        context.recorder.ledger.start()
        while not context.recorder.finished:
            context.on_checkpoint(steps.state)
            steps.step()
