"""What an agent logs while it trains, as JSON lines and for TensorBoard; a resumed run continues both."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.logger import KVWriter, Logger, filter_excluded_keys
from torch.utils.tensorboard import SummaryWriter

LINES, EVENTS = "metrics.jsonl", "tensorboard"
"""Names of the file and of the folder in a run folder."""

_Excluded = dict[str, tuple[str, ...]]


class JsonLines(KVWriter):
    """Appends one JSON object for each dump of the log.

    Args:
        path: the file.
        length: bytes of it that hold; what follows was written after the checkpoint from which
            training goes on, and will be written again.
    """

    def __init__(self, path: Path, length: int = 0) -> None:
        self._file = path.open("a+b")
        # A file that lost its end has nothing to cut.
        self._file.truncate(min(length, self._file.seek(0, 2)))
        self._file.seek(0, 2)

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self._file.name)

    @property
    def length(self) -> int:
        """Bytes written."""
        return self._file.tell()

    def write(self, key_values: dict[str, Any], key_excluded: _Excluded, step: int = 0) -> None:
        """Append the numbers, with the step that they belong to."""
        wanted = filter_excluded_keys(key_values, key_excluded, "json")
        row = {"step": int(step)} | {name: _plain(value) for name, value in sorted(wanted.items())}
        self._file.write(json.dumps(row, allow_nan=False).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class TensorBoardEvents(KVWriter):
    """Writes numbers as scalars.

    Args:
        folder: of the events.
        purge: first step that a resumed run will write again, and hides till then; None for a new run.
    """

    def __init__(self, folder: Path, purge: int | None = None) -> None:
        self._writer = SummaryWriter(str(folder), purge_step=purge)
        self._writer.flush()  # so that it is hidden at once

    def write(self, key_values: dict[str, Any], key_excluded: _Excluded, step: int = 0) -> None:
        """Write all that is a number."""
        for name, value in filter_excluded_keys(key_values, key_excluded, "tensorboard").items():
            if isinstance(value, (int, float, np.number)):
                self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def close(self) -> None:
        """Write what is left and close the file."""
        self._writer.close()


class TrainingLog:
    """The log of a run, to be handed to `set_logger` of a model.

    Args:
        folder: the run folder.
        saved: what `state` returned when the checkpoint was written; None for a new run.
    """

    def __init__(self, folder: Path, saved: dict[str, Any] | None = None) -> None:
        length, purge = 0, None
        if saved is not None:
            # TensorBoard hides the step itself too, which was written before the checkpoint.
            length, purge = int(saved["bytes"]), int(saved["step"]) + 1
        self._lines = JsonLines(folder / LINES, length)
        self._events = TensorBoardEvents(folder / EVENTS, purge)
        self.logger = Logger(None, [self._lines, self._events])
        for name, (value, count, excluded) in (saved or {"pending": {}})["pending"].items():
            self.logger.name_to_value[name] = value
            self.logger.name_to_count[name] = count
            self.logger.name_to_excluded[name] = tuple(excluded)

    def state(self, step: int) -> dict[str, Any]:
        """Return what is needed to go on at a step: numbers not yet written are a part of it."""
        logger = self.logger
        pending = {
            name: [
                _plain(value, finite=False),
                logger.name_to_count.get(name, 0),
                list(logger.name_to_excluded.get(name) or ()),
            ]
            for name, value in logger.name_to_value.items()
        }
        return {"bytes": self._lines.length, "step": step, "pending": pending}

    def show(self, numbers: dict[str, Any], step: int) -> None:
        """Let TensorBoard alone have numbers of one step, whatever is pending."""
        self._events.write(numbers, dict.fromkeys(numbers, ()), step)

    def close(self) -> None:
        """Close all files."""
        self.logger.close()


def _plain(value: Any, *, finite: bool = True) -> Any:
    """Return a value as plain data.

    Args:
        value: of the log.
        finite: whether it is for JSON, which knows no infinity: None stands for what is not finite.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(part, finite=finite) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) or not finite else None
    return value if isinstance(value, (int, str, bool)) else str(value)
