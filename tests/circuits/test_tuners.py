"""Tuners against hand-computed steps, PyTorch's Adam, exact spectra and a cost that spies on them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.circuits.tuned import Status
from qrl.circuits.tuners import PRESETS, TUNERS, Counted, Minimum, make_tuner
from qrl.circuits.tuners.aqgd import shift_gradient
from qrl.errors import InputError

Array = NDArray[np.float64]
RANDOM_TUNERS = [name for name in TUNERS if "spsa" in name]
EVERY = pytest.mark.parametrize("name", list(TUNERS))


@dataclass
class Spy:
    """A sum, or negative product, of sinusoids that notes each call."""

    n_angles: int = 3
    shots: int = 0
    kind: str = "cosines"
    bad_at: int = 0
    bad: float = math.nan
    noise: float = 0.0
    calls: list[tuple[str, Array, int, float]] = field(default_factory=list)

    def _value(self, x: Array) -> float:
        if self.kind == "flat":
            return 1.25
        if self.kind == "plateau":  # even, and constant along each axis through 0
            return -float(np.prod(np.sin(x / 2) ** 2))
        return float(sum((k + 1) * math.cos(a - 0.3 * k) for k, a in enumerate(x)))

    def _note(self, what: str, x: Array) -> float:
        value = self._value(x) + self.noise * math.sin(12345.678 * (len(self.calls) + 1))
        if len(self.calls) + 1 == self.bad_at:
            value = self.bad
        self.calls.append((what, x, self.shots, value))
        return value

    def value(self, x: Array) -> float:
        return self._note("value", x)

    def value_and_gradient(self, x: Array) -> tuple[float, Array]:
        if self.kind == "flat":
            gradient = np.zeros_like(x)
        elif self.kind == "plateau":
            other = [np.prod(np.delete(np.sin(x / 2) ** 2, k)) for k in range(x.size)]
            gradient = -np.sin(x) / 2 * other
        else:
            k = np.arange(x.size)
            gradient = -(k + 1) * np.sin(x - 0.3 * k)
        return self._note("gradient", x), gradient

    def with_shots(self, shots: int) -> Spy:
        return replace(self, shots=shots, calls=self.calls) if self.shots else self


def tune(
    name: str, cost: Spy, start: Array, budget: int, seed: int = 0, **options: object
) -> Minimum:
    rng = np.random.default_rng(seed)
    return make_tuner(name, **options).minimise(cost, start, rng=rng, max_evaluations=budget)


START = np.array([0.4, -0.2, 1.1])


@EVERY
@pytest.mark.parametrize("shots", [0, 1000])
@pytest.mark.parametrize("budget", [1, 2, 3, 4, 5, 6, 7, 8, 9, 23, 60])
def test_counts_are_those_of_a_spy_and_within_the_budget(
    name: str, shots: int, budget: int
) -> None:
    spy = Spy(shots=shots, noise=0.01 * bool(shots))
    found = tune(name, spy, START, budget)
    asked = [what for what, *_ in spy.calls]
    assert (found.evaluations, found.gradients) == (len(asked), asked.count("gradient"))
    assert 1 <= found.evaluations <= budget
    assert found.shots == sum((7 if what == "gradient" else 1) * n for what, _, n, _ in spy.calls)
    assert np.array_equal(spy.calls[0][1], START)
    at = [value for _, x, n, value in spy.calls if n == shots and np.array_equal(x, found.angles)]
    assert found.value in at  # measured, with all shots, not predicted
    if shots:  # neither picked for its luck nor a mere probe
        assert found.value in (spy.calls[0][3], spy.calls[-1][3])
    else:
        assert found.value == min(value for *_, value in spy.calls)


@pytest.mark.parametrize("name", [n for n in TUNERS if ":" not in n and n != "none"])
def test_the_minimum_of_cosines_is_found(name: str) -> None:
    options = {"learning_rate": (0.3,)} if name == "aqgd" else {}
    found = tune(name, Spy(), START, 3000, **options)
    assert found.value == pytest.approx(-6.0, abs=1e-3)
    if name not in RANDOM_TUNERS:
        assert found.status == Status.CONVERGED
        assert found.value == pytest.approx(-6.0, abs=1e-5)


class CircuitCost:
    """A circuit's energy as the exact engine computes it."""

    shots = 0

    def __init__(self, circuit: Circuit, observable: PauliSum) -> None:
        self.engine, self.circuit = ExactEngine(Expectation(observable)), circuit
        self.n_angles = len(circuit.angles)

    def value(self, x: Array) -> float:
        return self.engine.value(self.circuit.with_angles(x))

    def value_and_gradient(self, x: Array) -> tuple[float, Array]:
        return self.engine.value_and_gradient(self.circuit.with_angles(x))

    def with_shots(self, shots: int) -> CircuitCost:
        return self


