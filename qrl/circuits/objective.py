"""What an engine is asked to lower: a head over measured quantities of a circuit's output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError


class Objective(Protocol):
    """A cost of a circuit, told to an engine without saying what it is for."""

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        ...


@dataclass(frozen=True, slots=True)
class Expectation:
    """The expectation value of a Pauli sum in the state made from |0...0>.

    Attributes:
        observable: the operator; its weights carry the unit of the cost.
    """

    observable: PauliSum

    def __post_init__(self) -> None:
        if not isinstance(self.observable, PauliSum):
            raise InputError(
                f"Expectation needs a PauliSum; got {type(self.observable).__name__}. "
                "Use PauliSum.from_qiskit or PauliSum.from_pennylane."
            )

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        return self.observable.n_qubits

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below, known without solving the problem."""
        return self.observable.lower_bound
