"""The exact engine against dense matrices, Qiskit, finite differences and SciPy."""

from __future__ import annotations

import math
import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector
from scipy.optimize import minimize
from strategies import circuits, pauli_sums

from qrl.circuits import Circuit, Expectation, PauliSum, Status, Tuned, TuneOptions, dense
from qrl.circuits.engines import make_engine, memory
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.gates import GATES
from qrl.circuits.program import lower
from qrl.errors import InputError
from qrl.tasks.ground_states import heisenberg, tfim

# Compiling the kernels, or a busy machine, must not fail a test.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

Observable = Callable[..., st.SearchStrategy[PauliSum]]

# Both slopes of Z + X vanish where its minimum -sqrt(2) lies: at -3 pi / 4 of RY.
TILTED = PauliSum(("Z", "X"), (1.0, 1.0))


def engine_for(observable: PauliSum) -> ExactEngine:
    engine = make_engine("exact", Expectation(observable))
    assert isinstance(engine, ExactEngine)
    return engine


def ry(angle: float) -> Circuit:
    return Circuit(1).append("ry", 0, angle=angle)


def with_real_diagonals(observable: PauliSum) -> PauliSum:
    labels = [x.replace("Y", "X", 1) if x.count("Y") % 2 else x for x in observable.labels]
    return PauliSum(tuple(labels), observable.weights)


def with_imaginary_diagonals(observable: PauliSum) -> PauliSum:
    odd = "Y" + "I" * (observable.n_qubits - 1)
    return PauliSum((*observable.labels, odd), (*observable.weights, 2.5))


@st.composite
def problems(draw: st.DrawFn, kind: str, **sizes: Any) -> tuple[Circuit, PauliSum]:
    circuit = draw(circuits(**{"max_qubits": 5, "max_gates": 12, **sizes}))
    observable = draw(pauli_sums(circuit.n_qubits))
    change = with_real_diagonals if kind == "real" else with_imaginary_diagonals
    return circuit, change(observable)


def layered(n_qubits: int, layers: int, rng: np.random.Generator) -> Circuit:
    """Return rotations about two axes and a ladder of CNOTs, angles drawn at random."""
    circuit = Circuit(n_qubits)
    for _ in range(layers):
        for q in range(n_qubits):
            circuit = circuit.append("ry", q).append("rz", q)
        for q in range(n_qubits - 1):
            circuit = circuit.append("cx", q, q + 1)
    for q in range(n_qubits):
        circuit = circuit.append("ry", q)
    return circuit.with_angles(rng.uniform(-np.pi, np.pi, circuit.rotation_count))


# -- value, state, gradient -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["real", "complex"])
@given(data=st.data())
@settings(UNHURRIED, max_examples=80)
def test_value_and_state_against_dense_matrices(kind: str, data: st.DataObject) -> None:
    circuit, observable = data.draw(problems(kind))
    engine = engine_for(observable)
    assert engine.value(circuit) == pytest.approx(dense.expectation(circuit, observable), abs=1e-11)
    np.testing.assert_allclose(
        engine.statevector(circuit), dense.statevector(circuit), rtol=0, atol=1e-12
    )
    value, gradient = engine.value_and_gradient(circuit)
    assert value == pytest.approx(engine.value(circuit), abs=1e-12)
    assert gradient.shape == (circuit.rotation_count,)


@pytest.mark.parametrize("kind", ["real", "complex"])
@given(data=st.data())
@settings(UNHURRIED, max_examples=25)
def test_value_and_state_against_qiskit(kind: str, data: st.DataObject) -> None:
    circuit, observable = data.draw(problems(kind))
    state = Statevector(circuit.qiskit())
    engine = engine_for(observable)
    np.testing.assert_allclose(engine.statevector(circuit), state.data, rtol=0, atol=1e-11)
    expected = state.expectation_value(observable.to_qiskit()).real
    assert engine.value(circuit) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("kind", ["real", "complex"])
