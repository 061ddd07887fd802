"""Weighted sums of Pauli strings as frozen values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit.quantum_info import SparsePauliOp
    from scipy.sparse import csr_array

_LETTERS = frozenset("IXYZ")


@dataclass(frozen=True, slots=True)
class PauliSum:
    """A Hermitian operator: real weights times Pauli strings.

    Labels read like Qiskit's: the leftmost letter acts on the highest qubit. Equal strings are
    added up; the order of first appearance is kept.

    Attributes:
        labels: strings over I, X, Y, Z, all of the same length (the number of qubits).
        weights: one real number for each label, in the unit of the cost.
    """

    labels: tuple[str, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        given: Any = self.labels
        if isinstance(given, str):
            raise InputError(f"Labels must be a list of Pauli strings; got the text {given!r}.")
        labels, weights = tuple(given), tuple(self.weights)
        if not labels:
            raise InputError("A Pauli sum needs at least one term; got none.")
        if len(labels) != len(weights):
            raise InputError(
                f"Each Pauli string needs one weight; got {len(labels)} strings and {len(weights)} weights."
            )
        width = len(labels[0]) if isinstance(labels[0], str) else 0
        total: dict[str, float] = {}
        for index, (label, weight) in enumerate(zip(labels, weights, strict=True)):
            _check_label(label, index, width)
            total[label] = total.get(label, 0.0) + _real(weight, label)
        if not math.isfinite(sum(map(abs, total.values()))):
            raise InputError("The weights are too large: their absolute sum is not finite.")
        object.__setattr__(self, "labels", tuple(total))
        object.__setattr__(self, "weights", tuple(total.values()))

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return len(self.labels[0])

    def __len__(self) -> int:
        return len(self.labels)

    def terms(self) -> Iterable[tuple[str, float]]:
        """Yield label and weight of each term."""
        return zip(self.labels, self.weights, strict=True)

    @property
    def identity_weight(self) -> float:
        """Weight of the identity: the mean of all eigenvalues."""
        return sum((w for label, w in self.terms() if set(label) == {"I"}), 0.0)

    @property
    def lower_bound(self) -> float:
        """Energy that no state is below: identity weight minus the other weights' absolute sum.

        The bound that needs no diagonalisation (CRLQAS, arXiv 2402.03500, appendix on the reward).
        """
        rest = sum(abs(w) for label, w in self.terms() if set(label) != {"I"})
        return self.identity_weight - rest

    @staticmethod
    def from_big_endian(labels: Sequence[str], weights: Sequence[float]) -> PauliSum:
        """Read labels whose leftmost letter acts on qubit 0."""
        reversed_labels = tuple(x[::-1] if isinstance(x, str) else x for x in labels)
        return PauliSum(reversed_labels, tuple(weights))

    def sparse(self) -> csr_array:
        """Return the operator as a sparse matrix, shape (2**n, 2**n), little-endian."""
        from scipy import sparse

        size = 1 << self.n_qubits
        index = np.arange(size)
        data: dict[int, NDArray[np.complex128]] = {}
        for x, phases in self.diagonals():
            data[x] = phases
        rows = np.tile(index, len(data))
        columns = np.concatenate([index ^ x for x in data])
        matrix = sparse.coo_array(
            (np.concatenate(list(data.values())), (rows, columns)), shape=(size, size)
        )
        return matrix.tocsr()

    def diagonals(self) -> list[tuple[int, NDArray[np.complex128]]]:
        """Group the terms by their X-mask.

        Returns:
            Pairs (x, D_x) sorted by x, with D_x of shape (2**n,), such that
            `(H psi)[i] = sum over x of D_x[i] * psi[i ^ x]`.
        """
        size = 1 << self.n_qubits
        index = np.arange(size, dtype=np.uint64)
        groups: dict[int, NDArray[np.complex128]] = {}
        for label, weight in self.terms():
            x, z, phase = masks(label)
            source = index ^ np.uint64(x)
            odd = np.bitwise_count(source & np.uint64(z)) & 1
            term = weight * phase * (1.0 - 2.0 * odd)
            if x in groups:
                groups[x] += term
            else:
                groups[x] = term.astype(np.complex128)
        return sorted(groups.items())

    def to_qiskit(self) -> SparsePauliOp:
        """Return the operator as Qiskit's `SparsePauliOp`."""
        from qiskit.quantum_info import SparsePauliOp

        return SparsePauliOp(list(self.labels), np.array(self.weights))

    @staticmethod
    def from_qiskit(operator: SparsePauliOp) -> PauliSum:
        """Read a Hermitian `SparsePauliOp`.

        Raises:
            InputError: a weight has an imaginary part.
        """
        return PauliSum(tuple(operator.paulis.to_labels()), tuple(operator.coeffs))

    def to_pennylane(self) -> Any:
        """Return the operator as a PennyLane sum of Pauli words; wire k is qubit k."""
        import pennylane as qml

        words = [qml.pauli.string_to_pauli_word(label[::-1]) for label in self.labels]
        return qml.dot(np.array(self.weights), words)

    @staticmethod
    def from_pennylane(operator: Any, n_qubits: int | None = None) -> PauliSum:
        """Read a PennyLane operator that has a Pauli representation; wires must be 0 to n - 1."""
        sentence = getattr(operator, "pauli_rep", None)
        if sentence is None:
            raise InputError(
                f"Expected a PennyLane operator made of Pauli words; got {type(operator).__name__}."
            )
        wires = [w for word in sentence for w in word]
        if not all(isinstance(w, (int, np.integer)) and w >= 0 for w in wires):
            raise InputError(f"Wires must be integers from 0; got {sorted(map(str, set(wires)))}.")
        n = n_qubits if n_qubits is not None else 1 + max(wires, default=0)
        if max(wires, default=0) >= n:
            raise InputError(f"Wires must be 0 to {n - 1} on {n} qubits; got {max(wires)}.")
        labels = ["".join(word.get(q, "I") for q in reversed(range(n))) for word in sentence]
        weights: Any = [complex(w) for w in sentence.values()]
        return PauliSum(tuple(labels), tuple(weights))


