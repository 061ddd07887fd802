"""How angles are tuned on a device, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qrl.checks import real_number, whole_number
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from qrl.hardware.settings import HardwareSettings
    from qrl.tasks.task import Task

METHODS = ("gradient", "spsa")
AUTO = "auto"
_MOST_BUDGET = 10**10
_LINEAR_STEPS = ("readout", "zne")
"""Mitigation that maps expectation values to expectation values without bending them."""

_POLYNOMIALS = ("linear", "quadratic", "richardson")


@dataclass(frozen=True, slots=True)
class RetuneSettings:
    """Settings of a retuning, beside those of each measurement.

    Attributes:
        shots_budget: shots of everything together, calibrations and the last comparison included.
        method: "gradient" (parameter shift), "spsa", or "auto": the first where its rule holds.
        reserve: share of the budget for the comparison of the old and the new circuit.
    """

    shots_budget: int = 500_000
    method: str = AUTO
    reserve: float = 0.2

    def __post_init__(self) -> None:
        whole_number("The budget of shots", self.shots_budget, least=1, most=_MOST_BUDGET)
        real_number("The reserve for the comparison", self.reserve, above=0.0, below=1.0)
        if self.method not in (*METHODS, AUTO):
            raise unknown_name("method", str(self.method), (*METHODS, AUTO))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def chosen_method(method: str, task: Task, settings: HardwareSettings) -> str:
    """Return the method that "auto" stands for, or the one that was named.

    Raises:
        InputError: gradients were asked for, and the rule for them does not hold; or symmetries are to be
            verified.
    """
    if "symmetry" in settings.mitigate:
        raise InputError(
            "Angles that are tried out may break the symmetries of the circuit that was found, and "
            "outcomes that are dropped for that would make a wrong circuit look right. Tune without the "
            "mitigation 'symmetry', and submit the new circuit with it."
        )
    why = _bent(task, settings)
    if method == AUTO:
        return "gradient" if why is None else "spsa"
    if method == "gradient" and why is not None:
        raise InputError(
            "Gradients by parameter shift need a cost that is linear in expectation values, and "
            f"{why} is not. Use --method spsa."
        )
    return method


def _bent(task: Task, settings: HardwareSettings) -> str | None:
    """Return what makes the measured cost no linear function of expectation values."""
    head = task.objective.head()
    if head.kind not in ("linear", "overlap"):
        return f"the cost of {task.name}"
    for step in settings.mitigate:
        if step not in _LINEAR_STEPS:
            return f"the cost after the mitigation {step!r}"
    if "zne" in settings.mitigate and settings.extrapolation not in _POLYNOMIALS:
        return f"the extrapolation {settings.extrapolation!r}"
    return None
