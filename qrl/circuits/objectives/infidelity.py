"""Infidelity with target states, and with a target unitary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import matrix_qubits
from qrl.circuits.objectives.base import (
    Head,
    SameValues,
    checked_numbers,
    checked_states,
    checked_weights,
    zero_state,
)
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Infidelity(SameValues):
    """One minus the fidelity of the output with a target, averaged over input states.

    Attributes:
        target: normalised, shape (2**n,), or one for each input, shape (inputs, 2**n).
        states: normalised inputs, shape (2**n,) or (inputs, 2**n); None: |0...0>.
        weights: of the inputs, shape (inputs,), scaled to add up to 1; None: equal.
    """

    target: Any
    states: Any = None
    weights: Any = None

    def __post_init__(self) -> None:
        target = checked_states(self.target, None, "target state")
        object.__setattr__(self, "target", target)
        count = 1
        if self.states is not None:
            states = checked_states(self.states, self.n_qubits, "input states")
            object.__setattr__(self, "states", states)
            count = len(states)
        if len(target) != count:
            raise InputError(
                f"There must be one target for each of {count} inputs; got {len(target)}."
            )
        object.__setattr__(self, "weights", checked_weights(self.weights, count))

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        return int(self.target.shape[1]).bit_length() - 1

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below."""
        return 0.0

    @property
    def inputs(self) -> NDArray[np.complex128]:
        """Normalised input states, shape (inputs, 2**n)."""
        return zero_state(self.n_qubits) if self.states is None else self.states

    def cost(self, outputs: NDArray[np.complex128]) -> float:
        """Return the cost of output states, shape (inputs, 2**n)."""
        overlaps = np.einsum("ki,ki->k", self.target.conj(), outputs)
        return float(1.0 - self.weights @ np.abs(overlaps) ** 2)

    def head(self) -> Head:
        """Return what a kernel computes."""
        root = np.sqrt(self.weights)[:, None]
        return Head(
            "overlap", self.n_qubits, inputs=self.states, target=root * self.target, offset=1.0
        )


@dataclass(frozen=True, slots=True, eq=False)
class ProcessInfidelity(SameValues):
    """One minus |Tr V^dagger U|^2 / 4^n, for the unitary U of the circuit and a wanted one V.

    Equal to the infidelity of the Choi states, and related to the average gate fidelity F of n
    qubits by `F = (2**n * (1 - cost) + 1) / (2**n + 1)` (Nielsen, Phys. Lett. A 303, 249 (2002)).

    Attributes:
        unitary: V, shape (2**n, 2**n), little-endian.
    """

    unitary: Any

    def __post_init__(self) -> None:
        matrix_qubits("The unitary", checked_numbers(self.unitary, "unitary", np.complex128).shape)
        matrix = checked_states(np.transpose(self.unitary), None, "columns of the unitary").T
        if not np.allclose(matrix.conj().T @ matrix, np.eye(len(matrix)), atol=1e-8):
            raise InputError("The matrix is not unitary: its columns are not orthogonal to 1e-8.")
        object.__setattr__(self, "unitary", matrix)

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        return len(self.unitary).bit_length() - 1

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below."""
        return 0.0

    @property
    def inputs(self) -> NDArray[np.complex128]:
        """All basis states, shape (2**n, 2**n)."""
        return np.eye(len(self.unitary), dtype=np.complex128)

    def cost(self, outputs: NDArray[np.complex128]) -> float:
        """Return the cost of the outputs for all basis states, shape (2**n, 2**n)."""
        return float(1.0 - np.abs(np.vdot(self.unitary.T, outputs) / len(outputs)) ** 2)

    def head(self) -> Head:
        """Return what a kernel computes."""
        root = np.sqrt(1.0 / len(self.unitary))
        return Head(
            "overlap", self.n_qubits, inputs=root * self.inputs, target=root * self.unitary.T,
            coherent=True, offset=1.0,
        )  # fmt: skip
