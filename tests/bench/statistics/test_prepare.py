"""Errors, scores and successes, failed runs and unknown answers included."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bench.statistics.tables import TARGET, TRIVIAL, done, failed, runs, table

from qrl.bench.statistics import prepare
from qrl.bench.statistics.prepare import score
from qrl.errors import InputError


def test_scores_count_orders_of_magnitude() -> None:
    errors = [1.0, TRIVIAL, 1e-2, 10**-2.5, TARGET, 0.0, -1e-15]
    found = prepare(table(runs("x", errors)))
    assert found["score"].tolist() == pytest.approx([0, 0, 0.5, 0.75, 1, 1, 1])
    assert found["success"].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert found["error_filled"].tolist() == errors
    assert set(found["e_trivial"]) == {TRIVIAL}


@pytest.mark.parametrize("trivial", [TARGET, TARGET / 2, 0.0, -1.0, math.nan, math.inf])
def test_where_the_trivial_answer_is_no_scale_the_score_is_one_or_nothing(trivial: float) -> None:
    errors = np.array([TARGET / 2, TARGET, 2 * TARGET, math.inf])
    assert score(errors, trivial, TARGET).tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("target", [0.0, math.nan])
def test_no_target_gives_no_orders_of_magnitude(target: float) -> None:
    expected = [1.0, 0.0] if target == 0 else [0.0, 0.0]
    assert score(np.array([0.0, 1e-9]), TRIVIAL, target).tolist() == expected


def test_failed_runs_count_as_unsolved() -> None:
    found = prepare(table([done("x", 0, 1e-4), failed("x", 1), failed("y", 0, "lost")]))
    assert found["error_filled"].tolist() == [1e-4, math.inf, math.inf]
    assert found["score"].tolist() == [1, 0, 0]
    assert found["success"].tolist() == [1, 0, 0]
    assert found["target_filled"].tolist()[:2] == [TARGET, TARGET]
    assert math.isnan(found["target_filled"].tolist()[2])


def test_a_done_run_without_an_error_counts_as_infinitely_wrong() -> None:
    row = done("x", 1, 0.5, cost=None, error=None, noiseless_error=None, reached=None)
    found = prepare(table([done("x", 0, 1e-4), row]))
    assert found["error_filled"].tolist() == [1e-4, math.inf]
    assert found["success"].tolist() == [1, 0]


def test_without_an_exact_answer_the_lowest_cost_stands_for_it() -> None:
    unknown: dict[str, Any] = {"reference": None, "error": None, "noiseless_error": None}
    rows = [
        done("x", 0, 0.0, cost=-5.0, reached=None, trivial_cost=-4.0, **unknown),
        done("y", 0, 0.0, cost=-4.9, reached=None, trivial_cost=-4.0, **unknown),
        failed("y", 1),
        done("x", 0, 1e-2, "b"),
    ]
    found = prepare(table(rows))
    assert found["error_filled"].tolist() == pytest.approx([0, 0.1, math.inf, 1e-2])
    assert found["e_trivial"].tolist() == pytest.approx([1, 1, 1, TRIVIAL])
    # One decade of the three between 1 and the target of 1e-3.
    assert found["score"].tolist() == pytest.approx([1, 1 / 3, 0, 0.5])
    assert np.isnan(found["success"].tolist()[:3]).all()
    assert found["success"].tolist()[3] == 0


def test_runs_with_shots_are_judged_without_them() -> None:
    lucky = done("x", 0, -1e-3, shots=100, noiseless_error=1e-2, reached=False)
    # Noise without shots does not flatter: the cost that was searched with counts.
    noisy = done("y", 0, 2e-3, noiseless_error=1e-5, reached=False)
    found = prepare(table([lucky, noisy]))
    assert found["error_filled"].tolist() == [1e-2, 2e-3]
    assert found["success"].tolist() == [0, 0]
    assert found["score"].tolist()[0] == pytest.approx(0.5)


def test_the_table_itself_is_left_alone_and_may_come_from_parquet(tmp_path: Any) -> None:
    rows = table([*runs("x", [1e-4, 1e-2]), failed("x", 2)])
    before = rows.copy(deep=True)
    direct = prepare(rows)
    pd.testing.assert_frame_equal(rows, before)
    rows.to_parquet(tmp_path / "runs.parquet")
    read = prepare(pd.read_parquet(tmp_path / "runs.parquet"))
    added = ["error_filled", "score", "success", "target_filled", "e_trivial"]
    pd.testing.assert_frame_equal(direct[added], read[added])
    nullable = prepare(rows.convert_dtypes())
    pd.testing.assert_frame_equal(direct[added], nullable[added])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([1, 2], "pandas table"),
        (None, "pandas table"),
        (pd.DataFrame({"a": [1]}), "lacks the columns key, cell"),
        (table(runs("x", [1.0])).iloc[:0], "no runs"),
        (table([done("x", 0, 1.0, status="lost")]), "done or failed; got .*lost"),
        (table([done("x", 0, 1.0, cost="low")]), "'cost' must hold numbers"),
        (table([done("x", 0, 1.0) | {"seed": None}]), "must have a seed"),
        (table(runs("x", [1.0])).drop(columns="depth"), "lacks the columns depth"),
    ],
)
def test_what_is_no_benchmark_is_refused(rows: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        prepare(rows)
