"""Environments whose circuits are scored under noise or with shots, and actions that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import qrl
from qrl.circuits import dense
from qrl.circuits.engines.aer import AerEngine
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.noise import NoiseModel, Rule, depolarizing
from qrl.env import EnvConfig, make_env
from qrl.env.single import CircuitEnv
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks import get_task

H2 = get_task("vqe/h2-2q")
NOISE = "depolarizing:0.001,0.01"
FEW: dict[str, Any] = {"max_gates": 5, "max_gradients": 12}
SCORED: dict[str, dict[str, Any]] = {
    "noise": {"noise": NOISE},
    "shots": {"shots": 40},
    "both": {"noise": "ibm-mumbai", "shots": 40},
    "spsa": {"tuner": "spsa"},
    "rotosolve": {"tuner": "rotosolve", "noise": NOISE},
}
EVERY = pytest.mark.parametrize("scored", SCORED.values(), ids=SCORED)


def play(env: CircuitVecEnv, rows: np.ndarray[Any, Any]) -> list[Any]:
    """Return what steps show, as plain lists."""
    seen: list[Any] = []
    for row in rows:
        observations, rewards, *_, info = env.step(row)
        seen.append((observations.tolist(), rewards.tolist(), info["cost"].tolist()))
    return seen


@EVERY
def test_gymnasium_finds_no_fault(scored: dict[str, Any]) -> None:
    check_env(CircuitEnv(H2, EnvConfig(**scored, **FEW)), skip_render_check=True)


def test_costs_are_those_of_aer() -> None:
    env = make_env("vqe/h2-2q", noise="ibm-mumbai", **FEW)
    referee = AerEngine(H2.objective, qrl.noise_model("ibm-mumbai"))
    rng = np.random.default_rng(0)
    for _ in range(3):
        env.reset()
        ended = False
        while not ended:
            action = rng.choice(np.flatnonzero(env.action_masks()))
            *_, terminated, truncated, info = env.step(action)
            assert info["cost"] == pytest.approx(referee.value(env.circuit), abs=1e-10)
            ended = terminated or truncated
    exact = dense.expectation(env.circuit, H2.objective.observable)
    assert abs(info["cost"] - exact) > 1e-3


def test_costs_from_shots_lie_around_the_exact_ones() -> None:
    env = CircuitVecEnv(H2, EnvConfig(shots=4000, tuner="none", **FEW), num_envs=64)
    env.reset(seed=1)
    env.step(np.random.default_rng(2).integers(len(env.actions), size=64))
    exact = [dense.expectation(env.build.circuit(k), H2.objective.observable) for k in range(64)]
    difference = env.build.cost - exact
    # Each has a standard error of at most the observable's spread over the root of the shots.
    assert 0 < np.abs(difference).max() < 6 * 1.1 / np.sqrt(4000)
    assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(64)


@EVERY
def test_a_seed_begins_the_same_run_again(scored: dict[str, Any]) -> None:
    config = EnvConfig(**scored, **FEW)
    env = CircuitVecEnv(H2, config, num_envs=3)
    rows = np.random.default_rng(0).integers(len(env.actions), size=(8, 3))
    seen = []
    for seed in (7, 7, 8):
        first, _ = env.reset(seed=seed)
        seen.append([first.tolist(), env.build.start_cost, *play(env, rows)])
    fresh = CircuitVecEnv(H2, config, num_envs=3)
    first, _ = fresh.reset(seed=7)
    assert [first.tolist(), fresh.build.start_cost, *play(fresh, rows)] == seen[0] == seen[1]
    if "shots" in scored:
        assert seen[2] != seen[0]


@EVERY
def test_it_goes_on_from_its_state(scored: dict[str, Any]) -> None:
    config = EnvConfig(**scored, **FEW)
    one, other = (CircuitVecEnv(H2, config, num_envs=3, seed=5) for _ in range(2))
    rows = np.random.default_rng(1).integers(len(one.actions), size=(12, 3))
    one.reset()
    play(one, rows[:6])
    state = one.state()
    expected = play(one, rows[6:])
    other.reset()
    play(other, rows[3:5])
    other.restore(state)
    assert play(other, rows[6:]) == expected
    assert other.build.shots == one.build.shots


def test_shots_of_a_step_are_counted() -> None:
    env = CircuitVecEnv(H2, EnvConfig(shots=40, observation="tensor", **FEW), num_envs=3)
    total = 40  # the cost of the start
    env.reset()
    for row in np.random.default_rng(0).integers(len(env.actions), size=(8, 3)):
        env.step(row)
        assert env.build.shots == 40 * env.build.evaluations.sum() + total
        total = 0
    exact = CircuitVecEnv(H2, EnvConfig(**FEW))
    exact.step(np.array([0]))
    assert exact.build.shots == 0


def test_an_engine_may_be_given() -> None:
    engine = ExactEngine(H2.objective)
    env = CircuitVecEnv(H2, engine=engine)
    assert env.build.engine is engine


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"noise": "nonsense"}, "Unknown noise model 'nonsense'"),
        ({"noise": "depolarizing:2,0"}, "between 0 and 1"),
        ({"noise": None}, "noise must be a text"),
        ({"shots": -1}, "shots must be 0"),
        ({"shots": 1.5}, "shots must be a whole number"),
        ({"shots": True}, "shots must be a whole number"),
        ({"shots": 1}, "shots"),
        ({"tuner": "lbfg"}, "Unknown tuner 'lbfg'. Did you mean 'lbfgs'"),
        ({"engine": "fast"}, "Unknown engine 'fast'"),
        ({"engine": "pennylane", "shots": 5}, "takes no shots"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_used(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_env("vqe/h2-2q", **settings)


def test_noise_on_too_many_qubits() -> None:
    with pytest.raises(InputError, match="up to 10 qubits; this problem has 12"):
        make_env("vqe/tfim-12q", noise=NOISE)


@pytest.mark.parametrize(
    "actions",
    [
        [0, -1],
        [-1, 0],
        [0, 10**6],
        [0, "LAST"],
        [0],
        [0, 1, 2],
        [],
        0,
        [0.0, 1.0],
        [0, 1.5],
        [0, float("nan")],
        [True, False],
        ["0", "1"],
        [[0], [1, 2]],
        [None, 0],
        None,
        "01",
        np.array([0, 2**63], dtype=np.uint64),
    ],
    ids=str,
)
def test_actions_that_are_none(actions: Any) -> None:
    env = CircuitVecEnv(H2, EnvConfig(**FEW), num_envs=2)
    env.reset()
    if isinstance(actions, list) and "LAST" in actions:
        actions = [0, len(env.actions)]
    last = len(env.actions) - 1
    with pytest.raises(InputError, match=rf"takes 2 integer\(s\) from 0 to {last}, one for each"):
        env.step(actions)
    assert env.build.steps.tolist() == [0, 0]


def test_actions_of_every_whole_kind() -> None:
    seen = []
    for actions in (
        [0, 5],
        np.array([0, 5], dtype=np.uint8),
        np.array([[0], [5]]),
        (0, np.int32(5)),
    ):
        env = CircuitVecEnv(H2, EnvConfig(**FEW), num_envs=2)
        env.reset()
        seen.append(env.step(actions)[0].tolist())  # type: ignore[arg-type]
    assert all(one == seen[0] for one in seen)


def test_names_at_the_top() -> None:
    engine = qrl.make_engine("exact", H2.objective, noise=NOISE)
    assert isinstance(engine, qrl.NoisyEngine)
    assert isinstance(qrl.make_engine("exact", H2.objective, shots=10), qrl.ShotsEngine)
    assert isinstance(qrl.noise_model(NOISE), qrl.NoiseModel)
    qrl.check_engine(engine)
    for name in (
        "Infidelity", "ProcessInfidelity", "DephasingGap", "Classification", "ExpectationRatio",
        "CodeOverlap",
    ):  # fmt: skip
        assert getattr(qrl, name) is getattr(qrl.circuits, name)
        assert name in qrl.circuits.__all__


def test_gates_that_a_device_lacks_are_refused() -> None:
    """A device's model says nothing of other gates, which would else be without noise."""
    native = tuple(
        Rule(name, ((depolarizing(0.01, n), tuple(range(n))),))
        for name, n in (("sx", 1), ("rz", 1))
    )
    pair = Rule("cx", ((depolarizing(0.05, 2), (0, 1)),), (0, 1))
    device = NoiseModel("device", (*native, pair), (), 2)
    task = qrl.Task("two", objective=qrl.Expectation(qrl.PauliSum(("ZZ", "XI"), (1.0, 0.5))))
    engine = qrl.NoisyEngine(task.objective, device)
    with pytest.raises(InputError, match=r"no such gates: rx\(0\).* --gates rz,cx,sx"):
        CircuitVecEnv(task, EnvConfig(gates="cx,rx,rz"), engine=engine)
    env = CircuitVecEnv(task, EnvConfig(gates="cx,sx,rz"), engine=engine)
    env.reset()
