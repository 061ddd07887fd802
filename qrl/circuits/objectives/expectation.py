"""Expectation value of an observable: ground states, MaxCut, QUBO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.objectives.base import (
    Head,
    SameValues,
    checked_observable,
    checked_states,
    checked_weights,
    expectation_values,
    zero_state,
)
from qrl.circuits.pauli import PauliSum

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Expectation(SameValues):
    """The expectation value of a Pauli sum, averaged over input states.

    Attributes:
        observable: the operator; its weights carry the unit of the cost.
        states: normalised inputs, shape (2**n,) or (inputs, 2**n); None: |0...0>.
        weights: of the inputs, shape (inputs,), scaled to add up to 1; None: equal.
    """

    observable: PauliSum
    states: Any = None
    weights: Any = None

    def __post_init__(self) -> None:
        checked_observable(self.observable, "Expectation")
        states = self.states
        if states is not None:
            states = checked_states(states, self.n_qubits, "input states")
            object.__setattr__(self, "states", states)
        count = 1 if states is None else len(states)
        object.__setattr__(self, "weights", checked_weights(self.weights, count))

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        return self.observable.n_qubits

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below, known without solving the problem."""
        return self.observable.lower_bound

    @property
    def inputs(self) -> NDArray[np.complex128]:
        """Normalised input states, shape (inputs, 2**n)."""
        return zero_state(self.n_qubits) if self.states is None else self.states

    def cost(self, outputs: NDArray[np.complex128]) -> float:
        """Return the cost of output states, shape (inputs, 2**n)."""
        return float(self.weights @ expectation_values(self.observable, outputs))

    def head(self) -> Head:
        """Return what a kernel computes."""
        scaled = None
        if self.states is not None:
            scaled = np.sqrt(self.weights)[:, None] * self.states
        return Head("linear", self.n_qubits, inputs=scaled, observables=(self.observable,))