@given(data=st.data())
@settings(UNHURRIED, max_examples=40)
def test_gradient_against_the_parameter_shift_rule(kind: str, data: st.DataObject) -> None:
    circuit, observable = data.draw(problems(kind, max_qubits=4))
    _, gradient = engine_for(observable).value_and_gradient(circuit)
    expected = []
    for p in range(circuit.rotation_count):
        shift = np.eye(circuit.rotation_count)[p] * np.pi / 2
        ahead, behind = (
            dense.expectation(circuit.with_angles(np.array(circuit.angles) + s), observable)
            for s in (shift, -shift)
        )
        expected.append((ahead - behind) / 2)
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("kind", ["real", "complex"])
@given(data=st.data())
@settings(UNHURRIED, max_examples=40)
def test_gradient_against_finite_differences(kind: str, data: st.DataObject) -> None:
    circuit, observable = data.draw(problems(kind))
    engine = engine_for(observable)
    _, gradient = engine.value_and_gradient(circuit)
    step = 1e-5
    expected = []
    for p in range(circuit.rotation_count):
        shift = step * np.eye(circuit.rotation_count)[p]
        ahead = engine.value(circuit.with_angles(np.array(circuit.angles) + shift))
        behind = engine.value(circuit.with_angles(np.array(circuit.angles) - shift))
        expected.append((ahead - behind) / (2 * step))
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", GATES)
def test_each_gate_on_each_qubit_of_a_generic_state(name: str) -> None:
    """The kernels have loops of their own for qubit 0, for qubit 1 and for those above."""
    n = 4
    rng = np.random.default_rng(7)
    before = layered(n, 1, rng)
    labels = ["".join(rng.choice(list("IXYZ"), n)) for _ in range(12)]
    observable = PauliSum(tuple(labels), tuple(rng.normal(size=12)))
    engine = engine_for(observable)
    spec = GATES[name]
    places = [(a, b) for a in range(n) for b in range(n) if a != b]
    for qubits in [(q,) for q in range(n)] if spec.n_qubits == 1 else places:
        middle = before.append(name, *qubits, angle=0.9 if spec.parametric else None)
        matrix = dense.embed(spec.matrix(0.9), qubits, n)
        np.testing.assert_allclose(
            engine.statevector(middle), matrix @ dense.statevector(before), rtol=0, atol=1e-13
        )
        # Rotations on either side: the backward pass must undo the gate rightly.
        whole = middle.append("rx", qubits[0], angle=0.4).append("ry", qubits[-1], angle=-1.1)
        _, gradient = engine.value_and_gradient(whole)
        for p in range(whole.rotation_count):
            shift = np.eye(whole.rotation_count)[p] * np.pi / 2
            ahead = engine.value(whole.with_angles(np.array(whole.angles) + shift))
            behind = engine.value(whole.with_angles(np.array(whole.angles) - shift))
            assert gradient[p] == pytest.approx((ahead - behind) / 2, abs=1e-12)


def test_an_engine_keeps_nothing_of_the_circuits_before() -> None:
    rng = np.random.default_rng(3)
    task = heisenberg(4)
    used = engine_for(task.objective.observable)
    circuit = layered(4, 1, rng)
    expected = engine_for(task.objective.observable).value_and_gradient(circuit)
    used.tune(layered(4, 2, rng))
    value, gradient = used.value_and_gradient(circuit)
    assert value == expected[0]
    assert np.array_equal(gradient, expected[1])
    assert np.array_equal(used.statevector(Circuit(4)), np.eye(16)[0])


