"""The density-matrix renormalisation group: the matrix-product state of lowest energy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import whole_number
from qrl.circuits.gates import pauli_matrix
from qrl.circuits.mps.state import MatrixProductState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.pauli import PauliSum

MOST_BOND = 64
_ZERO = 1e-12
"""Singular values below this part of the largest are rounding."""
_DENSE = 400
"""Largest block whose Hamiltonian is diagonalised as a matrix."""
_TRIALS = 6
_SWEEPS = 8
_FINISHING = 60
_CONVERGED = 1e-10
"""Part of the sum of the weights by which a sweep must lower the energy to be followed by another."""


@dataclass(frozen=True, slots=True, eq=False)
class GroundState:
    """What was found.

    Attributes:
        state: in right-canonical form.
        energy: its energy, in the unit of the weights.
    """

    state: MatrixProductState
    energy: float


@lru_cache(maxsize=8)
def ground_state(observable: PauliSum, bond: int) -> GroundState:
    """Find the matrix-product state of lowest energy with a bond dimension.

    Sweeps optimise two neighbouring tensors at a time, cut to the bond dimension, and at the end one at
    a time, which never raises the energy (White, Physical Review Letters 69, 2863 (1992); Schollwoeck,
    Annals of Physics 326, 96 (2011), section 6.3). As sweeps end in local minima where the bond is small,
    they begin at several random states, always the same ones, and every other time without pairs. The
    Hamiltonian enters as its Pauli strings, each a product operator, so that no vector of 2**n numbers is
    needed.

    Args:
        observable: the Hamiltonian; qubit k is site k of the chain.
        bond: largest bond dimension, 1 to 64.

    Raises:
        InputError: another bond dimension.
    """
    whole_number("The bond dimension of a matrix-product state", bond, least=1, most=MOST_BOND)
    is_real = all(label.count("Y") % 2 == 0 for label in observable.labels)
    rng = np.random.default_rng(0)
    found = []
    for trial in range(_TRIALS):
        chain = _Chain(observable, _random(observable.n_qubits, bond, is_real, rng), is_real)
        # The best pairs, cut, are much the same whatever came before: others begin without.
        found.append(chain.relaxed(bond, in_pairs=trial % 2 == 0))
    return min(found, key=lambda f: f.energy)


class _Chain:
    """Tensors that are optimised, and each Pauli string contracted up to every bond from both ends.

    Attributes:
        tensors: left-canonical before the site that is worked on, right-canonical behind it.
        energy: as of the last site.
    """

    def __init__(self, observable: PauliSum, state: MatrixProductState, is_real: bool) -> None:
        self.tensors, self._is_real = list(state.tensors), is_real
        self._weights = np.array(observable.weights)
        self._scale = float(np.abs(self._weights).sum())
        n = len(self.tensors)
        letters = {letter: pauli_matrix(letter) for letter in "IXYZ"}
        # The string's factor at each site, shape (terms, 2, 2).
        self._factors = [
            np.array([letters[label[n - 1 - k]] for label in observable.labels]) for k in range(n)
        ]
        end = np.ones((len(self._weights), 1, 1), dtype=np.complex128)
        self._left: list[NDArray[np.complex128]] = [end] * (n + 1)
        self._right: list[NDArray[np.complex128]] = [end] * (n + 1)
        for k in range(n - 1, 0, -1):
            self._close_right(k)
        self.energy = np.inf

    def relaxed(self, bond: int, *, in_pairs: bool) -> GroundState:
        """Sweep until the energy stays, first over pairs or over single sites from the beginning."""
        sweeps = ((self._sweep_pairs, _SWEEPS * in_pairs), (self._sweep_sites, _FINISHING))
        for sweep, most in sweeps:
            for _ in range(most):
                before = self.energy
                sweep(bond)
                # A cut to the bond dimension may raise the energy: pairs are then done with.
                if not self.energy < before - _CONVERGED * self._scale:
                    break
        return GroundState(MatrixProductState(tuple(self.tensors)).compressed(), self.energy)

    def _sweep_pairs(self, bond: int) -> None:
        """Optimise each pair of neighbours, to the last and back to the first."""
        n = len(self.tensors)
        for step, k in enumerate([*range(n - 1), *range(n - 3, -1, -1)]):
            left, right = self.tensors[k].shape[0], self.tensors[k + 1].shape[2]
            guess = np.einsum("asb,buc->asuc", self.tensors[k], self.tensors[k + 1])
            block = self._lowest(self._with_left(k), self._with_right(k + 1), guess)
            u, values, v = np.linalg.svd(block, full_matrices=False)
            kept = min(bond, max(1, int((values > _ZERO * values[0]).sum())))
            u, values, v = u[:, :kept], values[:kept] / np.linalg.norm(values[:kept]), v[:kept]
            to_right = step < n - 2
            u, v = (u, values[:, None] * v) if to_right else (u * values, v)
            self.tensors[k] = u.reshape(left, 2, kept)
            self.tensors[k + 1] = v.reshape(kept, 2, right)
            if to_right:
                self._close_left(k)
            else:
                self._close_right(k + 1)
        self._measure()

    def _sweep_sites(self, bond: int) -> None:
        """Optimise each tensor, to the last and back to the first; bonds stay as they are."""
        n = len(self.tensors)
        for k in range(n):
            tensor = self._solved(k)
            if k == n - 1:
                self.tensors[k] = tensor
                break
            q, r = np.linalg.qr(tensor.reshape(-1, tensor.shape[2]))
            self.tensors[k] = q.reshape(tensor.shape)
            self.tensors[k + 1] = np.einsum("ab,bsc->asc", r, self.tensors[k + 1])
            self._close_left(k)
        for k in range(n - 1, 0, -1):
            tensor = self._solved(k)
            q, r = np.linalg.qr(tensor.reshape(tensor.shape[0], -1).T)
            self.tensors[k] = q.T.reshape(tensor.shape)
            self.tensors[k - 1] = np.einsum("asb,cb->asc", self.tensors[k - 1], r)
            self._close_right(k)
        self._measure()

    def _solved(self, k: int) -> NDArray[Any]:
        """Return the best tensor of a site where all others stay."""
        tensor = self.tensors[k]
        block = self._lowest(self._with_left(k), self._right[k + 1], tensor)
        return block.reshape(tensor.shape)

    def _lowest(
        self, left: NDArray[np.complex128], right: NDArray[np.complex128], guess: NDArray[Any]
    ) -> NDArray[Any]:
        """Return the block of lowest energy between two ends, normalised, shape (rows, columns).

        Args:
            left, right: each string contracted, shape (terms, rows, rows), (terms, columns, columns).
            guess: where to begin; rows * columns numbers.
        """
        rows, columns = left.shape[1], right.shape[1]
        weighted = self._weights[:, None, None] * left
        if rows * columns <= _DENSE:
            matrix = np.tensordot(weighted, right, axes=(0, 0)).swapaxes(1, 2)
            matrix = matrix.reshape(rows * columns, -1)
            _, vectors = np.linalg.eigh(matrix.real if self._is_real else matrix)
            lowest: NDArray[Any] = vectors[:, 0]
        else:
            lowest = self._lanczos(weighted, right, guess.reshape(-1))
        return lowest.reshape(rows, columns)

    def _lanczos(
        self, left: NDArray[np.complex128], right: NDArray[np.complex128], guess: NDArray[Any]
    ) -> NDArray[Any]:
        from scipy.sparse.linalg import LinearOperator, eigsh

        shape = left.shape[1], right.shape[1]
        turned = right.swapaxes(1, 2)

        def apply(vector: NDArray[Any]) -> NDArray[Any]:
            # All strings at once: (terms, rows, rows) @ (rows, columns) @ (terms, columns, columns).
            done: NDArray[Any] = (left @ vector.reshape(shape) @ turned).sum(axis=0).reshape(-1)
            return done.real if self._is_real else done

        kind = np.float64 if self._is_real else np.complex128
        operator = LinearOperator((guess.size, guess.size), matvec=apply, dtype=kind)
        _, vectors = eigsh(operator, k=1, which="SA", v0=guess.astype(kind), tol=1e-12)
        found: NDArray[Any] = vectors[:, 0]
        return found

    def _with_left(self, k: int) -> NDArray[np.complex128]:
        """Return the left end with a site: each string, shape (terms, 2 left, 2 left)."""
        joined = np.einsum("tab,tsu->tasbu", self._left[k], self._factors[k])
        size = 2 * joined.shape[1]
        ends: NDArray[np.complex128] = joined.reshape(-1, size, size)
        return ends

    def _with_right(self, k: int) -> NDArray[np.complex128]:
        """Return the right end with a site: each string, shape (terms, 2 right, 2 right)."""
        joined = np.einsum("tsu,tab->tsaub", self._factors[k], self._right[k + 1])
        size = 2 * joined.shape[2]
        ends: NDArray[np.complex128] = joined.reshape(-1, size, size)
        return ends

    def _close_left(self, k: int) -> None:
        matrix = self.tensors[k].reshape(-1, self.tensors[k].shape[2])
        self._left[k + 1] = matrix.conj().T @ self._with_left(k) @ matrix

    def _close_right(self, k: int) -> None:
        matrix = self.tensors[k].reshape(self.tensors[k].shape[0], -1)
        self._right[k] = matrix.conj() @ self._with_right(k) @ matrix.T

    def _measure(self) -> None:
        """Set the energy from the first site, whose norm is the state's."""
        matrix = self.tensors[0].reshape(2, -1)
        closed = matrix.conj().T @ self._with_left(0) @ matrix
        values = (closed * self._right[1]).sum(axis=(1, 2))
        self.energy = float((self._weights @ values).real)


def _random(
    n_qubits: int, bond: int, is_real: bool, rng: np.random.Generator
) -> MatrixProductState:
    """Return a random state whose bonds are as large as they may be."""
    most = [min(bond, 1 << min(k, n_qubits - k, 40)) for k in range(n_qubits + 1)]
    tensors = []
    for left, right in pairwise(most):
        tensor: NDArray[Any] = rng.normal(size=(left, 2, right))
        if not is_real:
            tensor = tensor + 1j * rng.normal(size=tensor.shape)
        tensors.append(tensor)
    return MatrixProductState(tuple(tensors)).compressed()