def masks(label: str) -> tuple[int, int, complex]:
    """Return x-mask, z-mask and phase with P|j> = phase * (-1)**popcount(j & z) |j ^ x>."""
    x = z = 0
    for letter in label:
        x = 2 * x + (letter in "XY")
        z = 2 * z + (letter in "ZY")
    return x, z, 1j ** label.count("Y")


def label_of(x: int, z: int, n_qubits: int) -> str:
    """Return the label of an x-mask and a z-mask, what `masks` takes apart but for the phase."""
    return "".join("IXZY"[(x >> q & 1) + 2 * (z >> q & 1)] for q in reversed(range(n_qubits)))


def letter_on(letter: str, qubits: Iterable[int], n_qubits: int) -> str:
    """Return the label with one letter on some qubits and I on the others.

    Raises:
        InputError: a qubit that is not 0 to n - 1.
    """
    letters = ["I"] * n_qubits
    for q in qubits:
        if not 0 <= q < n_qubits:
            raise InputError(f"Qubits must be 0 to {n_qubits - 1}; got {q}.")
        letters[n_qubits - 1 - q] = letter
    return "".join(letters)


def _check_label(label: Any, index: int, width: int) -> None:
    if not isinstance(label, str) or not label:
        raise InputError(f"Pauli strings must be text such as 'ZZI'; term {index} is {label!r}.")
    if len(label) != width:
        raise InputError(
            "All Pauli strings must have the same length; the first has "
            f"{width} letters, term {index} ({label!r}) has {len(label)}."
        )
    other = sorted(set(label) - _LETTERS)
    if other:
        raise InputError(
            f"Pauli strings may hold only the letters I, X, Y and Z; term {index} ({label!r}) has "
            f"{', '.join(map(repr, other))}."
        )


def _real(weight: Any, label: str) -> float:
    try:
        if isinstance(weight, (bool, str)):
            raise TypeError
        number = complex(weight)
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"Weights must be real numbers; that of {label!r} is {weight!r}."
        ) from None
    if not math.isfinite(number.real) or not math.isfinite(number.imag):
        raise InputError(f"Weights must be finite; that of {label!r} is {weight!r}.")
    if abs(number.imag) > 1e-10 * max(1.0, abs(number.real)):
        raise InputError(
            f"Weights must be real, or the operator is not Hermitian; that of {label!r} is {weight!r}."
        )
    return number.real
