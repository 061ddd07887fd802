"""The portfolio: whose turn it is, and that it goes on where it was."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl
from qrl.errors import InputError
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.portfolio import improved, upper_bounds
from qrl.search.runner import Search

MEMBERS = {"members": "anneal,beam", "turn": 2000}


def test_upper_bounds() -> None:
    bound = upper_bounds(np.array([4.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.0]), 0.5)
    log = math.log(5.0)
    assert bound[0] == pytest.approx(0.25 + 0.5 * math.sqrt(log / 4))
    assert bound[1] == pytest.approx(1.0 + 0.5 * math.sqrt(log))
    assert bound[2] == np.inf


@pytest.mark.parametrize(
    ("before", "after", "better"),
    [
        ({}, {0: 1.0}, True),
        ({0: 1.0}, {0: 1.0}, False),
        ({0: 1.0}, {0: 1.0, 2: 0.5}, True),
        ({0: 1.0, 2: 0.5}, {0: 1.0, 3: 0.6}, False),  # fewer CNOTs reach less already
        ({0: 1.0, 2: 0.5}, {0: 1.0, 1: 0.5}, True),
        ({0: 1.0}, {0: 1.0 - 1e-9}, False),
    ],
)
def test_what_improves_the_front(
    before: dict[int, float], after: dict[int, float], better: bool
) -> None:
    assert improved(before, after) is better


def search(out: Path, task: str = "vqe/h2-4q", steps: int = 1500, **settings: Any) -> Search:
    config = SearchConfig(
        task, agent="portfolio", seed=3, budget=Budget("steps", steps), compare=False,
        options=settings.pop("options", MEMBERS), **settings,
    )  # fmt: skip
    return Search(qrl.get_task(task), config, out)


def test_it_finds_what_its_members_find(tmp_path: Path) -> None:
    run = search(tmp_path / "run", "state/w-4q", 6000).start()
    assert run.best.cost < 1e-8
    assert run.best.cnots <= 5
    assert run.verify()


def test_same_seed_same_result(tmp_path: Path) -> None:
    runs = [search(tmp_path / name).start() for name in "ab"]
    assert (
        runs[0].archive.to_frame()["cost"].tolist() == runs[1].archive.to_frame()["cost"].tolist()
    )
    assert runs[0].result["evaluations"] == runs[1].result["evaluations"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"members": "anneal,ppo"}, "other than agents"),
        ({"members": "anneal,portfolio"}, "other than agents and portfolios"),
        ({"members": "anneal,anneal"}, "must differ"),
        ({"members": "anneal,baem"}, "beam"),
        ({"turn": 0}, "turn"),
        ({"refining": 1.0}, "refining"),
        ({"discount": 0.0}, "discount"),
    ],
)
def test_bad_settings(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        search(tmp_path / "run", options=options).start()
    assert not (tmp_path / "run").exists()