def vqe() -> CircuitCost:
    circuit = Circuit(2).append("ry", 0).append("ry", 1).append("cx", 0, 1)
    circuit = circuit.append("ry", 0).append("ry", 1)
    return CircuitCost(circuit, PauliSum(("ZZ", "XI", "IX"), (-1.0, -0.7, -0.7)))


@pytest.mark.parametrize(
    "name", ["rotosolve", "adam", "spsa", "adam-spsa", "aqgd", "cobyla", "nelder-mead", "l-bfgs-b"]
)
def test_a_ground_state_is_found(name: str) -> None:
    cost = vqe()
    ground = np.linalg.eigvalsh(dense.operator(cost.engine.objective.observable))[0]
    options = {"learning_rate": (0.3,)} if name == "aqgd" else {}
    start = np.array([0.3, 0.5, -0.2, 0.4])
    found = make_tuner(name, **options).minimise(
        cost, start, rng=np.random.default_rng(1), max_evaluations=1500
    )
    assert ground - 1e-9 <= found.value <= ground + 1e-3
    reached = dense.expectation(
        cost.circuit.with_angles(found.angles), cost.engine.objective.observable
    )
    assert found.value == pytest.approx(reached, abs=1e-12)


def test_the_shift_gradient_is_the_adjoint_one() -> None:
    cost = vqe()
    x = np.array([0.3, 0.5, -0.2, 2.4])
    assert np.allclose(shift_gradient(Counted(cost, 8), x), cost.value_and_gradient(x)[1])


@given(st.floats(-3, 3), st.floats(0.1, 5), st.floats(-3, 3), st.floats(-3, 3))
@settings(deadline=None, max_examples=40)
def test_rotosolve_solves_one_sinusoid_at_once(m: float, r: float, p: float, x: float) -> None:
    spy = Spy(n_angles=1)
    spy._value = lambda a: m + r * math.cos(a[0] - p)  # type: ignore[method-assign]
    found = tune("rotosolve", spy, np.array([x]), 4)
    assert [float(c[1][0]) for c in spy.calls[:3]] == [x, x + math.pi / 2, x - math.pi / 2]
    assert found.value == pytest.approx(m - r, abs=1e-12)
    assert found.slope == pytest.approx(abs(r * math.sin(x - p)), abs=1e-12)


def test_rotosolve_takes_two_values_an_angle_and_one_a_sweep() -> None:
    found = tune("rotosolve", Spy(), START, 100)  # separable: one sweep solves, one confirms
    assert (found.evaluations, found.status) == (1 + 2 * (2 * 3 + 1), Status.CONVERGED)
    assert np.allclose(np.cos(found.angles - [0, 0.3, 0.6]), -1)


def test_adam_steps_as_pytorch() -> None:
    spy = Spy()
    tune("adam", spy, START, 30, learning_rate=0.07, beta1=0.8, beta2=0.95)
    x = torch.tensor(START, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=0.07, betas=(0.8, 0.95), eps=1e-8)
    for _, asked, _, _ in spy.calls:
        assert np.allclose(asked, x.detach().numpy(), atol=1e-12)
        k = torch.arange(3)
        optimizer.zero_grad()
        ((k + 1) * torch.cos(x - 0.3 * k)).sum().backward()
        optimizer.step()