@given(data=st.data())
@settings(UNHURRIED, max_examples=30)
def test_local_expectation_values(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    drawn = [data.draw(circuits(n, 6, min_qubits=n)) for _ in range(3)]
    ops, n_ops, theta, _ = packed(drawn)
    engine = engine_for(PauliSum(("Z" * n,), (1.0,)))
    local = engine.local_paulis(ops, n_ops, theta)
    assert local.shape == (3, n, 3)
    for k, circuit in enumerate(drawn):
        for q in range(n):
            for m, letter in enumerate("XYZ"):
                label = "I" * (n - 1 - q) + letter + "I" * q
                expected = dense.expectation(circuit, PauliSum((label,), (1.0,)))
                assert local[k, q, m] == pytest.approx(expected, abs=1e-12)


# -- tuning -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["real", "complex"])
@given(data=st.data())
@settings(UNHURRIED, max_examples=50)
def test_tuning_lowers_the_cost_and_tells_the_truth(kind: str, data: st.DataObject) -> None:
    circuit, observable = data.draw(problems(kind, max_qubits=4))
    fresh = data.draw(st.none() | st.integers(0, circuit.rotation_count))
    target = data.draw(st.sampled_from([math.inf, 0.0, -1e9]))
    engine = engine_for(observable)
    start = engine.value(circuit)
    tuned = engine.tune(circuit, fresh=fresh, target=target)
    assert tuned.circuit.gates == circuit.gates
    assert tuned.cost <= start + 1e-11
    assert tuned.cost == pytest.approx(dense.expectation(tuned.circuit, observable), abs=1e-10)
    assert tuned.cost >= np.linalg.eigvalsh(dense.operator(observable))[0] - 1e-10
    assert tuned.evaluations >= max(1, tuned.gradients)
    if circuit.rotation_count:
        _, gradient = engine.value_and_gradient(tuned.circuit)
        assert tuned.slope == pytest.approx(np.abs(gradient).max(), abs=1e-10)
        assert (tuned.status == Status.CONVERGED) == (tuned.slope <= TuneOptions().tolerance)
    assert tuned.status in (Status.CONVERGED, Status.BUDGET, Status.STALLED)
    assert tuned.status.meaning.endswith(".")


def test_a_circuit_without_angles_is_evaluated_once() -> None:
    observable = PauliSum(("ZI", "IZ"), (1.0, 0.25))
    engine = engine_for(observable)
    for circuit, cost in (
        (Circuit(2), 1.25),
        (Circuit(2).append("x", 1).append("cx", 1, 0), -1.25),
    ):
        tuned = engine.tune(circuit, fresh=0, target=-10.0)
        assert tuned == Tuned(
            circuit, cost, Status.CONVERGED, evaluations=1, gradients=0, slope=0.0
        )
        value, gradient = engine.value_and_gradient(circuit)
        assert (value, gradient.size) == (cost, 0)


def test_gradients_are_counted() -> None:
    """A budget one short of the number reported must stop the descent, and one equal must not."""
    rng = np.random.default_rng(11)
    engine = engine_for(heisenberg(3).objective.observable)
    for _ in range(4):
        circuit = layered(3, 2, rng)
        free = engine.tune(circuit, options=TuneOptions(max_gradients=10_000))
        assert free.status == Status.CONVERGED
        assert free.evaluations == free.gradients > 5
        enough = engine.tune(circuit, options=TuneOptions(max_gradients=free.gradients))
        assert enough == free
        short = engine.tune(circuit, options=TuneOptions(max_gradients=free.gradients - 1))
        assert short.status == Status.BUDGET
        assert short.evaluations == short.gradients == free.gradients - 1
        assert free.cost <= short.cost <= engine.value(circuit)


@pytest.mark.parametrize("budget", [1, 2, 3, 7])
def test_a_budget_is_used_up_and_not_exceeded(budget: int) -> None:
    engine = engine_for(tfim(4, 0.7).objective.observable)
    circuit = layered(4, 2, np.random.default_rng(5))
    tuned = engine.tune(circuit, options=TuneOptions(max_gradients=budget))
    assert (tuned.status, tuned.gradients) == (Status.BUDGET, budget)


@pytest.mark.parametrize("budget", [1, 2, 3, 7])
def test_a_second_descent_stays_within_the_budget(budget: int) -> None:
    """`max_gradients` are those "allowed for one circuit", however many descents it takes."""
    engine = engine_for(tfim(4, 0.7).objective.observable)
    circuit = layered(4, 2, np.random.default_rng(5))
    tuned = engine.tune(circuit, target=-100.0, options=TuneOptions(max_gradients=budget))
    assert tuned.gradients <= budget


@given(fresh=st.integers(0, 6))
@settings(UNHURRIED)
def test_closed_forms_count_two_values_an_angle(fresh: int) -> None:
    circuit = layered(2, 1, np.random.default_rng(2))
    assert circuit.rotation_count == 6
    tuned = engine_for(heisenberg(2).objective.observable).tune(circuit, fresh=fresh)
    assert tuned.evaluations - tuned.gradients == 2 * (6 - fresh)


def test_same_input_same_result_to_the_bit() -> None:
    observable = heisenberg(4).objective.observable
    circuit = layered(4, 2, np.random.default_rng(8))
    first = engine_for(observable).tune(circuit, fresh=3, target=-7.0)
    assert first == engine_for(observable).tune(circuit, fresh=3, target=-7.0)


def test_stalls_where_rounding_swallows_every_step() -> None:
    start = ry(1e20)  # neighbouring doubles are 16384 apart
    tuned = engine_for(TILTED).tune(start)
    assert tuned.status == Status.STALLED
    assert tuned.circuit == start
    assert tuned.cost == pytest.approx(dense.expectation(start, TILTED))


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e4])
def test_tolerance_is_the_largest_slope(scale: float) -> None:
    engine = engine_for(PauliSum(("ZZ", "XI", "IX"), (scale, 0.6 * scale, 0.8 * scale)))
    circuit = layered(2, 1, np.random.default_rng(4))
    loose = engine.tune(circuit, options=TuneOptions(tolerance=0.1 * scale))
    tight = engine.tune(circuit, options=TuneOptions(tolerance=1e-8 * scale))
    assert loose.status == tight.status == Status.CONVERGED
    assert loose.gradients < tight.gradients
    assert loose.slope <= 0.1 * scale
    assert tight.slope <= 1e-8 * scale


