"""Ratio of two expectation values: linear systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.circuits.objectives.base import (
    Head,
    SameValues,
    checked_observable,
    expectation_values,
    zero_state,
)
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ExpectationRatio(SameValues):
    """`1 - <N> / <D>` in the state made from |0...0>.

    For a linear system A x = b: N = A^dagger |b><b| A and D = A^dagger A, the global cost of VQLS
    (Bravo-Prieto et al., arXiv 1909.05820, equation 5).

    Attributes:
        numerator: N, with <N> between 0 and <D>.
        denominator: D, positive.
    """

    numerator: PauliSum
    denominator: PauliSum

    def __post_init__(self) -> None:
        checked_observable(self.numerator, "ExpectationRatio")
        checked_observable(self.denominator, "ExpectationRatio")
        if self.numerator.n_qubits != self.denominator.n_qubits:
            raise InputError(
                "Numerator and denominator must act on the same qubits; got "
                f"{self.numerator.n_qubits} and {self.denominator.n_qubits}."
            )

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        return self.numerator.n_qubits

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below."""
        return 0.0

    @property
    def inputs(self) -> NDArray[np.complex128]:
        """|0...0>, shape (1, 2**n)."""
        return zero_state(self.n_qubits)

    def cost(self, outputs: NDArray[np.complex128]) -> float:
        """Return the cost of the output state, shape (1, 2**n)."""
        above = expectation_values(self.numerator, outputs)[0]
        return float(1.0 - above / expectation_values(self.denominator, outputs)[0])

    def head(self) -> Head:
        """Return what a kernel computes."""
        return Head(
            "smooth", self.n_qubits, observables=(self.numerator, self.denominator),
            loss="ratio", offset=1.0,
        )  # fmt: skip
