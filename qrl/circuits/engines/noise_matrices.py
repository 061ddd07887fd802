"""Gates and their noise as the matrices and factors that noisy kernels read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.engines.pauli_vectors import CODES, transfer_matrix
from qrl.circuits.gates import GATES, Gate
from qrl.circuits.kernels.noisy_plan import (
    ECR_FIRST,
    ECR_SECOND,
    NOTHING,
    PLAIN_CX,
    PLAIN_H,
    READOUT,
    SINGLE_ROWS,
)
from qrl.circuits.kernels.noisy_problem import PER_PAIR
from qrl.circuits.kernels.simd import LOG_WIDTH, WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.noise import NoiseModel

_SMALL = 1e-13
_IDENTITY = np.eye(4)
_CX, _ECR = GATES["cx"].opcode, GATES["ecr"].opcode


class Steps:
    """Matrices and factors of every gate of the table on every qubit or pair, each stored once.

    Attributes:
        matrices: 4 x 4 matrices, each with its inverse and a bound on it, and 16 x 16 matrices.
        factors: blocks of 16 vectors, each with the inverse and a bound on it.
        singles: shape (20, n), where the matrix of an opcode's gate with its noise begins (of a
            rotation, that of its noise alone); -1: none.
        pairs: shape (16, n, n, 4), see `kernels/noisy_problem.py`.
    """

    def __init__(self, n_qubits: int, shift: int, noise: NoiseModel, *, readout: bool) -> None:
        self._shift = shift
        self._matrices: list[NDArray[np.float64]] = []
        self._factors: list[NDArray[np.float64]] = []
        self._known: dict[bytes, int] = {}
        self._length = 0
        self.singles = np.full((SINGLE_ROWS, n_qubits), -1, dtype=np.int64)
        self.pairs = np.full((PLAIN_CX + 1, n_qubits, n_qubits, PER_PAIR), -1, dtype=np.int64)
        x, s, sx = (GATES[name].matrix() for name in ("x", "s", "sx"))
        # ecr = CX (X S on the first, X SX on the second), up to a phase.
        plain = {
            PLAIN_H: transfer_matrix(GATES["h"].matrix()),
            NOTHING: np.eye(4),
            ECR_FIRST: transfer_matrix(x @ s),
            ECR_SECOND: transfer_matrix(x @ sx),
        }
        for q in range(n_qubits):
            for spec in GATES.values():
                if spec.n_qubits == 1:
                    total = _single_noise(noise, Gate(spec.name, (q,)))
                    if not spec.parametric:
                        total = total @ transfer_matrix(spec.matrix())
                    self.singles[spec.opcode, q] = self._matrix(total)
            for row, matrix in plain.items():
                self.singles[row, q] = self._matrix(matrix)
            one, zero = noise.readout_error(q)  # p(1|0), p(0|1)
            if readout and (one or zero):
                self.singles[READOUT, q] = self._matrix(_readout(one, zero))
        for first in range(n_qubits):
            for second in range(n_qubits):
                if first != second:
                    self._add_pairs(noise, first, second)

    @property
    def matrices(self) -> NDArray[np.float64]:
        """All matrices as flat numbers."""
        return np.concatenate(self._matrices)

    @property
    def factors(self) -> NDArray[np.float64]:
        """All factors as flat numbers, never empty."""
        return np.concatenate([np.zeros(0), *(f.ravel() for f in self._factors), np.zeros(1)])

    def _add_pairs(self, noise: NoiseModel, first: int, second: int) -> None:
        signs = _cnot_signs()
        for spec in GATES.values():
            if spec.n_qubits != 2:
                continue
            total = _pair_noise(noise, Gate(spec.name, (first, second)), first)
            factors, a, b, both = _split(total)
            entry = self.pairs[spec.opcode, first, second]
            if spec.opcode in (_CX, _ECR):
                factors = signs if factors is None else signs * factors
            if factors is not None:
                entry[0] = self._vectors(factors, first, second)
            for which, matrix in enumerate((a, b, both), start=1):
                if matrix is not None:
                    entry[which] = self._matrix(matrix)
        self.pairs[PLAIN_CX, first, second, 0] = self._vectors(signs, first, second)

    def _matrix(self, matrix: NDArray[np.float64]) -> int:
        key = b"m" + np.ascontiguousarray(matrix).tobytes()
        if key not in self._known:
            self._known[key] = self._length
            numbers = [matrix.ravel()]
            if len(matrix) == len(_IDENTITY):
                numbers += _undoing(matrix)
            self._matrices += numbers
            self._length += sum(part.size for part in numbers)
        return self._known[key]

    def _vectors(self, factors: NDArray[np.float64], first: int, second: int) -> int:
        """Store a factor for each pair of codes as vectors; codes may vary within a vector."""
        lanes = np.arange(WIDTH)
        keys = np.arange(16)[:, None]
        index = np.zeros((16, WIDTH), dtype=np.int64)
        for k, q in enumerate((first, second)):
            position = self._shift + 2 * q
            for bit in range(2):
                own = (keys >> (2 * k + bit)) & 1
                if position + bit < LOG_WIDTH:
                    own = np.broadcast_to((lanes >> (position + bit)) & 1, index.shape)
                index |= own << (2 * k + bit)
        vectors = factors[index]
        key = b"f" + vectors.tobytes()
        if key not in self._known:
            self._known[key] = len(self._factors) * (2 * 16 + 1) * WIDTH
            smallest = np.abs(factors).min()
            inverse = 1.0 / vectors if smallest > 0 else np.zeros_like(vectors)
            growth = np.full((1, WIDTH), 1.0 / smallest if smallest > 0 else np.inf)
            self._factors.append(np.concatenate([vectors, inverse, growth]))
        return self._known[key]


def _undoing(matrix: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the inverse of a 4 x 4 matrix, and how much it can enlarge a number."""
    if np.linalg.cond(matrix) > 1.0 / _SMALL:
        return [np.zeros(16), np.array([np.inf])]
    inverse = np.linalg.inv(matrix)
    return [inverse.ravel(), np.array([np.linalg.norm(inverse, 2)])]


