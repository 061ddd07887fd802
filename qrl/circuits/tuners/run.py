"""Tuners applied to circuits of any engine."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qrl.circuits.kernels.tuning import COLUMNS
from qrl.circuits.program import lift
from qrl.circuits.tuned import Tuned
from qrl.circuits.tuners import make_tuner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.tuned import TuneOptions
    from qrl.circuits.tuners.cost import Cost


class Scores(Protocol):
    """What a tuner needs of an engine."""

    n_qubits: int

    def value(self, circuit: Circuit) -> float:
        """Return the cost of a circuit at its angles."""
        ...

    def value_and_gradient(self, circuit: Circuit) -> tuple[float, NDArray[np.float64]]:
        """Return the cost and its derivative by each angle."""
        ...


class CircuitCost:
    """The cost of a circuit as a function of its angles."""

    def __init__(self, engine: Scores, circuit: Circuit) -> None:
        self._engine, self._circuit = engine, circuit

    @property
    def n_angles(self) -> int:
        """Number of angles."""
        return len(self._circuit.angles)

    @property
    def shots(self) -> int:
        """Shots of one evaluation; 0 for an exact engine."""
        return int(getattr(self._engine, "shots", 0))

    def value(self, angles: NDArray[np.float64]) -> float:
        """Return the cost at angles in radians."""
        return self._engine.value(self._circuit.with_angles(angles.tolist()))

    def value_and_gradient(self, angles: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the cost and its derivative by each angle."""
        return self._engine.value_and_gradient(self._circuit.with_angles(angles.tolist()))

    def with_shots(self, shots: int) -> Cost:
        """Return the same cost at another number of shots; an exact one returns itself."""
        change = getattr(self._engine, "with_shots", None)
        return self if change is None else CircuitCost(change(shots), self._circuit)


def tune_with(
    engine: Scores, circuit: Circuit, options: TuneOptions, *, fresh: int | None = None
) -> Tuned:
    """Lower the cost of a circuit by one of `TUNERS`.

    Args:
        engine: scores the circuit.
        circuit: its angles are the start.
        options: `tuner`, `max_gradients` (evaluations allowed), `restart` and `seed` count.
        fresh: index of the first angle without a meaning yet; it and those after it are first put where
            the cost is lowest along each, from three values.
    """
    tuner = make_tuner(options.tuner, restart=options.restart)
    cost = CircuitCost(engine, circuit)
    angles = np.array(circuit.angles, dtype=np.float64)
    spent = 0
    for p in range(len(angles) if fresh is None else fresh, len(angles)):
        if spent + 3 >= options.max_gradients:
            break
        spent += _set_angle(cost, angles, p)
    # The same circuit draws the same numbers, whatever was tuned before it.
    rng = np.random.default_rng([options.seed, zlib.crc32(repr(circuit.gates).encode())])
    found = tuner.minimise(cost, angles, rng=rng, max_evaluations=options.max_gradients - spent)
    return Tuned(
        circuit=circuit.with_angles(found.angles.tolist()),
        cost=found.value,
        status=found.status,
        evaluations=found.evaluations + spent,
        gradients=found.gradients,
        slope=found.slope,
        restarts=found.restarts,
        shots=found.shots + spent * cost.shots,
    )


def tune_rows(
    engine: Scores,
    ops: NDArray[np.int32],
    n_ops: NDArray[np.int64],
    theta: NDArray[np.float64],
    n_theta: NDArray[np.int64],
    fresh: NDArray[np.int64],
    options: TuneOptions,
) -> NDArray[np.float64]:
    """Tune many lowered circuits one by one, their angles in place.

    Args and result as `CompiledEngine.tune_arrays`.
    """
    out = np.zeros((len(ops), COLUMNS))
    for k in range(len(ops)):
        circuit = lift(engine.n_qubits, ops[k, : n_ops[k]], theta[k, : n_theta[k]])
        start = None if fresh[k] < 0 else int(fresh[k])
        tuned = tune_with(engine, circuit, options, fresh=start)
        theta[k, : n_theta[k]] = tuned.circuit.angles
        out[k] = (
            tuned.cost, tuned.status, tuned.evaluations - tuned.gradients, tuned.gradients,
            tuned.slope, tuned.restarts,
        )  # fmt: skip
    return out


def _set_angle(cost: Cost, angles: NDArray[np.float64], p: int) -> int:
    """Put one angle at the minimum of the sinusoid through three values; return how many it took."""
    start, values = angles[p], []
    for turn in (0.0, 0.5 * np.pi, -0.5 * np.pi):
        angles[p] = start + turn
        values.append(cost.value(angles))
    here, ahead, behind = values
    angles[p] = start
    a, b = here - 0.5 * (ahead + behind), 0.5 * (ahead - behind)
    if math.isfinite(a) and math.isfinite(b) and math.hypot(a, b) > 1e-12:
        angles[p] = math.remainder(start + math.atan2(-b, -a), 2.0 * np.pi)
    return len(values)
