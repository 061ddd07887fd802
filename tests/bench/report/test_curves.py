"""Curves against cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qrl.bench.report.curves import common_grid, curve, held, steps

INF = np.inf


def test_a_value_is_held_until_the_next_one() -> None:
    grid = np.array([1.0, 2.0, 3.0, 9.0, 10.0, 11.0, 100.0])
    found = held([2, 10], [0.5, 0.1], grid)
    assert found.tolist() == [INF, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1]


def test_what_is_worse_than_the_best_so_far_does_not_count() -> None:
    assert held([1, 2, 3], [0.2, 0.7, 0.1], np.array([1.0, 2.0, 3.0])).tolist() == [0.2, 0.2, 0.1]


def test_median_and_band_of_three_runs() -> None:
    runs = [([1, 4], [8.0, 2.0]), ([1, 8], [6.0, 4.0]), ([2], [1.0])]
    found = curve(runs, np.array([1.0, 2.0, 4.0, 8.0]))
    # Errors of the runs at the four points: 8 8 2 2, 6 6 6 4, inf 1 1 1.
    assert found.median.tolist() == [8.0, 6.0, 2.0, 2.0]
    assert found.low.tolist() == [7.0, 3.5, 1.5, 1.5]
    assert found.high.tolist() == [INF, 7.0, 4.0, 3.0]
    assert found.runs == 3


def test_a_run_that_ended_early_goes_on_with_what_it_had() -> None:
    found = curve([([1], [4.0]), ([1, 50], [4.0, 2.0])], np.array([1.0, 49.0, 50.0, 90.0]))
    assert found.median.tolist() == [4.0, 4.0, 3.0, 3.0]


def test_nothing_known_yet_is_told_as_such() -> None:
    found = curve([([10], [1.0])], np.array([1.0, 10.0])).to_dict()
    assert found == {"x": [1.0, 10.0], "m": [None, 1.0], "l": [None, 1.0], "h": [None, 1.0], "n": 1}


def test_the_grid_reaches_from_the_first_evaluation_to_the_longest_run() -> None:
    grid = common_grid([[1, 40], [1, 7]], [400, 900], "evaluations")
    assert (grid[0], grid[-1]) == (1, 900)
    assert (np.diff(grid) >= 1).all() and (grid == np.round(grid)).all()


def test_a_grid_of_seconds_begins_where_a_logarithm_can() -> None:
    grid = common_grid([[0.0, 0.02], [0.0, 0.5]], [1.0, 3.0], "seconds")
    assert grid[0] == pytest.approx(0.02) and grid[-1] == pytest.approx(3.0)
    assert np.allclose(np.diff(np.log(grid)), np.log(grid[1] / grid[0]))


def test_the_curve_of_one_run_has_its_own_steps() -> None:
    found = steps([1, 30, 70], [0.9, 0.5, 0.2], 100, "evaluations")
    assert found.spent.tolist() == [1, 30, 70, 100]
    assert found.median.tolist() == [0.9, 0.5, 0.2, 0.2]


@given(
    st.lists(
        st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=6), min_size=1, max_size=7
    )
)  # fmt: skip
def test_quantiles_are_those_of_numpy(errors: list[list[float]]) -> None:
    runs = [(list(range(1, len(one) + 1)), one) for one in errors]
    grid = np.arange(1.0, 7.0)
    found = curve(runs, grid)
    best = np.array([[min(one[: int(x)]) for x in grid] for one in errors])
    for name, q in (("low", 25), ("median", 50), ("high", 75)):
        assert np.allclose(getattr(found, name), np.percentile(best, q, axis=0), rtol=1e-12)
