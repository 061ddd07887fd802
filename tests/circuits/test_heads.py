"""What the kernels compute for each objective, against its definition on independent states."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import circuits, pauli_sums

from qrl.circuits import GATES, Circuit, Objective, PauliSum, TuneOptions, dense
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.gates import gate_spec
from qrl.circuits.objectives import (
    Classification,
    CodeOverlap,
    DephasingGap,
    Expectation,
    ExpectationRatio,
    Infidelity,
    ProcessInfidelity,
)
from qrl.circuits.program import lower

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SEEDS = st.integers(0, 2**32 - 1)
COUNTS = st.sampled_from([1, 2, 3, 5, 8])


def states(n_qubits: int, count: int, rng: np.random.Generator) -> Any:
    parts = rng.normal(size=(2, count, 1 << n_qubits))
    raw = parts[0] + 1j * parts[1]
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def outputs(circuit: Circuit, inputs: Any) -> Any:
    """Return the outputs for inputs, shape (inputs, 2**n), by contracting tensors."""
    n = circuit.n_qubits
    tensor = np.asarray(inputs).reshape((-1,) + (2,) * n)
    for gate, angle in circuit.placed():
        k = len(gate.qubits)
        matrix = gate_spec(gate.name).matrix(0.0 if angle is None else angle)
        axes = [n - q for q in reversed(gate.qubits)]
        turned = np.tensordot(matrix.reshape((2,) * (2 * k)), tensor, (range(k, 2 * k), axes))
        tensor = np.moveaxis(turned, range(k), axes)
    return tensor.reshape(len(inputs), -1)


def random_sum(n_qubits: int, rng: np.random.Generator, terms: int = 5) -> PauliSum:
    labels = ["".join(rng.choice(list("IXYZ"), n_qubits)) for _ in range(terms)]
    return PauliSum(tuple(labels), tuple(rng.normal(size=terms)))


def classification(loss: Any, n: int, count: int, rng: np.random.Generator) -> Objective:
    classes = int(rng.integers(1, 4))
    labels = {
        "squared": rng.normal(size=(count, classes)),
        "logistic": rng.choice([-1.0, 1.0], (count, classes)),
        "softmax": rng.dirichlet(np.ones(classes), count),
    }[loss]
    observables = tuple(random_sum(n, rng) for _ in range(classes))
    weights, scale = rng.uniform(0.1, 2, count), float(rng.uniform(0.3, 2))
    return Classification(states(n, count, rng), labels, observables, loss, scale, weights)


def make(kind: str, n: int, count: int, rng: np.random.Generator) -> Objective:
    """Return an objective drawn at random; some kinds have as many inputs as they need."""
    weights = rng.uniform(0.1, 2, count)
    if kind == "expectation":
        return Expectation(random_sum(n, rng), states(n, count, rng), weights)
    if kind == "expectation of |0>":
        return Expectation(random_sum(n, rng))
    if kind == "infidelity":
        return Infidelity(states(n, count, rng), states(n, count, rng), weights)
    if kind == "infidelity of |0>":
        return Infidelity(states(n, 1, rng))
    if kind == "process":
        size = 1 << n
        wanted, _ = np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))
        return ProcessInfidelity(wanted)
    if kind == "dephasing":
        raw = states(n, count, rng)
        return DephasingGap(np.einsum("k,ki,kj->ij", weights / weights.sum(), raw, raw.conj()))
    if kind == "code":
        observables = tuple(random_sum(n, rng) for _ in range(count))
        return CodeOverlap(states(n, count, rng), observables, weights)
    if kind == "ratio":
        above, rest = random_sum(n, rng), random_sum(n, rng)
        bound = 1.5 + sum(map(abs, rest.weights))
        below = PauliSum((*rest.labels, "I" * n), (*rest.weights, bound))
        return ExpectationRatio(above, below)
    return classification(kind, n, count, rng)


QUADRATIC = (
    "expectation", "expectation of |0>", "infidelity", "infidelity of |0>", "process", "code",
)  # fmt: skip
KINDS = (*QUADRATIC, "dephasing", "ratio", "squared", "logistic", "softmax")


def moved(circuit: Circuit, p: int, by: float) -> Circuit:
    angles = list(circuit.angles)
    angles[p] += by
    return circuit.with_angles(angles)


@given(circuit=circuits(4, 8), seed=SEEDS)
@settings(UNHURRIED, max_examples=25)
def test_the_reference_of_this_file(circuit: Circuit, seed: int) -> None:
    inputs = states(circuit.n_qubits, 3, np.random.default_rng(seed))
    expected = inputs @ dense.unitary(circuit).T
    np.testing.assert_allclose(outputs(circuit, inputs), expected, rtol=0, atol=1e-12)


# -- costs and gradients ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@given(circuit=circuits(5, 12), count=COUNTS, seed=SEEDS)
@settings(UNHURRIED, max_examples=40)
def test_costs_are_those_of_the_definition(
    kind: str, circuit: Circuit, count: int, seed: int
) -> None:
    objective = make(kind, circuit.n_qubits, count, np.random.default_rng(seed))
    engine = ExactEngine(objective)
    expected = objective.cost(outputs(circuit, objective.inputs))
    assert engine.value(circuit) == pytest.approx(expected, abs=1e-11)
    value, gradient = engine.value_and_gradient(circuit)
    assert value == pytest.approx(expected, abs=1e-11)
    assert gradient.shape == (circuit.rotation_count,)
    tuned = engine.tune(circuit, options=TuneOptions(max_gradients=5))
    assert tuned.cost <= expected + 1e-11
    told = objective.cost(outputs(tuned.circuit, objective.inputs))
    assert tuned.cost == pytest.approx(told, abs=1e-11)


@pytest.mark.parametrize("kind", KINDS)
@given(circuit=circuits(4, 10), count=COUNTS, seed=SEEDS)
@settings(UNHURRIED, max_examples=20)
def test_gradients_against_finite_differences(
    kind: str, circuit: Circuit, count: int, seed: int
) -> None:
    objective = make(kind, circuit.n_qubits, count, np.random.default_rng(seed))
    _, gradient = ExactEngine(objective).value_and_gradient(circuit)
    step = 1e-5

    def cost(p: int, by: float) -> float:
        return objective.cost(outputs(moved(circuit, p, by), objective.inputs))

    for p in range(circuit.rotation_count):
        expected = (cost(p, step) - cost(p, -step)) / (2 * step)
        assert gradient[p] == pytest.approx(expected, abs=1e-7 * max(1.0, abs(expected)))


@pytest.mark.parametrize("kind", QUADRATIC)
@given(circuit=circuits(4, 10), count=COUNTS, seed=SEEDS)
@settings(UNHURRIED, max_examples=20)
def test_gradients_of_quadratic_costs_against_the_parameter_shift_rule(
    kind: str, circuit: Circuit, count: int, seed: int
) -> None:
    objective = make(kind, circuit.n_qubits, count, np.random.default_rng(seed))
    _, gradient = ExactEngine(objective).value_and_gradient(circuit)
    for p in range(circuit.rotation_count):
        ahead, behind = (
            objective.cost(outputs(moved(circuit, p, s * math.pi / 2), objective.inputs))
            for s in (1, -1)
        )
        assert gradient[p] == pytest.approx((ahead - behind) / 2, abs=1e-11)


def test_extreme_logits_do_not_overflow() -> None:
    points = np.eye(2)
    for loss, labels in (("logistic", [-1.0, 1.0]), ("softmax", [[0.0, 1.0], [1.0, 0.0]])):
        both = PauliSum(("Z",), (1.0,)), PauliSum(("Z",), (-1.0,))
        observables = both[:1] if loss == "logistic" else both
        objective = Classification(points, labels, observables, loss, scale=1e4)  # type: ignore[arg-type]
        expected = 1e4 if loss == "logistic" else 2e4
        assert objective.cost(points) == pytest.approx(expected)
        assert ExactEngine(objective).value(Circuit(1)) == pytest.approx(expected)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_states_and_local_paulis_of_a_batch(count: int) -> None:
    rng = np.random.default_rng(count)
    circuit = Circuit(3).append("h", 0).append("rzz", 0, 2, angle=0.4).append("rx", 1, angle=1.1)
    objective = make("expectation", 3, count, rng)
    engine = ExactEngine(objective)
    out = outputs(circuit, objective.inputs)
    shares = objective.weights  # type: ignore[attr-defined]
    got = np.atleast_2d(engine.statevector(circuit))
    np.testing.assert_allclose(got, np.sqrt(shares)[:, None] * out, rtol=0, atol=1e-13)
    ops, theta = lower(circuit)
    local = engine.local_paulis(ops[None], np.array([len(ops)]), theta[None])[0]
    for q in range(3):
        for m, letter in enumerate("XYZ"):
            matrix = dense.operator(PauliSum(("I" * (2 - q) + letter + "I" * q,), (1.0,)))
            expected = sum(
                w * (s.conj() @ matrix @ s).real for w, s in zip(shares, out, strict=True)
            )
            assert local[q, m] == pytest.approx(expected, abs=1e-12)


def test_local_paulis_of_a_classifier_are_expectation_values() -> None:
    objective = Classification(np.array([[1, 0], [1, 0]]), [1, -1], (PauliSum(("Z",), (1.0,)),))
    ops, theta = lower(Circuit(1))
    local = ExactEngine(objective).local_paulis(ops[None], np.array([0]), theta[None])
    np.testing.assert_allclose(local[0, 0], [0, 0, 1], atol=1e-12)


# -- parts of the state that are left out -------------------------------------------------------


@st.composite
def idle(draw: st.DrawFn, n_min: int = 4, n_max: int = 7) -> Circuit:
    """Draw circuits that leave some qubits alone, or apply X alone to them."""
    n = draw(st.integers(n_min, n_max))
    used = sorted(draw(st.sets(st.integers(0, n - 1), max_size=3)))
    names = draw(st.sampled_from([("ry", "h", "cx", "cz", "swap", "x", "z"), tuple(GATES)]))
    gates = [("x", (q,)) for q in draw(st.lists(st.integers(0, n - 1), max_size=4))]
    if used:
        angle = st.floats(-3, 3).map(lambda x: x + 1e-3)
        small = draw(circuits(len(used), 9, names, min_qubits=len(used), angle=angle))
        at, values = draw(st.integers(0, len(gates))), small.angles
        placed = [(g.name, tuple(used[q] for q in g.qubits)) for g in small.gates]
        # CNOTs that idle qubits control, or are the target of, in between.
        gates = gates[:at] + placed + gates[at:]
        if draw(st.booleans()):
            a, b = draw(st.permutations(range(n)))[:2]
            gates.insert(
                draw(st.integers(0, len(gates))), (draw(st.sampled_from(["cx", "cz"])), (a, b))
            )
        return Circuit(n, tuple(gates), values)  # type: ignore[arg-type]
    return Circuit(n, tuple(gates))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["real", "complex"])
@given(data=st.data(), circuit=idle())
@settings(UNHURRIED, max_examples=80)
def test_idle_qubits(kind: str, data: st.DataObject, circuit: Circuit) -> None:
    """An input given as a state makes the kernels visit everything: they must agree."""
    n = circuit.n_qubits
    drawn = data.draw(pauli_sums(n))
    labels = [s.replace("Y", "X", 1) if s.count("Y") % 2 else s for s in drawn.labels]
    observable = drawn
    if kind == "real":
        observable = PauliSum(tuple(labels), drawn.weights)
    zero = np.eye(1 << n)[0]
    parts, whole = ExactEngine(Expectation(observable)), ExactEngine(Expectation(observable, zero))
    value, gradient = parts.value_and_gradient(circuit)
    expected = Expectation(observable).cost(outputs(circuit, zero[None]))
    assert value == pytest.approx(expected, abs=1e-11)
    assert parts.value(circuit) == pytest.approx(expected, abs=1e-11)
    np.testing.assert_allclose(gradient, whole.value_and_gradient(circuit)[1], rtol=0, atol=1e-11)
    for tuner in ("none", "rotosolve", "lbfgs", "adam"):
        options = TuneOptions(tuner=tuner, max_gradients=6)
        one, other = (e.tune(circuit, fresh=0, options=options) for e in (parts, whole))
        told = Expectation(observable).cost(outputs(one.circuit, zero[None]))
        assert one.cost == pytest.approx(told, abs=1e-10)
        assert told <= expected + 1e-10
        if tuner in ("none", "rotosolve"):
            assert one.cost == pytest.approx(other.cost, abs=1e-8)


@given(data=st.data(), several=st.lists(idle(6, 6), min_size=2, max_size=8))
@settings(UNHURRIED, max_examples=30)
def test_an_engine_keeps_nothing_of_other_circuits(
    data: st.DataObject, several: list[Circuit]
) -> None:
    objective = Expectation(data.draw(pauli_sums(6)))
    used = ExactEngine(objective, table_bytes=0)
    for circuit in (*several, *reversed(several)):
        new = ExactEngine(objective, table_bytes=0)
        value, gradient = used.value_and_gradient(circuit)
        expected = objective.cost(outputs(circuit, objective.inputs))
        assert value == pytest.approx(expected, abs=1e-11)
        assert (value, *gradient) == tuple(np.hstack(new.value_and_gradient(circuit)))
        options = TuneOptions(max_gradients=3)
        assert used.tune(circuit, fresh=0, options=options) == new.tune(
            circuit, fresh=0, options=options
        )
        assert np.array_equal(used.statevector(circuit), new.statevector(circuit))


@pytest.mark.parametrize("name", ["rz", "z", "s", "t"])
def test_a_diagonal_gate_on_an_idle_qubit_sees_nothing_of_other_circuits(name: str) -> None:
    """What an evaluation leaves behind in memory may not enter a slope of the next."""
    observable = PauliSum(("ZIIIX", "XIIIZ", "IIXII"), (1.0, 0.7, -0.4))
    engine, fresh = (ExactEngine(Expectation(observable)) for _ in range(2))
    before = Circuit(5)
    for q in range(5):
        before = before.append("ry", q, angle=1.0 + q).append("rx", q, angle=0.5)
    after = Circuit(5).append("ry", 0, angle=0.3)
    after = after.append(name, 4, **({"angle": 0.4} if name == "rz" else {})).append(
        "rx", 0, angle=0.2
    )
    engine.value(before)
    got, expected = engine.value_and_gradient(after), fresh.value_and_gradient(after)
    assert got[0] == expected[0]
    np.testing.assert_array_equal(got[1], expected[1])
    assert got[0] == pytest.approx(dense.expectation(after, observable), abs=1e-12)
