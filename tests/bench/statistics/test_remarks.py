"""What the figures are not sure of is said."""

from __future__ import annotations

from typing import Any

import pytest
from bench.statistics.tables import done, failed, runs, table

from qrl.bench.statistics import analyse

SIX = [1e-4, 2e-4, 1e-2, 2e-2, 3e-2, 0.5]


def remarks(rows: list[Any]) -> tuple[str, ...]:
    return analyse(table(rows), resamples=50).remarks


def changed(**other: Any) -> list[Any]:
    """Return two agents' runs of which one differs from the others."""
    rows = runs("x", SIX) + runs("y", SIX)
    return [*rows[:-1], rows[-1] | other]


def test_an_even_benchmark_has_no_remarks() -> None:
    assert remarks(runs("x", SIX) + runs("y", SIX)) == ()
    assert remarks(runs("x", SIX[1:])) == ()  # five runs are enough
    # The same exact answer, computed on another machine.
    assert remarks(changed(reference=1e-12)) == ()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*runs("x", SIX), failed("x", 6)], ["1 of 7 runs failed", "score 0"]),
        (runs("x", SIX[:4]), ["Fewer than 5 runs: x in a (4)", "too narrow"]),
        (
            runs("x", SIX, "a") + runs("x", SIX, "b") + runs("y", SIX, "b"),
            ["Not all agents", "in a"],
        ),
        (changed(seed=9), ["different seeds in a"]),
        (runs("x", SIX) + runs("y", SIX[1:]), ["number of runs", "weigh"]),
        (changed(seed=0), ["A seed comes more than once: y in a"]),
        (changed(budget=50.0), ["Budgets differ in a: 1000 evaluations, 50 evaluations"]),
        (changed(host="there"), ["2 machines (here, there)"]),
        (changed(threads=2), ["numbers of threads in a"]),
        (changed(versions='{"numpy": "2.2"}'), ["different versions: numpy 2.1, 2.2"]),
        (changed(versions="unreadable"), ["different versions"]),
        (changed(parts=3), ["1 of 12 runs were interrupted"]),
        (changed(shots=100), ["Runs with shots are judged"]),
        (changed(target_error=1e-2), ["Targets or exact answers differ within a"]),
        (changed(reference=1e-4), ["Targets or exact answers differ within a"]),
        (runs("x", SIX, trivial_cost=1e-5), ["trivial answer meets the target", "in a"]),
        (runs("x", SIX, trivial_cost=None), ["trivial answer meets the target, or is unknown"]),
        (runs("x", [1e-4] * 6), ["same score in a"]),
        (runs("x", SIX, budget_kind="seconds"), ["budgets are in seconds"]),
        (
            [r | {"reference": None, "error": None, "reached": None} for r in runs("x", SIX)],
            ["No exact answer is known for a"],
        ),
    ],
)
def test_what_is_uneven_is_said(rows: list[Any], words: list[str]) -> None:
    said = remarks(rows)
    assert any(all(word in remark for word in words) for remark in said), said


def test_long_lists_are_shortened() -> None:
    (few,) = remarks([done(f"agent{i}", s, SIX[s]) for i in range(7) for s in range(3)])
    assert few.count("agent") == 5  # four of them, and "such agents"
    assert "and 3 more" in few


def test_a_failed_run_is_blamed_for_nothing_else() -> None:
    (only,) = remarks([*runs("x", SIX), *runs("y", SIX[:5]), failed("y", 5)])
    assert "failed" in only
