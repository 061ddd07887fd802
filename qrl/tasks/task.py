"""Tasks: what a circuit is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives import Expectation
from qrl.errors import InputError

CHEMICAL_ACCURACY = 1.6e-3
"""Hartree; 1 kcal/mol."""


@dataclass(frozen=True, slots=True)
class Task:
    """A problem to find a circuit for.

    Attributes:
        name: its id, or a name of the user's own.
        objective: the cost of a circuit.
        reference: the lowest possible cost where known; used in reports, not while searching
            unless a configuration asks for it.
        unit: unit of the cost, such as "Ha".
        family: which group of tasks it belongs to.
        description: one sentence.
        initial_state: basis label (leftmost letter: highest qubit) that circuits prepare first,
            with gates that are counted; None for |0...0>.
        target_error: error at which the task counts as solved, in the unit of the cost.
        metadata: where the problem came from.
    """

    name: str
    objective: Expectation
    reference: float | None = None
    unit: str = "Ha"
    family: str = "vqe"
    description: str = ""
    initial_state: str | None = None
    target_error: float = CHEMICAL_ACCURACY
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)

    def __post_init__(self) -> None:
        objective: object = self.objective
        if not isinstance(objective, Expectation):
            raise InputError(
                "A task needs an objective such as qrl.Expectation(pauli_sum); got "
                f"{type(objective).__name__}."
            )
        label = self.initial_state
        if label is not None and (
            not isinstance(label, str) or len(label) != self.n_qubits or set(label) - {"0", "1"}
        ):
            raise InputError(
                f"initial_state must be a label of {self.n_qubits} letters 0 and 1; got {label!r}."
            )

    @property
    def n_qubits(self) -> int:
        """Number of qubits of its circuits."""
        return self.objective.n_qubits

    @property
    def start(self) -> Circuit:
        """The circuit from which a search starts: an X on each qubit that `initial_state` sets."""
        return basis_state(self.initial_state or "0" * self.n_qubits)


def basis_state(label: str) -> Circuit:
    """Return the circuit that prepares a computational basis state.

    Args:
        label: letters 0 and 1; the leftmost belongs to the highest qubit.
    """
    circuit = Circuit(len(label))
    for qubit, bit in enumerate(reversed(label)):
        if bit == "1":
            circuit = circuit.append("x", qubit)
    return circuit
