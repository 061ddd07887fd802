"""Callbacks for those who train a model themselves; `qrl.search` ends by its own settings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from stable_baselines3.common.callbacks import BaseCallback

from qrl.checks import real_number, whole_number
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.env.construction import Construction


class StopTraining(BaseCallback):
    """Ends training at a cost, after a time, or when evaluations are spent, whichever comes first.

    It counts anew in each training, and sees what is built for the task itself (no `problems`).

    Args:
        cost: at or below which a circuit is good enough, in the task's unit.
        seconds: of training.
        evaluations: of the cost, those with a gradient included.

    Attributes:
        lowest_cost: of the circuits seen in this training.
        spent: evaluations in it.

    Raises:
        InputError: nothing is given, or a number is out of range.
    """

    def __init__(
        self,
        *,
        cost: float | None = None,
        seconds: float | None = None,
        evaluations: int | None = None,
    ) -> None:
        super().__init__()
        if cost is None and seconds is None and evaluations is None:
            raise InputError("StopTraining needs a cost, seconds or evaluations; got none of them.")
        self.cost = None if cost is None else real_number("The cost", cost)
        self.seconds = None if seconds is None else real_number("seconds", seconds, above=0.0)
        self.evaluations = (
            None if evaluations is None else whole_number("evaluations", evaluations, least=1)
        )
        self.lowest_cost, self.spent = float("inf"), 0
        self._began = 0.0
        self._before: Any = None

    def _on_training_start(self) -> None:
        if not self.training_env.has_attr("on_scored"):
            raise InputError(
                "StopTraining needs circuits in a SB3CircuitEnv, which shows all of them; got "
                f"{type(self.training_env).__name__}."
            )
        self._began = time.perf_counter()
        self.lowest_cost, self.spent = float("inf"), 0
        self._before = self.training_env.get_attr("on_scored")[0]
        self.training_env.set_attr("on_scored", self._look)

    def _on_training_end(self) -> None:
        hook = self.training_env.get_attr("on_scored")[0]
        if hook == self._look:
            self.training_env.set_attr("on_scored", self._before)
            return
        # Another of these began after this one, and hands on to it.
        later = getattr(hook, "__self__", None)
        while isinstance(later, StopTraining):
            if later._before == self._look:
                later._before = self._before
            later = getattr(later._before, "__self__", None)

    def _on_step(self) -> bool:
        reached = self.cost is not None and self.lowest_cost <= self.cost
        late = self.seconds is not None and time.perf_counter() - self._began >= self.seconds
        spent = self.evaluations is not None and self.spent >= self.evaluations
        return not (reached or late or spent)

    def _look(self, build: Construction) -> None:
        # What ends within a step has begun anew when the step is over, and is seen here alone.
        self.lowest_cost = min(self.lowest_cost, float(build.cost.min()))
        self.spent += int(build.evaluations.sum())
        if self._before is not None:
            self._before(build)
