"""The weighted ranking against SciPy's ranks and cases worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from bench.statistics.tables import TARGET, done, failed, runs, table
from scipy import stats

from qrl.bench.statistics import CRITERIA, Ranking, RankRow, analyse
from qrl.errors import InputError


def ranking(rows: list[Any], **settings: Any) -> Ranking:
    return analyse(table(rows), **settings).ranking


def by_agent(found: Ranking) -> dict[str, RankRow]:
    return {row.agent: row for row in found.rows}


def three_agents() -> list[Any]:
    """All solve the task: `exact` closest, `small` with the smallest circuits, `fast` soonest."""
    looks = {
        "exact": (1e-8, {"depth": 9, "gates_total": 20, "seconds": 9.0}),
        "small": (1e-4, {"depth": 2, "gates_total": 4, "seconds": 5.0}),
        "fast": (1e-5, {"depth": 5, "gates_total": 9, "seconds": 1.0}),
    }
    return [
        row
        for agent, (error, other) in looks.items()
        for seed in range(4)
        for row in [done(agent, seed, error * (1 + seed / 100), **other)]
    ]


def test_ranks_by_hand() -> None:
    found = ranking(three_agents())
    rows = by_agent(found)
    assert [rows["exact"].by_criterion[c] for c in CRITERIA] == [1, 3, 3, 3]
    assert [rows["small"].by_criterion[c] for c in CRITERIA] == [3, 1, 1, 2]
    assert [rows["fast"].by_criterion[c] for c in CRITERIA] == [2, 2, 2, 1]
    assert [row.agent for row in found.rows] == ["fast", "small", "exact"]
    assert rows["exact"].mean_rank.value == 2.5
    # Both have a mean rank of 7 / 4, and share the first place.
    assert rows["small"].mean_rank.value == rows["fast"].mean_rank.value == 1.75
    assert [rows[a].place.value for a in ("small", "fast", "exact")] == [1, 1, 3]
    # Seeds hardly matter here, so no resample changes a rank.
    assert (rows["fast"].mean_rank.low, rows["fast"].mean_rank.high) == (1.75, 1.75)
    assert found.by_cell["a"]["fast"] == {"accuracy": 2, "depth": 2, "gates": 2, "time": 1}


def test_weights_decide() -> None:
    found = ranking(three_agents(), weights={"accuracy": 3, "depth": 1})
    assert found.weights == {"accuracy": 0.75, "depth": 0.25, "gates": 0, "time": 0}
    assert {row.agent: row.mean_rank.value for row in found.rows} == {
        "exact": 1.5,
        "fast": 2.0,
        "small": 2.5,
    }
    with pytest.raises(InputError, match="Did you mean 'gates'"):
        ranking(three_agents(), weights={"gate": 1})


def test_the_share_of_weightings_is_an_area() -> None:
    rows = by_agent(ranking(three_agents()))
    # `small` against `fast`: 3a + d + g + 2t < 2a + 2d + 2g + t, so a + t < d + g, one half.
    # `exact` leads either of them only with a weight on accuracy above half: against `fast`
    # a + 3(1 - a) - t... = 3 - 2a < 2 - t, so 2a > 1 + t.
    assert rows["small"].first_share + rows["fast"].first_share + rows["exact"].first_share == (
        pytest.approx(1)
    )
    # The volume of {2a > 1 + t} in the simplex of four weights: given t, the other three are
    # uniform with sum 1 - t, and P(a > (1 + t) / 2) = ((1 - t - (1 + t) / 2) / (1 - t))**2;
    # t has density 3 (1 - t)**2. Integral from 0 to 1/3 of 3 ((1 - 3 t) / 2)**2 = 1 / 12.
    # Against `small`, 3 - 2a < 3a + d + g + 2t = 1 + 2a + t is 4a > 2 - t: implied by the other.
    error = 4 * math.sqrt(1 / 12 * 11 / 12 / 2000)
    assert rows["exact"].first_share == pytest.approx(1 / 12, abs=error)
    # `small` also needs 4a < 2 - t, which a + t < d + g implies: a < 1/2 - t.
    assert rows["small"].first_share == pytest.approx(1 / 2, abs=4 * math.sqrt(0.25 / 2000))
    assert [(rows[a].best_place, rows[a].worst_place) for a in ("exact", "small", "fast")] == [
        (1, 3),
        (1, 3),
        (1, 2),
    ]


def test_ties_share_ranks_and_weightings() -> None:
    rows = [row for agent in "xyz" for row in runs(agent, [1e-4] * 3)]
    found = ranking(rows)
    assert {row.mean_rank.value for row in found.rows} == {2.0}
    assert {row.place.value for row in found.rows} == {1.0}
    assert [row.first_share for row in found.rows] == pytest.approx([1 / 3] * 3)
    assert {(row.best_place, row.worst_place) for row in found.rows} == {(1, 1)}


def test_an_empty_circuit_gains_nothing() -> None:
    rows = runs("idle", [0.1] * 4, depth=0, gates_total=0)
    rows += runs("solver", [1e-4] * 4, depth=30, gates_total=90)
    rows += runs("half", [1e-4, 1e-4, 0.1, 0.1], depth=40, gates_total=99)
    rows += runs("quarter", [1e-4, 0.1, 0.1, 0.1], depth=1, gates_total=1)
    solved = by_agent(ranking(rows))
    for name in ("depth", "gates"):
        ranked = {agent: solved[agent].by_criterion[name] for agent in solved}
        assert ranked == {"solver": 1, "half": 2, "idle": 3.5, "quarter": 3.5}
    every = by_agent(ranking(rows, counts="all"))
    for name in ("depth", "gates"):
        ranked = {agent: every[agent].by_criterion[name] for agent in every}
        assert ranked == {"idle": 1, "quarter": 2, "solver": 3, "half": 4}
    with pytest.raises(InputError, match="Did you mean 'solved'"):
        ranking(rows, counts="solve")


@pytest.mark.parametrize("counts", ["solved", "all"])
def test_an_agent_that_fails_is_last_everywhere(counts: str) -> None:
    rows = [failed("broken", seed) for seed in range(3)] + runs("poor", [5.0] * 3)
    rows += runs("good", [1e-4] * 3, seconds=1.0)
    found = by_agent(ranking(rows, counts=counts))
    for name in CRITERIA:
        last = 2.5 if counts == "solved" and name in ("depth", "gates") else 3
        assert found["broken"].by_criterion[name] == last
    assert found["broken"].place.value == 3


def test_rounding_is_no_accuracy() -> None:
    rows = runs("x", [-3e-15] * 3) + runs("y", [2e-14] * 3) + runs("z", [0.0] * 3)
    found = ranking(rows, weights={"accuracy": 1})
    assert {row.mean_rank.value for row in found.rows} == {2.0}


def test_mean_ranks_are_those_of_scipy_over_many_cells() -> None:
    rng = np.random.default_rng(0)
    agents, cells, n = ("w", "x", "y", "z"), ("a", "b", "c"), 5
    error = TARGET * 10 ** rng.normal(-1, 1, (3, 4, n))
    seconds = rng.integers(1, 4, (3, 4, n)).astype(float)
    rows = [
        done(agent, s, float(error[c, a, s]), cell, seconds=float(seconds[c, a, s]))
        for c, cell in enumerate(cells)
        for a, agent in enumerate(agents)
        for s in range(n)
    ]
    found = by_agent(ranking(rows, weights={"accuracy": 2, "time": 1}, counts="all"))
    accuracy = stats.rankdata(np.median(error, axis=2), axis=1)
    time = stats.rankdata(np.median(seconds, axis=2), axis=1)
    expected = ((2 * accuracy + time) / 3).mean(axis=0)
    assert [found[a].mean_rank.value for a in agents] == pytest.approx(list(expected))
    place = stats.rankdata(np.round(expected, 9), method="min")
    assert [found[a].place.value for a in agents] == list(place)
    # Ranks drawn again: SciPy's, with the same statistic.
    drawn = np.random.default_rng(9).integers(0, n, (4000, 3, 4, n))
    again = [
        stats.rankdata(np.median(np.take_along_axis(v[None], drawn, axis=-1), axis=-1), axis=-1)
        for v in (error, seconds)
    ]
    means = ((2 * again[0] + again[1]) / 3).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    # Means lie on a grid of 1/18 (half ranks, thirds, three cells): two steps, and sampling.
    for i, agent in enumerate(agents):
        assert found[agent].mean_rank.low == pytest.approx(low[i], abs=2.5 / 18)
        assert found[agent].mean_rank.high == pytest.approx(high[i], abs=2.5 / 18)


def test_cells_that_an_agent_lacks_are_left_out() -> None:
    rows = runs("x", [1e-4] * 3, "a") + runs("y", [1e-2] * 3, "a") + runs("x", [1.0] * 3, "b")
    found = ranking(rows)
    assert found.cells == ("a",)
    assert [row.agent for row in found.rows] == ["x", "y"]
    nothing = ranking(runs("x", [1e-4], "a") + runs("y", [1e-4], "b"))
    assert nothing.cells == ()
    assert all(math.isnan(row.mean_rank.value) for row in nothing.rows)
    assert all(row.best_place == 0 for row in nothing.rows)


def test_one_seed_has_a_place_and_no_interval() -> None:
    found = ranking(runs("x", [1e-4]) + runs("y", [1e-2]))
    assert [row.agent for row in found.rows] == ["x", "y"]
    assert not any(row.mean_rank.has_bounds or row.place.has_bounds for row in found.rows)
