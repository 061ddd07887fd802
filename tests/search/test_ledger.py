"""Budgets and the ledger that they limit."""

import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrl.errors import InputError
from qrl.search.ledger import Budget, Ledger

COUNTS = st.integers(0, 2**62)


@pytest.mark.parametrize(
    ("given", "kind", "amount"),
    [
        ({}, "seconds", 60.0),
        ({"default_seconds": 5.0}, "seconds", 5.0),
        ({"seconds": 1.5}, "seconds", 1.5),
        ({"steps": 10}, "steps", 10),
        ({"evaluations": 7}, "evaluations", 7),
        ({"seconds": None, "steps": 3, "evaluations": None}, "steps", 3),
    ],
)
def test_choose_takes_the_one_budget_given(given: dict[str, Any], kind: str, amount: float) -> None:
    assert Budget.choose(**given) == Budget(kind, amount)


@pytest.mark.parametrize(
    "given",
    [
        {"seconds": 1.0, "steps": 1},
        {"steps": 1, "evaluations": 1},
        {"seconds": 1.0, "steps": 1, "evaluations": 1},
    ],
)
def test_two_budgets_are_refused_by_name(given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="Give one budget; got " + " and ".join(given)):
        Budget.choose(**given)


@pytest.mark.parametrize("kind", ["seconds", "steps", "evaluations"])
@pytest.mark.parametrize(
    "amount",
    [0, -1, -0.5, math.nan, math.inf, -math.inf, True, "10", None, [1],
     pytest.param(10**400, id="huge")],
)  # fmt: skip
def test_amounts_that_are_no_positive_number_are_refused(kind: str, amount: Any) -> None:
    with pytest.raises(InputError, match=f"budget of {kind} must be a positive number"):
        Budget(kind, amount)


@pytest.mark.parametrize("kind", ["steps", "evaluations"])
def test_counts_must_be_whole(kind: str) -> None:
    assert Budget(kind, 2.0).amount == 2
    with pytest.raises(InputError, match=r"must be a whole number; got 2\.5"):
        Budget(kind, 2.5)


def test_other_kinds_are_refused() -> None:
    with pytest.raises(InputError, match="'minutes'"):
        Budget("minutes", 1)


@pytest.mark.parametrize(
    ("budget", "text"),
    [
        (Budget("seconds", 60.0), "60 seconds"),
        (Budget("seconds", 0.25), "0.25 seconds"),
        (Budget("steps", 4000), "4000 steps"),
        (Budget("steps", 4_194_305), "4194305 steps"),
    ],
)
def test_a_budget_reads_as_it_was_given(budget: Budget, text: str) -> None:
    assert str(budget) == text


@given(COUNTS, COUNTS, COUNTS, st.floats(0, 1e9))
def test_ledger_survives_plain_data(a: int, b: int, c: int, seconds: float) -> None:
    ledger = Ledger(a, b, c, seconds)
    again = Ledger.from_dict(ledger.to_dict())
    assert again == ledger
    assert again.to_dict() == {
        "evaluations": a,
        "gradients": b,
        "env_steps": c,
        "seconds": seconds,
        "shots": 0,
    }


def test_the_clock_runs_between_start_and_stop_only() -> None:
    ledger = Ledger()
    assert ledger.seconds == 0.0
    ledger.start()
    time.sleep(0.02)
    ledger.stop()
    first = ledger.seconds
    assert 0.02 <= first < 5.0
    time.sleep(0.02)
    assert ledger.seconds == first
    ledger.start()
    time.sleep(0.02)
    assert ledger.seconds >= first + 0.02
    ledger.stop()
    assert ledger.seconds >= first + 0.02


def test_reading_a_running_clock_does_not_count_twice() -> None:
    ledger = Ledger()
    begun = time.perf_counter()
    ledger.start()
    for _ in range(5):
        time.sleep(0.005)
        assert ledger.seconds <= time.perf_counter() - begun
    ledger.stop()
    assert ledger.seconds <= time.perf_counter() - begun


def test_a_restored_clock_stands() -> None:
    ledger = Ledger.from_dict({"evaluations": 1, "gradients": 1, "env_steps": 1, "seconds": 3.5})
    time.sleep(0.01)
    assert ledger.seconds == 3.5


def test_spent_is_the_part_of_what_the_budget_counts() -> None:
    ledger = Ledger(evaluations=30, gradients=7, env_steps=5)
    assert ledger.spent(Budget("steps", 10)) == 0.5
    assert ledger.spent(Budget("evaluations", 30)) == 1.0
    assert ledger.spent(Budget("evaluations", 20)) == 1.5
    assert ledger.spent(Budget("seconds", 1.0)) == 0.0