def test_spsa_steps_as_computed_by_hand() -> None:
    spy = Spy()
    options = {"a": 0.5, "alpha": 0.6, "c": 0.2, "gamma": 0.1, "stability": 3.0}
    tune("spsa", spy, START, 6, **options)
    x = START
    for k, (ahead, behind) in enumerate([spy.calls[1:3], spy.calls[3:5]]):
        c = 0.2 / (k + 1) ** 0.1
        signs = (ahead[1] - behind[1]) / (2 * c)
        assert np.allclose(np.abs(signs), 1)
        assert np.allclose((ahead[1] + behind[1]) / 2, x)
        x = x - 0.5 / (k + 4) ** 0.6 * (ahead[3] - behind[3]) / (2 * c) / signs
    assert np.allclose(spy.calls[5][1], x)
    assert len(spy.calls) == 6


def test_spsa_sets_its_first_steps_by_the_measured_slope() -> None:
    spy = Spy(n_angles=1)
    tune("spsa", spy, np.array([1.5]), 6, first_turn=0.2, stability=0.0, gamma=0.0)
    turned = (spy.calls[3][1] + spy.calls[4][1]) / 2
    assert abs(turned - 1.5) == pytest.approx(0) and len(spy.calls) == 6
    # In one dimension each pair measures the same slope, so the step is first_turn itself.
    assert spy.calls[5][1][0] == pytest.approx(1.7)


def test_spsa_takes_a_tenth_of_its_steps_as_stability() -> None:
    by_default = tune("spsa", Spy(), START, 22, a=0.1)
    assert np.array_equal(
        by_default.angles, tune("spsa", Spy(), START, 22, a=0.1, stability=1).angles
    )


def test_adam_spsa_steps_as_computed_by_hand() -> None:
    spy = Spy()
    options = {"a": 0.5, "alpha": 0.6, "c": 0.2, "gamma": 0.1, "decay": 0.4}
    tune("adam-spsa", spy, START, 8, **options, beta1=0.8, beta2=0.95)
    x, m, v = START, np.zeros(3), np.zeros(3)
    for k, (ahead, behind) in enumerate([spy.calls[1:3], spy.calls[3:5], spy.calls[5:7]]):
        b = 0.8 / (k + 1) ** 0.4
        assert np.allclose(np.abs(ahead[1] - behind[1]), 0.4 / (k + 1) ** 0.1)
        assert np.allclose((ahead[1] + behind[1]) / 2, x)
        g = (ahead[3] - behind[3]) / (ahead[1] - behind[1])
        m, v = b * m + (1 - b) * g, 0.95 * v + 0.05 * g**2
        hat = m / (1 - b ** (k + 1)), v / (1 - 0.95 ** (k + 1))
        x = x - 0.5 / (k + 1) ** 0.6 * hat[0] / (np.sqrt(hat[1]) + 1e-8)
    assert np.allclose(spy.calls[7][1], x)


@pytest.mark.parametrize(
    ("budget", "pairs"), [(10**5, [596, 179, 60]), (837, [297, 90, 30]), (5, [0, 0, 1])]
)
def test_stages_raise_the_shots(budget: int, pairs: list[int]) -> None:
    spy = Spy(shots=20_000, noise=0.01)
    tune("adam-spsa:lih-4q", spy, START, budget)
    shots = [n for _, _, n, _ in spy.calls]
    assert shots[0] == shots[-1] == 20_000
    counted = [shots[1:-1].count(n) / 2 for n in (200, 2000, 20_000)]
    assert counted == pairs
    assert shots[1:] == sorted(shots[1:])


