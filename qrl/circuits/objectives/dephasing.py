"""Dephasing gap: how far a circuit is from diagonalising a density matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import matrix_qubits
from qrl.circuits.objectives.base import Head, SameValues, checked_numbers
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALL = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class DephasingGap(SameValues):
    """Tr rho^2 - Tr Z(U rho U^dagger)^2, with Z keeping the diagonal alone.

    Zero where the circuit diagonalises rho (VQSD; LaRose et al., arXiv 1810.10506, equation 4).

    Attributes:
        density: rho, shape (2**n, 2**n), little-endian: Hermitian, positive, of trace 1.
    """

    density: Any

    def __post_init__(self) -> None:
        rho = checked_numbers(self.density, "density matrix", np.complex128)
        matrix_qubits("The density matrix", rho.shape)
        if not np.isfinite(rho).all() or not np.allclose(rho, rho.conj().T, atol=1e-8):
            raise InputError("The density matrix must be finite and Hermitian to 1e-8.")
        if abs(np.trace(rho).real - 1.0) > 1e-8:
            raise InputError(f"The density matrix must have trace 1; got {np.trace(rho).real:.9g}.")
        if (lowest := np.linalg.eigvalsh(rho)[0]) < -1e-8:
            raise InputError(
                f"The density matrix must be positive; it has an eigenvalue {lowest:.3g}."
            )
        rho.setflags(write=False)
        object.__setattr__(self, "density", rho)

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        return len(self.density).bit_length() - 1

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below."""
        return 0.0

    @property
    def purity(self) -> float:
        """Tr rho^2."""
        return float(np.vdot(self.density, self.density).real)

    def _ensemble(self) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
        values, vectors = np.linalg.eigh(self.density)
        kept = values > _SMALL
        return values[kept], np.ascontiguousarray(vectors[:, kept].T)

    @property
    def inputs(self) -> NDArray[np.complex128]:
        """Eigenvectors of rho with an eigenvalue above zero, shape (rank, 2**n)."""
        return self._ensemble()[1]

    def cost(self, outputs: NDArray[np.complex128]) -> float:
        """Return the cost of the outputs for the inputs, shape (rank, 2**n)."""
        return float(self.purity - np.sum((self._ensemble()[0] @ np.abs(outputs) ** 2) ** 2))

    def head(self) -> Head:
        """Return what a kernel computes."""
        values, vectors = self._ensemble()
        inputs = np.sqrt(values)[:, None] * vectors
        return Head("dephasing", self.n_qubits, inputs=inputs, offset=self.purity)
