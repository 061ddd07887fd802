"""Folding against unitaries and exact decay, extrapolation against SciPy and finite differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import Operator
from scipy.optimize import curve_fit

from qrl.hardware.device_names import open_device
from qrl.hardware.local import probabilities
from qrl.hardware.mitigation.extrapolation import AS_MEASURED, DECAY, LINE, extrapolate
from qrl.hardware.mitigation.fits import exponential, polynomial
from qrl.hardware.mitigation.folding import fold, repeats


def native(seed: int = 0) -> QuantumCircuit:
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(3)
    for k in range(7):
        circuit.sx(k % 3)
        circuit.rz(float(rng.uniform(-3, 3)), k % 3)
        getattr(circuit, ("cx", "cz", "ecr")[k % 3])(k % 3, (k + 1) % 3)
    circuit.rzz(0.7, 0, 2)
    return circuit


@pytest.mark.parametrize(
    ("scale", "reached"), [(1, 1), (3, 3), (2, 2), (1.5, 1.5), (5, 5), (1.1, 1)]
)
def test_folding_keeps_the_unitary(scale: float, reached: float) -> None:
    circuit = native()
    folded, factor = fold(circuit, scale, seed=3)
    assert factor == pytest.approx(reached)
    assert np.allclose(Operator(folded).data, Operator(circuit).data, atol=1e-9)
    two = [one for one in folded.data if len(one.qubits) == 2 and one.operation.name != "barrier"]
    assert len(two) == round(8 * reached)
    for one in two:  # a device has no rzz of negative angle
        assert one.operation.name != "rzz" or 0 <= one.operation.params[0] <= math.pi / 2


def test_barriers_keep_folds() -> None:
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    folded, _ = fold(circuit, 5, seed=0)
    kept = transpile(
        folded, basis_gates=["cx", "rz", "sx"], optimization_level=3, seed_transpiler=0
    )
    assert kept.count_ops()["cx"] == 5


def test_a_circuit_without_such_gates_has_no_factor() -> None:
    circuit = QuantumCircuit(1)
    circuit.sx(0)
    assert fold(circuit, 3, seed=0)[1] == 1.0


def test_noise_grows_exactly_by_the_factor() -> None:
    """Each depolarised CNOT takes 1 - p off ZZ of a Bell pair; folded ones each take as much."""
    device = open_device("aer:depolarizing:0,0.06", 2)
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    values = []
    for scale in (1, 3, 5):
        folded, _ = fold(circuit, scale, seed=0)
        folded.measure([0, 1], [0, 1])
        (shares,) = probabilities(device, [folded])
        values.append(shares @ [1, -1, -1, 1])
    factors = np.array([[1.0], [3.0], [5.0]])
    keep = values[0]
    assert values == pytest.approx([keep, keep**3, keep**5], abs=1e-9)
    assert 0.9 < keep < 0.99
    given = np.array(values)[:, None, None]
    for method, off in (
        ("exponential", 1e-7),
        ("auto", 1e-7),
        ("richardson", 1e-3),
        ("linear", 0.02),
    ):
        found = one(factors, given, np.full((3, 1), 1e-4), method)
        assert found.values[0, 0] == pytest.approx(1.0, abs=off)


def one(factors: Any, values: Any, errors: Any, method: str, limit: float = 0.0) -> Any:
    count = values.shape[2]
    return extrapolate(
        factors, values, errors, method, np.full(count, limit), np.full(count, 1.0 + abs(limit))
    )


def test_polynomials_are_those_of_least_squares() -> None:
    rng = np.random.default_rng(1)
    x = np.array([1.0, 1.7, 3.0, 4.2])
    y, errors = rng.normal(size=(4, 5, 2)), rng.uniform(0.5, 2.0, (4, 2))
    for method, degree in (("linear", 1), ("quadratic", 2), ("richardson", 3)):
        found = one(np.repeat(x[:, None], 2, 1), y, errors, method)
        for draw in range(5):
            for q in range(2):
                fit = np.polynomial.Polynomial.fit(x, y[:, draw, q], degree, w=1 / errors[:, q])
                assert found.values[draw, q] == pytest.approx(fit(0.0), abs=1e-9)
        assert (found.kinds == LINE).all()


def test_richardson_has_its_known_weights() -> None:
    x = np.array([[1.0], [3.0], [5.0]])
    for place, weight in enumerate((15 / 8, -10 / 8, 3 / 8)):
        y = np.zeros((3, 1, 1))
        y[place] = 1.0
        assert one(x, y, np.ones((3, 1)), "richardson").values[0, 0] == pytest.approx(weight)


def test_exponentials_are_those_of_scipy() -> None:
    rng = np.random.default_rng(2)
    x = np.array([1.0, 2.0, 3.0, 5.0])
    errors = np.array([0.01, 0.015, 0.02, 0.03])
    y = -0.8 * np.exp(-0.2 * x) + rng.normal(size=(6, 4)) * errors
    fit = exponential(x[:, None], y[:, :, None], 1 / errors[:, None])
    assert fit.usable.all()
    for draw, row in enumerate(y):
        found, _ = curve_fit(
            lambda x, a, c: a * np.exp(-c * x), x, row, p0=(-0.8, 0.2), sigma=errors, xtol=1e-12
        )
        assert fit.values[draw, 0] == pytest.approx(found[0], abs=1e-6)


def test_fits_to_mere_scatter_stay_finite() -> None:
    """Values with nothing but scatter send Gauss-Newton steps far away; warnings are errors here."""
    rng = np.random.default_rng(4)
    x = np.repeat([[1.0], [3.0], [5.0]], 400, axis=1)
    for errors in (10.0 ** rng.uniform(-4, 0, (3, 400)), np.full((3, 400), 1e-3)):
        y = rng.normal(size=(20, 3, 400)) * errors
        fit = exponential(x, y, 1 / errors)
        assert fit.usable.any()
        assert np.isfinite(fit.values).all()
        assert np.isfinite(fit.gradients).all()


@pytest.mark.parametrize("points", [2, 4])
def test_gradients_are_those_of_finite_differences(points: int) -> None:
    x = np.array([1.0, 2.0, 3.0, 5.0])[:points, None]
    weights = np.array([1.0, 0.8, 0.5, 0.3])[:points, None]
    y = 0.7 * np.exp(-0.3 * x[:, 0])[None, :, None]
    for fit in (exponential, lambda *a: polynomial(*a, 1)):
        told = fit(x, y, weights).gradients[0, :, 0]
        for k in range(points):
            step = np.zeros_like(y)
            step[0, k, 0] = 1e-6
            up, down = fit(x, y + step, weights), fit(x, y - step, weights)
            slope = (up.values - down.values)[0, 0] / 2e-6
            assert told[k] == pytest.approx(slope, rel=2e-3, abs=1e-5)


def test_a_limit_is_subtracted() -> None:
    x = np.array([[1.0], [3.0]])
    y = (0.25 + 0.6 * np.exp(-0.2 * x))[:, None]
    found = one(x, y, np.full((2, 1), 1e-3), "exponential", limit=0.25)
    assert found.values[0, 0] == pytest.approx(0.85)
    assert found.kinds[0, 0] == DECAY


def test_where_nothing_decays_a_line_is_taken() -> None:
    x = np.array([[1.0], [3.0]])
    for y in ((0.1, -0.1), (0.1, 0.2), (0.02, 0.01)):
        given = np.array(y)[:, None, None]
        found = one(x, given, np.full((2, 1), 0.01), "exponential")
        assert found.kinds[0, 0] == LINE
        assert found.values[0, 0] == pytest.approx(1.5 * y[0] - 0.5 * y[1])


def test_auto_takes_what_promises_the_smaller_error() -> None:
    x = np.array([[1.0], [3.0]])
    errors = np.full((2, 1), 0.02)
    small = one(x, np.array([0.80, 0.78])[:, None, None], errors, "auto")
    assert small.kinds[0, 0] == AS_MEASURED
    assert small.values[0, 0] == 0.80
    large = one(x, np.array([0.70, 0.35])[:, None, None], errors, "auto")
    assert large.kinds[0, 0] == DECAY
    assert large.values[0, 0] == pytest.approx(0.7**1.5 / 0.35**0.5)
    beyond = one(x, np.array([0.95, 0.5])[:, None, None], errors, "auto")
    assert beyond.kinds[0, 0] == AS_MEASURED  # a line gives 1.175, an exponential 1.31
    same = one(np.ones((2, 1)), np.array([0.7, 0.6])[:, None, None], errors, "linear")
    assert same.values[0, 0] == 0.7  # no factor was reached


def test_auto_does_better_on_average_than_either() -> None:
    """Decays of many sizes under shot noise: the rule loses nothing to always or never extrapolating."""
    rng = np.random.default_rng(3)
    rates = np.repeat([0.0, 0.01, 0.03, 0.1, 0.2], 400)
    x = np.repeat([[1.0], [3.0]], len(rates), axis=1)
    errors = np.full(x.shape, 0.03)
    y = 0.8 * np.exp(-rates * x) + rng.normal(size=x.shape) * errors
    error = {
        "auto": one(x, y[:, None], errors, "auto").values[0],
        "always": one(x, y[:, None], errors, "exponential").values[0],
        "never": y[0],
    }
    rms = {name: float(np.sqrt(np.mean((v - 0.8) ** 2))) for name, v in error.items()}
    assert rms["auto"] < rms["always"]
    assert rms["auto"] < rms["never"]


def test_small_factors_are_run_more_often() -> None:
    assert repeats((1.0, 3.0)) == [3, 1]
    assert repeats((1.0, 2.0, 3.0)) == [3, 2, 1]
    assert repeats((1.0,)) == [1]