def test_the_end_is_measured_with_all_shots() -> None:
    spy = Spy(shots=100, noise=0.01)
    tune("adam-spsa", spy, START, 8, shot_fractions=(0.3,))
    assert [n for _, _, n, _ in spy.calls] == [100, *[30] * 6, 100]


def test_few_shots_do_not_beat_many() -> None:
    spy = Spy(shots=100)
    counted = Counted(spy, 9)
    counted.value(START)
    counted.set_shots(10)
    counted.value(START + math.pi)
    assert counted.best is not None and np.array_equal(counted.best.angles, START)
    assert counted.spread == pytest.approx(abs(spy.calls[0][3] - spy.calls[1][3]))


def test_presets_are_the_published_ones() -> None:
    numbers = {name: (p.a, p.alpha, p.c, p.gamma, p.decay) for name, p in PRESETS.items()}
    assert numbers["lih-6q"] == (1.7564, 0.8365, 0.1068, 0.1549, 0.1223)
    assert sum(PRESETS["lih-4q"].evaluations or ()) == 1667
    assert make_tuner("adam-spsa:h2-3q", c=0.3) == replace(PRESETS["h2-3q"], c=0.3)


def test_aqgd_steps_as_computed_by_hand() -> None:
    spy = Spy()
    epochs = {"learning_rate": (0.3, 0.1), "momentum": (0.25, 0.5), "iterations": (2, 1)}
    found = tune("aqgd", spy, START, 1000, **epochs)
    k = np.arange(3)
    x, m = START, np.zeros(3)
    for step, (rate, memory) in enumerate([(0.3, 0.25), (0.3, 0.25), (0.1, 0.5)]):
        m = memory * m - (1 - memory) * (k + 1) * np.sin(x - 0.3 * k)
        x = x - rate * m
        assert np.allclose(spy.calls[7 * (step + 1)][1], x)
    assert (found.evaluations, found.status) == (22, Status.BUDGET)


def test_aqgd_stops_when_its_window_settles() -> None:
    found = tune("aqgd", Spy(), START, 1000, tolerance=5.0, turn_tolerance=0.0, averaging=4)
    assert (found.evaluations, found.status) == (1 + 7 * 4, Status.CONVERGED)


@pytest.mark.parametrize("name", ["cobyla", "cobyqa", "nelder-mead"])
def test_the_first_turn_of_scipy_is_the_one_asked_for(name: str) -> None:
    spy = Spy()
    tune(name, spy, np.zeros(3), 5, first_step=0.37)
    assert np.abs(spy.calls[1][1]).max() == pytest.approx(0.37)


@pytest.mark.parametrize("name", [n for n in TUNERS if n != "none"])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("at", [1, 2, 3, 6])
def test_a_cost_that_is_not_finite_ends_the_descent(name: str, bad: float, at: int) -> None:
    spy = Spy(bad_at=at, bad=bad)
    found = tune(name, spy, START, 50)
    assert (found.status, found.evaluations) == (Status.NOT_FINITE, at)
    assert np.isfinite(found.angles).all()
    if at == 1:
        assert math.isnan(found.value) and np.array_equal(found.angles, START)
    else:
        assert found.value == min(value for *_, value in spy.calls[:-1])


def test_a_restart_that_is_not_finite_is_told() -> None:
    found = tune("adam", Spy(kind="plateau", bad_at=2), np.zeros(3), 9)
    assert (found.status, found.restarts, found.value) == (Status.NOT_FINITE, 1, 0.0)
    assert not found.angles.any()


def test_a_gradient_that_is_not_finite_ends_the_descent() -> None:
    spy = Spy()
    spy.value_and_gradient = lambda x: (0.0, np.array([0.0, math.nan, 1.0]))  # type: ignore
    assert tune("adam", spy, START, 9).status == Status.NOT_FINITE


@EVERY
def test_zero_angles_take_one_evaluation(name: str) -> None:
    found = tune(name, Spy(n_angles=0), np.zeros(0), 9)
    assert (found.evaluations, found.status, found.slope) == (1, Status.CONVERGED, 0.0)
    assert found.angles.shape == (0,)