# -- closed form and second attempt -----------------------------------------------------------


@given(data=st.data())
@settings(UNHURRIED, max_examples=40)
def test_one_fresh_angle_reaches_its_global_minimum(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 3))
    fixed = [name for name, spec in GATES.items() if not spec.parametric]
    front, back = (data.draw(circuits(n, 4, fixed, min_qubits=n)) for _ in range(2))
    name = data.draw(st.sampled_from(["rx", "ry", "rz"] + ["rzz"] * (n > 1)))
    place = data.draw(st.permutations(range(n)))[: GATES[name].n_qubits]
    observable = data.draw(pauli_sums(n))
    gates = (*front.gates, (name, tuple(place)), *back.gates)
    engine = engine_for(observable)
    grid = np.linspace(-np.pi, np.pi, 720, endpoint=False)
    costs = np.array([engine.value(Circuit(n, gates, (float(x),))) for x in grid])
    # Of all starts the worst: the top of the curve, where the slope is zero.
    mean = (costs.max() + costs.min()) / 2
    tuned = engine.tune(Circuit(n, gates, (float(grid[costs.argmax()]),)), fresh=0)
    amplitude = costs.max() - mean
    assert tuned.cost <= costs.min() + 1e-10
    assert tuned.cost >= costs.min() - amplitude * (grid[1] - grid[0]) ** 2 / 2 - 1e-10
    assert -np.pi - 1e-9 <= tuned.circuit.angles[0] <= np.pi + 1e-9


def test_only_a_fresh_angle_leaves_a_stationary_maximum() -> None:
    engine = engine_for(PauliSum(("Z",), (1.0,)))
    stuck = engine.tune(ry(0.0))
    assert (stuck.cost, stuck.status, stuck.gradients) == (1.0, Status.CONVERGED, 1)
    free = engine.tune(ry(0.0), fresh=0)
    assert free.cost == pytest.approx(-1.0, abs=1e-14)
    assert abs(free.circuit.angles[0]) == pytest.approx(np.pi)


def test_angles_before_the_fresh_one_start_from_their_values() -> None:
    engine = engine_for(PauliSum(("IZ", "ZI"), (1.0, 1.0)))
    circuit = Circuit(2).append("ry", 0, angle=0.0).append("ry", 1, angle=0.0)
    tuned = engine.tune(circuit, fresh=1)
    assert tuned.circuit.angles[0] == 0.0
    assert tuned.cost == pytest.approx(0.0, abs=1e-12)
    assert engine.tune(circuit, fresh=0).cost == pytest.approx(-2.0)


def test_a_flat_direction_keeps_its_angle() -> None:
    engine = engine_for(PauliSum(("Z",), (1.0,)))
    circuit = Circuit(1).append("rz", 0, angle=0.3)
    assert engine.tune(circuit, fresh=0).circuit == circuit


def test_a_saddle_above_the_target_gets_a_second_attempt() -> None:
    """<Z0> is at its top and -<Z1> at its bottom: all slopes are zero, the cost can still fall."""
    engine = engine_for(PauliSum(("IZ", "ZI"), (1.0, -1.0)))
    saddle = Circuit(2).append("ry", 0, angle=0.0).append("ry", 1, angle=0.0)
    for reachable in (math.inf, 0.0, 1.0):
        left = engine.tune(saddle, target=reachable)
        assert (left.cost, left.circuit) == (0.0, saddle)
        assert (left.evaluations, left.gradients) == (1, 1)
    freed = engine.tune(saddle, target=-0.5)
    assert freed.cost == pytest.approx(-2.0)
    assert freed.status == Status.CONVERGED
    # First descent, closed form of two angles from three values, second descent.
    assert freed.evaluations - freed.gradients == 3
    assert freed.gradients >= 2


