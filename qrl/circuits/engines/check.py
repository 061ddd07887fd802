"""Laws that every engine keeps, checked on random circuits: for engines of your own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import whole_number
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.plain_engine import (
    bloch_vectors,
    input_shares,
    output_states,
    reduced_states,
)
from qrl.circuits.gates import GATES, Gate
from qrl.circuits.program import lower
from qrl.circuits.tuned import TuneOptions
from qrl.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.engines import Engine

MOST_DEFINED_QUBITS = 14
"""Beyond, costs and local expectation values are not compared with their definition, for time."""
_RELATIVE = 1e-6
_LOCAL = 1e-5
_STEP = 1e-2
_BUDGET = 6
_MOST_GATES = 8


def check_engine(
    engine: Engine, *, seed: int = 0, circuits: int = 8, tolerance: float | None = None
) -> None:
    """Check that an engine keeps the laws that environments and searchers rely on.

    On random circuits, one of them at two sets of angles, one without gates, one without rotations:

    - a cost is a finite number and, without noise and shots, `objective.cost` of the outputs;
    - a gradient has one entry for each angle and agrees with differences of the cost;
    - tuning changes angles alone, does not raise the cost, and reports the cost at its angles;
    - `tune_arrays` gives what `tune` gives for each circuit, its angles in place;
    - local expectation values lie within -1 and 1, flip as they must under X gates, and without
      noise are those of the outputs;
    - circuits of another size are refused by `InputError`;
    - the same circuit costs the same again, whatever was scored in between.

    An engine whose attribute `shots` is above 0 gives random costs: without a tolerance, laws that
    compare costs are left out. The first law needs the attribute `objective`.

    Args:
        engine: what is checked; any object with the methods of `qrl.circuits.engines.Engine`.
        seed: of the circuits.
        circuits: how many random ones, at least 1.
        tolerance: largest difference of two costs that should be equal, in the unit of the cost;
            None: 1e-6 of the largest cost met. Gradients may differ by 200 times as much per radian.

    Raises:
        CheckFailed: a law is broken; the message says what was expected and what came.
        InputError: no circuits, or a tolerance that is not positive.
    """
    circuits = whole_number("The number of circuits", circuits, least=1)
    if tolerance is not None and not (tolerance > 0 and math.isfinite(tolerance)):
        raise InputError(f"The tolerance must be positive and finite; got {tolerance!r}.")
    n = _n_qubits(engine)
    rng = np.random.default_rng(seed)
    drawn = [Circuit(n), random_circuit(n, rng, fixed_only=True)]
    drawn += [random_circuit(n, rng) for _ in range(circuits)]
    # The gates of the last once more: an engine must not know a circuit by its gates alone.
    drawn.append(drawn[-1].with_angles(rng.uniform(-np.pi, np.pi, drawn[-1].rotation_count)))
    with _raising_nothing("value"):
        costs = [engine.value(circuit) for circuit in drawn]
    for circuit, cost in zip(drawn, costs, strict=True):
        finite = isinstance(cost, (float, np.floating)) and math.isfinite(cost)
        _expect(finite, "value", "a finite float", repr(cost), circuit)
    largest = max(abs(float(cost)) for cost in costs)
    allowed = _RELATIVE * largest if largest > 1e-9 else _RELATIVE
    exact = not getattr(engine, "shots", 0)
    checks = _Checks(
        engine, drawn, costs, allowed if tolerance is None else tolerance, exact or bool(tolerance)
    )
    checks.sizes()
    checks.definition(exact)
    checks.gradients()
    checks.many_at_once(checks.tuning())
    checks.local_paulis(exact)
    checks.repetition()


@dataclass(frozen=True, slots=True)
class _Checks:
    """The laws, one a method.

    Attributes:
        engine, circuits: what is checked, and on which.
        costs: what it gave for each before anything else was asked.
        tolerance: see `check_engine`.
        compares: whether costs that should be equal are compared.
    """

    engine: Any
    circuits: list[Circuit]
    costs: list[float]
    tolerance: float
    compares: bool

    def sizes(self) -> None:
        n_qubits = self.engine.n_qubits
        for n in (n_qubits + 1, n_qubits - 1)[: 1 + (n_qubits > 1)]:
            circuit = Circuit(n).append("rx", n - 1, angle=0.3)
            for name in ("value", "value_and_gradient", "tune"):
                _expect_refusal(name, getattr(self.engine, name), circuit)

    def definition(self, exact: bool) -> None:
        if not exact or (objective := self._definition()) is None:
            return
        for circuit, cost in zip(self.circuits, self.costs, strict=True):
            expected = objective.cost(output_states(circuit, objective.inputs))
            self._expect_equal("value against the objective's definition", expected, cost, circuit)

    def gradients(self) -> None:
        law = "value_and_gradient"
        for circuit, cost in zip(self.circuits, self.costs, strict=True):
            with _raising_nothing(law):
                value, gradient = self.engine.value_and_gradient(circuit)
            wanted = (circuit.rotation_count,)
            shape = np.shape(gradient)
            _expect(shape == wanted, law, f"a gradient of shape {wanted}", str(shape), circuit)
            numbers = np.append(gradient, value)
            _expect(bool(np.isfinite(numbers).all()), law, "finite numbers", str(numbers), circuit)
            self._expect_equal(f"{law}, its cost", cost, value, circuit)
            if not self.compares:
                continue
            with _raising_nothing("value"):
                slopes = np.array([self._slope(circuit, p) for p in range(len(gradient))])
            # Errors of four costs, divided by the step, are errors of the slope.
            allowed = 2.0 * self.tolerance / _STEP
            near = bool((np.abs(gradient - slopes) <= allowed).all())
            expected = f"differences of the cost, {slopes}, within {allowed:.3g}"
            _expect(near, law, expected, str(gradient), circuit)

    def tuning(self) -> list[float]:
        """Check `tune`, and return the costs that its descents reached."""
        reached = []
        descent, nothing = TuneOptions(max_gradients=_BUDGET), TuneOptions(tuner="none")
        for circuit, cost in zip(self.circuits, self.costs, strict=True):
            for options, fresh in ((descent, None), (nothing, None), (nothing, 0)):
                law = f"tune by {options.tuner!r}"
                with _raising_nothing(law):
                    tuned = self.engine.tune(circuit, fresh=fresh, options=options)
                    after = self.engine.value(tuned.circuit)
                if options is descent:
                    reached.append(tuned.cost)
                came = tuned.circuit.gates
                _expect(came == circuit.gates, law, f"{circuit.gates}", f"{came}", circuit)
                self._expect_equal(f"{law}, the cost at its angles", after, tuned.cost, circuit)
                # A fresh angle may start anywhere: it had no meaning.
                fine = not self.compares or fresh == 0 or tuned.cost <= cost + self.tolerance
                _expect(bool(fine), law, f"at most {cost}, the start", f"{tuned.cost}", circuit)
        return reached

    def many_at_once(self, reached: list[float]) -> None:
        law, options = "tune_arrays", TuneOptions(max_gradients=_BUDGET)
        ops, n_ops, theta, n_theta = _packed(self.circuits)
        count = len(self.circuits)
        fresh, target = np.full(count, -1), np.full(count, math.inf)
        with _raising_nothing(law):
            out = self.engine.tune_arrays(ops, n_ops, theta, n_theta, fresh, target, options)
        _expect(np.shape(out) == (count, 6), law, f"shape ({count}, 6)", str(np.shape(out)))
        for k, circuit in enumerate(self.circuits):
            with _raising_nothing(law):
                there = self.engine.value(circuit.with_angles(theta[k, : n_theta[k]]))
            self._expect_equal(f"{law} against tune", reached[k], out[k, 0], circuit)
            self._expect_equal(f"{law}, the cost at its angles", there, out[k, 0], circuit)

    def local_paulis(self, exact: bool) -> None:
        law, n = "local_paulis", self.engine.n_qubits
        flipped = [Circuit(n).append("x", q) for q in range(n)]
        drawn = [Circuit(n), *flipped, *self.circuits]
        ops, n_ops, theta, _ = _packed(drawn)
        with _raising_nothing(law):
            local = np.asarray(self.engine.local_paulis(ops, n_ops, theta))
        wanted = (len(drawn), n, 3)
        _expect(local.shape == wanted, law, f"shape {wanted}", str(local.shape))
        far = np.abs(local).max()
        _expect(bool(far <= 1.0 + _LOCAL), law, "numbers from -1 to 1", f"one of size {far}")
        if not exact or _is_noisy(self.engine):
            return
        for q in range(n):
            expected = local[0] * np.where(np.arange(n) == q, -1.0, 1.0)[:, None]
            expected[q, 0] = local[0, q, 0]
            near = np.allclose(local[1 + q], expected, rtol=0.0, atol=_LOCAL)
            _expect(near, law, f"{expected.tolist()}", f"{local[1 + q].tolist()}", flipped[q])
        if (objective := self._definition()) is None:
            return
        inputs = np.sqrt(input_shares(objective.head()))[:, None] * objective.inputs
        for found, circuit in zip(local, drawn, strict=True):
            expected = bloch_vectors(reduced_states(output_states(circuit, inputs)))
            near = np.allclose(found, expected, rtol=0.0, atol=_LOCAL)
            _expect(near, law, f"{expected.tolist()}", f"{found.tolist()}", circuit)

    def repetition(self) -> None:
        for circuit, cost in reversed(list(zip(self.circuits, self.costs, strict=True))):
            with _raising_nothing("value"):
                again = self.engine.value(circuit)
            self._expect_equal("value, asked again after other circuits", cost, again, circuit)

    def _slope(self, circuit: Circuit, p: int) -> float:
        """Return the derivative by an angle from four costs, to the fourth order of the step."""
        total = 0.0
        for turns, factor in ((1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0)):
            angles = list(circuit.angles)
            angles[p] += turns * _STEP
            total += factor * self.engine.value(circuit.with_angles(angles))
        return total / (12.0 * _STEP)

    def _definition(self) -> Any:
        """Return the objective where it says what the engine gives, else None."""
        if self.engine.n_qubits > MOST_DEFINED_QUBITS or _is_noisy(self.engine):
            return None
        return getattr(self.engine, "objective", None)

    def _expect_equal(self, law: str, expected: float, came: float, circuit: Circuit) -> None:
        near = not self.compares or abs(came - expected) <= self.tolerance
        _expect(bool(near), law, f"{expected} within {self.tolerance:.3g}", str(came), circuit)


def _expect(
    holds: bool, law: str, expected: str, came: str, circuit: Circuit | None = None
) -> None:
    if not holds:
        where = "" if circuit is None else f" The circuit: {circuit.to_dict()}."
        raise CheckFailed(f"{law}: expected {expected}; got {came}.{where}")


def _expect_refusal(name: str, method: Callable[[Circuit], Any], circuit: Circuit) -> None:
    law = f"{name} of a circuit of {circuit.n_qubits} qubits"
    advice = "call the engine's check for the size first"
    try:
        result = method(circuit)
    except InputError:
        return
    # A user's engine may raise anything; the law says what was expected.
    except Exception as cause:
        raise CheckFailed(f"{law}: expected InputError; got {cause!r}; {advice}.") from cause
    raise CheckFailed(f"{law}: expected InputError; got {result!r}; {advice}.")


@contextmanager
def _raising_nothing(law: str) -> Iterator[None]:
    try:
        yield
    except Exception as cause:  # whatever it is, it breaks the law
        raise CheckFailed(f"{law}: expected no error; got {cause!r}.") from cause


def _n_qubits(engine: Any) -> int:
    n = getattr(engine, "n_qubits", None)
    whole = isinstance(n, int) and not isinstance(n, bool) and n >= 1
    _expect(whole, "n_qubits", "a whole number from 1", repr(n))
    objective = getattr(engine, "objective", None)
    if objective is not None:
        same = objective.n_qubits == n
        _expect(same, "n_qubits", f"the objective's, {objective.n_qubits}", repr(n))
    name = getattr(engine, "name", None)
    _expect(isinstance(name, str) and bool(name), "name", "a text", repr(name))
    return int(n or 0)


def _is_noisy(engine: Any) -> bool:
    noise = getattr(engine, "noise", None)
    return noise is not None and not noise.is_noiseless


def random_circuit(n: int, rng: np.random.Generator, *, fixed_only: bool = False) -> Circuit:
    """Draw a circuit of all gates of the table that fit, at random angles."""
    fitting = [spec for spec in GATES.values() if spec.n_qubits <= n]
    names = [spec.name for spec in fitting if not (fixed_only and spec.parametric)]
    # As many rotations as fixed gates: they are what a gradient and a tuner see.
    shares = np.array([3.0 if GATES[name].parametric else 1.0 for name in names])
    gates, count = [], 0
    for name in rng.choice(names, size=_MOST_GATES, p=shares / shares.sum()):
        spec = GATES[str(name)]
        gates.append(Gate(spec.name, tuple(rng.permutation(n)[: spec.n_qubits].tolist())))
        count += spec.parametric
    return Circuit(n, tuple(gates), tuple(rng.uniform(-np.pi, np.pi, count)))


def _packed(circuits: list[Circuit]) -> tuple[NDArray[Any], ...]:
    """Return rows, their numbers, angles and their numbers of circuits, padded to one size."""
    lowered = [lower(circuit) for circuit in circuits]
    n_ops = np.array([len(rows) for rows, _ in lowered], dtype=np.int64)
    n_theta = np.array([angles.size for _, angles in lowered], dtype=np.int64)
    ops = np.zeros((len(circuits), n_ops.max(), 4), dtype=np.int32)
    theta = np.zeros((len(circuits), n_theta.max()))
    for k, (rows, angles) in enumerate(lowered):
        ops[k, : len(rows)], theta[k, : angles.size] = rows, angles
    return ops, n_ops, theta, n_theta
