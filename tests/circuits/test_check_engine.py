"""The engine checker passes engines that keep the laws, and catches each that breaks one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from qrl.circuits import Circuit, PauliSum, Tuned, TuneOptions
from qrl.circuits.engines.aer import AerEngine
from qrl.circuits.engines.check import check_engine
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.engines.pennylane import PennylaneEngine
from qrl.circuits.engines.plain_engine import PlainEngine
from qrl.circuits.noise import NoiseModel, noise_model
from qrl.circuits.objectives import (
    Classification,
    DephasingGap,
    Expectation,
    Infidelity,
    Objective,
    ProcessInfidelity,
)
from qrl.errors import CheckFailed, InputError

TILTED = Expectation(PauliSum(("ZI", "XY", "IX", "ZZ"), (0.7, -1.1, 0.4, 0.3)))
PLUS = np.full(4, 0.5)
OBJECTIVES: dict[str, Objective] = {
    "expectation": TILTED,
    "one qubit": Expectation(PauliSum(("Z", "X"), (1.0, 0.5))),
    "small": Expectation(PauliSum(("ZI", "XY"), (1e-7, 2e-7))),
    "large": Expectation(PauliSum(("ZI", "XY"), (1e7, 2e7))),
    "zero": Expectation(PauliSum(("ZI",), (0.0,))),
    "input": Expectation(TILTED.observable, [PLUS, [0, 1, 0, 0]], (1, 3)),
    "infidelity": Infidelity(PLUS),
    "process": ProcessInfidelity(np.diag([1, 1, 1, -1])),
    "dephasing": DephasingGap([[0.7, 0.2], [0.2, 0.3]]),
    "softmax": Classification(
        PLUS, [[0.3, 0.7]], (PauliSum(("IZ",), (1.0,)), PauliSum(("XX",), (1.0,))), "softmax"
    ),
}


class Own(PlainEngine):
    """An engine with the one method that a user must write."""

    def value(self, circuit: Circuit) -> float:
        return self.objective.cost(self.outputs(circuit))


@pytest.mark.parametrize("what", OBJECTIVES)
@pytest.mark.parametrize("make", [ExactEngine, Own])
def test_engines_keep_the_laws(make: Callable[[Objective], Any], what: str) -> None:
    check_engine(make(OBJECTIVES[what]), circuits=4)


@pytest.mark.parametrize("what", ["expectation", "process", "dephasing"])
@pytest.mark.parametrize("make", [AerEngine, PennylaneEngine])
def test_adapters_keep_the_laws(make: Callable[[Objective], Any], what: str) -> None:
    if make is AerEngine:
        pytest.importorskip("qiskit_aer")
    check_engine(make(OBJECTIVES[what]), circuits=2, seed=1)


@pytest.mark.parametrize("what", ["expectation", "dephasing"])
def test_noisy_engines_keep_the_laws(what: str) -> None:
    pytest.importorskip("qiskit_aer")
    noise = noise_model("depolarizing:0.02,0.05")
    check_engine(AerEngine(OBJECTIVES[what], noise), circuits=1)


class Rounded(Own):
    """Costs in single precision."""

    def value(self, circuit: Circuit) -> float:
        return float(np.float32(super().value(circuit)))


def test_single_precision_needs_a_tolerance() -> None:
    check_engine(Rounded(TILTED), circuits=3, tolerance=1e-6)
    with pytest.raises(CheckFailed, match="within 1e-12"):
        check_engine(Rounded(TILTED), circuits=3, tolerance=1e-12)


def test_an_engine_needs_no_objective() -> None:
    """The protocol asks for none; all laws but the first hold by themselves."""
    engine = Own(TILTED)
    check_engine(Bare(engine), circuits=2)
    turned = Bare(Scaled(TILTED))
    check_engine(turned, circuits=2)
    with pytest.raises(CheckFailed, match="definition"):
        check_engine(Scaled(TILTED), circuits=2)


class Bare:
    """The methods of another engine and nothing else."""

    name = "bare"

    def __init__(self, engine: PlainEngine) -> None:
        self.n_qubits = engine.n_qubits
        self.value, self.value_and_gradient = engine.value, engine.value_and_gradient
        self.tune, self.tune_arrays = engine.tune, engine.tune_arrays
        self.local_paulis, self.statevector = engine.local_paulis, engine.statevector


# -- engines that break one law each ------------------------------------------------------------


class Scaled(Own):
    """Another function than the definition."""

    def value(self, circuit: Circuit) -> float:
        return 1.001 * super().value(circuit)


class WrongGradient(Own):
    """The sign of the last component."""

    def value_and_gradient(self, circuit: Circuit) -> Any:
        value, gradient = super().value_and_gradient(circuit)
        gradient[-1:] *= -1.0
        return value, gradient


class RoughGradient(Own):
    """Every component a thousandth too large."""

    def value_and_gradient(self, circuit: Circuit) -> Any:
        value, gradient = super().value_and_gradient(circuit)
        return value, 1.001 * gradient


class ShortGradient(Own):
    """No entry for the last angle."""

    def value_and_gradient(self, circuit: Circuit) -> Any:
        value, gradient = super().value_and_gradient(circuit)
        return value, gradient[:-1]


class NanGradient(Own):
    """No number where there is no slope."""

    def value_and_gradient(self, circuit: Circuit) -> Any:
        value, gradient = super().value_and_gradient(circuit)
        return value, np.where(np.abs(gradient) < 1e-9, np.nan, gradient)


class OtherCost(Own):
    """Another cost beside the gradient than alone."""

    def value_and_gradient(self, circuit: Circuit) -> Any:
        value, gradient = super().value_and_gradient(circuit)
        return value + 0.01, gradient


class Climbs(Own):
    """Ends tuning above the start, and says so."""

    def tune(self, circuit: Circuit, **rest: Any) -> Tuned:
        found = super().tune(circuit, **rest)
        worse = circuit.with_angles(np.array(circuit.angles) + 0.5)
        return replace(found, circuit=worse, cost=self.value(worse))


class Lies(Own):
    """Reports a lower cost than its angles have."""

    def tune(self, circuit: Circuit, **rest: Any) -> Tuned:
        found = super().tune(circuit, **rest)
        return replace(found, cost=found.cost - 0.01)


class ChangesGates(Own):
    """Gives another circuit back, of the same cost."""

    def tune(self, circuit: Circuit, **rest: Any) -> Tuned:
        found = super().tune(circuit, **rest)
        return replace(found, circuit=found.circuit.append("z", 0).append("z", 0))


class LeavesAngles(Own):
    """Tunes many at once without writing their angles."""

    def tune_arrays(self, ops: Any, n_ops: Any, theta: Any, *rest: Any) -> Any:
        return super().tune_arrays(ops, n_ops, theta.copy(), *rest)


class TunesLess(Own):
    """Tunes many at once less well than one alone."""

    def tune_arrays(self, *rest: Any) -> Any:
        *arrays, _ = rest
        return super().tune_arrays(*arrays, TuneOptions(tuner="none"))


class WrongColumns(Own):
    """The costs alone."""

    def tune_arrays(self, *rest: Any) -> Any:
        return super().tune_arrays(*rest)[:, 0]


class Drifts(Own):
    """Another cost each time."""

    def value(self, circuit: Circuit) -> float:
        return super().value(circuit) + 1e-3 * (time.perf_counter_ns() % 1000)


class Remembers(Own):
    """Adds something of the circuit that was tuned last."""

    extra = 0.0

    def value(self, circuit: Circuit) -> float:
        return super().value(circuit) + self.extra

    def tune_arrays(self, *rest: Any) -> Any:
        out = super().tune_arrays(*rest)
        self.extra = 0.01
        return out


class KeepsByGates(Own):
    """Knows a circuit again by its gates, whatever its angles."""

    def __init__(self, objective: Objective) -> None:
        super().__init__(objective)
        self.known: dict[Any, float] = {}

    def value(self, circuit: Circuit) -> float:
        return self.known.setdefault(circuit.gates, super().value(circuit))


class TakesAnySize(Own):
    """Scores circuits of other sizes."""

    def value(self, circuit: Circuit) -> float:
        return super().value(Circuit(self.n_qubits, (), ()))


class Crashes(Own):
    """Meets a wrong size with an error of its own."""

    def check_size(self, circuit: Circuit) -> None:
        if circuit.n_qubits != self.n_qubits:
            raise IndexError("too many qubits")


class NeedsGates(Own):
    """Fails on circuits without gates."""

    def value(self, circuit: Circuit) -> float:
        self.check_size(circuit)
        return super().value(circuit) * len(circuit) / len(circuit)


class NeedsRotations(Own):
    """Fails on gradients of circuits without rotations."""

    def value_and_gradient(self, circuit: Circuit) -> Any:
        value, gradient = super().value_and_gradient(circuit)
        assert np.max(np.abs(gradient)) >= 0.0
        return value, gradient


class NotANumber(Own):
    """An array where a number should be."""

    def value(self, circuit: Circuit) -> Any:
        return np.array([super().value(circuit)])


class Doubled(Own):
    """Local expectation values beyond 1."""

    def local_paulis(self, *rest: Any) -> Any:
        return 2.0 * super().local_paulis(*rest)


class BigEndian(Own):
    """Local expectation values in the opposite order of the qubits."""

    def local_paulis(self, *rest: Any) -> Any:
        return super().local_paulis(*rest)[:, ::-1]


class Frozen(Own):
    """The local expectation values of |0...0>, whatever the circuit."""

    def local_paulis(self, ops: Any, *rest: Any) -> Any:
        return np.broadcast_to([0.0, 0.0, 1.0], (len(ops), self.n_qubits, 3))


class SwapsSignOfY(Own):
    """Right for real states and basis states only."""

    def local_paulis(self, *rest: Any) -> Any:
        return super().local_paulis(*rest) * [1.0, -1.0, 1.0]


class OneQubitMore(Own):
    """Another size than its objective."""

    def __init__(self, objective: Objective) -> None:
        super().__init__(objective)
        self.n_qubits += 1


BROKEN: list[tuple[type[PlainEngine], str]] = [
    (Scaled, "value against the objective's definition: expected"),
    (WrongGradient, "value_and_gradient: expected differences of the cost"),
    (RoughGradient, "value_and_gradient: expected differences of the cost"),
    (ShortGradient, "value_and_gradient: expected a gradient of shape"),
    (NanGradient, "value_and_gradient: expected finite numbers"),
    (OtherCost, "value_and_gradient, its cost"),
    (Climbs, "tune by 'lbfgs': expected at most"),
    (Lies, "tune by 'lbfgs', the cost at its angles"),
    (ChangesGates, "tune by 'lbfgs': expected"),
    (LeavesAngles, "tune_arrays, the cost at its angles"),
    (TunesLess, "tune_arrays against tune"),
    (WrongColumns, r"tune_arrays: expected shape \(11, 6\); got \(11,\)"),
    (Drifts, "expected .* within"),
    (Remembers, "tune_arrays against tune|asked again after other circuits|at its angles"),
    (KeepsByGates, "value against the objective's definition: expected"),
    (TakesAnySize, "value of a circuit of 3 qubits: expected InputError; got"),
    (Crashes, "value of a circuit of 3 qubits: expected InputError; got IndexError"),
    (NeedsGates, "value: expected no error; got ZeroDivisionError"),
    (NeedsRotations, "value_and_gradient: expected no error; got ValueError"),
    (NotANumber, "value: expected a finite float; got array"),
    (Doubled, "local_paulis: expected numbers from -1 to 1"),
    (BigEndian, "local_paulis: expected"),
    (Frozen, "local_paulis: expected"),
    (SwapsSignOfY, "local_paulis: expected"),
    (OneQubitMore, "n_qubits: expected the objective's, 2; got 3"),
]


@pytest.mark.parametrize("make, message", BROKEN, ids=lambda x: getattr(x, "__name__", ""))
@pytest.mark.parametrize("seed", [0, 5])
def test_each_broken_law_is_caught(make: type[PlainEngine], message: str, seed: int) -> None:
    with pytest.raises(CheckFailed, match=message):
        check_engine(make(TILTED), seed=seed)


@pytest.mark.parametrize("make", [BigEndian, Frozen, WrongGradient, Lies, Climbs])
def test_broken_laws_are_caught_without_an_objective(make: type[PlainEngine]) -> None:
    with pytest.raises(CheckFailed):
        check_engine(Bare(make(TILTED)))


class Sampled(Own):
    """Random costs, as of few shots, from a generator of its own."""

    shots = 100
    step = 0.1

    def __init__(self, objective: Objective) -> None:
        super().__init__(objective)
        self.rng = np.random.default_rng(3)

    def value(self, circuit: Circuit) -> float:
        return super().value(circuit) + 0.1 * self.rng.normal()


def test_an_engine_with_shots_is_held_to_what_it_can_keep() -> None:
    check_engine(Sampled(TILTED), circuits=2)
    with pytest.raises(CheckFailed, match=r"within 0\.001"):
        check_engine(Sampled(TILTED), circuits=2, tolerance=1e-3)

    class Other(Sampled):
        def local_paulis(self, *rest: Any) -> Any:
            return super().local_paulis(*rest) + 1.0

    with pytest.raises(CheckFailed, match="from -1 to 1"):
        check_engine(Other(TILTED), circuits=2)


def test_noise_lifts_the_first_law_only() -> None:
    class Noisy(Scaled):
        noise = noise_model("depolarizing:0.01,0.02")

    check_engine(Noisy(TILTED), circuits=2)

    class Silent(Scaled):
        noise = NoiseModel("silent")

    with pytest.raises(CheckFailed, match="definition"):
        check_engine(Silent(TILTED), circuits=2)


def test_the_cause_and_the_circuit_are_told() -> None:
    with pytest.raises(CheckFailed) as caught:
        check_engine(NeedsGates(TILTED))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(CheckFailed, match=r"The circuit: \{'n_qubits': 2, 'gates': "):
        check_engine(RoughGradient(TILTED))


@pytest.mark.parametrize("bad", [0, -1, True, 2.0])
def test_a_wrong_number_of_circuits_is_refused(bad: Any) -> None:
    with pytest.raises(InputError, match=f"circuits must be .* at least 1; got {bad}"):
        check_engine(Own(TILTED), circuits=bad)


@pytest.mark.parametrize("bad", [0.0, -1e-3, math.inf, math.nan])
def test_a_wrong_tolerance_is_refused(bad: float) -> None:
    with pytest.raises(InputError, match="positive and finite"):
        check_engine(Own(TILTED), tolerance=bad)
