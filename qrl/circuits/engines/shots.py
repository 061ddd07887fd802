"""The shots engine: costs as a quantum computer would report them."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import whole_number
from qrl.circuits.engines.allocation import share_shots
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.engines.local_paulis import LocalPaulis
from qrl.circuits.engines.measured_settings import settings_of
from qrl.circuits.measurement import ALLOCATIONS, GROUPINGS, Estimate
from qrl.circuits.measurement.sample import checked_shots
from qrl.circuits.program import lift
from qrl.circuits.tuned import Tuned, TuneOptions
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.noise import NoiseModel
    from qrl.circuits.objectives import Objective

DEFAULT_TUNER = "spsa"
"""What "lbfgs", the default of `TuneOptions`, stands for: line searches fail under shot noise.

With 1000 shots and 200 evaluations SPSA ends 0.0008 hartree above H2's ground energy on 2 qubits and
0.03 on 4 (RY and CX in layers, medians over 20 random starts), Adam-SPSA 0.003 and 0.3. Where the cost
is a sinusoid of each angle, as expectation values and overlaps are, "rotosolve" ends at 0.0007 and 0.02.
"""


@dataclass(slots=True)
class _Counter:
    """What engines that differ in their shots have in common."""

    evaluations: int = 0
    total_shots: int = 0
    shares: dict[int, NDArray[np.int64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class GradientEstimate:
    """A cost and its gradient that were measured.

    Attributes:
        cost: at the angles.
        gradient: shape (rotations,), per radian.
        standard_errors: of its components, shape (rotations,).
        shots: how many were used in all.
    """

    cost: Estimate
    gradient: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    shots: int


class ShotsEngine:
    """Scores circuits by sampled measurements, as many shots for each cost as are given.

    Costs are unbiased estimates for linear, overlap and dephasing heads, for the squared loss and for
    gradients of these; the logistic and softmax losses and ratios are corrected to second order, so
    that their bias falls as 1/shots^2 (`expansion.py`). Where noise is given, what is estimated is the
    noisy cost, errors of the readout included.

    Evaluation number k draws from a generator made of the seed and k alone: the same calls in the
    same order give the same numbers.

    Args:
        objective: what is scored.
        shots: of one cost, for all its inputs and groups together.
        noise: what follows the gates and spoils the readout; None: nothing.
        seed: of all draws, at least 0.
        grouping: "general" or "qubit-wise", see `qrl.circuits.measurement.group`.
        allocation: "weight" or "uniform", see `qrl.circuits.measurement.allocate`.
        threads: of the engine that computes probabilities, see `CompiledEngine`.

    Raises:
        InputError: too few shots for the settings, unknown grouping or allocation, or too many qubits.
    """

    name = "shots"

    def __init__(
        self,
        objective: Objective,
        shots: int = 1000,
        *,
        noise: NoiseModel | None = None,
        seed: int = 0,
        grouping: str = "general",
        allocation: str = "weight",
        threads: int | None = None,
    ) -> None:
        if grouping not in GROUPINGS:
            raise unknown_name("grouping", str(grouping), GROUPINGS)
        if allocation not in ALLOCATIONS:
            raise unknown_name("allocation", str(allocation), ALLOCATIONS)
        if noise is not None:
            noise.check_size(objective.n_qubits)
        self.objective = objective
        self.n_qubits = objective.n_qubits
        self.noise = noise
        self.seed = whole_number("seed", seed, least=0)
        self.grouping = grouping
        self.allocation = allocation
        self._threads = threads
        self._settings: Any = settings_of(objective, grouping, noise, threads)
        self._paulis: LocalPaulis | None = None
        self._states: ExactEngine | None = None
        self._counter = _Counter()
        self._set_shots(shots)

    @property
    def shots(self) -> int:
        """Shots of one cost."""
        return self._shots

    @property
    def n_settings(self) -> int:
        """Different circuits that one cost takes: groups of commuting strings on every input."""
        return len(self._settings.norms)

    @property
    def total_shots(self) -> int:
        """Shots spent so far, by engines made with `with_shots` too."""
        return self._counter.total_shots

    @property
    def evaluations(self) -> int:
        """Draws so far: costs, and circuits of `local_paulis`."""
        return self._counter.evaluations

    def with_shots(self, shots: int) -> ShotsEngine:
        """Return the engine at another number of shots; the two count together."""
        other = copy.copy(self)
        other._set_shots(shots)
        return other

    def state(self) -> dict[str, int]:
        """Return what a checkpoint needs, as plain data."""
        return {"evaluations": self.evaluations, "total_shots": self.total_shots}

    def restore(self, state: Mapping[str, int]) -> None:
        """Go on where `state` was taken.

        Raises:
            InputError: something else than `state` returned.
        """
        numbers: list[Any] = [state.get(name) for name in ("evaluations", "total_shots")]
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise InputError(
                "The state of a shots engine needs whole numbers 'evaluations' and 'total_shots'; "
                f"got {dict(state)}."
            )
        self._counter.evaluations, self._counter.total_shots = numbers

    def statevector(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the final state without noise, as `ExactEngine`: no shot is spent."""
        if self._states is None:
            self._states = ExactEngine(self.objective, threads=1, table_bytes=0)
        return self._states.statevector(circuit)

    def value(self, circuit: Circuit) -> float:
        """Return an estimate of the cost of a circuit at its angles."""
        return self.estimate(circuit).value

    def estimate(self, circuit: Circuit) -> Estimate:
        """Return an estimate of the cost with its standard error."""
        value, variance = self._settings.estimate(self._measure(circuit))
        return Estimate(value, math.sqrt(variance), self._spent)

    def value_and_gradient(self, circuit: Circuit) -> tuple[float, NDArray[np.float64]]:
        """Return estimates of the cost and of its gradient, as `estimate_gradient`."""
        result = self.estimate_gradient(circuit)
        return result.cost.value, result.gradient

    def estimate_gradient(self, circuit: Circuit) -> GradientEstimate:
        """Measure the cost and its gradient by the parameter-shift rule.

        Takes the shots of `2 * rotations + 1` costs. The rule is applied to what is measured, whose
        functions costs are: it serves all of them (`expansion.derivative_of`).
        """
        here = self._measure(circuit)
        angles = np.array(circuit.angles)
        pairs = np.zeros((angles.size, 2))
        for p in range(angles.size):
            turn = np.zeros_like(angles)
            turn[p] = np.pi / 2
            ahead = self._measure(circuit.with_angles((angles + turn).tolist()))
            behind = self._measure(circuit.with_angles((angles - turn).tolist()))
            pairs[p] = self._settings.derivative(here, ahead, behind)
        value, variance = self._settings.estimate(here)
        return GradientEstimate(
            Estimate(value, math.sqrt(variance), self._spent),
            pairs[:, 0].copy(),
            np.sqrt(pairs[:, 1]),
            self._spent * (2 * angles.size + 1),
        )

    def tune(
        self,
        circuit: Circuit,
        *,
        fresh: int | None = None,
        target: float = math.inf,
        options: TuneOptions | None = None,
    ) -> Tuned:
        """Lower the cost from the circuit's own angles, by one of `qrl.circuits.tuners`.

        Args:
            circuit: the circuit; its angles are the start.
            fresh: index of the first angle that has no meaning yet, see `CompiledEngine.tune`.
            target: ignored.
            options: how, and how far to go; the tuner "lbfgs" stands for `DEFAULT_TUNER`.
        """
        from qrl.circuits.tuners.run import tune_with

        self._check(circuit)
        return tune_with(self, circuit, _suited(options or TuneOptions()), fresh=fresh)

    def tune_arrays(
        self,
        ops: NDArray[np.int32],
        n_ops: NDArray[np.int64],
        theta: NDArray[np.float64],
        n_theta: NDArray[np.int64],
        fresh: NDArray[np.int64],
        target: NDArray[np.float64],
        options: TuneOptions,
    ) -> NDArray[np.float64]:
        """Tune many lowered circuits one by one, their angles in place.

        Args and result as `CompiledEngine.tune_arrays`; `target` is ignored.
        """
        from qrl.circuits.tuners.run import tune_rows

        return tune_rows(self, ops, n_ops, theta, n_theta, fresh, _suited(options))

    def local_paulis(
        self, ops: NDArray[np.int32], n_ops: NDArray[np.int64], theta: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Estimate X, Y, Z on each qubit, shape (circuits, qubits, 3).

        Three settings for each circuit, all qubits in the basis of X, Y or Z, with `shots` each.
        """
        if self._paulis is None:
            self._paulis = LocalPaulis(self.objective, self.noise, self._threads)
        out = np.empty((len(ops), self.n_qubits, 3))
        for k in range(len(ops)):
            rows = ops[k, : n_ops[k]]
            used = int(np.count_nonzero(rows[:, 3] >= 0))
            circuit = lift(self.n_qubits, rows, theta[k, :used])
            out[k] = self._paulis.measure(circuit, self.shots, self._draw(3 * self.shots))
        return out

    @property
    def _spent(self) -> int:
        """Shots of one cost: 0 where nothing has to be measured."""
        return int(self._share.sum())

    def _measure(self, circuit: Circuit) -> Any:
        self._check(circuit)
        return self._settings.measure(circuit, self._share, self._draw(self._spent))

    def _draw(self, shots: int) -> np.random.Generator:
        """Return the next evaluation's generator."""
        key = np.random.SeedSequence(self.seed, spawn_key=(self.evaluations,))
        self._counter.evaluations += 1
        self._counter.total_shots += shots
        return np.random.default_rng(key)

    def _set_shots(self, shots: int) -> None:
        self._shots = checked_shots(shots)
        known = self._counter.shares
        if self._shots not in known:
            known[self._shots] = share_shots(
                self._settings.norms, shots, least=self._settings.least, method=self.allocation
            )
        self._share = known[self._shots]

    def _check(self, circuit: Circuit) -> None:
        if circuit.n_qubits != self.n_qubits:
            raise InputError(
                f"The objective has {self.n_qubits} qubits and needs circuits of as many; "
                f"got one of {circuit.n_qubits}."
            )


def _suited(options: TuneOptions) -> TuneOptions:
    return replace(options, tuner=DEFAULT_TUNER) if options.tuner == "lbfgs" else options
