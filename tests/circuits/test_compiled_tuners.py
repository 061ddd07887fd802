"""The tuners inside the kernels, against numbers worked out by hand and known optima."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits, pauli_sums

from qrl.circuits import Circuit, Expectation, PauliSum, Status, TuneOptions, dense
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.objectives import (
    Classification,
    DephasingGap,
    ExpectationRatio,
    Infidelity,
    ProcessInfidelity,
)
from qrl.circuits.program import lower
from qrl.circuits.tuned import COMPILED_TUNERS
from qrl.tasks.ground_states import heisenberg

Z = PauliSum(("Z",), (1.0,))
SUM = PauliSum(("IZ", "ZI"), (1.0, -1.0))
SADDLE = Circuit(2).append("ry", 0, angle=0.0).append("ry", 1, angle=0.0)


def engine(observable: PauliSum = Z, **options: Any) -> ExactEngine:
    return ExactEngine(Expectation(observable), **options)


def ry(angle: float) -> Circuit:
    return Circuit(1).append("ry", 0, angle=angle)


def ansatz(n: int, rng: np.random.Generator) -> Circuit:
    circuit = Circuit(n)
    for q in range(n):
        circuit = circuit.append("ry", q).append("rz", q)
    for q in range(n - 1):
        circuit = circuit.append("cx", q, q + 1).append("ry", q + 1)
    return circuit.with_angles(rng.uniform(-3, 3, circuit.rotation_count))


# -- Adam -------------------------------------------------------------------------------------


def test_the_first_two_steps_of_adam_are_those_worked_out_by_hand() -> None:
    """On cos(x): moments g and g^2 at first; then (0.09 g + 0.1 h) / 0.19 and so on."""
    rate, start = 0.1, 0.5
    g = -math.sin(start)
    first = start - rate * g / (abs(g) + 1e-8)
    h = -math.sin(first)
    mean = (0.09 * g + 0.1 * h) / 0.19
    spread = (0.000999 * g**2 + 0.001 * h**2) / 0.001999
    second = first - rate * mean / (math.sqrt(spread) + 1e-8)
    for budget, angle in ((1, start), (2, first), (3, second)):
        options = TuneOptions(tuner="adam", rate=rate, max_gradients=budget)
        tuned = engine().tune(ry(start), options=options)
        assert tuned.circuit.angles[0] == pytest.approx(angle, abs=1e-13)
        assert tuned.cost == pytest.approx(math.cos(angle), abs=1e-13)
        assert tuned.slope == pytest.approx(abs(math.sin(angle)), abs=1e-12)
        assert (tuned.status, tuned.gradients, tuned.evaluations) == (Status.BUDGET, budget, budget)


def test_adam_follows_the_published_algorithm() -> None:
    """Algorithm 1 of arXiv 1412.6980, gradients by parameter shift, over 20 steps."""
    rng = np.random.default_rng(1)
    observable, circuit = heisenberg(2).objective.observable, ansatz(2, rng)
    theta, m, v = np.array(circuit.angles), 0.0, 0.0
    costs, places = [], []
    for t in range(1, 21):
        costs.append(dense.expectation(circuit.with_angles(theta), observable))
        places.append(theta)
        shifts = np.pi / 2 * np.eye(len(theta))
        up, down = (
            np.array(
                [dense.expectation(circuit.with_angles(theta + s * k), observable) for k in shifts]
            )
            for s in (1, -1)
        )
        gradient = (up - down) / 2
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        theta = theta - 0.2 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    options = TuneOptions(tuner="adam", rate=0.2, max_gradients=20)
    tuned = engine(observable).tune(circuit, options=options)
    assert tuned.cost == pytest.approx(min(costs), abs=1e-9)
    np.testing.assert_allclose(tuned.circuit.angles, places[int(np.argmin(costs))], atol=1e-7)


def test_adam_keeps_the_lowest_cost_seen_and_stops_at_the_tolerance() -> None:
    wild = TuneOptions(tuner="adam", rate=3.0, max_gradients=9)
    assert engine().tune(ry(3.0), options=wild).cost <= math.cos(3.0)
    calm = TuneOptions(tuner="adam", rate=0.05, max_gradients=2000, tolerance=1e-4)
    tuned = engine().tune(ry(0.5), options=calm)
    assert (tuned.status, tuned.slope <= 1e-4) == (Status.CONVERGED, True)
    assert tuned.gradients < 2000
    assert tuned.cost == pytest.approx(-1.0, abs=1e-7)


# -- Rotosolve --------------------------------------------------------------------------------

ONE_ANGLE = {
    "expectation": (Expectation(PauliSum(("Z", "X"), (1.0, 0.75))), -1.25),
    "batch": (Expectation(Z, np.array([[1, 0], [0.6, 0.8]]), [1, 3]), -math.hypot(0.04, 0.72)),
    "infidelity": (Infidelity([0.6, 0.8]), 0.0),
    "process": (ProcessInfidelity(Circuit(1).append("ry", 0, angle=0.7).unitary()), 0.0),
    "dephasing": (DephasingGap(np.array([[0.7, 0.3], [0.3, 0.3]])), 0.0),
    "classification": (Classification(np.array([[1, 0], [0.6, 0.8]]), [0.9, -0.9], (Z,)), None),
    "ratio": (ExpectationRatio(PauliSum(("I", "X"), (0.5, 0.5)), PauliSum(("I",), (1.0,))), 0.0),
}  # fmt: skip


@pytest.mark.parametrize("tuner", ["rotosolve", "none"])
@pytest.mark.parametrize("name", ONE_ANGLE)
def test_one_angle_reaches_its_exact_optimum(name: str, tuner: str) -> None:
    objective, lowest = ONE_ANGLE[name]
    if lowest is None:  # points at two angles of the circle, with cosines for outputs
        scan = np.linspace(-np.pi, np.pi, 200_001)
        turned = np.cos(np.add.outer([0.0, 2 * math.atan2(0.8, 0.6)], scan))
        lowest = np.min(np.mean((turned - np.array([[0.9], [-0.9]])) ** 2, axis=0))
    scorer = ExactEngine(objective)
    for start in (0.2, -1.4, 3.0):
        options = TuneOptions(tuner=tuner)
        tuned = scorer.tune(ry(start), fresh=0, options=options)
        assert tuned.cost == pytest.approx(lowest, abs=1e-8)
        if tuner == "rotosolve":
            again = scorer.tune(ry(start), options=options)
            assert again.cost == pytest.approx(lowest, abs=1e-8)
            assert again.status == Status.CONVERGED


@pytest.mark.parametrize("tuner", ["rotosolve", "none"])
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_one_point_with_one_observable_is_no_linear_cost(loss: Any, tuner: str) -> None:
    """z = cos(x): the squared loss is 0 at z = 0.5, the logistic one lowest at z = 1."""
    label = 0.5 if loss == "squared" else 1.0
    objective = Classification(np.array([1.0, 0.0]), [label], (Z,), loss)
    tuned = ExactEngine(objective).tune(ry(2.0), fresh=0, options=TuneOptions(tuner=tuner))
    expected = 0.0 if loss == "squared" else math.log1p(math.exp(-1.0))
    assert tuned.cost == pytest.approx(expected, abs=1e-8)


@given(data=st.data(), tuner=st.sampled_from(COMPILED_TUNERS), budget=st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_no_tuner_raises_the_cost(data: st.DataObject, tuner: str, budget: int) -> None:
    circuit = data.draw(circuits(3, 8))
    observable = data.draw(pauli_sums(circuit.n_qubits))
    scorer = engine(observable)
    start = scorer.value(circuit)
    options = TuneOptions(tuner=tuner, max_gradients=budget, restart=True)
    tuned = scorer.tune(circuit, options=options)
    assert tuned.cost <= start + 1e-11
    assert tuned.cost == pytest.approx(dense.expectation(tuned.circuit, observable), abs=1e-10)
    if tuner == "none":
        assert tuned.circuit == circuit
    if tuner in ("lbfgs", "adam"):
        assert tuned.gradients <= budget


def test_rotosolve_falls_from_any_saddle_and_ends_at_a_fixed_point() -> None:
    options = TuneOptions(tuner="rotosolve", max_gradients=10_000, tolerance=1e-12)
    assert engine(SUM).tune(SADDLE, options=options).cost == pytest.approx(-2.0)
    rng = np.random.default_rng(3)
    observable = heisenberg(3).objective.observable
    scorer = engine(observable)
    tuned = scorer.tune(ansatz(3, rng), options=options)
    assert tuned.status == Status.CONVERGED
    again = scorer.tune(tuned.circuit, fresh=0, options=TuneOptions(tuner="none"))
    assert again.cost == pytest.approx(tuned.cost, abs=1e-10)
    assert tuned.slope < 1e-4


@pytest.mark.parametrize("budget", [2, 3, 5, 12])
def test_rotosolve_stays_within_its_budget(budget: int) -> None:
    """Of values, as `TuneOptions` says; one more gives the slope that is reported."""
    circuit = ansatz(4, np.random.default_rng(4))
    options = TuneOptions(tuner="rotosolve", max_gradients=budget)
    tuned = engine(heisenberg(4).objective.observable).tune(circuit, options=options)
    assert tuned.evaluations - tuned.gradients <= budget


@pytest.mark.parametrize("budget", [1, 20, 40, 41, 200])
def test_later_sweeps_of_rotosolve_stay_within_the_budget(budget: int) -> None:
    circuit = ansatz(4, np.random.default_rng(4))
    options = TuneOptions(tuner="rotosolve", max_gradients=budget, tolerance=0.0)
    tuned = engine(heisenberg(4).objective.observable).tune(circuit, options=options)
    assert tuned.evaluations - tuned.gradients <= budget
    assert tuned.status == Status.BUDGET


# -- restarts ---------------------------------------------------------------------------------


def test_a_restart_leaves_a_true_saddle_and_is_reported() -> None:
    stuck = engine(SUM).tune(SADDLE)
    assert (stuck.cost, stuck.restarts, stuck.gradients) == (0.0, 0, 1)
    freed = engine(SUM).tune(SADDLE, options=TuneOptions(restart=True))
    assert freed.cost == pytest.approx(-2.0)
    assert (freed.restarts, freed.status) == (1, Status.CONVERGED)
    budget = engine(SUM).tune(SADDLE, options=TuneOptions(restart=True, max_gradients=3))
    assert (budget.gradients, budget.restarts) == (3, 1)
    one = engine(SUM).tune(SADDLE, options=TuneOptions(restart=True, max_gradients=1))
    assert (one.cost, one.gradients, one.restarts) == (0.0, 1, 0)


def test_no_restart_where_there_was_a_slope_or_the_target_is_beaten() -> None:
    options = TuneOptions(restart=True)
    assert engine().tune(ry(0.5), options=options).restarts == 0
    bottom = engine().tune(ry(math.pi), target=-0.5, options=options)
    assert (bottom.restarts, bottom.cost) == (0, -1.0)
    # Without a target a start at the bottom is tried again, and no worse angle comes of it.
    tried = engine().tune(ry(math.pi), options=options)
    assert tried.restarts == 1
    assert tried.cost == pytest.approx(-1.0)


def test_a_restart_depends_on_seed_and_circuit_alone() -> None:
    stationary = SADDLE.append("cx", 0, 1).append("rz", 0, angle=0.0)
    several = [SADDLE, stationary, SADDLE.append("ry", 0, angle=0.0), SADDLE.append("ry", 0)]
    ops = np.full((4, 4, 4), -1, dtype=np.int32)
    theta, n_ops, n_theta = np.zeros((4, 3)), [], []
    for k, circuit in enumerate(several):
        rows, angles = lower(circuit)
        ops[k, : len(rows)] = rows
        n_ops.append(len(rows))
        n_theta.append(len(angles))
    found = set()
    for seed in range(4):
        options = TuneOptions(restart=True, seed=seed, tolerance=1e-2)
        alone = [engine(SUM, table_bytes=0).tune(c, options=options) for c in several]
        again = [engine(SUM, table_bytes=0).tune(c, options=options) for c in several]
        assert alone == again
        for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
            for threads in (1, 2):
                scorer = engine(SUM, threads=threads)
                used = theta[order].copy()
                out = scorer.tune_arrays(
                    ops[order], np.array(n_ops)[order], used, np.array(n_theta)[order],
                    np.full(4, -1), np.full(4, math.inf), options,
                )  # fmt: skip
                for row, k in enumerate(order):
                    assert out[row, 0] == alone[k].cost
                    assert tuple(used[row, : n_theta[k]]) == alone[k].circuit.angles
                    assert out[row, 5] == alone[k].restarts == 1
        found.add(alone[0].circuit.angles)
    assert len(found) == 4


# -- what is no number ------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("tuner", COMPILED_TUNERS)
def test_a_start_that_is_no_number_is_a_status_and_harms_no_other(tuner: str, bad: float) -> None:
    ops = np.repeat(lower(ry(0.4))[0][None], 3, axis=0)
    theta = np.array([[0.4], [bad], [0.4]])
    options = TuneOptions(tuner=tuner, max_gradients=30, restart=True)
    for fresh in (-1, 0) if tuner == "none" else (-1,):
        used = theta.copy()
        out = engine().tune_arrays(
            ops, np.ones(3, int), used, np.ones(3, int), np.full(3, fresh), np.zeros(3), options
        )
        assert out[1, 1] == Status.NOT_FINITE
        assert not np.isfinite(out[1, 0])
        assert np.array_equal(out[0], out[2])
        assert (
            out[0, 0]
            == engine()
            .tune(ry(0.4), fresh=None if fresh < 0 else 0, target=0.0, options=options)
            .cost
        )


@pytest.mark.parametrize("tuner", COMPILED_TUNERS)
def test_a_ratio_without_a_denominator_is_not_finite(tuner: str) -> None:
    objective = ExpectationRatio(Z, PauliSum(("Z",), (0.0,)))
    options = TuneOptions(tuner=tuner, max_gradients=50)
    assert ExactEngine(objective).tune(ry(0.4), options=options).status == Status.NOT_FINITE


def test_a_cost_that_is_no_number_is_a_status_without_a_sweep_too() -> None:
    objective = ExpectationRatio(Z, PauliSum(("Z",), (0.0,)))
    options = TuneOptions(tuner="rotosolve", max_gradients=1)
    assert ExactEngine(objective).tune(ry(0.4), options=options).status == Status.NOT_FINITE
