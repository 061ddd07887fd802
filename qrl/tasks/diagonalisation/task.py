"""Variational quantum state diagonalisation as tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.objectives import DephasingGap
from qrl.errors import InputError
from qrl.tasks.baseline import Baseline
from qrl.tasks.task import Task, circuit_baseline, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.tasks.task import Apply


@dataclass(frozen=True, eq=True)
class Diagonalisation(Task):
    """The circuit U that makes U rho U^dagger diagonal.

    Its outcomes then have the eigenvalues as probabilities, and U^dagger makes an eigenvector of
    each basis state (LaRose et al., arXiv 1810.10506). `density_from_matrix` builds it.
    """

    reference: float | None = 0.0
    family: str = "diag"
    target_error: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.objective, DephasingGap):
            raise InputError(
                "A Diagonalisation needs the objective qrl.DephasingGap(density); got "
                f"{type(self.objective).__name__}."
            )

    @property
    def density(self) -> NDArray[np.complex128]:
        """Rho, shape (2**n, 2**n), read-only."""
        objective: Any = self.objective
        matrix: NDArray[np.complex128] = objective.density
        return matrix

    def eigenvectors(self, circuit: Circuit) -> list[tuple[float, NDArray[np.complex128]]]:
        """Return what a circuit says are the eigenvalues and eigenvectors.

        Returns:
            Pairs of the probability of the outcome i and the vector U^dagger |i>, shape (2**n,),
            the largest probability first. Both are those of rho where the cost is zero.
        """
        columns = dense(circuit)(np.eye(1 << self.n_qubits, dtype=np.complex128))
        vectors = columns.conj().T  # row i: U^dagger |i>
        values = np.einsum("ij,jk,ik->i", vectors.conj(), self.density, vectors).real
        order = np.argsort(-values, kind="stable")
        return [(float(values[i]), vectors[i].copy()) for i in order]

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        """Return the exact unitary as Qiskit compiles it, and a fixed layout of as many CNOTs."""
        from qrl.tasks.diagonalisation.rivals import exact_unitary
        from qrl.tasks.hardware_efficient import hardware_efficient_baseline

        return {
            "exact-unitary-qiskit": circuit_baseline(self.objective, exact_unitary, self.density),
            "hardware-efficient": hardware_efficient_baseline(
                self.objective, self.start, found.two_qubit_count, starts=7, reverse=True
            ),
        }

    def metrics(self, circuit: Circuit, apply: Apply | None = None) -> dict[str, Any]:
        """Return what can be read out of rho' = U rho U^dagger.

        Args:
            circuit: the circuit.
            apply: its action on states; None: computed by dense matrices.

        Returns:
            "eigenvalues": the diagonal of rho', largest first; "eigenvalue-error": sum of the squared
            differences from those of rho, both sorted, which is never above the cost (inequality of
            Hoffman and Wielandt); "worst-residual": the largest norm of rho v - lambda v among the vectors
            v = U^dagger |i>; "purity": Tr rho^2; "dephased-purity": the sum of the squared
            probabilities; "dephasing-gap": their difference, the cost.
        """
        weights, vectors = self._mixture()
        outputs = (apply or dense(circuit))(vectors)
        rotated = outputs.T @ (weights[:, None] * outputs.conj())
        estimates = np.diag(rotated).real
        exact = np.sort(np.linalg.eigvalsh(self.density))
        # U maps rho v - lambda v to column i of rho' without its diagonal entry.
        residuals = np.linalg.norm(rotated - np.diag(np.diag(rotated)), axis=0)
        purity, dephased = float(np.sum(exact**2)), float(np.sum(estimates**2))
        return {
            "eigenvalues": np.sort(estimates)[::-1].tolist(),
            "eigenvalue-error": float(np.sum((np.sort(estimates) - exact) ** 2)),
            "worst-residual": float(residuals.max()),
            "purity": purity,
            "dephased-purity": dephased,
            "dephasing-gap": purity - dephased,
        }

    def _mixture(self) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
        """Return weights and states that mix to rho: the objective's inputs."""
        states = self.objective.inputs
        weights = np.einsum("ki,ij,kj->k", states.conj(), self.density, states).real
        return weights, states
