"""A quantum channel on one or two qubits, as a value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrl.circuits.gates import pauli_matrix
from qrl.errors import InputError

_TRACE_TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False)
class Channel:
    """A completely positive, trace-preserving map on one or two qubits.

    Channels are equal where their Kraus operators are, bit for bit.

    Attributes:
        kraus: the Kraus operators, each of shape (2**n_qubits, 2**n_qubits), little-endian: for a
            channel on `(a, b)` the row index is `bit_a + 2 * bit_b`.
        recipe: constructor and numbers that the channel was made from, as it stands in JSON; empty
            where only the Kraus operators are known.

    Raises:
        InputError: the operators are not finite, not of these shapes, or do not keep the trace.
    """

    kraus: tuple[NDArray[np.complex128], ...]
    recipe: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kraus", _checked_kraus(self.kraus))

    def __repr__(self) -> str:
        if not self.recipe:
            return f"Channel({len(self.kraus)} Kraus operators on {self.n_qubits} qubits)"
        numbers = [f"{key}={value!r}" for key, value in self.recipe.items() if key != "name"]
        return f"{self.recipe['name']}({', '.join(numbers)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Channel):
            return NotImplemented
        return self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def n_qubits(self) -> int:
        """Number of qubits: 1 or 2."""
        return len(self.kraus[0]).bit_length() - 1

    @property
    def is_identity(self) -> bool:
        """Whether the channel does nothing, within rounding."""
        return bool(np.allclose(self.ptm(), np.eye(4**self.n_qubits), rtol=0.0, atol=1e-14))

    def ptm(self) -> NDArray[np.float64]:
        """Return the Pauli transfer matrix.

        Entry (i, j) is `Tr(P_i channel(P_j)) / 2**n_qubits` (Greenbaum, arXiv 1509.02921).

        Returns:
            Real matrix, shape (4**n_qubits, 4**n_qubits). Indices count I, X, Y, Z from 0 to 3 on
            each qubit: `p_first + 4 * p_second`, where first is the gate's first qubit.
        """
        basis = _pauli_basis(self.n_qubits)
        kraus = np.stack(self.kraus)[:, None]
        images = (kraus @ basis @ kraus.conj().swapaxes(-1, -2)).sum(axis=0)
        result: NDArray[np.float64] = np.einsum("iab,jba->ij", basis, images).real
        result /= 2**self.n_qubits
        return result

    def then(self, other: Channel) -> Channel:
        """Return this channel followed by another on the same qubits."""
        if other.n_qubits != self.n_qubits:
            raise InputError(
                "Channels that follow each other need equally many qubits; got "
                f"{self.n_qubits} and {other.n_qubits}. Use `tensor` to widen one."
            )
        return Channel(shortened([b @ a for a in self.kraus for b in other.kraus]))

    def tensor(self, other: Channel) -> Channel:
        """Return this channel on the first qubit and another on the second."""
        if self.n_qubits != 1 or other.n_qubits != 1:
            raise InputError(
                "Only two one-qubit channels can be put side by side; got channels on "
                f"{self.n_qubits} and {other.n_qubits} qubits."
            )
        pairs = product(self.kraus, other.kraus)
        return Channel(tuple(np.kron(b, a).astype(complex) for a, b in pairs))

    def reversed(self) -> Channel:
        """Return the channel with its two qubits exchanged."""
        if self.n_qubits == 1:
            return self
        order = [0, 2, 1, 3]
        return Channel(tuple(k[np.ix_(order, order)] for k in self.kraus))

    @cached_property
    def _key(self) -> tuple[int, bytes]:
        # Adding zero turns -0.0, which compares equal to 0.0, into 0.0.
        return self.n_qubits, (np.stack(self.kraus) + 0.0).tobytes()


def from_kraus(operators: Iterable[Any]) -> Channel:
    """Return the channel of some Kraus operators, shapes (2, 2) or (4, 4)."""
    return Channel(tuple(operators))


def from_choi(choi: NDArray[np.complex128]) -> Channel:
    """Return the channel of a Choi matrix in Qiskit's convention.

    Args:
        choi: `sum over i, j of |i><j| (x) channel(|i><j|)`, shape (4**n_qubits, 4**n_qubits).

    Raises:
        InputError: the map is not completely positive or does not keep the trace.
    """
    values, vectors = np.linalg.eigh((choi + choi.conj().T) / 2)
    if values[0] < -_TRACE_TOLERANCE:
        raise InputError(
            "A channel must be completely positive: its Choi matrix needs eigenvalues of at least "
            f"0; got {values[0]:.3g}."
        )
    size = math.isqrt(len(choi))
    keep = values > 1e-15
    columns = vectors[:, keep] * np.sqrt(values[keep])
    return Channel(tuple(column.reshape(size, size).T for column in columns.T))


def shortened(kraus: list[NDArray[np.complex128]]) -> tuple[NDArray[np.complex128], ...]:
    """Return at most 4**n_qubits Kraus operators of the same channel."""
    kraus = [k for k in kraus if k.any()]
    if len(kraus) <= kraus[0].size:
        return tuple(kraus)
    columns = np.stack([k.T.ravel() for k in kraus], axis=1)
    return from_choi(columns @ columns.conj().T).kraus


@cache
def _pauli_basis(n_qubits: int) -> NDArray[np.complex128]:
    """Return the Paulis, shape (4**n, 2**n, 2**n), the first qubit's letter running fastest."""
    labels = ["".join(letters) for letters in product("IXYZ", repeat=n_qubits)]
    return np.stack([pauli_matrix(label) for label in labels])


def _checked_kraus(operators: Any) -> tuple[NDArray[np.complex128], ...]:
    try:
        kraus = [np.array(k, dtype=np.complex128) for k in operators]
    except (TypeError, ValueError) as cause:
        raise InputError(
            f"Kraus operators must be complex matrices; reading them failed: {cause}."
        ) from cause
    shapes = sorted({k.shape for k in kraus})
    if shapes not in ([(2, 2)], [(4, 4)]):
        raise InputError(
            "A channel needs Kraus operators of one shape, all (2, 2) or all (4, 4); got "
            f"{', '.join(map(str, shapes)) or 'none'}."
        )
    if not all(np.isfinite(k).all() for k in kraus):
        raise InputError("Kraus operators must be finite; got one with an infinity or NaN.")
    stack = np.stack(kraus)
    with np.errstate(over="ignore", invalid="ignore"):
        off = np.abs(np.einsum("kab,kac->bc", stack.conj(), stack) - np.eye(len(kraus[0]))).max()
    if not off <= _TRACE_TOLERANCE:
        raise InputError(
            "A channel must keep the trace: its Kraus operators need sum(K^dagger K) = identity; "
            f"they miss it by {off:.3g}."
        )
    # Operators that never act would only slow down whoever loops over them.
    kept = tuple(k for k in kraus if k.any())
    for k in kept:
        k.setflags(write=False)
    return kept
