"""Curricula: which goal, or which problem, comes next."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from qrl.circuits import Expectation, PauliSum
from qrl.env import EnvConfig
from qrl.env.curricula import GoalList, MovingThreshold, make_curriculum
from qrl.env.problems import Problems
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.search.checkpoint import pack, unpack
from qrl.tasks import Task, get_task
from qrl.tasks.ground_states import heisenberg

H2 = get_task("vqe/h2-4q")
PAIR = Task("pair", Expectation(PauliSum(("ZZ", "XI"), (1.0, 0.5))), target_error=0.25)
PAIR_LOWEST = -1.5


def results(curriculum: Any, *successes: bool, goal: float | None = None) -> None:
    """End episodes one after the other, each with the goal of that moment."""
    for success in successes:
        aim = curriculum.goal if goal is None else goal
        curriculum.finish(np.array([aim]), np.array([success]))


# -- goals ------------------------------------------------------------------------------------


def test_without_a_curriculum_the_goal_is_the_rewards() -> None:
    assert make_curriculum(EnvConfig(), PAIR, None).goal == -math.inf
    assert make_curriculum(EnvConfig(), PAIR, -1.0).goal == -1.0


def test_a_fixed_goal() -> None:
    curriculum = make_curriculum(EnvConfig(curriculum="fixed:-1.25"), PAIR, None)
    results(curriculum, *[True] * 24)
    assert not curriculum.passed
    results(curriculum, False, True)
    assert curriculum.goal == -1.25
    assert curriculum.passed


def test_a_list_of_goals_moves_on_with_the_episodes() -> None:
    curriculum = make_curriculum(EnvConfig(curriculum="list:2,0.5,-0.5,-1"), PAIR, None)
    seen = []
    for _ in range(6):
        seen.append(curriculum.goal)
        results(curriculum, False)
    assert seen == [0.5, 0.5, -0.5, -0.5, -1.0, -1.0]
    results(curriculum, False, False)
    assert curriculum.goal == -1.0


def test_a_success_count_moves_on_with_the_successes() -> None:
    curriculum = make_curriculum(EnvConfig(curriculum="success-count:2,0.5,-1"), PAIR, None)
    results(curriculum, True, False, False)
    assert curriculum.goal == 0.5
    results(curriculum, True)
    assert curriculum.goal == -1.0
    # An episode that began with the goal before is no success at this one.
    results(curriculum, *[True] * 30, goal=0.5)
    assert not curriculum.passed


def test_a_goal_above_the_minimum() -> None:
    config = EnvConfig(curriculum="list:1,+1,+0.5", minimum="bound")
    assert make_curriculum(config, PAIR, None) == GoalList((-0.5, -1.0))
    config = EnvConfig(curriculum="fixed:+1.6e-3", minimum="reference")
    assert H2.reference is not None
    assert make_curriculum(config, H2, None).goal == H2.reference + 1.6e-3


def test_the_moving_threshold() -> None:
    config = EnvConfig(curriculum="moving-threshold:4,0.1,2")
    curriculum = make_curriculum(config, PAIR, None)
    assert curriculum.goal == PAIR_LOWEST + 0.25  # the accepted error
    curriculum.learn(np.array([-0.75, -1.0, math.nan]))
    results(curriculum, False, False, False)
    assert curriculum.goal == PAIR_LOWEST + 0.25
    results(curriculum, False)  # the fourth episode: the best so far, and delta
    assert curriculum.goal == pytest.approx(-1.0 + 0.1)
    results(curriculum, True, True)  # two successes: a tenth of delta less
    assert curriculum.goal == pytest.approx(-1.0 + 0.09)
    curriculum.learn(np.array([-1.25]))
    assert curriculum.goal == pytest.approx(-1.0 + 0.09)
    results(curriculum, True, True)
    assert curriculum.goal == pytest.approx(-1.25 + 0.1)


def test_the_threshold_is_lowered_ten_times_at_most() -> None:
    curriculum = MovingThreshold(-2.0, 0.5, every=1000, delta=0.1, successes=1)
    results(curriculum, *[True] * 9)
    assert not curriculum.passed
    results(curriculum, *[True] * 5)
    assert curriculum.goal == pytest.approx(-2.0 + 0.5 - 0.1)
    assert curriculum.passed


def test_published_constants_scale_with_the_target_error() -> None:
    config = EnvConfig(curriculum="moving-threshold")
    found = make_curriculum(config, H2, None)
    assert isinstance(found, MovingThreshold)
    assert (found.every, found.successes) == (500, 25)
    assert found.delta == pytest.approx(5e-4 * H2.target_error / 1.6e-3)
    large = make_curriculum(config, heisenberg(6), None)
    assert isinstance(large, MovingThreshold)
    assert (large.every, large.successes) == (2000, 50)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"curriculum": "fixd:1"}, "'fixed'"),
        ({"curriculum": "fixed"}, "is written 'fixed:GOAL'; got 'fixed'"),
        ({"curriculum": "fixed:1,2"}, "is written 'fixed:GOAL'"),
        ({"curriculum": "fixed:low"}, "must be a number; got 'low'"),
        ({"curriculum": "list:0,1,0.5"}, "begins with a count from 1"),
        ({"curriculum": "list:5"}, "'list:EPISODES,GOAL,GOAL,...'"),
        ({"curriculum": "list:5,-0.5,0.5"}, "must get harder"),
        ({"curriculum": "none:1"}, "takes no number"),
        ({"curriculum": "moving-threshold:0"}, "number of episodes"),
        ({"curriculum": "fixed:+0"}, "must be positive"),
        ({"curriculum": "fixed:+0.1"}, "with minimum = 'best' that moves"),
        ({"curriculum": "fixed:-1.6"}, "can never be passed.*-1.6 is below -1.5, what"),
        ({"curriculum": "list:5,0,-1,-9"}, "can never be passed.*-9"),
        ({"problem_episodes": 0}, "problem_episodes"),
    ],
)
def test_curricula_that_cannot_be_used(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CircuitVecEnv(PAIR, EnvConfig(**settings))


def test_a_goal_below_the_known_answer_is_refused_only_where_that_is_looked_at() -> None:
    assert H2.reference is not None
    goal = f"fixed:{H2.reference - 0.01}"
    make_curriculum(EnvConfig(curriculum=goal), H2, None)
    with pytest.raises(InputError, match="the known lowest cost of task"):
        make_curriculum(EnvConfig(curriculum=goal, minimum="reference"), H2, None)


# -- in the environment -----------------------------------------------------------------------


def test_episodes_keep_the_goal_that_they_began_with() -> None:
    config = EnvConfig(curriculum="success-count:1,0.9,-1.0", start="zero", max_gates=4)
    env = CircuitVecEnv(PAIR, config, num_envs=2)
    env.reset(seed=0)
    ry = [k for k, g in enumerate(env.actions.gates) if g.name == "ry"]
    rz = [k for k, g in enumerate(env.actions.gates) if g.name == "rz"]
    _, rewards, terminated, _, _ = env.step(np.array([ry[0], rz[0]]))
    assert terminated.tolist() == [True, False]
    assert rewards[0] == 5.0
    assert env.goals.tolist() == [-1.0, 0.9]
    _, _, terminated, _, _ = env.step(np.array([rz[0], ry[0]]))
    assert terminated.tolist() == [False, True]
    assert env.goals.tolist() == [-1.0, -1.0]


def play(env: CircuitVecEnv, steps: int, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    seen: list[Any] = []
    for _ in range(steps):
        out = env.step(rng.integers(len(env.actions), size=env.num_envs))
        seen.append([*(part.copy() for part in out[:4]), out[4]["cost"], env.goals.copy()])
    return seen


@pytest.mark.parametrize(
    "settings",
    [
        {"curriculum": "moving-threshold:3,0.1,1", "reward": "staircase"},
        {"curriculum": "list:2,-1,-1.1", "reward": "qaser", "shaping": "log-error"},
        {"problems": "vqe/h2-2q,vqe/h2-4q", "problem_episodes": 4, "reward": "log"},
        {"problems": "vqe/h2-4q", "problem_episodes": 6, "engine": "shots", "shots": 20,
         "halting": "negative-binomial", "tuner": "spsa", "max_gradients": 3},
    ],
)  # fmt: skip
def test_a_restored_environment_goes_on_identically(settings: dict[str, Any]) -> None:
    config = EnvConfig(**{"max_gates": 5, "observation": "gates:3,angles", **settings})
    one = CircuitVecEnv(H2, config, num_envs=3, seed=4)
    one.reset(seed=2)
    for cut in (7, 9):
        play(one, cut, cut)
        kept = unpack(pack(one.state()))
        expected = play(one, 12, 1)
        other = CircuitVecEnv(H2, config, num_envs=3, seed=8)
        other.reset()
        play(other, 3, 5)
        other.restore(kept)
        for found, wanted in zip(play(other, 12, 1), expected, strict=True):
            for a, b in zip(found, wanted, strict=True):
                assert np.array_equal(a, b)


def test_a_seeded_reset_forgets_the_results() -> None:
    config = EnvConfig(curriculum="list:1,-0.1,-0.2,-0.3", problems="vqe/h2-2q", max_gates=3)
    env = CircuitVecEnv(H2, config, num_envs=2)
    env.reset(seed=1)
    first = play(env, 9, 0)
    env.reset()
    assert env.goals.tolist() == [-0.3, -0.3]
    env.reset(seed=1)
    assert env.goals.tolist() == [-0.1, -0.1]
    for found, wanted in zip(play(env, 9, 0), first, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))


# -- over problems ----------------------------------------------------------------------------


def test_problems_are_left_after_their_episodes() -> None:
    easy, hard = heisenberg(2), heisenberg(3)
    config = EnvConfig(problem_episodes=4, max_gates=3, start="zero")
    env = CircuitVecEnv(hard, config, num_envs=2, problems=[easy])
    scored: list[str] = []
    env.on_scored = lambda build: scored.append("last")
    env.on_rehearsed = lambda build: scored.append("before")
    env.reset(seed=0)
    for _ in range(6):
        assert env.problem.name == easy.name
        assert env.build.start_cost == pytest.approx(easy.basis_state_cost("00"))
        legal = [env.actions.gates[k] for k in np.flatnonzero(env.action_masks()[0])]
        assert {q for gate in legal for q in gate.qubits} == {0, 1}
        chosen = [np.random.default_rng(0).choice(np.flatnonzero(m)) for m in env.action_masks()]
        *_, info = env.step(np.array(chosen))
    assert env.problem is env.task is hard
    assert env.build.start_cost == pytest.approx(hard.basis_state_cost("000"))
    assert env.action_masks().all()
    assert info["final_mask"].shape == (2, len(env.actions))
    env.step(np.array([0, 1]))
    assert scored == ["before"] * 6 + ["last"]


def test_costs_of_a_smaller_problem_are_its_own() -> None:
    easy, hard = get_task("vqe/h2-2q"), H2
    wide = CircuitVecEnv(hard, EnvConfig(max_gates=6), num_envs=1, problems=[easy])
    plain = CircuitVecEnv(easy, EnvConfig(max_gates=6, gates=hard.gates), num_envs=1)
    wide.reset(seed=0)
    plain.reset(seed=0)
    rng = np.random.default_rng(2)
    for _ in range(5):
        action = int(rng.choice(np.flatnonzero(plain.action_masks()[0])))
        number = wide.actions.index(plain.actions.gates[action])
        expected = plain.step(np.array([action]))[4]["cost"]
        assert wide.step(np.array([number]))[4]["cost"] == pytest.approx(expected, abs=1e-8)


def test_a_passed_curriculum_ends_a_problem_and_truncates_what_is_under_way() -> None:
    config = EnvConfig(curriculum="fixed:0.9", max_gates=9, start="zero", problem_episodes=10**6)
    env = CircuitVecEnv(PAIR, config, num_envs=2, problems=[PAIR])
    env.reset(seed=0)
    names = [g.name for g in env.actions.gates]
    ry, rz, rx = names.index("ry"), names.index("rz"), names.index("rx")
    for turn in range(25):
        assert env.problems.stage == 0
        _, _, terminated, truncated, info = env.step(np.array([ry, rz if turn % 2 else rz + 1]))
        assert terminated[0]
        if truncated[1]:
            assert turn % 9 == 8 or turn == 24
    assert env.problems.at_last
    assert truncated.tolist() == [False, True]
    assert info["_final_obs"].all()
    assert env.build.steps.tolist() == [0, 0]
    assert rx >= 0


def test_problems_by_name() -> None:
    problems = Problems.of(H2, EnvConfig(problems="vqe/h2-2q, vqe/syk-3q-0"))
    assert problems.qubits == (2, 3, 4)
    assert [task.n_qubits for task in problems.tasks] == [4, 4, 4]
    assert Problems.of(H2, EnvConfig()).tasks == (H2,)


@pytest.mark.parametrize(
    ("last", "problems", "message"),
    [
        ("vqe/h2-4q", "vqe/h2-5q", "Unknown task 'vqe/h2-5q'"),
        ("vqe/h2-2q", "vqe/h2-4q", "it has more qubits"),
        ("vqe/h2-4q", "state/ghz-3q", "no expectation value"),
    ],
)
def test_problems_that_cannot_come_before(last: str, problems: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        CircuitVecEnv(get_task(last), EnvConfig(problems=problems))
