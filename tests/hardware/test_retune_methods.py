"""Descents on costs that are known: they find minima that others find, from values alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import approx_fprime, minimize

import qrl
from qrl.circuits import Circuit
from qrl.hardware.retuning import gradient, spsa
from qrl.hardware.retuning.iterates import Iterates
from qrl.hardware.retuning.meter import Costs
from qrl.hardware.retuning.settings import chosen_method
from qrl.hardware.settings import HardwareSettings

Cost = Callable[[NDArray[np.float64]], float]


def measuring(cost: Cost, error: float, seed: int = 0, seen: list[Any] | None = None) -> Any:
    """Return what a descent asks, with normal errors."""
    rng = np.random.default_rng(seed)

    def measure(points: NDArray[np.float64]) -> Costs:
        if seen is not None:
            seen.append(points.copy())
        exact = np.array([cost(point) for point in points])
        errors = np.full(len(points), max(error, 1e-12))
        return Costs(exact + error * rng.normal(size=len(points)), errors, 1)

    return measure


@pytest.fixture(scope="module")
def energy() -> Cost:
    """The energy of hydrogen under noise, of a circuit with five angles."""
    task = qrl.get_task("vqe/h2-2q")
    circuit = Circuit(2)
    for qubit in (0, 1):
        circuit = circuit.append("ry", qubit, angle=0.4)
    circuit = circuit.append("cx", 0, 1).append("rx", 0).append("rzz", 0, 1).append("ry", 1)
    engine = qrl.make_engine(
        "noisy", task.objective, noise=qrl.noise_model("depolarizing:0.002,0.02")
    )
    return lambda angles: float(engine.value(circuit.with_angles(angles)))


START = np.array([2.6, -0.4, 0.3, -0.3, 2.9])


def test_slope_and_curvature_are_derivatives(energy: Cost) -> None:
    seen: list[Any] = []
    gradient.descend(measuring(energy, 0.0, seen=seen), Iterates(START), 1)
    (points,) = seen
    assert points.shape == (gradient.points_of(5), 5)
    values = np.array([energy(point) for point in points])
    slope, curvature = gradient._sinusoid(Costs(values, np.zeros(11), 1))
    assert slope == pytest.approx(approx_fprime(START, energy, 1e-6), abs=1e-5)
    for p in range(5):
        turn = 1e-3 * np.eye(5)[p]
        second = (energy(START + turn) + energy(START - turn) - 2 * energy(START)) / 1e-6
        assert curvature[p] == pytest.approx(second, abs=1e-4)


def test_gradients_without_errors_lead_to_the_minimum(energy: Cost) -> None:
    lowest = minimize(energy, START, method="BFGS").fun
    iterates = Iterates(START)
    gradient.descend(measuring(energy, 0.0), iterates, 60)
    assert iterates.steps == 60
    assert energy(iterates.last) == pytest.approx(lowest, abs=1e-3)


def test_spsa_without_errors_comes_close(energy: Cost) -> None:
    lowest = minimize(energy, START, method="BFGS").fun
    iterates = Iterates(START)
    spsa.descend(measuring(energy, 0.0), iterates, 300, np.random.default_rng(0))
    assert energy(iterates.mean()) - lowest < 0.02 * (energy(START) - lowest)


@pytest.mark.parametrize("method", ["gradient", "spsa"])
def test_noisy_values_gain_most_of_what_can_be_gained(energy: Cost, method: str) -> None:
    lowest, before = minimize(energy, START, method="BFGS").fun, energy(START)
    ends = []
    for seed in range(5):
        measure, iterates = measuring(energy, 0.02, seed), Iterates(START)
        if method == "gradient":
            gradient.descend(measure, iterates, 20)
        else:
            spsa.descend(measure, iterates, 100, np.random.default_rng(seed))
        ends.append(energy(iterates.mean()))
    assert before - lowest > 0.05
    assert np.median(ends) - lowest < 0.2 * (before - lowest)


def test_a_minimum_is_not_left(energy: Cost) -> None:
    found = minimize(energy, START, method="BFGS")
    for seed in range(3):
        for method in ("gradient", "spsa"):
            measure, iterates = measuring(energy, 0.01, seed), Iterates(found.x)
            if method == "gradient":
                gradient.descend(measure, iterates, 12)
            else:
                spsa.descend(measure, iterates, 40, np.random.default_rng(seed))
            assert energy(iterates.mean()) - found.fun < 0.01


def test_the_first_step_of_spsa_goes_a_share_of_the_way_down() -> None:
    # Of a parabola along one angle the lowest point is one Newton step away.
    seen: list[Any] = []
    iterates = Iterates(np.array([0.2]))
    spsa.descend(
        measuring(lambda x: 1.5 * float(x[0]) ** 2, 0.0, seen=seen), iterates, 1,
        np.random.default_rng(0),
    )  # fmt: skip
    assert [len(points) for points in seen] == [3, 2]
    assert iterates.last[0] == pytest.approx(0.2 * (1.0 - spsa._SHARE))


def test_gains_fall_as_spall_says() -> None:
    # A slope without curvature: steps are as long as the gains.
    seen: list[Any] = []
    iterates = Iterates(np.zeros(4))
    spsa.descend(
        measuring(lambda x: float(x[0]), 0.0, seen=seen), iterates, 40, np.random.default_rng(3)
    )
    rows = np.array(iterates._rows)
    lengths = np.abs(np.diff(rows, axis=0)[:, 0])
    stability = 0.1 * 40
    k = np.arange(40)
    assert lengths / lengths[0] == pytest.approx(((1 + stability) / (k + 1 + stability)) ** 0.602)
    widths = [0.5 * np.linalg.norm(ahead - behind) for ahead, behind in seen[1:]]
    assert np.array(widths) == pytest.approx(0.75 / (k + 1) ** 0.101)
    assert lengths[0] == pytest.approx(0.3, rel=0.3)


def test_a_step_that_rises_beyond_doubt_is_taken_back() -> None:
    # Two angles that turn the same: each alone looks half as steep as both together.
    many = 12

    def cost(x: NDArray[np.float64]) -> float:
        return -float(np.cos(x.sum()))

    iterates = Iterates(np.full(many, 0.9 / many))
    gradient.descend(measuring(cost, 0.0), iterates, 40)
    assert cost(iterates.last) == pytest.approx(-1.0, abs=1e-3)
    assert iterates.steps < 40


def test_flat_costs_move_nothing() -> None:
    for steps in (1, 5):
        iterates = Iterates(np.array([0.3, -0.2]))
        gradient.descend(measuring(lambda x: 1.0, 0.0), iterates, steps)
        spsa.descend(measuring(lambda x: 1.0, 0.0), iterates, steps, np.random.default_rng(0))
        assert iterates.last == pytest.approx(np.array([0.3, -0.2]))


def test_the_mean_is_that_of_the_last_quarter() -> None:
    iterates = Iterates(np.zeros(1))
    assert iterates.mean() == pytest.approx(0.0)
    for k in range(1, 9):
        iterates.append(np.array([float(k)]))
    assert (iterates.steps, iterates.mean()[0]) == (8, 7.5)
    assert iterates.take_back()[0] == 7.0
    assert iterates.steps == 7


@pytest.mark.parametrize(
    ("task", "settings", "said"),
    [
        ("classify/benchrl-3q", {}, "--method spsa"),
        ("diag/random-2q-1", {}, "--method spsa"),
        ("vqe/h2-2q", {"mitigate": ["q-cluster"]}, "q-cluster"),
        ("vqe/h2-2q", {"mitigate": ["zne"], "extrapolation": "exponential"}, "exponential"),
    ],
)
def test_gradients_are_refused_where_the_rule_does_not_hold(
    task: str, settings: dict[str, Any], said: str
) -> None:
    problem, chosen = qrl.get_task(task), HardwareSettings.from_dict(settings)
    with pytest.raises(qrl.InputError, match=said):
        chosen_method("gradient", problem, chosen)
    assert chosen_method("auto", problem, chosen) == "spsa"
    assert chosen_method("spsa", problem, chosen) == "spsa"


@pytest.mark.parametrize("method", ["auto", "gradient", "spsa"])
def test_symmetries_are_not_verified_while_angles_turn(method: str) -> None:
    settings = HardwareSettings(mitigate=("readout", "symmetry"))
    with pytest.raises(qrl.InputError, match="Tune without"):
        chosen_method(method, qrl.get_task("vqe/h2-2q"), settings)


@pytest.mark.parametrize("task", ["vqe/h2-2q", "state/w-4q", "compile/toffoli-3q"])
def test_gradients_are_used_where_the_rule_holds(task: str) -> None:
    settings = HardwareSettings(mitigate=("readout",))
    assert chosen_method("auto", qrl.get_task(task), settings) == "gradient"
