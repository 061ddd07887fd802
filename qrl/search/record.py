"""The form of the records in a run folder, checked when they are read."""

from __future__ import annotations

import math
from typing import Any

from qrl.errors import InputError

STATUSES = ("running", "interrupted", "done")
_WHOLE, _NUMBER, _TEXT = "a whole number", "a finite number", "a text"
_RESULT: dict[str, str] = {
    "schema": _WHOLE,
    "task": _TEXT,
    "agent": _TEXT,
    "seed": _WHOLE,
    "status": _TEXT,
    "cost": _NUMBER,
    "reference": _NUMBER + " or null",
    "error": _NUMBER + " or null",
    "fidelity": _NUMBER + " or null",
    "depth": _WHOLE,
    "cnots": _WHOLE,
    "rotations": _WHOLE,
    "gates": _WHOLE,
    "evaluations": _WHOLE,
    "env_steps": _WHOLE,
    "seconds": _NUMBER,
    "seconds_to_target": _NUMBER + " or null",
    "baselines": "an object",
    "circuit": _TEXT,
    "versions": "an object",
}
# Of results that say how circuits were scored; those without were scored exactly, without noise.
_SCORING: dict[str, str] = {
    "noise": _TEXT + " or null",
    "shots": _WHOLE,
    "tuner": _TEXT,
    "noiseless_cost": _NUMBER,
    "noiseless_error": _NUMBER + " or null",
    "standard_error": _NUMBER,
    "total_shots": _WHOLE,
    "known_scores_hit_rate": _NUMBER + " or null",
    "metrics": "an object",
}
# Methods without a circuit have no counts, and some of them no cost that compares.
_BASELINE = {
    "cost": _NUMBER + " or null",
    "cnots": _WHOLE + " or null",
    "depth": _WHOLE + " or null",
}
_TRACE = {
    "evaluations": _WHOLE,
    "env_steps": _WHOLE,
    "seconds": _NUMBER,
    "cost": _NUMBER,
    "cnots": _WHOLE,
    "depth": _WHOLE,
}


def check_result(result: Any) -> dict[str, Any]:
    """Return a result whose fields are all there and of the right kind.

    Raises:
        InputError: naming the fields that are not.
    """
    checked = _fields(result, _RESULT, "")
    _fields(checked, {name: kind for name, kind in _SCORING.items() if name in checked}, "")
    if checked["status"] not in STATUSES:
        raise InputError(
            f"status must be one of {', '.join(STATUSES)}; it is {checked['status']!r}"
        )
    for name, baseline in checked["baselines"].items():
        _fields(baseline, _BASELINE, f"baselines.{name}.")
        if "noiseless_cost" in baseline:
            _fields(baseline, {"noiseless_cost": _NUMBER}, f"baselines.{name}.")
    return checked


def check_trace(row: Any) -> dict[str, Any]:
    """Return a row of the trace whose fields are all there and of the right kind."""
    return _fields(row, _TRACE, "")


def _fields(record: Any, kinds: dict[str, str], where: str) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise InputError(f"{where or 'it '}must be an object; it is {record!r}")
    missing = [where + name for name in kinds if name not in record]
    if missing:
        raise InputError(f"{', '.join(missing)} missing")
    for name, kind in kinds.items():
        if not _is(record[name], kind):
            raise InputError(f"{where}{name} must be {kind}; it is {record[name]!r}")
    return record


def _is(value: Any, kind: str) -> bool:
    if kind.endswith(" or null"):
        return value is None or _is(value, kind.removesuffix(" or null"))
    if isinstance(value, bool):
        return False
    if kind == _WHOLE:
        return isinstance(value, int)
    if kind == _NUMBER:
        return isinstance(value, (int, float)) and math.isfinite(float(value))
    return isinstance(value, str if kind == _TEXT else dict)
