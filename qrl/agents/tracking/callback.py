"""What all tracking has in common: everything that the logger gets goes to a run that goes on."""

from __future__ import annotations

import math
import re
import warnings
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter

from qrl.agents.tracking.facts import (
    Facts,
    read_evaluations,
    read_marker,
    read_result,
    write_marker,
)
from qrl.errors import InputError, QrlError


class Tracking(BaseCallback):
    """Tells a tracker settings, tags, every number of the log, and the result.

    Only numbers are sent, those that are finite; of a run that is resumed, no step that was sent before.
    A tracker that fails while training goes on is told nothing more, and training is not disturbed.
    Tokens and passwords are never read: the tracker's own library finds them where its users put them.

    Attributes:
        folder: of the run; None for a model that is trained by hand.
        run_id: under which the tracker knows the run; "" before training.
    """

    kind: ClassVar[str]
    """The tracker's name, in `tracking.json` and in messages."""

    def __init__(self) -> None:
        super().__init__()
        self.folder: Path | None = None
        self.run_id = ""
        self._told = -1
        self._works = False
        self._writer = _Numbers(self)

    # -- what a tracker does ---------------------------------------------------------------

    @abstractmethod
    def _open(self, facts: Facts, run_id: str | None) -> str:
        """Begin a run, or go on with that of an id; return its id."""

    @abstractmethod
    def _send(self, numbers: dict[str, float], step: int) -> None:
        """Tell numbers of a step."""

    @abstractmethod
    def _finish(self, figures: dict[str, float], status: str, unit: str) -> None:
        """Tell the result."""

    def _pause(self) -> None:
        """Training has ended; the result may follow, or may not."""

    # -- when it does it -------------------------------------------------------------------

    def _on_training_start(self) -> None:
        facts = Facts.of(self)
        self.folder = facts.folder
        known = read_marker(self.folder).get(self.kind)
        try:
            self.run_id = self._open(facts, None if known is None else known["run"])
        except QrlError:
            raise
        except Exception as cause:  # of whatever kind the tracker has
            raise InputError(
                f"The run cannot be tracked with {self.kind}: {safe(cause)}."
            ) from None  # the cause may show a password
        self._told = -1 if known is None else known["step"]
        self._works = True
        self._mark()
        self.logger.output_formats.append(self._writer)

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        if self._writer in self.logger.output_formats:
            self.logger.output_formats.remove(self._writer)
        self._attempt(self._pause)

    def on_result(self, folder: str | Path) -> None:
        """Tell the result of a finished or interrupted search, and what its policy showed.

        Args:
            folder: of the run. Nothing happens where this callback did not follow its training.
        """
        folder = Path(folder)
        if not self.run_id or self.folder is None or folder.absolute() != self.folder.absolute():
            return
        self._attempt(lambda: self._result(folder))

    def take(self, values: dict[str, Any], step: int) -> None:
        """Tell what is a finite number."""
        if step <= self._told:
            return
        finite = {name: float(v) for name, v in values.items() if _is_finite(v)}
        if finite:
            self._attempt(lambda: self._send(finite, step))
            self._told = step
            self._mark()

    def _result(self, folder: Path) -> None:
        for step, numbers in read_evaluations(folder):
            self._send(numbers, step)
        self._finish(*read_result(folder))

    def _mark(self) -> None:
        if self.folder is not None:
            write_marker(self.folder, self.kind, self.run_id, self._told)

    def _attempt(self, act: Any) -> None:
        """Do what may fail without harm to the training."""
        if not self._works:
            return
        try:
            act()
        except Exception as cause:  # of whatever kind the tracker has
            self._works = False
            warnings.warn(
                f"Tracking with {self.kind} failed, and this run tells it nothing more: {safe(cause)}",
                stacklevel=2,
            )


class _Numbers(KVWriter):
    """Hands on what the logger dumps."""

    def __init__(self, tracking: Tracking) -> None:
        self._tracking = tracking

    def write(self, key_values: dict[str, Any], key_excluded: Any, step: int = 0) -> None:
        """Tell what was recorded; what only one output gets has its own reasons."""
        self._tracking.take(key_values, int(step))

    def close(self) -> None:
        """Nothing is held open here."""


def safe(cause: Exception) -> str:
    """Return the first line of an error without the password that an address may hold."""
    line = (str(cause) or type(cause).__name__).splitlines()[0].rstrip(".")
    return re.sub(r"(?<=//)[^/@\s]+@", "***@", line)


def _is_finite(value: Any) -> bool:
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return number and math.isfinite(value)