def test_a_cnot_after_tuned_rotations_needs_the_second_attempt() -> None:
    engine = engine_for(PauliSum(("IZ", "ZZ"), (1.0, 0.5)))
    tuned = engine.tune(Circuit(2).append("ry", 0), fresh=0)
    assert tuned.cost == pytest.approx(-1.5)
    longer = tuned.circuit.append("cx", 0, 1)  # ZZ becomes a constant of the motion
    assert engine.tune(longer).cost == pytest.approx(-0.5)
    circuit = tuned.circuit.append("ry", 1).append("cx", 0, 1)
    assert engine.tune(circuit).cost == pytest.approx(-0.5)
    assert engine.tune(circuit, target=tuned.cost).cost == pytest.approx(-1.5)


@given(data=st.data())
@settings(UNHURRIED, max_examples=30)
def test_the_second_attempt_never_makes_it_worse(data: st.DataObject) -> None:
    circuit, observable = data.draw(problems("complex", max_qubits=3))
    assume(circuit.rotation_count)
    engine = engine_for(observable)
    once, twice = engine.tune(circuit), engine.tune(circuit, target=-1e9)
    assert twice.cost <= once.cost
    assert twice.evaluations >= once.evaluations + 1 + circuit.rotation_count


# -- many circuits in one call ----------------------------------------------------------------


def packed(several: list[Circuit]) -> tuple[Any, ...]:
    """Return `ops, n_ops, theta, n_theta`; what no circuit uses holds nonsense."""
    lowered = [lower(circuit) for circuit in several]
    n_ops = np.array([len(ops) for ops, _ in lowered])
    n_theta = np.array([theta.size for _, theta in lowered])
    all_ops = np.full((len(several), n_ops.max() + 2, 4), 99, dtype=np.int32)
    all_theta = np.full((len(several), n_theta.max() + 2), np.nan)
    for k, (ops, theta) in enumerate(lowered):
        all_ops[k, : len(ops)] = ops
        all_theta[k, : theta.size] = theta
    return all_ops, n_ops, all_theta, n_theta


@pytest.mark.parametrize("max_gradients", [3, 200])
def test_a_batch_equals_its_circuits_one_by_one_to_the_bit(max_gradients: int) -> None:
    rng = np.random.default_rng(1)
    several = [layered(4, layers, rng) for layers in (2, 0, 1, 2)]
    several += [Circuit(4), Circuit(4).append("h", 0), several[0].append("rzz", 0, 3, angle=0.2)]
    fresh = np.array([-1, 0, 5, 4, -1, 0, 20])
    target = np.array([math.inf, -2.0, math.inf, -100.0, -100.0, math.inf, 1.0])
    options = TuneOptions(max_gradients=max_gradients)
    observable = PauliSum(("XXYI", "ZZZZ", "IIYI", "ZIIX"), (0.8, -0.4, 0.3, 1.1))
    for order in (np.arange(7), np.arange(7)[::-1]):
        engine = engine_for(observable)
        ops, n_ops, theta, n_theta = packed([several[k] for k in order])
        out = engine.tune_arrays(ops, n_ops, theta, n_theta, fresh[order], target[order], options)
        for row, k in enumerate(order):
            start = None if fresh[k] < 0 else int(fresh[k])
            alone = engine.tune(several[k], fresh=start, target=target[k], options=options)
            assert alone.circuit.angles == tuple(theta[row, : n_theta[row]])
            assert alone.cost == out[row, 0]
            assert alone.status == Status(int(out[row, 1]))
            assert (alone.evaluations, alone.gradients) == (out[row, 2] + out[row, 3], out[row, 3])
            assert alone.slope == out[row, 4]


def test_a_cost_that_is_not_a_number_is_a_status_and_stays_alone() -> None:
    healthy, ill = ry(0.4), ry(0.4)
    ops, n_ops, theta, n_theta = packed([healthy, ill, healthy])
    theta[1, 0] = np.nan
    engine = engine_for(TILTED)
    out = engine.tune_arrays(
        ops, n_ops, theta, n_theta, np.full(3, -1), np.full(3, -9.0), TuneOptions()
    )
    assert [Status(int(s)) for s in out[:, 1]] == [
        Status.CONVERGED,
        Status.NOT_FINITE,
        Status.CONVERGED,
    ]
    assert np.isnan(out[1, 0])
    assert out[1, 3] == 1  # nothing more is tried
    assert np.array_equal(out[0], out[2])
    assert out[0, 0] == pytest.approx(-math.sqrt(2))


