"""What an agent sees of the circuits under construction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qrl.circuits.gates import gate_spec
from qrl.errors import unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.construction import Construction


class Observation(Protocol):
    """Keeps a vector of fixed size for each circuit of a `Construction`."""

    size: int

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Forget the marked circuits."""
        ...

    def update(self, chosen: NDArray[np.int64]) -> None:
        """Take in the actions just appended."""
        ...

    def read(self) -> NDArray[np.float32]:
        """Return the observations, shape (circuits, size), values within [-1, 1]."""
        ...

    def state(self) -> dict[str, NDArray[Any]]:
        """Return copies of what a checkpoint must hold."""
        ...

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        ...


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
        return np.concatenate([flat, _place_of_cost(self._build)[:, None]], axis=1)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return copies of the tensors and of each qubit's next free moment."""
        return {"tensor": self._tensor.copy(), "moments": self._moments.copy()}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        self._tensor[...] = state["tensor"]
        self._moments[...] = state["moments"]


class CompactObservation:
    """A short encoding: recent gates on each qubit, local expectation values, progress.

    Shape (n * (3 * roles + 3) + 4,): for each qubit the roles that it played in its last three gates,
    one-hot (roles: nothing, each single-qubit gate, either side of each two-qubit gate); the
    expectation values of X, Y, Z on it in the tuned state, which hardware can measure too; then the
    part of the gates used, the cost's place between start and lower bound, the sign and size of the
    last change.
    """

    memory = 3

    def __init__(self, construction: Construction) -> None:
        self._build = construction
        table = construction.actions
        names = list(dict.fromkeys(g.name for g in table.gates))
        role_of, roles = {}, 1
        for name in names:
            role_of[name] = roles
            roles += gate_spec(name).n_qubits
        self._roles = roles
        self._role = np.array([role_of[g.name] for g in table.gates])
        self._first = np.array([g.qubits[0] for g in table.gates])
        self._second = np.array([g.qubits[-1] for g in table.gates])
        self._history = np.zeros(
            (construction.count, table.n_qubits, self.memory), dtype=np.float32
        )
        self.size = table.n_qubits * (self.memory * roles + 3) + 4

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Forget the gates of the marked circuits."""
        self._history[which] = 0.0

    def update(self, chosen: NDArray[np.int64]) -> None:
        """Push the actions just appended."""
        everyone = np.arange(self._build.count)
        first, second, role = self._first[chosen], self._second[chosen], self._role[chosen]
        self._push(everyone, first, role)
        paired = first != second
        self._push(everyone[paired], second[paired], role[paired] + 1)

    def read(self) -> NDArray[np.float32]:
        """Return the encodings."""
        build = self._build
        one_hot = np.eye(self._roles, dtype=np.float32)[self._history.astype(np.int64)]
        local = build.local_paulis().astype(np.float32)
        change = build.previous_cost - build.cost
        size = np.clip(1.0 + np.log10(np.abs(change) + 1e-12) / 12.0, 0.0, 1.0)
        progress = np.stack(
            [build.steps / build.max_gates, _place_of_cost(build), np.sign(change), size], axis=1
        )
        parts = [one_hot, np.clip(local, -1.0, 1.0), progress.astype(np.float32)]
        return np.concatenate([part.reshape(build.count, -1) for part in parts], axis=1)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return a copy of the gate history."""
        return {"history": self._history.copy()}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Put a gate history back."""
        self._history[...] = state["history"]

    def _push(
        self, rows: NDArray[np.int64], qubits: NDArray[np.int64], roles: NDArray[np.int64]
    ) -> None:
        self._history[rows, qubits, 1:] = self._history[rows, qubits, :-1]
        self._history[rows, qubits, 0] = roles


OBSERVATIONS: dict[str, type[TensorObservation] | type[CompactObservation]] = {
    "compact": CompactObservation,
    "tensor": TensorObservation,
}


def make_observation(name: str, construction: Construction) -> Observation:
    """Build an observation by name."""
    if name not in OBSERVATIONS:
        raise unknown_name("observation", name, OBSERVATIONS)
    return OBSERVATIONS[name](construction)


def _place_of_cost(build: Construction) -> NDArray[np.float32]:
    """Return 0 at the start's cost, 1 at the lower bound, clipped to [-1, 1]."""
    span = max(build.start_cost - build.lower_bound, 1e-12)
    return np.clip((build.start_cost - build.cost) / span, -1.0, 1.0).astype(np.float32)
