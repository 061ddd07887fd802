"""The comparison that the documentation ships says what its rows say."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

import qrl
from qrl.bench.statistics import analyse
from qrl.bench.statistics.analysis import Analysis

DOCS = Path(qrl.__file__).parents[1] / "docs"
LEARNING = ("a2c", "a3c", "ppo", "tppo", "dqn", "ddqn", "dueling-dqn", "dqn-per", "dqn-rank")


@pytest.fixture(scope="module")
def found() -> Analysis:
    weights = dict.fromkeys(("accuracy", "depth", "gates", "time"), 1.0)
    return analyse(pd.read_parquet(DOCS / "data" / "benchrl" / "runs.parquet"), weights=weights)


def test_the_table_is_that_of_the_rows(found: Analysis) -> None:
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    for one in found.overall:
        iqm = rf"{one.iqm.value:.2f} \[{one.iqm.low:.2f}, {one.iqm.high:.2f}\]"
        assert f"| {one.agent} | {iqm} |" in text
    assert [b.iqm.value <= a.iqm.value for a, b in pairwise(found.overall)] == [True] * 10


def test_what_it_is_said_to_show(found: Analysis) -> None:
    verdicts = {frozenset((p.first, p.second)): p for p in found.comparisons}
    among = [p for key, p in verdicts.items() if key <= set(LEARNING)]
    assert len(among) == 36
    assert {p.verdict for p in among} == {"not told apart"}
    told = {
        agent
        for agent in LEARNING
        if verdicts[frozenset((agent, "random"))].verdict == "first better"
    }
    assert told == {*LEARNING} - {"dqn-per", "dqn-rank"}
    assert all(verdicts[frozenset(("portfolio", a))].verdict == "first better" for a in LEARNING)


def test_every_circuit_was_recomputed() -> None:
    rows = pd.read_parquet(DOCS / "data" / "benchrl" / "runs.parquet")
    assert len(rows) == 935
    assert (rows["status"] == "done").all()
    assert rows["qiskit_difference"].max() < 1e-12
