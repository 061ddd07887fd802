"""Angles of a word of single-qubit gates for a wanted matrix."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qrl.circuits.gates import gate_spec, pauli_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

EXACT = 1e-10
"""Largest difference of matrices, in the spectral norm, that counts as rounding."""
_AXES = "XYZ"


class Axis(NamedTuple):
    """An axis of the Bloch sphere with a sign."""

    letter: str
    sign: int


class Template(NamedTuple):
    """A word of single-qubit gates, its angles open.

    Attributes:
        names: in the order in which they act.
        axes: of its rotations, as they are once the fixed gates have been moved behind all of them.
        fixed: product of the fixed gates, shape (2, 2).
    """

    names: tuple[str, ...]
    axes: tuple[Axis, ...]
    fixed: NDArray[np.complex128]


def template(names: Sequence[str]) -> Template | None:
    """Return a word as a template; None where a fixed gate turns an axis off the coordinate axes."""
    fixed = np.eye(2, dtype=np.complex128)
    axes: list[Axis] = []
    for name in names:
        spec = gate_spec(name)
        if spec.generator is None:
            fixed = spec.matrix() @ fixed
            continue
        axis = _signed_axis(fixed.conj().T @ pauli_matrix(spec.generator) @ fixed)
        if axis is None:
            return None
        axes.append(axis)
    return Template(tuple(names), tuple(axes), fixed)


def solve(word: Template, wanted: NDArray[np.complex128]) -> list[float] | None:
    """Return the angles at which a word is a wanted unitary up to a global phase.

    Args:
        word: at most three rotations; of three, the outer two about one axis.
        wanted: shape (2, 2), unitary.

    Returns:
        Radians, one a rotation; None where there are none.
    """
    rest = word.fixed.conj().T @ wanted
    angles: tuple[float, ...]
    if not word.axes:
        angles = ()
    elif len(word.axes) == 1:
        other = _AXES[(_AXES.index(word.axes[0].letter) + 1) % 3]
        angles = (_euler(rest, word.axes[0].letter, other)[0],)
    elif word.axes[0].letter == word.axes[1].letter:
        return None
    else:
        angles = _euler(rest, word.axes[0].letter, word.axes[1].letter)[: len(word.axes)]
    signed = [axis.sign * angle for axis, angle in zip(word.axes, angles, strict=True)]
    return signed if distance(matrix_of(word.names, signed), wanted) <= EXACT else None


def matrix_of(names: Sequence[str], angles: Sequence[float]) -> NDArray[np.complex128]:
    """Return the product of single-qubit gates, shape (2, 2)."""
    product = np.eye(2, dtype=np.complex128)
    values = iter(angles)
    for name in names:
        spec = gate_spec(name)
        product = spec.matrix(next(values) if spec.parametric else 0.0) @ product
    return product


def distance(first: NDArray[np.complex128], second: NDArray[np.complex128]) -> float:
    """Return how far two unitaries of one size lie apart, up to a global phase."""
    overlap = np.vdot(second, first)
    phase = overlap / abs(overlap) if abs(overlap) > EXACT else 1.0
    return float(np.linalg.norm(first - phase * second, 2))


def _euler(unitary: NDArray[np.complex128], outer: str, inner: str) -> tuple[float, float, float]:
    """Return the angles of R_outer, R_inner, R_outer, in the order in which they act.

    Where one of infinitely many triples must be chosen, the last angle is 0.
    """
    special = unitary / np.sqrt(np.linalg.det(unitary))
    w = float(np.trace(special).real) / 2
    x, y, z = (float(-np.trace(special @ pauli_matrix(p)).imag) / 2 for p in _AXES)
    parts = {"X": x, "Y": y, "Z": z}
    third = next(letter for letter in _AXES if letter not in (outer, inner))
    sign = 1 if _AXES.find(inner) == (_AXES.find(outer) + 1) % 3 else -1
    a, b, c = parts[outer], parts[inner], sign * parts[third]
    middle = 2 * math.atan2(math.hypot(b, c), math.hypot(w, a))
    if math.hypot(b, c) < EXACT:
        return 2 * math.atan2(a, w), middle, 0.0
    if math.hypot(w, a) < EXACT:
        return -2 * math.atan2(c, b), middle, 0.0
    total, difference = 2 * math.atan2(a, w), 2 * math.atan2(c, b)
    first, last = (total - difference) / 2, (total + difference) / 2
    if abs(math.remainder(last, 2 * math.pi)) > math.pi - EXACT:
        # A half turn about the outer axis on both sides only reverses the inner one.
        first, middle, last = first + math.pi, -middle, last - math.pi
    return first, middle, last


def _signed_axis(matrix: NDArray[np.complex128]) -> Axis | None:
    for letter in _AXES:
        overlap = float(np.trace(matrix @ pauli_matrix(letter)).real) / 2
        if abs(abs(overlap) - 1) < EXACT:
            return Axis(letter, round(overlap))
    return None
