"""Circuits whose rotations share parameters, and their best parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.circuits.engines import Engine

_OWN_INVERSE = {"h", "x", "cx"}
_AXES = {"rx": "X", "x": "X", "ry": "Y", "y": "Y", "rz": "Z", "z": "Z", "s": "Z"}
_LOOK_BACK = 400


class Step(NamedTuple):
    """A gate; a rotation's angle is `factor` times the parameter, in radians."""

    name: str
    qubits: tuple[int, ...]
    parameter: int | None = None
    factor: float = 0.0


@dataclass(frozen=True)
class TiedCircuit:
    """A circuit with angles = weights @ parameters.

    Attributes:
        circuit: its gates; the angles are 0.
        weights: shape (rotations, parameters).
    """

    circuit: Circuit
    weights: NDArray[np.float64] = field(compare=False)

    @staticmethod
    def of(n_qubits: int, steps: Sequence[Step], n_parameters: int) -> TiedCircuit:
        """Build the circuit of steps, in the order in which they act."""
        gates: list[Gate] = []
        rows = []
        for step in steps:
            gates.append(Gate(step.name, step.qubits))
            if gate_spec(step.name).parametric:
                row = np.zeros(n_parameters)
                row[step.parameter] = step.factor
                rows.append(row)
        weights = np.array(rows).reshape(len(rows), n_parameters)
        return TiedCircuit(Circuit(n_qubits, tuple(gates), (0.0,) * len(rows)), weights)

    def at(self, parameters: NDArray[np.float64]) -> Circuit:
        """Return the circuit at given parameters, shape (parameters,), radians."""
        return self.circuit.with_angles(self.weights @ parameters)


class Minimum(NamedTuple):
    """Parameters at which a cost is lowest, as far as was found."""

    parameters: NDArray[np.float64]
    cost: float
    evaluations: int


def minimise(
    engine: Engine, tied: TiedCircuit, start: NDArray[np.float64], *, evaluations: int = 1000
) -> Minimum:
    """Lower the cost by SciPy's L-BFGS-B with exact gradients.

    The gradient by the parameters follows from that by the angles by the chain rule.

    Args:
        engine: scores circuits.
        tied: the circuit.
        start: parameters to start from, shape (parameters,), radians.
        evaluations: of cost and gradient allowed; the line search at the end may add a few.
    """
    from scipy.optimize import minimize

    def both(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        cost, gradient = engine.value_and_gradient(tied.at(parameters))
        return cost, gradient @ tied.weights

    if not len(start):
        return Minimum(start, engine.value(tied.circuit), 1)
    options: Any = {"maxfun": evaluations, "maxiter": evaluations, "gtol": 1e-7, "ftol": 1e-14}
    found = minimize(both, start, jac=True, method="L-BFGS-B", options=options)
    return Minimum(np.asarray(found.x), float(found.fun), int(found.nfev))


def cancel_inverses(steps: Sequence[Step]) -> list[Step]:
    """Drop pairs of gates that undo each other, with only commuting gates between them."""
    kept: list[Step] = []
    for step in steps:
        partner = _partner(kept, step)
        if partner is None:
            kept.append(step)
        else:
            del kept[partner]
    return kept


def _partner(kept: list[Step], step: Step) -> int | None:
    if step.name not in _OWN_INVERSE:
        return None
    for index in range(len(kept) - 1, max(-1, len(kept) - 1 - _LOOK_BACK), -1):
        other = kept[index]
        if (other.name, other.qubits) == (step.name, step.qubits):
            return index
        if not _commute(other, step):
            return None
    return None


def _commute(a: Step, b: Step) -> bool:
    """Tell whether two gates surely commute, qubit by qubit."""
    return all(
        _axis(a, qubit) == _axis(b, qubit) is not None for qubit in a.qubits if qubit in b.qubits
    )


def _axis(step: Step, qubit: int) -> str | None:
    """Return the Pauli letter that a gate commutes with on a qubit, None if there is none."""
    if step.name == "cx":
        return "Z" if qubit == step.qubits[0] else "X"
    return _AXES.get(step.name)
