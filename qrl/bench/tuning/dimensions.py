"""One setting of a space: a range of numbers, or choices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qrl.checks import is_real, is_whole, shown
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    import numpy as np

SECTIONS = ("options", "env")
"""Settings of the agent, and of how circuits are built."""
_RANGE = ("low", "high", "log", "step")
Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Dimension:
    """A setting and the values that it may have.

    Attributes:
        section: "options" or "env".
        name: of the setting.
        choices: the values, where they are listed; a range has none.
        low, high: of a range, both inclusive.
        log: whether the logarithm is what is drawn evenly.
        step: distance of the values of a range; None for all of them (of whole numbers 1).
        whole: whether the values of a range are whole numbers.
    """

    section: str
    name: str
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    step: float | None = None
    whole: bool = False

    @property
    def key(self) -> str:
        """Its name in the study."""
        return f"{self.section}.{self.name}"

    def suggest(self, trial: Any) -> Value:
        """Let a trial of Optuna choose."""
        value: Value
        if self.choices:
            value = trial.suggest_categorical(self.key, list(self.choices))
        elif self.whole:
            low, high, step = int(self.low), int(self.high), int(self.step or 1)
            value = trial.suggest_int(self.key, low, high, step=step, log=self.log)
        else:
            value = trial.suggest_float(self.key, self.low, self.high, step=self.step, log=self.log)
        return value

    def draw(self, rng: np.random.Generator) -> Value:
        """Draw a value, each as likely as another (a range's by its logarithm where that is said)."""
        if self.choices:
            return self.choices[int(rng.integers(len(self.choices)))]
        if self.step:
            steps = math.floor((self.high - self.low) / self.step + 1e-9)
            value = self.low + self.step * int(rng.integers(steps + 1))
        elif self.log:
            value = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        else:
            value = rng.uniform(self.low, self.high)
        value = min(max(value, self.low), self.high)  # the exponential rounds
        return round(value) if self.whole else value

    def contains(self, value: Any) -> bool:
        """Tell whether this is one of the values."""
        if self.choices:
            return any(type(value) is type(choice) and value == choice for choice in self.choices)
        if not is_real(value) or not self.low <= value <= self.high:
            return False
        if self.whole and not is_whole(value):
            return False
        steps = (value - self.low) / self.step if self.step else 0.0
        return abs(steps - round(steps)) < 1e-9

    def to_plain(self) -> Any:
        """Return what a space file says of it."""
        if self.choices:
            return list(self.choices)
        kind = int if self.whole else float
        plain: dict[str, Any] = {"low": kind(self.low), "high": kind(self.high)}
        if self.log:
            plain["log"] = True
        return plain if self.step is None else {**plain, "step": kind(self.step)}


def read_dimension(section: str, name: str, data: Any, default: Any) -> Dimension:
    """Read a setting of a space file.

    Args:
        section: "options" or "env".
        name: of the setting.
        data: a list of choices, or a table with low and high.
        default: the setting's usual value, which tells its type; None takes a number.

    Raises:
        InputError: neither of both, a range that holds nothing, or values of another type.
    """
    what = f"{name} in [{section}] of the space"
    if isinstance(data, list):
        return _choices(what, section, name, data, default)
    if not isinstance(data, dict):
        raise InputError(
            f"{what} must be a list of choices, or a table such as {{low=1e-5, high=1e-2, log=true}}; "
            f"got {shown(data)}."
        )
    for word in data:
        if word not in _RANGE:
            raise unknown_name(f"word for {what}", word, _RANGE)
    return _range(what, section, name, data, default)


def _choices(what: str, section: str, name: str, data: list[Any], default: Any) -> Dimension:
    if not data:
        raise InputError(f"{what} must have at least one choice; got [].")
    # A float's default may be written as a whole number in the file.
    wanted = type(default)
    if wanted is float:
        data = [float(value) if is_whole(value) else value for value in data]
    for value in data:
        fits = is_real(value) if default is None else type(value) is wanted
        if not fits:
            kind = "a number" if default is None else f"of the type of its default {default!r}"
            raise InputError(f"{what} must be {kind}; got {shown(value)}.")
    if len(set(data)) != len(data):
        raise InputError(f"The choices of {what} must differ; got {shown(data)}.")
    return Dimension(section, name, tuple(data))


def _range(what: str, section: str, name: str, data: dict[str, Any], default: Any) -> Dimension:
    if isinstance(default, (bool, str)):
        raise InputError(f"{what} is no number, and takes a list of choices; got {shown(data)}.")
    missing = [word for word in ("low", "high") if word not in data]
    if missing:
        raise InputError(f"The range of {what} needs low and high; it has no {missing[0]}.")
    whole = is_whole(default)
    for word in ("low", "high", "step"):
        fits = is_whole if whole else is_real
        if word in data and not fits(data[word]):
            kind = "a whole number" if whole else "a finite number"
            raise InputError(f"{word} of {what} must be {kind}; got {shown(data[word])}.")
    low, high, log, step = data["low"], data["high"], data.get("log", False), data.get("step")
    if low > high:
        raise InputError(f"low of {what} must not be above high; got low={low} and high={high}.")
    if not isinstance(log, bool):
        raise InputError(f"log of {what} must be true or false; got {shown(log)}.")
    if log and low <= 0:
        raise InputError(f"low of {what} must be positive where log is true; got {low}.")
    if step is not None and (log or not step > 0):
        given = "log=true" if log else f"step={step}"
        raise InputError(f"step of {what} must be positive and goes without log; got {given}.")
    return Dimension(
        section, name, (), float(low), float(high), log, None if step is None else float(step), whole
    )  # fmt: skip
