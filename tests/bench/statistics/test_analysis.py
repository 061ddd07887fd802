"""The whole analysis: figures by hand, edge cases, and what changes nothing."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bench.statistics.tables import TARGET, TRIVIAL, done, failed, runs, table
from scipy import stats

import qrl
from qrl.bench.job import Job
from qrl.bench.row import done_row, failed_row, measured
from qrl.bench.statistics import Analysis, CellSummary, analyse
from qrl.errors import InputError
from qrl.search import Search
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget


def some_rows(agents: str = "xyz", n: int = 6) -> list[Any]:
    rng = np.random.default_rng(0)
    rows = [
        done(agent, seed, float(TARGET * 10 ** rng.normal(0.5, 1)), cell)
        for cell in ("a", "b")
        for agent in agents
        for seed in range(n)
    ]
    return [*rows, failed(agents[0], n, "b")]


def cell(found: Analysis, name: str, agent: str) -> CellSummary:
    (summary,) = (s for s in found.cells if (s.cell, s.agent) == (name, agent))
    return summary


def test_a_cell_by_hand() -> None:
    rows = [
        done("x", 3, 1e-4, depth=2, gates_total=5, evaluations_to_target=10, fidelity=0.9),
        done("x", 1, 1e-2, depth=4, gates_total=7, noiseless_error=5e-3),
        done("x", 2, 2e-4, depth=6, gates_total=9, evaluations_to_target=90),
        failed("x", 0),
    ]
    (found,) = analyse(table(rows)).cells
    assert (found.runs, found.failed, found.seeds) == (4, 1, (0, 1, 2, 3))
    assert (found.unit, found.target_error, found.trivial) == ("hartree", TARGET, "basis state")
    assert found.trivial_error == TRIVIAL
    assert found.error.value == pytest.approx((2e-4 + 1e-2) / 2)
    assert found.error.high == math.inf
    assert found.best_error == 1e-4
    assert found.noiseless_error == 2e-4
    # Scores 0, 0.5, 1, 1; the middle half is 0.5 and 1.
    assert found.score.value == pytest.approx(0.75)
    assert found.success.value == 0.5
    wilson = stats.binomtest(2, 4).proportion_ci(method="wilson")
    assert (found.success.low, found.success.high) == pytest.approx(tuple(wilson))
    # Two of four reached the target, the later of them after 90.
    assert (found.evaluations_to_target.value, found.evaluations_to_target.low) == (90, 10)
    assert found.evaluations_to_target.high == math.inf
    assert found.seconds_to_target.value == 1.0
    assert (found.depth, found.gates, found.cnots, found.fidelity) == (4, 7, 2, 0.9)
    assert (found.seconds, found.evaluations) == (2, 1000)


def test_an_agent_over_cells_by_hand() -> None:
    scores = {"a": [0.1, 0.2, 0.3, 0.9], "b": [0.4, 0.5, 0.6, 0.7]}
    rows = [
        row
        for name, values in scores.items()
        for row in runs("x", [TRIVIAL * (TARGET / TRIVIAL) ** s for s in values], name)
    ]
    rows += [failed("x", 4, "a"), *runs("x", [1e-9] * 3, "c")]
    (found,) = analyse(table(rows)).overall
    every = np.array([*scores["a"], 0.0, *scores["b"], 1.0, 1.0, 1.0])
    assert (found.runs, found.failed, found.cells) == (12, 1, 3)
    assert found.iqm.value == pytest.approx(stats.trim_mean(every, 0.25))
    assert found.median.value == pytest.approx(np.median(every))
    assert found.optimality_gap.value == pytest.approx(1 - every.mean())
    assert found.success.value == pytest.approx(1 / 3)
    for interval in (found.iqm, found.median, found.optimality_gap, found.success):
        assert interval.low < interval.value < interval.high


def test_the_interval_of_the_iqm_is_scipys() -> None:
    rng = np.random.default_rng(1)
    strata = [rng.uniform(0.1, 0.9, 8), rng.uniform(0.3, 0.7, 8)]
    rows = [
        row
        for name, values in zip("ab", strata, strict=True)
        for row in runs("x", [TRIVIAL * (TARGET / TRIVIAL) ** s for s in values], name)
    ]
    (found,) = analyse(table(rows), resamples=9999).overall

    def iqm(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.asarray(stats.trim_mean(np.concatenate([a, b], axis=axis), 0.25, axis=axis))

    peer = stats.bootstrap(
        strata, iqm, n_resamples=9999, method="percentile", rng=np.random.default_rng(5)
    )
    tolerance = 0.16 * float(peer.standard_error)
    assert found.iqm.low == pytest.approx(peer.confidence_interval.low, abs=tolerance)
    assert found.iqm.high == pytest.approx(peer.confidence_interval.high, abs=tolerance)


def test_agents_come_in_the_order_of_their_scores() -> None:
    found = analyse(table(runs("poor", [1.0] * 5) + runs("good", [1e-4] * 5)))
    assert found.agents == ("good", "poor")
    assert [s.agent for s in found.overall] == [s.agent for s in found.cells] == list(found.agents)
    assert list(found.profiles) == list(found.agents)
    assert found.cell_names == ("a",)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = table(some_rows())
    shuffled = rows.sample(frac=1, random_state=0)
    assert analyse(rows).to_dict() == analyse(shuffled).to_dict()


def test_the_seed_decides() -> None:
    rows = table(some_rows())
    assert analyse(rows, seed=1).to_dict() == analyse(rows, seed=1).to_dict()
    one, other = analyse(rows, seed=1), analyse(rows, seed=2)
    assert one.overall != other.overall
    assert [s.iqm.value for s in one.overall] == [s.iqm.value for s in other.overall]


def test_another_agent_changes_no_interval() -> None:
    with_z, without = (
        analyse(table(some_rows())),
        analyse(table([row for row in some_rows() if row["agent"] != "z"])),
    )
    kept = {summary.agent: summary for summary in with_z.overall}
    assert all(kept[summary.agent] == summary for summary in without.overall)
    assert cell(with_z, "b", "x") == cell(without, "b", "x")


def test_the_analysis_is_plain_json() -> None:
    found = analyse(table([*some_rows(), *[failed("w", s, "c") for s in range(2)]]))
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    (lost,) = (s for s in plain["cells"] if s["agent"] == "w")
    assert lost["error"]["value"] == "inf"
    assert lost["depth"] is None
    assert lost["seeds"] == [0, 1]
    assert plain["profiles"]["x"]["share"] == found.profiles["x"].share.tolist()
    assert set(plain) == set(Analysis.__slots__)


def test_where_all_failed_nothing_is_solved() -> None:
    found = analyse(table([failed("x", seed) for seed in range(3)]))
    (summary,), (overall,) = found.cells, found.overall
    assert (summary.runs, summary.failed) == (3, 3)
    assert summary.error.value == summary.best_error == math.inf
    assert summary.evaluations_to_target.value == math.inf
    assert math.isnan(summary.target_error)
    assert (summary.success.value, overall.iqm.value, overall.optimality_gap.value) == (0, 0, 1)
    assert found.profiles["x"].share.max() == 0
    assert found.ranking.rows[0].place.value == 1
    assert found.comparisons == ()
    assert (found.runs, found.failed) == (3, 3)


def test_a_single_run_has_estimates_and_no_intervals() -> None:
    found = analyse(table(runs("x", [TARGET])))
    (summary,), (overall,) = found.cells, found.overall
    assert (summary.error.value, summary.score.value, overall.iqm.value) == (TARGET, 1, 1)
    assert not any(i.has_bounds for i in (summary.error, summary.score, overall.iqm))
    # Wilson's interval holds at one run, too.
    assert (summary.success.value, summary.success.high) == (1, 1)
    assert 0.2 < summary.success.low < 0.21
    assert overall.success.low == pytest.approx(summary.success.low)


def test_without_an_exact_answer_nothing_is_said_of_the_target() -> None:
    rows = [r | {"reference": None, "error": None, "reached": None} for r in runs("x", [1.0, 2.0])]
    rows = [r | {"evaluations_to_target": None, "seconds_to_target": None} for r in rows]
    (summary,) = analyse(table(rows)).cells
    assert summary.error.value == pytest.approx(0.5)  # of 0 and 1 above the lowest cost
    for interval in (summary.success, summary.evaluations_to_target, summary.seconds_to_target):
        assert math.isnan(interval.value)


def test_a_lucky_noisy_cost_does_not_reach_the_target() -> None:
    rows = [
        done("x", 0, 1e-2, shots=10, evaluations_to_target=7),
        done("x", 1, 1e-4, shots=10, evaluations_to_target=None, evaluations=800),
        done("x", 2, 1e-4, shots=10, evaluations_to_target=300),
    ]
    (summary,) = analyse(table(rows)).cells
    # Not 7; of the others, one is known to have got there by the end of its 800.
    assert summary.evaluations_to_target.value == 800
    assert summary.evaluations_to_target.high == math.inf


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weights": {"speed": 1}}, "criterion"),
        ({"counts": "none"}, "gates are ranked"),
        ({"resamples": 0}, "resamples"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        analyse(table(some_rows()), **settings)


def test_real_runs_are_analysed(tmp_path: Path) -> None:
    rows = []
    for agent in ("random", "greedy"):
        for seed in range(3):
            config = SearchConfig(
                task="vqe/h2-2q",
                agent=agent,
                seed=seed,
                budget=Budget("evaluations", 300),
                compare=False,
            )
            job = Job(agent, config, config.task)
            worker = measured("2030-01-01T00:00:00Z", 1.0, 1)
            if (agent, seed) == ("random", 2):
                rows.append(failed_row(job, "told to", worker))
                continue
            run = Search(qrl.get_task(config.task), config, tmp_path / job.folder).start()
            rows.append(done_row(job, run, worker))
    path = tmp_path / "runs.parquet"
    pd.DataFrame(rows).to_parquet(path)
    read = pd.read_parquet(path)
    found = analyse(read, resamples=200)
    ran = read[read["status"] == "done"]
    for agent in ("random", "greedy"):
        summary = cell(found, "vqe/h2-2q", agent)
        errors = ran.loc[ran["agent"] == agent, "error"].tolist()
        errors += [math.inf] * (3 - len(errors))
        assert summary.error.value == pytest.approx(float(np.median(errors)))
        reached = int(ran.loc[ran["agent"] == agent, "reached"].astype(bool).sum())
        assert summary.success.value == pytest.approx(reached / 3)
        assert summary.unit == ran["unit"].iloc[0]
    assert (found.runs, found.failed) == (6, 1)
