"""The gates themselves, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.gates import gate_spec
from qrl.env.observations.base import progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.construction import Construction


class GateListObservation:
    """The last gates that were appended, one after the other, and progress.

    Shape (length * (kinds + 2 n) + 4,), with angles (length * (kinds + 2 n + 2) + 4,): for each of the
    last `length` gates, the newest first, its kind one-hot (kinds: the names of the gate set), its first
    qubit one-hot, its second qubit one-hot (zeros where it has none), and with angles the sine and the
    cosine of its tuned angle (zeros where it has none); all zeros where there are fewer gates. Then the
    part of the gates used, the cost's place between start and lower bound, the sign and size of the
    last change. The gates of the start are the same in every episode and are left out.

    Args:
        construction: the circuits.
        length: gates shown; 0 for all that an episode may append.
        angles: whether angles are shown too.
    """

    def __init__(self, construction: Construction, length: int = 0, angles: bool = False) -> None:
        self._build = construction
        table = construction.actions
        self._length, self._angles = length or construction.max_gates, angles
        names = list(dict.fromkeys(g.name for g in table.gates))
        opcodes = [gate_spec(name).opcode for name in names]
        # Row -1 stands for no gate.
        self._kind = np.zeros((max(opcodes) + 2, len(names)), dtype=np.float32)
        self._kind[opcodes, np.arange(len(names))] = 1.0
        self._qubit = np.zeros((table.n_qubits + 1, table.n_qubits), dtype=np.float32)
        self._qubit[:-1] = np.eye(table.n_qubits)
        self.shape = (self._length, len(names) + 2 * table.n_qubits + 2 * angles)
        self.size = int(np.prod(self.shape)) + 4

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Nothing is kept beside the circuits."""

    def update(self, chosen: NDArray[np.int64]) -> None:
        """Nothing is kept beside the circuits."""

    def read(self) -> NDArray[np.float32]:
        """Return the encodings."""
        build = self._build
        everyone = np.arange(build.count)[:, None]
        place = build.n_ops[:, None] - 1 - np.arange(self._length)
        shown = place >= len(build.start)
        rows = np.where(shown[..., None], build.ops[everyone, np.maximum(place, 0)], -1)
        parts = [self._kind[rows[..., 0]], self._qubit[rows[..., 1]], self._qubit[rows[..., 2]]]
        if self._angles:
            turns = rows[..., 3] >= 0
            angle = build.theta[everyone, np.maximum(rows[..., 3], 0)]
            parts.append(np.where(turns, np.sin(angle), 0.0)[..., None].astype(np.float32))
            parts.append(np.where(turns, np.cos(angle), 0.0)[..., None].astype(np.float32))
        gates = np.concatenate(parts, axis=2).reshape(build.count, -1)
        return np.concatenate([gates, progress(build)], axis=1)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return nothing: the circuits say it all."""
        return {}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """There is nothing to put back."""