# -- SciPy ------------------------------------------------------------------------------------

PROBLEMS = {
    "tfim": tfim(4, 0.8).objective.observable,
    "heisenberg": heisenberg(3).objective.observable,
    "odd-y": PauliSum(("XYZ", "YII", "ZZI", "IXX", "IIY"), (0.7, -0.3, 1.0, 0.5, 0.4)),
}


def by_scipy(engine: ExactEngine, start: Circuit, tolerance: float) -> Any:
    def cost(angles: Any) -> Any:
        return engine.value_and_gradient(start.with_angles(angles))

    options = {"gtol": tolerance, "ftol": 0.0, "maxiter": 2000, "maxfun": 5000}
    return minimize(cost, start.angles, jac=True, method="L-BFGS-B", options=options)


@pytest.mark.parametrize("name", PROBLEMS)
def test_l_bfgs_falls_to_the_same_minimum_as_scipy(name: str) -> None:
    """From within its valley, at a similar price; tightly, so that only a minimum will do."""
    engine = engine_for(PROBLEMS[name])
    rng = np.random.default_rng(20)
    prices = []
    for _ in range(6):
        found = by_scipy(engine, layered(engine.n_qubits, 2, rng), 1e-7)
        near = layered(engine.n_qubits, 2, rng).with_angles(
            found.x + rng.normal(scale=0.05, size=found.x.size)
        )
        expected = by_scipy(engine, near, 1e-7)
        tuned = engine.tune(near, options=TuneOptions(tolerance=1e-7, max_gradients=2000))
        assert tuned.status == Status.CONVERGED
        assert tuned.cost == pytest.approx(expected.fun, abs=1e-7)
        prices.append(tuned.gradients / expected.nfev)
    assert np.median(prices) < 1.5


@pytest.mark.parametrize("name", PROBLEMS)
def test_l_bfgs_finds_as_good_a_minimum_as_scipy_from_anywhere(name: str) -> None:
    engine = engine_for(PROBLEMS[name])
    rng = np.random.default_rng(9)
    starts = [layered(engine.n_qubits, 2, rng) for _ in range(16)]
    options = TuneOptions(tolerance=1e-6, max_gradients=5000)
    ours = [engine.tune(start, options=options).cost for start in starts]
    theirs = [by_scipy(engine, start, 1e-6).fun for start in starts]
    assert min(ours) == pytest.approx(min(theirs), abs=1e-7)
    lowest = np.linalg.eigvalsh(dense.operator(PROBLEMS[name]))[0]
    # Which valley a start falls into is chance; falling short of every valley would cost far more.
    assert np.mean(ours) - lowest < 2 * (np.mean(theirs) - lowest) + 5e-3


# -- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize("n_qubits", [40, 60, 1100])
def test_a_problem_beyond_memory_is_refused_before_anything_is_allocated(n_qubits: int) -> None:
    observable = PauliSum(("Z" * n_qubits, "X" * n_qubits, "Y" * n_qubits), (1.0, 1.0, 0.5))
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            make_engine("exact", Expectation(observable))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1e6
    message = str(caught.value)
    assert f"{n_qubits} qubits" in message
    assert "up to 24 qubits" in message


def test_the_number_of_qubits_that_would_fit_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 3 << 20)
    with pytest.raises(InputError) as caught:
        make_engine("exact", Expectation(PauliSum(("Z" * 24,), (1.0,))))
    numbers = re.search(
        r"needs (\S+) GiB.* and (\S+) GiB are available; (\d+) qubits", str(caught.value)
    )
    assert numbers is not None
    needed, available, fits = float(numbers[1]), float(numbers[2]), int(numbers[3])
    assert needed / 2 ** (24 - fits) <= 1.01 * available
    assert needed / 2 ** (24 - fits - 1) >= 0.99 * available


@pytest.mark.parametrize("n_qubits", [1, 3])
@pytest.mark.parametrize("method", ["value", "value_and_gradient", "statevector", "tune"])
def test_a_circuit_of_another_size_is_refused(method: str, n_qubits: int) -> None:
    engine = engine_for(PauliSum(("ZZ",), (1.0,)))
    with pytest.raises(InputError, match=rf"has 2 qubits .* got one of {n_qubits}"):
        getattr(engine, method)(Circuit(n_qubits).append("rx", 0))


def test_an_unknown_engine_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'exact'"):
        make_engine("exakt", Expectation(TILTED))