@EVERY
def test_the_seed_alone_decides(name: str) -> None:
    first, again, other = (tune(name, Spy(), START, 41, seed) for seed in (3, 3, 4))
    assert np.array_equal(first.angles, again.angles) and first.value == again.value
    assert (name in RANDOM_TUNERS) != np.array_equal(first.angles, other.angles)


@pytest.mark.parametrize("name", ["rotosolve", "adam", "spsa", "adam-spsa", "aqgd", "bfgs"])
def test_a_stuck_start_gets_one_restart(name: str) -> None:
    left = tune(name, Spy(2, kind="plateau"), np.zeros(2), 2000, restart=False)
    assert (left.restarts, left.value) == (0, pytest.approx(0, abs=1e-4))
    # AQGD's own rule ends it where ten values are alike, as they are near a plateau.
    options = {"tolerance": 1e-9, "learning_rate": (2.0,)} if name == "aqgd" else {}
    found = tune(name, Spy(2, kind="plateau"), np.zeros(2), 9000, **options)
    assert found.restarts == 1
    assert found.value < -0.5
    assert tune(name, Spy(), START, 200).restarts == 0


@pytest.mark.parametrize("name", [n for n in TUNERS if n != "none"])
def test_a_flat_cost_restarts_once_and_keeps_the_start(name: str) -> None:
    spy = Spy(kind="flat")
    found = tune(name, spy, START, 5000)
    assert (found.restarts, found.value) == (1, 1.25)
    assert np.array_equal(found.angles, START)
    assert found.status in (Status.CONVERGED, Status.STALLED)
    turns = [x - START for _, x, _, _ in spy.calls]
    assert max(np.abs(t).max() for t in turns) > 0.1


def test_the_better_of_start_and_restart_stands() -> None:
    found = tune("adam", Spy(kind="plateau"), np.full(3, math.pi), 7)
    assert (found.restarts, found.value, found.evaluations) == (1, -1.0, 7)
    assert (found.status, found.slope) == (Status.CONVERGED, pytest.approx(0, abs=1e-12))


@pytest.mark.parametrize("name", ["cobyla", "nelder-mead", "powell", "bfgs"])
def test_sampled_minima_of_scipy_are_measured_again(name: str) -> None:
    spy = Spy(shots=100, noise=0.5)
    found = tune(name, spy, START, 40)
    _, angles, _, value = spy.calls[-1]
    lucky = min(spy.calls[:-1], key=lambda call: call[3])
    assert np.array_equal(angles, lucky[1])
    assert found.value == min(value, spy.calls[0][3]) > lucky[3]


def test_wrong_names_options_and_starts_are_refused() -> None:
    with pytest.raises(InputError, match="Did you mean 'adam-spsa:lih-4q'"):
        make_tuner("adam-spsa:lih4q")
    with pytest.raises(InputError, match=r"option of tuner 'cobyla' 'tolerence'.*'tolerance'"):
        make_tuner("cobyla", tolerence=1)
    with pytest.raises(InputError, match="option of tuner 'cobyla' 'method'"):
        make_tuner("cobyla", method="powell")
    bad = [("adam", "beta1", 1.0), ("spsa", "c", 0), ("aqgd", "iterations", (0,))]
    for name, option, value in [*bad, ("adam-spsa", "evaluations", (5, 5)), ("spsa", "a", "x")]:
        with pytest.raises(InputError, match=option):
            make_tuner(name, **{option: value})
    for start, budget in [(START[:2], 5), (START * math.nan, 5), (["x"] * 3, 5), (START, 0)]:
        with pytest.raises(InputError):
            tune("spsa", Spy(), start, budget)  # type: ignore[arg-type]


@EVERY
def test_options_survive_json(name: str) -> None:
    tuner = make_tuner(name)
    options = json.loads(json.dumps(asdict(tuner)))
    method: Callable[..., object] = type(tuner)
    assert method(**options) == tuner
