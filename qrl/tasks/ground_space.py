"""Fidelity of a state with the space of lowest energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.tasks.spectrum import lowest_space

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.pauli import PauliSum

FIDELITY_QUBIT_LIMIT = 12
_SAME_LEVEL = 1e-9


def ground_space(observable: PauliSum) -> NDArray[np.complex128]:
    """Return an orthonormal basis of the eigenvectors of the lowest eigenvalue.

    Levels within 1e-9 of the lowest count as it.

    Returns:
        Shape (2**n, degeneracy).
    """
    return lowest_space(observable.labels, observable.weights, within=_SAME_LEVEL)


def fidelity(state: NDArray[np.complex128], space: NDArray[np.complex128]) -> float:
    """Return the probability of finding a state in a space.

    Args:
        state: shape (2**n,), normalised.
        space: shape (2**n, k), orthonormal columns.
    """
    return float(min(1.0, np.sum(np.abs(space.conj().T @ state) ** 2)))
