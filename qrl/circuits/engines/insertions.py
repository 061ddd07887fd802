"""Gates inserted into a circuit, as the arrays that score them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qrl.circuits.gates import GATES, Gate
from qrl.circuits.program import lower
from qrl.circuits.tuned import TuneOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit


class Tunes(Protocol):
    """What can tune many lowered circuits."""

    def tune_arrays(self, *arguments: Any) -> NDArray[np.float64]:
        """Tune circuits; see `CompiledEngine`."""
        ...


def candidate_rows(gates: list[Gate]) -> NDArray[np.int32]:
    """Return rows of opcode, qubits, and whether the gate is a rotation, shape (gates, 4)."""
    rows = np.zeros((len(gates), 4), dtype=np.int32)
    for row, gate in zip(rows, gates, strict=True):
        spec = GATES[gate.name]
        row[:] = spec.opcode, gate.qubits[0], gate.qubits[-1], spec.parametric
    return rows


def tuned_insertions(
    engine: Tunes, circuit: Circuit, gates: list[Gate], first: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score insertions as circuits of their own, whose new angle alone is set in closed form.

    Args and result as `CompiledEngine.insertions`; `first` is the place of the first insertion.
    """
    ops, theta = lower(circuit)
    places, count = len(ops) - first + 1, len(gates)
    every = np.full((places, count, len(ops) + 1, 4), -1, dtype=np.int32)
    n_theta = np.full((places, count), theta.size)
    for place in range(places):
        at = first + place
        every[place, :, :at], every[place, :, at + 1 :] = ops[:at], ops[at:]
        for k, gate in enumerate(gates):
            spec = GATES[gate.name]
            row = every[place, k, at]
            row[0] = spec.opcode
            row[1 : 1 + spec.n_qubits] = gate.qubits
            if spec.parametric:
                row[3] = theta.size
                n_theta[place, k] += 1
    total = places * count
    angles = np.zeros((total, theta.size + 1))
    angles[:, : theta.size] = theta
    fresh = np.where(n_theta.ravel() > theta.size, theta.size, -1)
    out = engine.tune_arrays(
        every.reshape(total, len(ops) + 1, 4), np.full(total, len(ops) + 1), angles,
        n_theta.ravel(), fresh, np.full(total, np.inf), TuneOptions(tuner="none"),
    )  # fmt: skip
    return out[:, 0].reshape(places, count), angles[:, -1].reshape(places, count)
