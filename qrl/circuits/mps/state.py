"""Matrix-product states as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ZERO = 1e-12
"""Singular values below this part of the largest are rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class MatrixProductState:
    """A state of qubits as a chain of tensors, not necessarily normalised.

    The amplitude of |..., b1, b0> is the product of the matrices `tensors[k][:, b_k, :]`, qubit 0 first.

    Attributes:
        tensors: one a qubit, real or complex, shape (left, 2, right); the first has left 1, the last
            right 1.
    """

    tensors: tuple[NDArray[Any], ...]

    def __post_init__(self) -> None:
        tensors = tuple(_checked(k, tensor) for k, tensor in enumerate(self.tensors))
        if not tensors:
            raise InputError("A matrix-product state needs one tensor a qubit; got none.")
        for k, (left, right) in enumerate(pairwise(tensors)):
            if left.shape[2] != right.shape[0]:
                raise InputError(
                    "Neighbouring tensors of a matrix-product state must share a bond, shape (left, 2, "
                    f"right): tensor {k} has right {left.shape[2]}, tensor {k + 1} has left "
                    f"{right.shape[0]}."
                )
        ends = tensors[0].shape[0], tensors[-1].shape[2]
        if ends != (1, 1):
            raise InputError(
                "A matrix-product state has open ends: left 1 of the first tensor and right 1 of the "
                f"last; got {ends[0]} and {ends[1]}."
            )
        object.__setattr__(self, "tensors", tensors)

    @property
    def n_qubits(self) -> int:
        """Number of qubits."""
        return len(self.tensors)

    @property
    def bonds(self) -> tuple[int, ...]:
        """Dimension of the bond between each qubit and the next, shape (qubits - 1,)."""
        return tuple(tensor.shape[2] for tensor in self.tensors[:-1])

    @property
    def bond(self) -> int:
        """The largest bond dimension."""
        return max(self.bonds, default=1)

    @property
    def is_real(self) -> bool:
        """Whether all tensors are real."""
        return all(tensor.dtype.kind == "f" for tensor in self.tensors)

    def dense(self) -> NDArray[Any]:
        """Return the amplitudes, shape (2**n,), little-endian."""
        state: NDArray[Any] = np.ones((1, 1))
        for tensor in self.tensors:
            # Rows count in little-endian order: a new qubit is the highest bit so far.
            state = np.einsum("xa,asb->sxb", state, tensor).reshape(-1, tensor.shape[2])
        return state[:, 0]

    def compressed(self, bond: int | None = None) -> MatrixProductState:
        """Return the state normalised, in right-canonical form, with bonds no larger than needed.

        All tensors but the first are isometries from their left index, and so is that one: sum over s
        and r of B[l, s, r] conj(B[m, s, r]) = 1 where l = m, else 0 (Schollwoeck, Annals of Physics 326,
        96 (2011), section 4.4). A smaller bond is reached by leaving out the smallest Schmidt
        coefficients of one cut after the other (section 4.5).

        Args:
            bond: the largest bond allowed; None: as many as there are Schmidt coefficients.

        Raises:
            InputError: the state is zero.
        """
        tensors = list(self.tensors)
        for k in range(len(tensors) - 1):
            left, _, right = tensors[k].shape
            q, r = np.linalg.qr(_scaled(tensors[k]).reshape(2 * left, right))
            tensors[k] = q.reshape(left, 2, -1)
            tensors[k + 1] = np.einsum("ab,bsc->asc", r, tensors[k + 1])
        tensors[-1] = _scaled(tensors[-1])
        for k in range(len(tensors) - 1, 0, -1):
            left, _, right = tensors[k].shape
            u, values, rest = np.linalg.svd(tensors[k].reshape(left, -1), full_matrices=False)
            kept = max(1, int((values > _ZERO * values[0]).sum()))
            kept = kept if bond is None else min(kept, bond)
            tensors[k] = rest[:kept].reshape(kept, 2, right)
            tensors[k - 1] = np.einsum("asb,bc->asc", tensors[k - 1], u[:, :kept] * values[:kept])
        tensors[0] = tensors[0] / np.linalg.norm(tensors[0])
        return MatrixProductState(tuple(tensors))

    @staticmethod
    def of_dense(amplitudes: NDArray[Any], bond: int | None = None) -> MatrixProductState:
        """Return a state as a normalised matrix-product state in right-canonical form.

        Args:
            amplitudes: shape (2**n,), little-endian, not zero.
            bond: as of `compressed`.
        """
        rest = np.asarray(amplitudes).reshape(1, -1)
        tensors: list[NDArray[Any]] = []
        while rest.shape[1] > 2:
            left = rest.shape[0]
            # The lowest bit is the qubit that comes next.
            matrix = rest.reshape(left, -1, 2).swapaxes(1, 2).reshape(2 * left, -1)
            u, values, rest = np.linalg.svd(matrix, full_matrices=False)
            kept = max(1, int((values > _ZERO * values[0]).sum()))
            tensors.append(u[:, :kept].reshape(left, 2, kept))
            rest = values[:kept, None] * rest[:kept]
        tensors.append(rest.reshape(rest.shape[0], 2, 1))
        return MatrixProductState(tuple(tensors)).compressed(bond)


def _checked(k: int, tensor: Any) -> NDArray[Any]:
    array = np.asarray(tensor)
    if array.dtype.kind not in "biufc" or array.ndim != 3 or array.shape[1] != 2 or not array.size:
        raise InputError(
            f"Tensor {k} of a matrix-product state must hold numbers in shape (left, 2, right); got "
            f"{array.dtype} in shape {array.shape}."
        )
    if array.dtype.kind == "c" and not array.imag.any():
        array = array.real
    array = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    if not np.isfinite(array).all():
        raise InputError(
            f"Tensor {k} of a matrix-product state must be finite; it holds NaN or inf."
        )
    return array


def _scaled(tensor: NDArray[Any]) -> NDArray[Any]:
    """Return a tensor with entries up to 1, so that products of many neither vanish nor overflow."""
    largest = np.abs(tensor).max()
    if not largest:
        raise InputError("The matrix-product state is zero: it has no normalised form.")
    scaled: NDArray[Any] = tensor / largest
    return scaled
