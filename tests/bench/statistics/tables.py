"""Small benchmark tables with known answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from qrl.bench.row import COLUMNS, DONE, FAILED

TARGET, TRIVIAL = 1e-3, 1e-1
"""Errors: what counts as solved, and the best trivial answer's. Two decades lie between."""


def done(agent: str, seed: int, error: float, cell: str = "a", /, **other: Any) -> dict[str, Any]:
    """Return a run's row; the exact answer is 0, so that errors are free of rounding."""
    reached = error <= TARGET
    row = dict.fromkeys(COLUMNS) | {
        "schema": 1,
        "key": f"{cell}/{agent}/{seed}/{error}",
        "cell": cell,
        "task": cell,
        "agent": agent,
        "seed": seed,
        "shots": 0,
        "budget_kind": "evaluations",
        "budget": 1000.0,
        "status": DONE,
        "reason": "",
        "threads": 1,
        "host": "here",
        "parts": 1,
        "versions": '{"numpy": "2.1"}',
        "unit": "hartree",
        "cost": error,
        "reference": 0.0,
        "error": error,
        "noiseless_error": error,
        "target_error": TARGET,
        "reached": reached,
        "trivial": "basis state",
        "trivial_cost": TRIVIAL,
        "depth": 4,
        "cnots": 2,
        "gates_total": 6,
        "evaluations": 1000,
        "seconds": 2.0,
        "evaluations_to_target": 500 if reached else None,
        "seconds_to_target": 1.0 if reached else None,
    }
    return row | other


def failed(agent: str, seed: int, cell: str = "a") -> dict[str, Any]:
    """Return the row of a run that failed: nothing is known but what was asked for."""
    row = done(agent, seed, 0.0, cell)
    known = tuple(COLUMNS)[: tuple(COLUMNS).index("family")]
    kept = {name: row[name] for name in known}
    return dict.fromkeys(COLUMNS) | kept | {"status": FAILED, "reason": "out of memory"}


def table(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def runs(agent: str, errors: Iterable[float], cell: str = "a", /, **other: Any) -> list[Any]:
    """Return one row per error, with seeds from 0."""
    return [done(agent, seed, error, cell, **other) for seed, error in enumerate(errors)]
