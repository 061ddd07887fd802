"""From what a device returned to a cost with its standard error."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.measurement import counts_from_bitstrings
from qrl.errors import InputError
from qrl.hardware.roles import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.tasks.measurements import MeasurementPlan

RESAMPLES = 200
"""Of the counts, for a standard error."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A cost that was measured.

    Attributes:
        steps: mitigation that was applied, in order; empty for the cost as it came.
        cost: in the task's unit.
        standard_error: of the cost, from resampled counts (parametric bootstrap), in the same unit;
            infinite where the service does not know that of an expectation value.
        shots: that went into it, those of calibrations and of larger noise among them.
        told: of each step, what was done: plain data.
    """

    steps: tuple[str, ...]
    cost: float
    standard_error: float
    shots: int
    told: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "steps": list(self.steps), "cost": self.cost, "shots": self.shots, "told": dict(self.told),
            "standard_error": self.standard_error if math.isfinite(self.standard_error) else None,
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Counted:
    """The counts of one circuit.

    Attributes:
        role: what it was for.
        counts: of the outcomes, shape (2**bits,).
    """

    role: Role
    counts: NDArray[np.int64]

    @property
    def shots(self) -> int:
        """How many there were."""
        return int(self.counts.sum())


def read_counts(roles: Sequence[Role], raw: Sequence[dict[str, Any]]) -> list[Counted]:
    """Return the counts of all circuits.

    Raises:
        InputError: there are fewer than were sent, or something else than counts.
    """
    if len(raw) != len(roles):
        raise InputError(
            f"Results of {len(roles)} circuits were expected; {len(raw)} came: they are truncated."
        )
    found = []
    for number, (role, one) in enumerate(zip(roles, raw, strict=True)):
        counts = one.get("counts") if isinstance(one, dict) else None
        if not isinstance(counts, dict) or not counts:
            raise InputError(f"The result of circuit {number} holds no counts.")
        found.append(Counted(role, counts_from_bitstrings(counts, len(role.qubits))))
    return found


def together(counted: Sequence[Counted]) -> list[Counted]:
    """Return the counts of each role once, those of repetitions added up."""
    found: dict[Role, Counted] = {}
    for one in counted:
        known = found.get(one.role)
        found[one.role] = one if known is None else Counted(one.role, known.counts + one.counts)
    return list(found.values())


def redrawn(one: Counted, rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return counts as they might have come as well: drawn anew from the shares that came.

    One shot more is shared out among all outcomes: those that are rare enough to have been missed would
    otherwise count as impossible, and standard errors of few shots would be far too small. Filled in by us.

    Returns:
        Shape (rows, 2**bits).
    """
    seen = np.flatnonzero(one.counts)
    result = np.zeros((rows, len(one.counts)), dtype=np.int64)
    drawn = rng.multinomial(one.shots, np.append(one.counts[seen], 1) / (one.shots + 1), size=rows)
    result[:, seen] = drawn[:, :-1]
    row = np.repeat(np.arange(rows), drawn[:, -1])
    np.add.at(result, (row, rng.integers(len(one.counts), size=len(row))), 1)
    return result


def of_expectations(
    plan: MeasurementPlan, raw: Sequence[dict[str, Any]], shots: int, seed: int
) -> Measured:
    """Return the cost that expectation values make.

    Args:
        plan: what the cost needs.
        raw: of each run {"values", "errors"}; None in place of what is not known.
        shots: that the values took together.
        seed: of the draws behind the standard error: values scatter about what came, independently.

    Raises:
        InputError: there are fewer than were sent, something else than values, or a value is not known.
    """
    if len(raw) != len(plan.runs):
        raise InputError(
            f"Results of {len(plan.runs)} circuits were expected; {len(raw)} came: they are truncated."
        )
    try:
        values = [np.asarray(one["values"], dtype=np.float64) for one in raw]
        errors = [np.asarray(one["errors"], dtype=np.float64) for one in raw]
    except (KeyError, TypeError, ValueError) as cause:
        raise InputError(f"The results hold no expectation values: {cause}.") from cause
    missing = sum(int(np.isnan(one).sum()) for one in values)
    if missing:
        raise InputError(
            f"The service could not tell {missing} of {sum(map(len, values))} expectation values: its "
            "mitigation failed. Submit again with more --shots, or with a lower --resilience."
        )
    cost = plan.cost(values)
    if any(np.isnan(one).any() for one in errors):
        return Measured((), cost, math.inf, shots)
    rng = np.random.default_rng(seed)
    costs = [
        plan.cost([rng.normal(v, e) for v, e in zip(values, errors, strict=True)])
        for _ in range(RESAMPLES)
    ]
    return Measured((), cost, float(np.std(costs, ddof=1)), shots)
