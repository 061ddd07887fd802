"""The line that a search shows of itself: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.progress import BarColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as RichProgress

from qrl.cli.console import make_console

if TYPE_CHECKING:
    from qrl.search.recorder import Recorder

_REFRESH = 0.1
_LINE_EVERY = 5.0


class Progress:
    """Shows best error, CNOTs, depth and rate while a search runs; writes to stderr."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._console = make_console(stderr=True)
        self._bar = RichProgress(
            SpinnerColumn(),
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            transient=True,
        )
        self._row: Any = None
        self._next = 0.0
        self._begun: tuple[float, int] | None = None

    def __enter__(self) -> Progress:
        if self._terminal:
            self._bar.start()
            self._row = self._bar.add_task("", total=1.0)
        return self

    def __exit__(self, *error: object) -> None:
        if self._terminal:
            self._bar.stop()

    def say(self, text: str) -> None:
        """Show what is being done now."""
        if self._terminal:
            self._bar.update(self._row, description=text)
            self._bar.refresh()
        elif text:
            ending = "" if text.endswith(".") else " ..."
            self._console.print(f"{text}{ending}", highlight=False, markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Say what went wrong, to stay on the screen."""
        self._console.print(f"Warning: {text}.", highlight=False, markup=False, soft_wrap=True)

    def watch(self, recorder: Recorder) -> None:
        """Show a search's progress, not more often than the eye follows."""
        now = time.monotonic()
        if self._begun is None:
            self._begun = (now, recorder.ledger.env_steps)
            self._next = now + (_REFRESH if self._terminal else _LINE_EVERY)
        if now < self._next:
            return
        self._next = now + (_REFRESH if self._terminal else _LINE_EVERY)
        spent = min(1.0, recorder.ledger.spent(recorder.budget))
        text = self._describe(recorder, now)
        if self._terminal:
            self._bar.update(self._row, completed=spent, description=text)
        else:
            self._console.print(f"{spent:4.0%}  {escape(text)}", highlight=False)

    def _describe(self, recorder: Recorder, now: float) -> str:
        best, task = recorder.archive.best, recorder.task
        if task.reference is None:
            cost = f"best cost {best.cost:.6f} {task.unit}".rstrip()
        else:
            cost = f"best error {best.cost - task.reference:.2e} {task.unit}".rstrip()
        assert self._begun is not None
        since, steps = self._begun
        rate = (recorder.ledger.env_steps - steps) / max(now - since, 1e-9)
        return f"{cost} | {best.cnots} CNOTs | depth {best.depth} | {rate:,.0f} circuits/s"
