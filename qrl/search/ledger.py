"""What a search has spent, and what it may spend."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

from qrl.errors import InputError

BUDGETS = ("seconds", "steps", "evaluations")
_LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on one of the things that a ledger counts.

    A search ends with the step that reaches the limit.

    Attributes:
        kind: "seconds" (of searching, compilation left out), "steps" (of the environment) or
            "evaluations" (of a cost, with or without its gradient).
        amount: how much, positive.
    """

    kind: str
    amount: float

    def __post_init__(self) -> None:
        if self.kind not in BUDGETS:
            raise InputError(f"A budget counts seconds, steps or evaluations; got {self.kind!r}.")
        amount = self.amount
        number = isinstance(amount, (int, float)) and not isinstance(amount, bool)
        if not number or not 0 < amount <= _LARGEST:
            raise InputError(
                f"The budget of {self.kind} must be a positive number; got {amount!r}."
            )
        if self.kind != "seconds" and amount != int(amount):
            raise InputError(f"The budget of {self.kind} must be a whole number; got {amount!r}.")

    @staticmethod
    def choose(
        *,
        seconds: float | None = None,
        steps: int | None = None,
        evaluations: int | None = None,
        default_seconds: float = 60.0,
    ) -> Budget:
        """Return the one budget given, or a default time.

        Raises:
            InputError: more than one is given, or one is not positive.
        """
        given = {"seconds": seconds, "steps": steps, "evaluations": evaluations}
        chosen = {kind: amount for kind, amount in given.items() if amount is not None}
        if len(chosen) > 1:
            raise InputError(f"Give one budget; got {' and '.join(chosen)}.")
        for kind, amount in chosen.items():
            return Budget(kind, amount)
        return Budget("seconds", default_seconds)

    def __str__(self) -> str:
        amount = int(self.amount) if self.amount == int(self.amount) else self.amount
        return f"{amount} {self.kind}"


@dataclass(slots=True)
class Ledger:
    """Counts of everything that a search pays for; the x-axis of every curve.

    Attributes:
        evaluations: evaluations of a cost, those with a gradient included.
        gradients: evaluations that gave a gradient too.
        env_steps: gates tried.
        shots: measurements; 0 where costs are exact.
    """

    evaluations: int = 0
    gradients: int = 0
    env_steps: int = 0
    _seconds: float = 0.0
    _since: float | None = None
    shots: int = 0

    def start(self) -> None:
        """Start the clock, or go on with it."""
        self._since = time.perf_counter()

    def stop(self) -> None:
        """Stop the clock."""
        self._seconds, self._since = self.seconds, None

    @property
    def seconds(self) -> float:
        """Seconds for which the clock has run."""
        running = 0.0 if self._since is None else time.perf_counter() - self._since
        return self._seconds + running

    @property
    def seconds_before(self) -> float:
        """Seconds until the clock was last started: those of earlier pieces of a run."""
        return self._seconds

    def spent(self, budget: Budget) -> float:
        """Return the spent part of a budget, 1 or more where it is used up."""
        spent = {"seconds": self.seconds, "steps": self.env_steps, "evaluations": self.evaluations}
        return spent[budget.kind] / budget.amount

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        return {
            "evaluations": self.evaluations,
            "gradients": self.gradients,
            "env_steps": self.env_steps,
            "seconds": self.seconds,
            "shots": self.shots,
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Ledger:
        """Read what `to_dict` returned; the clock stands."""
        return Ledger(
            evaluations=int(data["evaluations"]),
            gradients=int(data["gradients"]),
            env_steps=int(data["env_steps"]),
            _seconds=float(data["seconds"]),
            shots=int(data.get("shots", 0)),
        )
