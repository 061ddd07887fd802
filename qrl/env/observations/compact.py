"""A short encoding of circuits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.gates import gate_spec
from qrl.env.observations.base import progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.construction import Construction


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
        parts = [one_hot, np.clip(local, -1.0, 1.0), progress(build)]
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
