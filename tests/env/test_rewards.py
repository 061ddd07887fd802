"""What steps are paid, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import pauli_sums

from qrl.circuits import Expectation, PauliSum, dense
from qrl.env.config import EnvConfig
from qrl.env.rewards import FixedEnds, make_reward
from qrl.errors import InputError
from qrl.tasks import Task, get_task, task_ids

# Compiling the kernels, or a busy machine, must not fail a test.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def paid(reward: FixedEnds, previous: float, cost: float, *, last: bool = False) -> float:
    costs = np.array([cost])
    reached = reward.reached(costs)
    return float(reward.pay(np.array([previous]), costs, reached, np.array([last]) & ~reached)[0])


@pytest.mark.parametrize(
    ("previous", "cost", "expected"),
    [
        (-1.0, -1.5, 0.5),  # half of what was left to gain
        (-1.0, -1.25, 0.25),
        (-1.0, -1.0, 0.0),
        (-1.0, -0.5, -0.5),
        (-1.0, -2.0, 1.0),
        (-1.0, -3.5, 1.0),  # below the minimum taken: clipped
        (-1.0, 4.0, -1.0),  # clipped
        (-2.5, -2.25, -0.5),  # already below the minimum taken: the distance counts
        (-2.5, -2.75, 0.5),
    ],
)
def test_the_part_gained_of_what_was_left(previous: float, cost: float, expected: float) -> None:
    assert paid(FixedEnds(minimum=-2.0), previous, cost) == pytest.approx(expected, abs=1e-15)


def test_nothing_left_to_gain_is_finite() -> None:
    reward = FixedEnds(minimum=-2.0)
    assert paid(reward, -2.0, -2.0) == 0.0
    assert paid(reward, -2.0, -1.9) == -1.0
    assert paid(reward, -2.0, -2.1) == 1.0


def test_fixed_ends() -> None:
    reward = FixedEnds(minimum=-2.0, goal=-1.9)
    assert paid(reward, -1.0, -1.9) == 5.0  # the goal itself counts
    assert paid(reward, -1.0, -1.95, last=True) == 5.0
    assert paid(reward, -1.0, -1.8, last=True) == -5.0
    assert paid(reward, -1.0, -1.8) == pytest.approx(0.8)
    assert paid(FixedEnds(minimum=-2.0), -1.0, -3.0, last=True) == -5.0


def test_without_a_goal_nothing_is_reached() -> None:
    reward = FixedEnds(minimum=-2.0)
    assert reward.reached(np.array([-2.0, -100.0])).tolist() == [False, False]
    assert FixedEnds(-2.0, goal=-1.9).reached(np.array([-1.8, -1.9, -5.0])).tolist() == [
        False,
        True,
        True,
    ]


def test_each_circuit_is_paid_for_itself() -> None:
    reward = FixedEnds(minimum=-2.0, goal=-1.99)
    cost = np.array([-1.5, -2.0, -1.0, -1.5])
    reached = reward.reached(cost)
    last = np.array([False, False, True, False])
    found = reward.pay(np.array([-1.0, -1.0, -1.0, -1.5]), cost, reached, last)
    np.testing.assert_allclose(found, [0.5, 5.0, -5.0, 0.0])


def test_the_minimum_follows_the_lowest_cost_by_a_margin() -> None:
    reward = FixedEnds(minimum=-1.25, margin=0.25)
    assert paid(reward, -1.0, -1.125) == pytest.approx(0.5)
    reward.learn(np.array([-1.125, -1.0]))  # -1.125 - 0.25 is lower than -1.25
    assert reward.minimum == -1.375
    assert paid(reward, -1.0, -1.1875) == pytest.approx(0.5)
    reward.learn(np.array([-3.0, -1.0]))
    assert reward.minimum == -3.25
    reward.learn(np.array([7.0, 8.0]))
    assert reward.minimum == -3.25


def test_a_fixed_minimum_learns_nothing() -> None:
    reward = FixedEnds(minimum=-2.0)
    reward.learn(np.array([-50.0]))
    assert reward.minimum == -2.0


def test_state_holds_what_was_learnt() -> None:
    reward, other = FixedEnds(-1.0, margin=0.5), FixedEnds(-1.0, margin=0.5)
    reward.learn(np.array([-4.0]))
    other.restore(reward.state())
    assert other == reward
    assert other.minimum == -4.5


@given(
    previous=st.floats(-10, 10),
    cost=st.floats(-10, 10),
    minimum=st.floats(-10, 10),
    goal=st.none() | st.floats(-10, 10),
    last=st.booleans(),
)
@settings(UNHURRIED)
def test_rewards_are_finite_and_bounded(
    previous: float, cost: float, minimum: float, goal: float | None, last: bool
) -> None:
    value = paid(FixedEnds(minimum, goal=goal), previous, cost, last=last)
    if goal is not None and cost <= goal:
        assert value == 5.0
    elif last:
        assert value == -5.0
    else:
        assert -1.0 <= value <= 1.0
        assert value * (previous - cost) >= 0.0


# -- which minimum ----------------------------------------------------------------------------

OBSERVABLE = PauliSum(("II", "ZZ", "XI", "YY"), (-1.5, 2.0, -0.5, 0.25))


def test_reference_ends_within_the_target_error_of_it() -> None:
    task = Task("t", Expectation(OBSERVABLE), reference=-3.0, target_error=0.5)
    reward = make_reward(EnvConfig(minimum="reference"), task, start_cost=0.5)
    assert reward == FixedEnds(minimum=-3.0, goal=-2.5, margin=None)


def test_bound_comes_from_the_coefficients_alone() -> None:
    task = Task("t", Expectation(OBSERVABLE), reference=-3.0)
    reward = make_reward(EnvConfig(minimum="bound"), task, start_cost=0.5)
    assert reward == FixedEnds(minimum=-1.5 - 2.75, goal=None, margin=None)


def test_best_starts_a_margin_below_the_start() -> None:
    task = Task("t", Expectation(OBSERVABLE), reference=-3.0, target_error=0.25)
    reward = make_reward(EnvConfig(), task, start_cost=0.5)
    assert reward == FixedEnds(minimum=0.25, goal=None, margin=0.25)


@pytest.mark.parametrize("minimum", ["bound", "best"])
def test_the_known_answer_is_looked_at_only_when_asked_for(minimum: str) -> None:
    known = Task("t", Expectation(OBSERVABLE), reference=-3.0)
    unknown = Task("t", Expectation(OBSERVABLE), reference=None)
    config = EnvConfig(minimum=minimum)
    assert make_reward(config, known, 0.5) == make_reward(config, unknown, 0.5)


def test_reference_falls_back_to_the_bound() -> None:
    task = Task("t", Expectation(OBSERVABLE), reference=None)
    by_reference = make_reward(EnvConfig(minimum="reference"), task, 0.5)
    assert by_reference == make_reward(EnvConfig(minimum="bound"), task, 0.5)


def test_an_unknown_rule_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'fixed-ends'"):
        EnvConfig(reward="fixed-end")


# -- the bound --------------------------------------------------------------------------------


def test_bound_by_hand() -> None:
    assert OBSERVABLE.lower_bound == -4.25
    assert PauliSum(("I",), (2.0,)).lower_bound == 2.0
    assert PauliSum(("Z", "I", "Z"), (1.0, 3.0, -0.25)).lower_bound == 3.0 - 0.75


@given(data=st.data())
@settings(UNHURRIED, max_examples=60)
def test_no_state_is_below_the_bound(data: st.DataObject) -> None:
    observable = data.draw(pauli_sums(data.draw(st.integers(1, 4))))
    lowest = np.linalg.eigvalsh(dense.operator(observable))[0]
    assert Expectation(observable).lower_bound <= lowest + 1e-12


def test_the_bound_is_reached_by_commuting_terms() -> None:
    observable = PauliSum(("ZI", "IZ", "II"), (0.75, -0.5, 0.125))
    lowest = np.linalg.eigvalsh(dense.operator(observable))[0]
    assert observable.lower_bound == pytest.approx(lowest)


@pytest.mark.parametrize("name", task_ids())
def test_bundled_tasks_are_above_their_bound(name: str) -> None:
    task = get_task(name)
    assert -math.inf < task.objective.lower_bound
    if task.reference is not None:
        assert task.objective.lower_bound <= task.reference + 1e-12
