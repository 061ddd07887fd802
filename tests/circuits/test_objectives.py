"""Objectives against formulas written down again with dense matrices, and what they refuse."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, average_gate_fidelity
from strategies import circuits, pauli_sums

from qrl.circuits import Circuit, PauliSum, dense
from qrl.circuits.objectives import (
    Classification,
    CodeOverlap,
    DephasingGap,
    Expectation,
    ExpectationRatio,
    Infidelity,
    ProcessInfidelity,
)
from qrl.errors import InputError

SEEDS = st.integers(0, 2**32 - 1)
COUNTS = st.sampled_from([1, 2, 3, 5])
Z, X, ZZ = PauliSum(("Z",), (1.0,)), PauliSum(("X",), (1.0,)), PauliSum(("ZZ",), (1.0,))


def states(n_qubits: int, count: int, rng: np.random.Generator) -> Any:
    parts = rng.normal(size=(2, count, 1 << n_qubits))
    raw = parts[0] + 1j * parts[1]
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def after(circuit: Circuit, inputs: Any) -> Any:
    return inputs @ dense.unitary(circuit).T


def mixture(weights: Any, inputs: Any, circuit: Circuit) -> Any:
    """Return sum_k w_k U |k><k| U^dagger."""
    unitary = dense.unitary(circuit)
    rho = sum(w * np.outer(s, s.conj()) for w, s in zip(weights, inputs, strict=True))
    return unitary @ rho @ unitary.conj().T


# -- definitions ------------------------------------------------------------------------------


@given(data=st.data(), seed=SEEDS, count=COUNTS)
@settings(max_examples=30, deadline=None)
def test_expectation_is_a_trace(data: st.DataObject, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    circuit = data.draw(circuits(3, 6))
    n = circuit.n_qubits
    observable, inputs = data.draw(pauli_sums(n)), states(n, count, rng)
    weights = rng.uniform(0.1, 3.0, count)
    shares = weights / weights.sum()
    objective = Expectation(observable, inputs, weights)
    rho = mixture(shares, inputs, circuit)
    expected = np.trace(rho @ dense.operator(observable)).real
    assert objective.cost(after(circuit, objective.inputs)) == pytest.approx(expected, abs=1e-12)
    assert objective.lower_bound <= expected + 1e-12
    equal = Expectation(observable, inputs)
    mean = np.trace(
        mixture(np.full(count, 1 / count), inputs, circuit) @ dense.operator(observable)
    )
    assert equal.cost(after(circuit, equal.inputs)) == pytest.approx(mean.real, abs=1e-12)
    plain = Expectation(observable)
    assert plain.cost(after(circuit, plain.inputs)) == pytest.approx(
        dense.expectation(circuit, observable), abs=1e-12
    )


@given(data=st.data(), seed=SEEDS, count=COUNTS)
@settings(max_examples=30, deadline=None)
def test_infidelity_is_one_minus_a_mean_of_squares(
    data: st.DataObject, seed: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    circuit = data.draw(circuits(3, 6))
    n = circuit.n_qubits
    inputs, target = states(n, count, rng), states(n, count, rng)
    weights = rng.uniform(0.1, 3.0, count)
    unitary, fidelity = dense.unitary(circuit), 0.0
    for w, s, t in zip(weights, inputs, target, strict=True):
        fidelity += w * abs(t.conj() @ unitary @ s) ** 2
    objective = Infidelity(target, inputs, weights)
    cost = objective.cost(after(circuit, objective.inputs))
    assert cost == pytest.approx(1 - fidelity / weights.sum(), abs=1e-12)
    assert objective.cost(target * np.exp(0.7j)) == pytest.approx(0.0, abs=1e-12)


@given(data=st.data(), seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_process_infidelity_is_a_trace_and_tells_the_average_gate_fidelity(
    data: st.DataObject, seed: int
) -> None:
    circuit = data.draw(circuits(3, 6))
    size = 1 << circuit.n_qubits
    rng = np.random.default_rng(seed)
    wanted, _ = np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))
    unitary = dense.unitary(circuit)
    objective = ProcessInfidelity(wanted)
    cost = objective.cost(after(circuit, objective.inputs))
    trace = np.trace(wanted.conj().T @ unitary)
    assert cost == pytest.approx(1 - abs(trace) ** 2 / size**2, abs=1e-12)
    average = average_gate_fidelity(Operator(unitary), Operator(wanted))
    assert average == pytest.approx((size * (1 - cost) + 1) / (size + 1), abs=1e-10)
    own = ProcessInfidelity(np.exp(1.3j) * unitary)
    assert own.cost(after(circuit, own.inputs)) == pytest.approx(0.0, abs=1e-12)


@given(data=st.data(), seed=SEEDS, rank=COUNTS)
@settings(max_examples=30, deadline=None)
def test_dephasing_gap_is_a_purity_less_that_of_the_diagonal(
    data: st.DataObject, seed: int, rank: int
) -> None:
    rng = np.random.default_rng(seed)
    circuit = data.draw(circuits(3, 6))
    n = circuit.n_qubits
    weights = rng.dirichlet(np.ones(rank))
    rho = mixture(weights, states(n, rank, rng), Circuit(n))
    turned = dense.unitary(circuit) @ rho @ dense.unitary(circuit).conj().T
    objective = DephasingGap(rho)
    assert len(objective.inputs) <= min(rank, 1 << n)
    cost = objective.cost(after(circuit, objective.inputs))
    expected = np.trace(rho @ rho).real - np.sum(np.diag(turned).real ** 2)
    assert cost == pytest.approx(expected, abs=1e-11)
    assert cost >= -1e-12
    diagonal = DephasingGap(np.diag(np.linalg.eigvalsh(rho).clip(0) / np.trace(rho).real))
    assert diagonal.cost(diagonal.inputs) == pytest.approx(0.0, abs=1e-11)


@given(data=st.data(), seed=SEEDS, count=COUNTS)
@settings(max_examples=30, deadline=None)
def test_code_overlap_gives_each_input_its_own_observable(
    data: st.DataObject, seed: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    circuit = data.draw(circuits(3, 6))
    n = circuit.n_qubits
    inputs = states(n, count, rng)
    observables = tuple(data.draw(pauli_sums(n)) for _ in range(count))
    weights = rng.uniform(0.1, 3.0, count)
    objective = CodeOverlap(inputs, observables, weights)
    total = 0.0
    for w, s, o in zip(weights / weights.sum(), inputs, observables, strict=True):
        total += w * np.trace(mixture([1.0], [s], circuit) @ dense.operator(o)).real
    cost = objective.cost(after(circuit, objective.inputs))
    assert cost == pytest.approx(1 - total, abs=1e-12)
    assert objective.lower_bound <= cost + 1e-12


def cross_entropy(z: Any, y: Any, scale: float) -> float:
    exponentials = [math.exp(scale * a) for a in z]
    return -sum(b * math.log(e / sum(exponentials)) for b, e in zip(y, exponentials, strict=True))


LOSSES: dict[str, Callable[[Any, Any, float], float]] = {
    "squared": lambda z, y, _: sum((a - b) ** 2 for a, b in zip(z, y, strict=True)),
    "logistic": lambda z, y, scale: sum(
        math.log(1 + math.exp(-scale * b * a)) for a, b in zip(z, y, strict=True)
    ),
    "softmax": cross_entropy,
}


@pytest.mark.parametrize("loss", LOSSES)
@given(data=st.data(), seed=SEEDS, points=COUNTS, classes=st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_losses_are_averages_over_points(
    loss: Any, data: st.DataObject, seed: int, points: int, classes: int
) -> None:
    rng = np.random.default_rng(seed)
    circuit = data.draw(circuits(2, 5))
    n = circuit.n_qubits
    inputs = states(n, points, rng)
    observables = tuple(data.draw(pauli_sums(n, 3)) for _ in range(classes))
    labels = {
        "squared": rng.normal(size=(points, classes)),
        "logistic": rng.choice([-1.0, 1.0], (points, classes)),
        "softmax": rng.dirichlet(np.ones(classes), points),
    }[loss]
    weights, scale = rng.uniform(0.1, 3.0, points), rng.uniform(0.2, 3.0)
    objective = Classification(inputs, labels, observables, loss, scale, weights)
    expected = 0.0
    for w, s, y in zip(weights / weights.sum(), inputs, labels, strict=True):
        rho = mixture([1.0], [s], circuit)
        z = [np.trace(rho @ dense.operator(o)).real for o in observables]
        expected += w * LOSSES[loss](z, y, scale)
    assert objective.cost(after(circuit, inputs)) == pytest.approx(expected, abs=1e-11)


@given(circuit=circuits(2, 5))
@settings(max_examples=15, deadline=None)
def test_the_cost_of_a_linear_system_is_the_angle_between_ax_and_b(circuit: Circuit) -> None:
    """A = 1.2 + 0.4 Z on qubit 0, b = |0...0>: 1 - |<b|A x>|^2 / |A x|^2."""
    n = circuit.n_qubits
    rest = "I" * (n - 1)
    denominator = PauliSum((rest + "I", rest + "Z"), (1.2**2 + 0.4**2, 2 * 1.2 * 0.4))
    labels = tuple(map("".join, itertools.product("IZ", repeat=n)))  # |0...0><0...0| of them all
    numerator = PauliSum(labels, (1.6**2 / len(labels),) * len(labels))
    objective = ExpectationRatio(numerator, denominator)
    x = dense.statevector(circuit)
    ax = x * np.where(np.arange(1 << n) & 1, 0.8, 1.6)
    expected = 1 - abs(ax[0]) ** 2 / np.linalg.norm(ax) ** 2
    assert objective.cost(after(circuit, objective.inputs)) == pytest.approx(expected, abs=1e-12)


def test_encoders_of_known_codes_cost_nothing() -> None:
    repetition = CodeOverlap.encoder(("ZZI", "IZZ"), "XXX", "ZII")
    encoder = Circuit(3).append("cx", 0, 1).append("cx", 0, 2)
    assert repetition.cost(after(encoder, repetition.inputs)) == pytest.approx(0.0, abs=1e-12)
    assert repetition.cost(repetition.inputs) > 0.1
    # With z2 != z1 != z0 the code space holds |010> and |101>; the logical Z is -Z on qubit 1.
    flipped = CodeOverlap.encoder(("-ZZI", "-IZZ"), "XXX", "-IZI")
    right, wrong = encoder.append("x", 1), encoder.append("x", 0).append("x", 2)
    assert flipped.cost(after(right, flipped.inputs)) == pytest.approx(0.0, abs=1e-12)
    # The logical X too much: of three signs one is wrong for four of six inputs.
    assert flipped.cost(after(wrong, flipped.inputs)) == pytest.approx(4 / 6 * 2 / 3, abs=1e-12)


def test_objectives_are_equal_by_value() -> None:
    assert Expectation(Z, [0.6, 0.8], [2.0]) == Expectation(Z, [0.6, 0.8])
    assert Expectation(Z, [0.6, 0.8]) != Expectation(Z, [0.8, 0.6])
    assert Expectation(Z, [0.6, 0.8]) != Infidelity([0.6, 0.8])


# -- what is refused --------------------------------------------------------------------------

BASIS = np.eye(2)
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "norm": (lambda: Expectation(Z, [1.0, 1e-3]), r"normalised to 1 within 1e-8; .* 1\.0000005"),
    "second norm": (lambda: Expectation(Z, [[1, 0], [0, 2]]), "number 1 has the norm 2"),
    "NaN": (lambda: Expectation(Z, [math.nan, 0]), "finite numbers; the largest is nan"),
    "amplitudes": (lambda: Expectation(Z, [1, 0, 0, 0]), r"2\*\*1 = 2 amplitudes; got 4"),
    "no power of two": (lambda: Infidelity([1, 0, 0]), r"got \(3,\)"),
    "ragged": (lambda: Expectation(Z, [[1, 0], [1]]), "array of numbers"),
    "text": (lambda: Expectation(Z, "up"), "array of numbers"),
    "no states": (lambda: Expectation(Z, np.zeros((0, 2))), r"got \(0, 2\)"),
    "observable": (lambda: Expectation("Z"), "PauliSum; got str"),  # type: ignore[arg-type]
    "weights": (lambda: Expectation(Z, BASIS, [1.0]), r"2 inputs; got \(1,\)"),
    "negative": (lambda: Expectation(Z, BASIS, [2, -1]), r"not negative .* got \[2, -1\]"),
    "NaN weight": (lambda: CodeOverlap(BASIS, (Z, Z), [1, math.nan]), "finite"),
    "observables": (lambda: CodeOverlap([1, 0], (Z, X)), "1 inputs; got 2"),
    "sizes": (lambda: CodeOverlap(BASIS, (Z, PauliSum(("ZZ",), (1.0,)))), "same qubits"),
    "data qubit": (lambda: CodeOverlap.encoder(("ZZ",), "XX", "ZI", 2), "0 to 1; got 2"),
    "commuting": (lambda: CodeOverlap.encoder(("ZZ",), "XX", "ZZ"), "anticommute"),
    "stabiliser": (lambda: CodeOverlap.encoder((3,), "XX", "ZI"), "got 3"),  # type: ignore[arg-type]
    "square": (lambda: ProcessInfidelity(np.ones((2, 4))), r"got \(2, 4\)"),
    "not unitary": (lambda: ProcessInfidelity([[1, 1], [0, 0]]), "not unitary.* 1e-8"),
    "not Hermitian": (lambda: DephasingGap([[0.5, 0.5], [0, 0.5]]), "Hermitian to 1e-8"),
    "trace": (lambda: DephasingGap(BASIS), "trace 1; got 2"),
    "not positive": (lambda: DephasingGap(np.diag([1.5, -0.5])), "positive.* -0.5"),
    "density": (lambda: DephasingGap(np.eye(3) / 3), r"2\*\*n.*got \(3, 3\)"),
    "labels": (lambda: Classification(BASIS, [1.0], (Z,)), r"shape \(2, 1\).* got \(1,\)"),
    "NaN label": (lambda: Classification([1, 0], [math.nan], (Z,)), "finite numbers"),
    "loss": (lambda: Classification([1, 0], [1], (Z,), "squard"), "Did you mean 'squared'"),  # type: ignore[arg-type]
    "ratio": (lambda: Classification([1, 0], [1], (Z,), "ratio"), "Unknown loss 'ratio'"),
    "shares": (lambda: Classification([1, 0], [[1, 1]], (Z, X), "softmax"), "add up to 1"),
    "scale": (lambda: Classification([1, 0], [1], (Z,), scale=0.0), "above 0 .*; got 0"),
    "large scale": (
        lambda: Classification([1, 0], [1], (Z,), scale=1e7),
        r"at most 1000000\.0; got 10000000\.0",
    ),
    "none": (lambda: Classification([1, 0], [1], ()), "one or more observables"),
    "ratio sizes": (lambda: ExpectationRatio(Z, PauliSum(("ZZ",), (1.0,))), "got 1 and 2"),
}
LEAKS: dict[str, Callable[[], Any]] = {
    "infinite amplitude": lambda: Expectation(Z, [math.inf, 0]),
    "huge amplitude": lambda: Expectation(Z, [1e200, 0]),
    "text weights": lambda: Expectation(Z, [1, 0], "a"),
    "complex weight": lambda: Expectation(Z, [1, 0], [1j]),
    "huge weights": lambda: Expectation(Z, BASIS, [1e308, 1e308]),
    "text label": lambda: Classification([1, 0], ["a"], (Z,)),
    "text scale": lambda: Classification([1, 0], [1], (Z,), scale="a"),  # type: ignore[arg-type]
    "ragged unitary": lambda: ProcessInfidelity([[1, 0], [1]]),
    "no observables": lambda: CodeOverlap([1, 0], Z),  # type: ignore[arg-type]
    "logical sizes": lambda: CodeOverlap.encoder(("ZZI",), "XXX", "ZZ"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_with_value_and_limit(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize("name", LEAKS)
def test_bad_input_is_an_input_error_whatever_it_is(name: str) -> None:
    with pytest.raises(InputError):
        LEAKS[name]()
