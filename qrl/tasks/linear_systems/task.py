"""Linear systems: a state proportional to the solution of A x = b."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import matrix_qubits
from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives import ExpectationRatio
from qrl.circuits.objectives.base import checked_numbers
from qrl.errors import InputError
from qrl.tasks.baseline import Baseline
from qrl.tasks.linear_systems.costs import global_cost, local_cost
from qrl.tasks.linear_systems.pauli_decomposition import MOST_QUBITS
from qrl.tasks.task import Task, circuit_baseline, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.tasks.task import Apply

LARGEST_CONDITION_NUMBER = 1e4
"""Rounding blurs the cost by some 1e-16 times its square, which beyond hides the solution."""

SMALLEST = 1e-100
"""Of the largest entries of A and b: squares of smaller numbers would leave the floats."""

READ_OUT_QUBITS = 4
"""Up to here the metrics hold the solution's entries."""

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class LinearSystem(Task):
    """A system A x = b, solved by a state proportional to x (VQLS, arXiv 1909.05820).

    Attributes:
        objective: the global cost, or the local one.
        reference: 0, the cost of the solution.
        matrix: A, shape (2**n, 2**n), little-endian, invertible; it need not be Hermitian.
        vector: b, shape (2**n,), of any norm but 0.
        preparation: a circuit that makes b / |b| from |0...0>, which the local cost needs.
    """

    reference: float | None = 0.0
    family: str = "linear"
    target_error: float = 1e-8
    matrix: Any = None
    vector: Any = None
    preparation: Circuit | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.objective, ExpectationRatio):
            raise InputError(
                "A linear system needs an ExpectationRatio as its objective; got "
                f"{type(self.objective).__name__}. Use qrl.tasks.linear_systems.linear_system."
            )
        matrix, vector = checked_system(self.matrix, self.vector)
        if len(vector) != 1 << self.n_qubits:
            raise InputError(
                f"The objective has {self.n_qubits} qubits, so b must have {1 << self.n_qubits} "
                f"entries; got {len(vector)}."
            )
        if self.preparation is not None:
            check_preparation(self.preparation, vector)
        if not _belong_together(self.objective, matrix, vector, self.preparation):
            raise InputError(
                "The objective of a linear system must be the global cost of its matrix and vector, or "
                "the local one of its matrix and preparation; use qrl.tasks.linear_systems.linear_system."
            )
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "vector", vector)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LinearSystem):
            return NotImplemented
        return (
            super().__eq__(other)
            and np.array_equal(self.matrix, other.matrix)
            and np.array_equal(self.vector, other.vector)
            and self.preparation == other.preparation
        )

    __hash__ = Task.__hash__

    @cached_property
    def solution(self) -> NDArray[np.complex128]:
        """The solution x by NumPy, shape (2**n,)."""
        found: NDArray[np.complex128] = np.linalg.solve(self.matrix, self.vector)
        return found

    @cached_property
    def _direction(self) -> NDArray[np.complex128]:
        """The solution by its norm, whose square need not be a float."""
        scaled = self.solution / np.abs(self.solution).max()
        found: NDArray[np.complex128] = scaled / np.linalg.norm(scaled)
        return found

    @cached_property
    def condition_number(self) -> float:
        """Largest by smallest singular value of A."""
        return float(np.linalg.cond(self.matrix))

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        """Return Qiskit's preparation of the known solution, and a tuned ansatz.

        Args:
            found: the circuit to compare with; "hardware-efficient" gets as many CNOTs.
        """
        from qrl.tasks.hardware_efficient import hardware_efficient_baseline
        from qrl.tasks.qiskit_preparation import prepared_state

        return {
            "qiskit-state-preparation": circuit_baseline(
                self.objective, prepared_state, self._direction
            ),
            "hardware-efficient": hardware_efficient_baseline(
                self.objective, self.start, found.two_qubit_count
            ),
        }

    def metrics(self, circuit: Circuit, apply: Apply | None = None) -> dict[str, Any]:
        """Return how well a circuit's state solves the system.

        Args:
            circuit: the circuit.
            apply: its action on states; None: computed by dense matrices.

        Returns:
            "residual-norm", `|A x - b| / |b|` for x the state times its best factor;
            "solution-fidelity" with NumPy's solution; "condition-number"; "global-cost";
            "local-cost", None where no circuit for b is known; up to 4 qubits "solution-real" and
            "solution-imaginary", the entries of x.
        """
        state = (apply or dense(circuit))(self.objective.inputs)[0]
        state = state / np.linalg.norm(state)
        image = self.matrix @ state
        factor = np.vdot(image, self.vector) / np.vdot(image, image).real
        residual = np.linalg.norm(factor * image - self.vector) / np.linalg.norm(self.vector)
        exact = self._direction
        local = None
        if self.preparation is not None:
            turned = self.preparation.unitary().conj().T @ image
            ones = np.bitwise_count(np.arange(len(state))) / self.n_qubits
            local = float(ones @ np.abs(turned) ** 2 / np.vdot(image, image).real)
        found: dict[str, Any] = {
            "residual-norm": float(residual),
            "solution-fidelity": float(min(1.0, np.abs(np.vdot(exact, state)) ** 2)),
            "condition-number": self.condition_number,
            "global-cost": float(residual**2),
            "local-cost": local,
        }
        if self.n_qubits <= READ_OUT_QUBITS:
            entries = factor * state
            found["solution-real"] = entries.real.tolist()
            found["solution-imaginary"] = entries.imag.tolist()
        return found


