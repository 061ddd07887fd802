"""Settings of a search: through TOML and back, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

import qrl
from qrl.env.config import EnvConfig
from qrl.errors import InputError
from qrl.search.config import SearchConfig, read_config
from qrl.search.ledger import Budget

NUMBERS = st.floats(1e-300, 1e300)
BUDGETS = st.builds(Budget, st.just("seconds"), NUMBERS) | st.builds(
    Budget, st.sampled_from(["steps", "evaluations"]), st.integers(1, 2**63 - 1)
)
ENVS = st.builds(
    EnvConfig,
    gates=st.text(max_size=20),
    coupling=st.sampled_from(["all", "line", "runs/my map.json"]),
    max_gates=st.integers(0, 1000),
    minimum=st.sampled_from(["best", "bound", "reference"]),
    start=st.sampled_from(["task", "zero"]),
    engine=st.sampled_from(["exact", "noisy"]),
    noise=st.sampled_from(["none", "depolarizing:0.001,0.01", "ibm-mumbai"]),
    shots=st.integers(0, 10**9),
    tuner=st.sampled_from(["lbfgs", "adam", "adam-spsa:lih-4q", "nelder-mead"]),
    tolerance=NUMBERS,
    max_gradients=st.integers(1, 1000),
)
CONFIGS = st.builds(
    SearchConfig,
    task=st.text(max_size=30),
    agent=st.sampled_from(["ppo", "random", "portfolio"]),
    seed=st.integers(0, 2**63 - 1),
    budget=BUDGETS,
    env=ENVS,
    options=st.dictionaries(st.text(min_size=1, max_size=8), st.integers(0, 9) | NUMBERS),
)


@given(CONFIGS)
def test_toml_gives_the_same_settings_back(config: SearchConfig) -> None:
    text = tomli_w.dumps(config.to_dict())
    assert SearchConfig.from_dict(tomllib.loads(text)) == config


def test_every_part_may_be_left_out() -> None:
    assert SearchConfig.from_dict({}) == SearchConfig("")
    assert SearchConfig.from_dict({"task": "vqe/h2-4q"}) == SearchConfig("vqe/h2-4q")
    default = SearchConfig("vqe/h2-4q")
    assert (default.agent, default.seed, default.budget) == (
        "portfolio",
        0,
        Budget("seconds", 60.0),
    )
    assert (default.env, default.options) == (EnvConfig(), {})


def test_a_part_keeps_the_defaults_of_what_it_leaves_out() -> None:
    config = SearchConfig.from_dict({"env": {"gates": "cx+ry"}, "budget": {"steps": 7}})
    assert config.env == EnvConfig(gates="cx+ry")
    assert config.budget == Budget("steps", 7)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"sead": 1}, "Unknown setting 'sead'. Did you mean 'seed'"),
        ({"seconds": 1}, "Unknown setting 'seconds'"),
        ({"env": {"gate": "cx+ry"}}, "Unknown environment setting 'gate'. Did you mean 'gates'"),
        ({"env": "cx+ry"}, "The setting 'env' must be a table; got 'cx\\+ry'"),
        ({"budget": 5}, "The setting 'budget' must be a table; got 5"),
        ({"options": []}, "The setting 'options' must be a table"),
        ({"budget": {"minutes": 1}}, "minutes"),
        ({"budget": {"steps": 1, "seconds": 2}}, "Give one budget"),
        ({"budget": {"steps": "many"}}, "budget of steps must be a positive number; got 'many'"),
        ({"seed": -1}, "seed must be a whole number of at least 0; got -1"),
        ({"seed": 1.0}, "seed must be a whole number"),
        ({"seed": True}, "seed must be a whole number"),
        ({"seed": "1"}, "seed must be a whole number"),
        ({"env": {"max_gates": -1}}, "max_gates must be 0 .* or positive.*; got -1"),
        ({"env": {"max_gradients": 0}}, "max_gradients must be at least 1 .*; got 0"),
        ({"env": {"tolerance": 0}}, "tolerance must be positive; got 0"),
        ({"env": {"tolerance": float("nan")}}, "tolerance must be positive; got nan"),
        ({"env": {"reward": "fixed"}}, "Unknown reward 'fixed'. Did you mean 'fixed-ends'"),
        ({"env": {"minimum": "exact"}}, "Unknown minimum 'exact'"),
        ({"env": {"start": "hf"}}, "Unknown start 'hf'"),
        ({"env": {"tuner": "spsaa"}}, "Unknown tuner 'spsaa'. Did you mean 'spsa'"),
        ({"env": {"engine": "exakt"}}, "Unknown engine 'exakt'. Did you mean 'exact'"),
        ({"env": {"noise": "nois"}}, "Unknown noise model 'nois'"),
        ({"env": {"shots": -1}}, "shots must be 0 .* or positive.*; got -1"),
        ({"env": {"shots": 10**9 + 1}}, "up to 1000000000; got 1000000001"),
        ({"env": {"shots": 5, "engine": "aer"}}, "'aer' gives exact values and takes no shots"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_used(data: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        SearchConfig.from_dict(data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gates", 3),
        ("gates", ["cx", "ry"]),
        ("coupling", 3),
        ("max_gates", "ten"),
        ("max_gates", 2.5),
        ("max_gates", True),
        ("max_gates", 10**12),
        ("observation", 3),
        ("engine", 3),
        ("noise", 3),
        ("noise", None),
        ("shots", 2.5),
        ("shots", True),
        ("shots", "ten"),
        ("tuner", 3),
        ("tolerance", "fine"),
        ("max_gradients", 1.5),
        ("max_gradients", 10**30),
    ],
    ids=str,
)
def test_settings_of_another_kind(tmp_path: Path, name: str, value: Any) -> None:
    out = tmp_path / "run"
    with pytest.raises(InputError):
        qrl.search("vqe/h2-2q", agent="random", steps=1, out=out, **{name: value})
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"seed = ", "cannot be read as a TOML file"),
        (b"seed = 1\nseed = 2\n", "cannot be read as a TOML file"),
        (b"task = '\xff'", "cannot be read as a TOML file"),
    ],
)
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_config(file)
    assert str(file) in str(error.value)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.toml: cannot be read"):
        read_config(tmp_path / "missing.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_config(tmp_path)


def test_read_config_returns_what_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('task = "vqe/h2-4q"\n[budget]\nsteps = 5\n')
    assert read_config(file) == {"task": "vqe/h2-4q", "budget": {"steps": 5}}
