"""The state tensor of the field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.gates import gate_spec
from qrl.env.observations.base import place_of_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.construction import Construction


class TensorObservation:
    """The state tensor of CRLQAS (arXiv 2402.03500, section 3.1), flattened, and the cost.

    Shape before flattening: (max_gates, rows, n). In each moment, a two-qubit gate of the set has n
    rows, [target][control] = 1, and a single-qubit gate one row with a 1 at its qubit; for CNOT and
    three rotations that is n + 3 rows. A gate stands in the first moment that its qubits have free.
    The last entry is the cost's place between the start and the lower bound.
    """

    def __init__(self, construction: Construction) -> None:
        self._build = construction
        table = construction.actions
        n = table.n_qubits
        row_of: dict[str, int] = {}
        rows = 0
        for gate in table.gates:
            if gate.name not in row_of:
                row_of[gate.name] = rows
                rows += n if gate_spec(gate.name).n_qubits == 2 else 1
        self.shape = (construction.max_gates, rows, n)
        self.size = int(np.prod(self.shape)) + 1
        self._row = np.array(
            [row_of[g.name] + (g.qubits[1] if len(g.qubits) == 2 else 0) for g in table.gates]
        )
        self._column = np.array([g.qubits[0] for g in table.gates])
        self._last = np.array([g.qubits[-1] for g in table.gates])
        # Apart from the circuit's own depth: the starting gates are the same in every episode and
        # take no moments.
        self._moments = np.zeros((construction.count, n), dtype=np.int64)
        self._tensor = np.zeros((construction.count, *self.shape), dtype=np.float32)

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Clear the tensors of the marked circuits."""
        self._tensor[which] = 0.0
        self._moments[which] = 0

    def update(self, chosen: NDArray[np.int64]) -> None:
        """Place the actions just appended."""
        everyone = np.arange(self._build.count)
        first, second = self._column[chosen], self._last[chosen]
        moment = np.maximum(self._moments[everyone, first], self._moments[everyone, second])
        self._tensor[everyone, moment, self._row[chosen], first] = 1.0
        self._moments[everyone, first] = self._moments[everyone, second] = moment + 1

    def read(self) -> NDArray[np.float32]:
        """Return the flattened tensors with the cost at the end."""
        flat = self._tensor.reshape(self._build.count, -1)
        return np.concatenate([flat, place_of_cost(self._build)[:, None]], axis=1)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return copies of the tensors and of each qubit's next free moment."""
        return {"tensor": self._tensor.copy(), "moments": self._moments.copy()}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        self._tensor[...] = state["tensor"]
        self._moments[...] = state["moments"]
