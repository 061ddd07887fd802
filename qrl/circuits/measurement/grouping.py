"""Which Pauli strings one measurement circuit can read together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.pauli import PauliSum, masks
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUPINGS = ("qubit-wise", "general")
_MAX_QUBITS = 62


@dataclass(frozen=True, slots=True)
class Group:
    """Pauli strings that are measured together; equal strings are added up.

    Attributes:
        labels: strings over I, X, Y, Z of one length, leftmost letter on the highest qubit.
        weights: one real number for each label, in the unit of the cost.
    """

    labels: tuple[str, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        checked = PauliSum(self.labels, self.weights)
        object.__setattr__(self, "labels", checked.labels)
        object.__setattr__(self, "weights", checked.weights)

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return len(self.labels[0])

    @property
    def norm(self) -> float:
        """Euclidean norm of the weights, in the unit of the cost."""
        return math.hypot(*self.weights)

    def __len__(self) -> int:
        return len(self.labels)


def group(pauli_sum: PauliSum, method: str = "general") -> tuple[Group, ...]:
    """Split a Pauli sum into groups of commuting strings.

    Sorted insertion: the strings come largest absolute weight first (ties in the sum's order), and
    each goes into the first group with all of whose strings it commutes (Crawford et al., Quantum
    5, 385 (2021), arXiv 1908.06942). The identity and strings of weight 0 need no
    measurement and go into no group.

    Args:
        pauli_sum: the operator, at most 62 qubits wide.
        method: "qubit-wise" (the letters on each qubit are equal or I; the measurement circuits need
            single-qubit gates only) or "general" (the strings commute; fewer groups, but the
            measurement circuits need two-qubit gates).

    Returns:
        The groups, in the order in which they were opened; none for a multiple of the identity.

    Raises:
        InputError: not a PauliSum, unknown method, or too many qubits.
    """
    if not isinstance(pauli_sum, PauliSum):
        raise InputError(
            f"Grouping needs a PauliSum; got {type(pauli_sum).__name__}. "
            "Use PauliSum.from_qiskit or PauliSum.from_pennylane."
        )
    if method not in GROUPINGS:
        raise unknown_name("grouping", method, GROUPINGS)
    terms = [(label, w) for label, w in pauli_sum.terms() if w != 0.0 and set(label) != {"I"}]
    terms.sort(key=lambda term: -abs(term[1]))
    x, z = mask_arrays([label for label, _ in terms], pauli_sum.n_qubits)
    home = np.zeros(len(terms), dtype=np.int64)
    n_groups = 0
    for k in range(len(terms)):
        clash = clashes(x[k], z[k], x[:k], z[:k], method)
        closed = np.zeros(n_groups + 1, dtype=bool)
        closed[home[:k][clash]] = True
        # The entry past the last group is never closed: it opens a new one.
        home[k] = np.argmin(closed)
        n_groups = max(n_groups, int(home[k]) + 1)
    members: list[list[tuple[str, float]]] = [[] for _ in range(n_groups)]
    for term, g in zip(terms, home, strict=True):
        members[g].append(term)
    return tuple(Group(*map(tuple, zip(*part, strict=True))) for part in members)


def mask_arrays(
    labels: Sequence[str], n_qubits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the x-masks and z-masks of Pauli strings, shape (n_labels,) each; bit q is qubit q.

    Raises:
        InputError: more qubits than the bits of a mask.
    """
    if n_qubits > _MAX_QUBITS:
        raise InputError(
            f"Measurement groups work on at most {_MAX_QUBITS} qubits; got {n_qubits}. "
            "Split the observable into parts on fewer qubits."
        )
    pairs = np.array([masks(label)[:2] for label in labels], dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def clashes(
    x: np.int64, z: np.int64, xs: NDArray[np.int64], zs: NDArray[np.int64], method: str
) -> NDArray[np.bool_]:
    """Tell which of many strings cannot be measured together with one string.

    Args:
        x: x-mask of the one string.
        z: z-mask of the one string.
        xs: x-masks of the many, shape (n_labels,).
        zs: z-masks of the many, shape (n_labels,).
        method: "qubit-wise" or "general", as in `group`.

    Returns:
        Shape (n_labels,).
    """
    anti = (x & zs) ^ (z & xs)  # the qubits on which the letters anticommute
    if method == "qubit-wise":
        result: NDArray[np.bool_] = anti != 0
    else:
        result = (np.bitwise_count(anti) & 1).astype(bool)
    return result
