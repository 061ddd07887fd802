"""What steps are paid, against values worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import pauli_sums

from qrl.circuits import Expectation, PauliSum, dense
from qrl.env.config import EnvConfig
from qrl.env.rewards import (
    FixedEnds,
    GateCost,
    Logarithm,
    Qaser,
    Shaped,
    Sizes,
    Staircase,
    make_reward,
)
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks import Task, get_task, task_ids

H2 = get_task("vqe/h2-4q")

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


# -- the other rules --------------------------------------------------------------------------


def sizes_of(
    count: int = 1,
    goal: float = -math.inf,
    cnots: Sequence[int] = (0,),
    before: Sequence[int] = (0,),
    depth: Sequence[int] = (0,),
) -> Sizes:
    return Sizes(np.array(cnots), np.array(before), np.array(depth), np.full(count, goal))


def one(
    reward: Any, previous: float, cost: float, *, goal: float = -math.inf, **sizes: Any
) -> float:
    costs = np.array([cost])
    reached = costs <= goal
    found = reward.pay(np.array([previous]), costs, reached, ~reached, sizes_of(goal=goal, **sizes))
    return float(found[0])


@pytest.mark.parametrize(
    ("error", "stairs"),
    [(0.2, 0.0), (0.151, 0.0), (0.149, 0.2), (0.09, 0.6), (0.04, 1.2), (0.009, 2.2), (-3.0, 2.2)],
)
def test_staircase(error: float, stairs: float) -> None:
    reward = Staircase(minimum=-2.0, accepted=0.01)
    assert one(reward, 0.0, -2.0 + error) == pytest.approx(stairs / 2.2)


def test_staircase_widens_with_the_goal() -> None:
    reward = Staircase(minimum=-2.0, accepted=0.01)
    assert one(reward, 0.0, -1.5, goal=-1.5) == 1.0  # the goal itself counts
    assert one(reward, 0.0, -1.25, goal=-1.5) == pytest.approx(1.2 / 2.2)  # 0.75 < 5 * 0.5
    assert one(reward, 0.0, 1.5, goal=-1.5) == pytest.approx(0.6 / 2.2)  # 3.5 < 10 * 0.5
    # A goal below the minimum taken: the stairs stand above the goal.
    assert one(reward, 0.0, -2.96, goal=-3.0) == pytest.approx(1.2 / 2.2)
    assert one(reward, 0.0, -2.5, goal=-3.0) == 0.0


def test_logarithm() -> None:
    reward = Logarithm(minimum=-2.0, accepted=0.5, bonus=3.0, floor=1e-4)
    assert one(reward, 0.0, -1.5 + math.exp(-2)) == pytest.approx(2.0)
    assert one(reward, 0.0, -1.5 + math.e) == pytest.approx(-1.0)
    assert one(reward, 0.0, -1.5 + 1e-9) == pytest.approx(4 * math.log(10))  # the floor
    assert one(reward, 0.0, 1e9) == pytest.approx(-4 * math.log(10))
    assert one(reward, 0.0, -1.6) == pytest.approx(3 + 4 * math.log(10))
    assert one(reward, 0.0, -1.0, goal=-1.0) == pytest.approx(3 + 4 * math.log(10))


def test_qaser() -> None:
    reward = Qaser(minimum=-2.0, factor=10.0, depth_limit=9, cnot_limit=9)
    none = np.zeros(2, dtype=bool)
    sizes = sizes_of(2, cnots=[2, 0], before=[1, 0], depth=[3, 1])
    found = reward.pay(np.zeros(2), np.array([-0.5, -2.0]), none, none, sizes)
    # Deepest 3, most CNOTs 2: bases 3/4 + 2/2 and 3/2 + 2/1, exponents 0.5/2 and 2/2.
    np.testing.assert_allclose(found, [10 * 1.75**0.25, 35.0])
    sizes = sizes_of(2, cnots=[1, 1], before=[1, 1], depth=[2, 2])
    found = reward.pay(np.zeros(2), np.array([-1.0, -1.0]), none, none, sizes)
    np.testing.assert_allclose(found, 10 * 3.0**0.5)  # the largest so far stay: 3/3 + 2/1


def test_qaser_counts_from_a_positive_start() -> None:
    task = Task("t", Expectation(PauliSum(("II", "ZZ"), (1.0, 1.0))), reference=0.0)
    reward = make_reward(EnvConfig(reward="qaser", minimum="reference"), task, 2.0)
    assert (reward.zero, reward.minimum) == (2.0, 0.0)
    assert one(reward, 2.0, 0.5, cnots=[1], depth=[1]) == pytest.approx(1.5**0.75)


def test_gate_cost() -> None:
    reward = GateCost(minimum=-1.0, accepted=1e-3, price=0.05)
    assert one(reward, -0.9, -0.99, cnots=[3], before=[1]) == pytest.approx(1.0 - 0.1)
    assert one(reward, -0.99, -0.9, cnots=[3], before=[3]) == pytest.approx(-1.0)
    # Below the accepted error only CNOTs count.
    assert one(reward, -0.9, -1.0, cnots=[1], before=[1]) == pytest.approx(2.0)
    assert one(reward, -0.9995, -1.7, cnots=[2], before=[1]) == pytest.approx(-0.05)


def test_gate_cost_of_an_episode_is_that_of_its_circuit() -> None:
    config = EnvConfig(reward="gate-cost:0.1", minimum="reference", max_gates=8)
    env = CircuitVecEnv(H2, config, num_envs=1)
    env.reset(seed=0)
    rng = np.random.default_rng(4)
    earned, truncated, terminated = 0.0, [False], [False]
    while not (truncated[0] or terminated[0]):
        legal = np.flatnonzero(env.action_masks()[0])
        _, rewards, terminated, truncated, info = env.step(rng.choice(legal, 1))
        earned += rewards[0]
    assert H2.reference is not None
    digits = np.log10(env.build.start_cost - H2.reference) - np.log10(
        max(info["cost"][0] - H2.reference, H2.target_error)
    )
    added = info["cnots"][0] - env.build.start.two_qubit_count
    assert earned == pytest.approx(digits - 0.1 * added)


# -- shaping ----------------------------------------------------------------------------------


def shaped(potential: str, gamma: float, weight: float = 2.0) -> Shaped:
    return Shaped(FixedEnds(minimum=-3.0), potential, weight, gamma, start_cost=1.0, accepted=0.04)


def test_shaping_by_hand() -> None:
    reward = shaped("cost", 0.5)
    reward.begin(np.array([True]))
    no = np.array([False])
    # Potentials 2 * (1 - cost) / 4: 0 at the start, 1 at -1, 1.5 at -2.
    step = reward.pay(np.array([1.0]), np.array([-1.0]), no, no, sizes_of())
    assert step[0] == pytest.approx(2 / 4 + 0.5 * 1.0 - 0.0)
    step = reward.pay(np.array([-1.0]), np.array([-2.0]), no, no, sizes_of())
    assert step[0] == pytest.approx(1 / 2 + 0.5 * 1.5 - 1.0)
    step = reward.pay(np.array([-2.0]), np.array([-2.0]), no, ~no, sizes_of())
    assert step[0] == pytest.approx(-5.0 - 1.5)


def test_the_potential_of_the_logarithm_of_the_error() -> None:
    reward = shaped("log-error", 1.0)
    reward.begin(np.array([True]))
    no = np.array([False])
    # Errors 4, 0.4, 0.04: one half and all of the way of two powers of ten.
    for previous, cost, gained in ((1.0, -2.6, 1.0), (-2.6, -2.96, 1.0), (-2.96, -3.0, 0.0)):
        plain = reward.base.pay(np.array([previous]), np.array([cost]), no, no, sizes_of())
        step = reward.pay(np.array([previous]), np.array([cost]), no, no, sizes_of())
        assert step[0] - plain[0] == pytest.approx(gained)


@given(
    costs=st.lists(st.floats(-4, 4), min_size=1, max_size=6),
    gamma=st.sampled_from([0.0, 0.5, 0.99, 1.0]),
    potential=st.sampled_from(["cost", "log-error"]),
    lowering=st.booleans(),
)
@settings(UNHURRIED)
def test_shaping_adds_the_same_to_every_episode(
    costs: list[float], gamma: float, potential: str, lowering: bool
) -> None:
    reward = shaped(potential, gamma)
    if lowering:  # a minimum that moves during the episode changes nothing
        reward.base.margin = 0.5  # type: ignore[attr-defined]
    reward.begin(np.array([True]))
    before, added, discount = float(reward.held[0]), 0.0, 1.0
    for place, (previous, cost) in enumerate(pairwise([1.0, *costs])):
        last = np.array([place == len(costs) - 1])
        arguments = (np.array([previous]), np.array([cost]), np.array([False]), last, sizes_of())
        added += discount * float((reward.pay(*arguments) - reward.base.pay(*arguments))[0])
        discount *= gamma
        reward.learn(np.array([cost]))
    assert added == pytest.approx(-before, abs=1e-9)


# -- all of them ------------------------------------------------------------------------------

RULES = ["fixed-ends", "staircase", "log", "log:0,1e-3", "qaser:0.5", "gate-cost", "gate-cost:2"]
ANY = st.floats(-1e6, 1e6) | st.sampled_from(
    [0.0, -2.0, math.inf, -math.inf, math.nan, 1e300, -1e300]
)


@given(
    rule=st.sampled_from(RULES),
    shaping=st.sampled_from(["none", "cost", "log-error:3,0.9"]),
    minimum=st.sampled_from(["best", "bound", "reference"]),
    target=st.sampled_from([0.0, 1e-6, 0.5]),
    costs=st.lists(st.tuples(ANY, ANY), min_size=1, max_size=4),
    goal=st.floats(-10, 10) | st.just(-math.inf),
    cnots=st.integers(0, 24),
    data=st.data(),
)
@settings(UNHURRIED)
def test_every_reward_is_finite_and_in_its_range(
    rule: str,
    shaping: str,
    minimum: str,
    target: float,
    costs: list[tuple[float, float]],
    goal: float,
    cnots: int,
    data: st.DataObject,
) -> None:
    task = Task("t", Expectation(OBSERVABLE), reference=-2.0, target_error=target)
    config = EnvConfig(reward=rule, shaping=shaping, minimum=minimum)
    start = data.draw(st.sampled_from([0.5, -2.0, -4.25]))
    reward = make_reward(config, task, start, CircuitVecEnv(task, EnvConfig(max_gates=24)).build)
    reward.begin(np.array([True]))
    low, high = reward.range
    for previous, cost in costs:
        reached = np.array([cost <= goal])
        last = np.array([data.draw(st.booleans())]) & ~reached
        before = max(0, cnots - data.draw(st.integers(0, 1)))
        sizes = sizes_of(goal=goal, cnots=[cnots], before=[before], depth=[cnots + 1])
        paid_now = reward.pay(np.array([previous]), np.array([cost]), reached, last, sizes)
        assert paid_now.shape == (1,)
        assert np.isfinite(paid_now).all()
        assert low - 1e-9 <= paid_now[0] <= high + 1e-9
        reward.learn(np.array([cost]))
        assert math.isfinite(reward.minimum)


@pytest.mark.parametrize("shaping", ["none", "log-error"])
@pytest.mark.parametrize("rule", ["fixed-ends", "staircase", "log", "qaser", "gate-cost"])
def test_no_rule_looks_at_the_answer_unless_told(rule: str, shaping: str) -> None:
    config = EnvConfig(reward=rule, shaping=shaping, max_gates=5)
    paid_in = []
    for reference in (None, -3.0):
        env = CircuitVecEnv(Task("t", Expectation(OBSERVABLE), reference), config, num_envs=3)
        env.reset(seed=1)
        rng = np.random.default_rng(0)
        steps = [env.step(rng.integers(len(env.actions), size=3))[1] for _ in range(12)]
        low, high = env.reward.range
        assert ((low <= np.array(steps)) & (np.array(steps) <= high)).all()
        paid_in.append(steps)
    np.testing.assert_array_equal(*paid_in)


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"reward": "stairs"}, "'staircase'"),
        ({"reward": "staircase:2"}, "takes no number"),
        ({"reward": "qaser:1,2"}, "'qaser:factor'"),
        ({"reward": "qaser:lots"}, "must be a number; got 'lots'"),
        ({"reward": "qaser:0"}, "factor of the reward 'qaser' must be a finite number"),
        ({"reward": "log:1,0"}, "floor"),
        ({"shaping": "costs"}, "'cost'"),
        ({"shaping": "cost:1,1.5"}, "gamma"),
    ],
)
def test_rewards_that_there_are_not(settings_: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        EnvConfig(**settings_)
