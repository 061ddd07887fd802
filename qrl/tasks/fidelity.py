"""Fidelity of what a circuit makes with what was wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.objectives import Expectation, Infidelity, ProcessInfidelity
from qrl.tasks.spectrum import ground_space

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.objectives import Objective

FIDELITY_QUBIT_LIMIT = 12


def fidelity(state: NDArray[np.complex128], space: NDArray[np.complex128]) -> float:
    """Return the probability of finding a state in a space.

    Args:
        state: shape (2**n,), normalised.
        space: shape (2**n, k), orthonormal columns.
    """
    return float(min(1.0, np.sum(np.abs(space.conj().T @ state) ** 2)))


def objective_fidelity(
    objective: Objective, apply: Callable[[Any], NDArray[np.complex128]]
) -> float | None:
    """Return the fidelity that an objective implies.

    An expectation value in |0...0>: probability of the ground space, degenerate levels together, up
    to 12 qubits. Infidelities: one minus the cost. None for other objectives.

    Args:
        objective: what was minimised.
        apply: the circuit's action on states of shape (states, 2**n).
    """
    if isinstance(objective, (Infidelity, ProcessInfidelity)):
        return 1.0 - float(objective.cost(apply(objective.inputs)))
    if not isinstance(objective, Expectation) or objective.states is not None:
        return None
    if objective.n_qubits > FIDELITY_QUBIT_LIMIT:
        return None
    return fidelity(apply(objective.inputs)[0], ground_space(objective.observable))