def make_system(
    name: str,
    matrix: NDArray[np.complex128],
    vector: NDArray[np.complex128],
    preparation: Circuit | None,
    *,
    local: bool,
    description: str = "",
) -> LinearSystem:
    """Return the task of a system whose parts fit, with the cost that it is to have.

    Raises:
        InputError: the local cost is asked for without a circuit that prepares b.
    """
    if not local:
        objective = global_cost(matrix, vector)
    elif preparation is not None:
        objective = local_cost(matrix, preparation)
    else:
        raise InputError(
            "The local cost needs b as a circuit that prepares it; got a vector. Give the circuit, "
            "or use the global cost."
        )
    return LinearSystem(
        name, objective, matrix=matrix, vector=vector, preparation=preparation,
        description=description or f"Linear system of {len(vector)} unknowns.",
        metadata={
            "cost": "local" if local else "global",
            "condition_number": float(np.linalg.cond(matrix)),
        },
    )  # fmt: skip


def checked_system(
    matrix: Any, vector: Any
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return matrix and right-hand side as frozen arrays.

    Raises:
        InputError: shapes that do not fit or are no power of two, numbers that are not finite, b = 0,
            numbers below 1e-100 alone, or a matrix that is singular to rounding.
    """
    a = checked_numbers(matrix, "matrix A", np.complex128)
    b = checked_numbers(vector, "right-hand side b", np.complex128)
    hint = "A smaller system can be filled up with ones on the diagonal and zeros in b."
    size = 1 << matrix_qubits("The matrix A", a.shape, most=MOST_QUBITS, hint=hint)
    if b.shape != (size,):
        raise InputError(
            f"The right-hand side b must have shape ({size},), as A has rows; got {b.shape}."
        )
    if not b.any():
        raise InputError("The right-hand side b must not be zero: the solution would be zero.")
    for what, largest in (("matrix A", np.abs(a).max()), ("right-hand side b", np.abs(b).max())):
        if 0.0 < largest < SMALLEST:
            raise InputError(
                f"The largest entry of the {what} must be at least {SMALLEST:g} in size; got "
                f"{largest:.3g}. Multiply it by a number: the state of the solution stays the same."
            )
    condition = float(np.linalg.cond(a))
    if not condition <= LARGEST_CONDITION_NUMBER:
        raise InputError(
            f"The matrix A must be invertible, with a condition number of at most "
            f"{LARGEST_CONDITION_NUMBER:g}; got {condition:.3g}. Scale its rows or precondition it."
        )
    a.setflags(write=False)
    b.setflags(write=False)
    return a, b


def _belong_together(
    objective: ExpectationRatio,
    matrix: NDArray[np.complex128],
    vector: NDArray[np.complex128],
    preparation: Circuit | None,
) -> bool:
    if _same(objective, global_cost(matrix, vector)):
        return True
    return preparation is not None and _same(objective, local_cost(matrix, preparation))


def _same(first: ExpectationRatio, second: ExpectationRatio) -> bool:
    """Tell whether two costs are equal but for rounding; their weights are at most 1 in size."""
    for a, b in (
        (first.numerator, second.numerator),
        (first.denominator, second.denominator),
    ):
        ours, theirs = dict(a.terms()), dict(b.terms())
        names = ours.keys() | theirs.keys()
        if any(abs(ours.get(name, 0.0) - theirs.get(name, 0.0)) > _ROUNDING for name in names):
            return False
    return True


def check_preparation(preparation: Any, vector: NDArray[np.complex128]) -> None:
    """Check that a circuit prepares a vector up to a factor.

    Raises:
        InputError: no circuit, another number of qubits, or another state.
    """
    n_qubits = len(vector).bit_length() - 1
    if not isinstance(preparation, Circuit) or preparation.n_qubits != n_qubits:
        raise InputError(f"The preparation of b must be a Circuit on {n_qubits} qubits.")
    made = preparation.unitary()[:, 0]
    overlap = float(np.abs(np.vdot(made, vector)) / np.linalg.norm(vector))
    if abs(overlap - 1.0) > 1e-8:
        raise InputError(
            f"The circuit must prepare b, with an overlap of 1 within 1e-8; got {overlap:.9g}."
        )
