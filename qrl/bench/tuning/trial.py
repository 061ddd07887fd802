"""One trial: the same search on some seeds, given up early where it is clearly worse than others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from qrl.bench.tuning.objective import Figures
from qrl.bench.tuning.space import with_settings
from qrl.errors import InputError
from qrl.search.api import resume
from qrl.search.run import load
from qrl.search.runner import Search

if TYPE_CHECKING:
    from qrl.bench.tuning.plan import Plan
    from qrl.bench.tuning.space import Settings
    from qrl.search.recorder import Recorder

PARTS = 4
"""Of the budget of a run, at the end of each of which a trial may be pruned."""
Judge = Callable[[int, float], bool]
"""Told a trial's progress and its error so far; true where it is to be given up."""


class Stopped(KeyboardInterrupt):
    """The user ended a search; what was found in it is in its folder."""


class Refused(Exception):
    """The settings of a trial cannot be searched with, or the search broke down under them."""


class Pruned(Exception):
    """The trial was given up."""


@dataclass(slots=True)
class Attempt:
    """The runs of one setting.

    Attributes:
        plan: what is tuned.
        settings: that are tried.
        folder: of the runs.
        stopped: tells whether the user wants an end.
        judge: asked after each part of a run; None where nothing is pruned.
        found: figures of the runs that are done.
    """

    plan: Plan
    settings: Settings
    folder: Path
    stopped: Callable[[], bool]
    judge: Judge | None = None
    found: list[Figures] = field(default_factory=list)
    _pruned: bool = False

    def run(self, seeds: Iterable[int]) -> list[Figures]:
        """Search with each seed, and return what was found.

        A run that is there already is taken as it is; one that was stopped goes on.

        Raises:
            Refused: a search cannot be begun with these settings, or broke down.
            Pruned: the trial was given up.
            Stopped: the user ended a search.
        """
        for seed in seeds:
            self.found.append(self._search(seed))
        return self.found

    def _search(self, seed: int) -> Figures:
        out = self.folder / f"seed-{seed}"
        if _is_done(out):
            return Figures.of(load(out))
        if self.stopped():
            raise Stopped
        try:
            config = with_settings(self.plan.config, self.settings, seed=seed)
            search = Search(self.plan.task, config, out, (self._watch,), warn=_ignore)
            search.check_settings()
        except InputError as cause:
            raise Refused(str(cause)) from cause
        try:
            begun = out.exists()
            run = resume(out, (self._watch,), warn=_ignore) if begun else search.start()
        except InputError:
            raise  # settings were checked: it is the folder that cannot be written or read
        except (ValueError, ArithmeticError, RuntimeError) as cause:
            # An agent whose networks diverge, for example.
            raise Refused(f"{type(cause).__name__}: {_first_line(cause)}") from cause
        if self._pruned:
            raise Pruned
        if run.status == "interrupted":
            raise Stopped
        return Figures.of(run)

    def _watch(self, recorder: Recorder) -> None:
        """Ask the judge whenever a part of the budget has been spent."""
        if self.stopped():  # a signal that came while the search prepared itself
            recorder.stopped = True
        if self.judge is None or not len(recorder.archive):
            return
        part = int(PARTS * recorder.ledger.spent(recorder.budget))
        step = PARTS * len(self.found) + part
        if not 0 < part <= PARTS or step <= self._asked:
            return
        self._asked = step
        reference = recorder.task.reference or 0.0
        now = recorder.archive.lowest_cost - reference
        if self.judge(step, median([*(one.error for one in self.found), now])):
            self._pruned = recorder.stopped = True

    _asked: int = 0


def _is_done(folder: Path) -> bool:
    result = folder / "result.json"
    return result.exists() and load(folder).status == "done"


def _ignore(text: str) -> None:
    """A damaged checkpoint costs time and no more."""


def _first_line(cause: Exception) -> str:
    return (str(cause) or "no message").splitlines()[0]


def plain(found: list[Figures]) -> list[dict[str, Any]]:
    """Return figures as plain data."""
    return [one.to_dict() for one in found]
