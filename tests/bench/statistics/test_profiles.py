"""Performance profiles against counting."""

from __future__ import annotations

import numpy as np
import pytest
from bench.statistics.tables import TARGET, failed, runs, table

from qrl.bench.statistics import analyse
from qrl.bench.statistics.profiles import TAU


def test_the_profile_counts_runs_within_cells() -> None:
    rng = np.random.default_rng(0)
    errors = {"a": TARGET * 10 ** rng.normal(0, 1.5, 12), "b": TARGET * 10 ** rng.normal(1, 1, 4)}
    rows = [row for cell, values in errors.items() for row in runs("x", values, cell)]
    rows += [failed("x", 4, "b")]
    found = analyse(table(rows)).profiles["x"]
    for tau, share in zip(found.tau, found.share, strict=True):
        in_a = sum(e <= tau * TARGET for e in errors["a"]) / 12
        in_b = sum(e <= tau * TARGET for e in errors["b"]) / 5  # the failed run never counts
        assert share == pytest.approx((in_a + in_b) / 2)
    assert (np.diff(found.share) >= 0).all()
    assert (found.low <= found.share + 1e-12).all()
    assert (found.share <= found.high + 1e-12).all()
    assert found.share.max() == pytest.approx((1 + 4 / 5) / 2)


def test_the_target_itself_is_among_the_multiples() -> None:
    middle = list(TAU).index(1.0)
    assert (TAU[0], TAU[-1]) == pytest.approx((1e-3, 1e3))
    found = analyse(table(runs("x", [TARGET, TARGET * 1.0001]))).profiles["x"]
    assert found.share[middle] == 0.5


def test_the_band_is_as_wide_as_the_spread_of_a_rate() -> None:
    n = 40
    errors = [TARGET / 2] * (n // 2) + [TARGET * 2] * (n // 2)
    found = analyse(table(runs("x", errors)), resamples=5000).profiles["x"]
    middle = list(TAU).index(1.0)
    # Binomial: 1.96 * sqrt(0.25 / 40) = 0.155; the band lies on multiples of 1 / 40.
    expected = 1.96 * np.sqrt(0.25 / n)
    assert found.high[middle] - 0.5 == pytest.approx(expected, abs=1 / n)
    assert 0.5 - found.low[middle] == pytest.approx(expected, abs=1 / n)


def test_one_run_has_no_band() -> None:
    found = analyse(table(runs("x", [TARGET]))).profiles["x"]
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()
    assert found.share[-1] == 1
