"""Values of assignments: the diagonal of a Pauli sum that has no X and no Y."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.pauli import letter_on, masks
from qrl.tasks.walsh_hadamard import walsh_hadamard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.pauli import PauliSum

SAME_VALUE = 1e-9
"""Values this close count as equal, in units of the largest weight."""


@lru_cache(maxsize=4)
def all_values(observable: PauliSum) -> NDArray[np.float64]:
    """Return the value of every assignment.

    The value of assignment s is the sum over the terms of `weight * (-1)**popcount(s & z)`, which is
    the Walsh-Hadamard transform of the weights by their Z-masks z.

    Args:
        observable: strings of I and Z.

    Returns:
        Shape (2**n,), read-only; bit k of the index is variable k.
    """
    weights = np.zeros(1 << observable.n_qubits)
    for label, weight in observable.terms():
        weights[masks(label)[1]] = weight
    values = walsh_hadamard(weights)
    values.setflags(write=False)
    return values


def values_of(observable: PauliSum, indices: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the values of some assignments, without the table of all.

    Args:
        observable: strings of I and Z.
        indices: shape (assignments,); bit k is variable k.

    Returns:
        Shape (assignments,).
    """
    states = np.asarray(indices).astype(np.uint64)
    values = np.zeros(len(states))
    for label, weight in observable.terms():
        odd = np.bitwise_count(states & np.uint64(masks(label)[1])) & 1
        values += weight * (1.0 - 2.0 * odd)
    return values


def expected_value(observable: PauliSum, probabilities: NDArray[np.float64]) -> float:
    """Return the mean value of measured assignments.

    Args:
        observable: strings of I and Z.
        probabilities: shape (2**n,); their transform holds the mean of every string of Z.
    """
    means = walsh_hadamard(probabilities)
    return float(sum(weight * means[masks(label)[1]] for label, weight in observable.terms()))


def spin_form(
    observable: PauliSum,
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return constant, fields h and couplings J of `c + sum h_i Z_i + sum_{i<j} J_ij Z_i Z_j`.

    Args:
        observable: strings of I and at most two Z.

    Returns:
        The constant, shape (n,), and shape (n, n) with entries above the diagonal alone.
    """
    n = observable.n_qubits
    constant, fields, couplings = 0.0, np.zeros(n), np.zeros((n, n))
    for label, weight in observable.terms():
        qubits = [qubit for qubit, letter in enumerate(reversed(label)) if letter == "Z"]
        if not qubits:
            constant = weight
        elif len(qubits) == 1:
            fields[qubits[0]] = weight
        else:
            couplings[qubits[0], qubits[1]] = weight
    return constant, fields, couplings


def spin_sum_terms(
    constant: float, fields: NDArray[np.float64], couplings: NDArray[np.float64]
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return labels and weights of what `spin_form` takes apart; terms of weight 0 are left out."""
    n = len(fields)
    terms: dict[tuple[int, ...], float] = {(): constant}
    terms.update({(int(i),): float(fields[i]) for i in np.flatnonzero(fields)})
    terms.update({(int(i), int(j)): float(couplings[i, j]) for i, j in np.argwhere(couplings)})
    return tuple(letter_on("Z", qubits, n) for qubits in terms), tuple(terms.values())


def scale_of(observable: PauliSum) -> float:
    """Return the largest absolute weight of a term that is not the identity, 0 where there is none."""
    return max((abs(w) for label, w in observable.terms() if set(label) != {"I"}), default=0.0)