def _single_noise(noise: NoiseModel, gate: Gate) -> NDArray[np.float64]:
    total = np.eye(4)
    for channel, _ in noise.after(gate):
        total = channel.ptm()[np.ix_(CODES, CODES)] @ total
    return total


def _pair_noise(noise: NoiseModel, gate: Gate, first: int) -> NDArray[np.float64]:
    """Return the noise after a two-qubit gate as one matrix, the code of qubit `first` counting once."""
    total = np.eye(16)
    for channel, qubits in noise.after(gate):
        if channel.n_qubits == 1:
            matrix = channel.ptm()[np.ix_(CODES, CODES)]
            wide = np.kron(np.eye(4), matrix) if qubits[0] == first else np.kron(matrix, np.eye(4))
        else:
            order = [x + 4 * y for y in CODES for x in CODES]
            if qubits[0] != first:
                order = [4 * x + y for y in CODES for x in CODES]
            wide = channel.ptm()[np.ix_(order, order)]
        total = wide @ total
    return total


def _split(
    total: NDArray[np.float64],
) -> tuple[
    NDArray[np.float64] | None,
    NDArray[np.float64] | None,
    NDArray[np.float64] | None,
    NDArray[np.float64] | None,
]:
    """Return factors, matrices of each qubit, or one of both, that make up the noise; None for none.

    Factors come first. Depolarising a pair and relaxing each qubit, which most devices are described by,
    is factors and two matrices.
    """
    if np.allclose(total, np.eye(16), rtol=0, atol=_SMALL):
        return None, None, None, None
    if np.allclose(total, np.diag(np.diag(total)), rtol=0, atol=_SMALL):
        return np.diag(total).copy(), None, None, None
    # total[(b, a), (d, c)] as [b, a, d, c], the second qubit's code first.
    parts = total.reshape(4, 4, 4, 4)
    kept_a, kept_b = parts[0, :, 0, :], parts[:, 0, :, 0]
    place = np.unravel_index(np.argmax(np.abs(parts[1:, 1:, 1:, 1:])), (3, 3, 3, 3))
    b, a, d, c = (k + 1 for k in place)
    together = parts[b, a, d, c]
    if abs(together) > _SMALL:
        # Depolarising by k and then A x B: k A, k B where one qubit has I, k A B where none has.
        k = kept_a[a, c] * kept_b[b, d] / together
        if k > _SMALL:
            first, second = kept_a.copy(), kept_b.copy()
            first[1:, 1:] /= k
            second[1:, 1:] /= k
            factors = np.full(16, k)
            factors[0] = 1.0
            made = np.kron(second, first) @ np.diag(factors)
            if np.allclose(made, total, rtol=0, atol=_SMALL):
                return (
                    factors if abs(k - 1.0) > _SMALL else None,
                    None if np.allclose(first, _IDENTITY, rtol=0, atol=_SMALL) else first,
                    None if np.allclose(second, _IDENTITY, rtol=0, atol=_SMALL) else second,
                    None,
                )
    return None, None, None, total


def _cnot_signs() -> NDArray[np.float64]:
    """Return the sign with which each pair of codes comes out of a CNOT, the control's counting once."""
    matrix = transfer_matrix(GATES["cx"].matrix())
    signs: NDArray[np.float64] = np.sign(matrix.sum(axis=1))
    return signs


def _readout(one: float, zero: float) -> NDArray[np.float64]:
    """Return what misread outcomes make of a measured letter: b P + a I, with I as it is."""
    matrix = np.eye(4) * (1.0 - one - zero)
    matrix[:, 0] = zero - one
    matrix[0, 0] = 1.0
    return matrix
