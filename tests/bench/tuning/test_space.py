"""Spaces: what each agent's usual one holds, and what is told of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from qrl.bench.tuning import read_space
from qrl.bench.tuning.dimensions import Dimension
from qrl.bench.tuning.space import all_options, with_settings
from qrl.errors import InputError
from qrl.search.config import SearchConfig
from qrl.search.searchers import SEARCHERS

ANNEAL = SearchConfig("vqe/h2-2q", agent="anneal")


@pytest.mark.parametrize("agent", [name for name in SEARCHERS if name != "random"])
def test_usual_spaces_hold_the_defaults_and_nothing_that_is_refused(agent: str) -> None:
    config = SearchConfig("vqe/h2-2q", agent=agent)
    space = read_space(None, config)
    assert space.parameters({"options": all_options(config), "env": {}}) is not None
    rng = np.random.default_rng(1)
    for _ in range(300):
        drawn = space.draw(rng)
        with_settings(config, drawn)
        assert space.parameters(drawn) is not None


def test_random_search_has_nothing_to_tune_but_its_environment() -> None:
    config = SearchConfig("vqe/h2-2q", agent="random")
    with pytest.raises(InputError, match=r"usually tuned.*\[env\] with max_gates"):
        read_space(None, config)
    assert len(read_space({"env": {"max_gates": {"low": 4, "high": 8}}}, config).dimensions) == 1


@pytest.mark.parametrize(
    "dimension",
    [
        Dimension("options", "a", (), 1e-5, 1e-2, log=True),
        Dimension("options", "a", (), 10, 40, step=5, whole=True),
        Dimension("options", "a", (), 1, 64, log=True, whole=True),
        Dimension("options", "a", (), 0.0, 0.8, step=0.2),
        Dimension("env", "a", ("log", "fixed-ends")),
        Dimension("options", "a", (True, False)),
    ],
)
def test_what_optuna_chooses_and_what_is_drawn_lie_in_the_range(dimension: Dimension) -> None:
    study, rng = (
        optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0)),
        np.random.default_rng(0),
    )
    ours = [dimension.draw(rng) for _ in range(200)]
    theirs = [dimension.suggest(study.ask()) for _ in range(200)]
    assert all(dimension.contains(value) for value in ours + theirs)
    assert {type(value) for value in ours} == {type(value) for value in theirs}
    # Both are even on the same scale: the medians agree.
    if not dimension.choices:
        scale = np.log if dimension.log else np.asarray
        width = scale(dimension.high) - scale(dimension.low)
        assert abs(np.median(scale(ours)) - np.median(scale(theirs))) < 0.2 * width
    outside = "other" if dimension.choices else dimension.high + 1
    assert not dimension.contains(outside)


def test_a_file_is_read_and_written_back(tmp_path: Path) -> None:
    text = """
    [options]
    chains = [4, 8]
    hot = {low = 1, high = 2}
    sweep = {low = 10, high = 40, step = 5}
    cold = {low = 1e-6, high = 1e-3, log = true}
    [env]
    reward = ["fixed-ends", "log"]
    """
    file = tmp_path / "space.toml"
    file.write_text(text)
    space = read_space(file, ANNEAL)
    assert space.to_dict()["options"]["hot"] == {"low": 1.0, "high": 2.0}
    assert space.to_dict()["env"] == {"reward": ["fixed-ends", "log"]}
    assert read_space(space.to_dict(), ANNEAL) == space


RANGE = {"low": 1, "high": 2}


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({}, "The space is empty"),
        ({"options": {}}, "The space is empty"),
        ({"option": {}}, "Unknown table of the space 'option'.*'options'"),
        ({"options": 3}, "must be a table; got 3"),
        ({"options": {"chain": [1]}}, "Unknown setting of agent 'anneal' 'chain'.*'chains'"),
        ({"env": {"max_gate": [1]}}, "Unknown setting of the environment 'max_gate'.*'max_gates'"),
        ({"options": {"chains": []}}, "at least one choice"),
        ({"options": {"chains": [4, 4]}}, "must differ"),
        ({"options": {"chains": ["4"]}}, "type of its default 16; got '4'"),
        ({"options": {"chains": [True]}}, "type of its default 16; got True"),
        ({"options": {"chains": 4}}, "list of choices, or a table"),
        ({"options": {"hot": {"low": 2, "high": 1}}}, "low=2 and high=1"),
        ({"options": {"hot": {"high": 1}}}, "has no low"),
        ({"options": {"hot": {**RANGE, "logs": True}}}, "Unknown word.*'log'"),
        ({"options": {"hot": {**RANGE, "log": 1}}}, "must be true or false"),
        ({"options": {"hot": {"low": 0, "high": 1, "log": True}}}, "must be positive where log"),
        ({"options": {"hot": {**RANGE, "log": True, "step": 1}}}, "goes without log"),
        ({"options": {"hot": {**RANGE, "step": 0}}}, "must be positive"),
        ({"options": {"hot": {"low": float("nan"), "high": 1}}}, "a finite number; got nan"),
        ({"options": {"chains": {"low": 1.5, "high": 2}}}, "a whole number; got 1.5"),
        ({"env": {"reward": RANGE}}, "takes a list of choices"),
        ({"env": {"restart": RANGE}}, "takes a list of choices"),
        ({"env": {"reward": ["fixed-end"]}}, "200 of 200.*fixed-ends"),
        ({"options": {"chains": {"low": -3, "high": 0}}}, "200 of 200.*chains must be"),
        ("no-such.toml", "cannot be read as a TOML file"),
    ],
)
def test_wrong_spaces_are_told(space: Any, said: str) -> None:
    with pytest.raises(InputError, match=f"(?s){said}"):
        read_space(space, ANNEAL)
