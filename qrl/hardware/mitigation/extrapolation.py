"""Values at several strengths of the noise continued to none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.hardware.mitigation.fits import exponential, polynomial

if TYPE_CHECKING:
    from numpy.typing import NDArray

AS_MEASURED, LINE, DECAY = 0, 1, 2
"""What a value at no noise comes from: the value at factor 1, a polynomial, an exponential."""
_DEGREES = {"linear": 1, "quadratic": 2}
_CLEAR = 3.0
"""Standard errors by which a decaying value must differ from its limit at all factors."""
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Extrapolated:
    """Quantities at no noise.

    Attributes:
        values: shape (draws, quantities).
        kinds: where they come from: AS_MEASURED, LINE or DECAY, of the same shape.
    """

    values: NDArray[np.float64]
    kinds: NDArray[np.int64]


def extrapolate(
    factors: NDArray[np.float64],
    values: NDArray[np.float64],
    errors: NDArray[np.float64],
    method: str,
    limits: NDArray[np.float64],
    reaches: NDArray[np.float64],
) -> Extrapolated:
    """Return what quantities at noise factors become without noise.

    - "linear", "quadratic": a polynomial by least squares, weighted by the standard errors.
    - "richardson": the polynomial through all values (Temme, Bravyi and Gambetta, arXiv 1612.02058).
    - "exponential": limit + a exp(-c x) (Endo, Benjamin and Li, arXiv 1712.09271); a line where values
      do not decay, or do not stand clear of the limit by 3 standard errors.
    - "auto": as exponential, but a value beyond what the quantity can be, by more than 2 standard errors,
      is not taken; and each quantity is extrapolated only where that promises the smaller error: with D
      the difference of the extrapolated value and the one at the smallest factor, D^2 less its variance
      (the squared bias that is removed) must exceed the variance that is added. Filled in by us.

    Args:
        factors: noise factors that were reached, rising, shape (factors, quantities).
        values: there, shape (factors, draws, quantities).
        errors: their standard errors, shape (factors, quantities); equal weights where one is 0.
        method: one of the above.
        limits: of each quantity under the largest noise, shape (quantities,).
        reaches: the most by which a quantity can differ from that, shape (quantities,).
    """
    y = np.moveaxis(np.asarray(values, dtype=np.float64), 0, 1)  # (draws, factors, quantities)
    weights = np.where((errors > 0).all(axis=0), 1.0 / np.where(errors > 0, errors, 1.0), 1.0)
    most = len(factors) - 1
    degree = most if method == "richardson" else min(_DEGREES.get(method, 1), most)
    line = polynomial(factors, y, weights, degree)
    found, kinds = line.values.copy(), np.full(line.values.shape, LINE)
    gradients = line.gradients
    if method in ("auto", "exponential"):
        curve = exponential(factors, y - limits, weights)
        away = np.abs(y - limits)
        usable = curve.usable & (away > _CLEAR * errors).all(axis=1)
        if method == "auto":
            curve_error = _error(curve.gradients, errors)
            usable &= np.abs(curve.values) <= reaches + 2.0 * curve_error
        found = np.where(usable, curve.values + limits, found)
        kinds[usable] = DECAY
        gradients = np.where(usable[:, None], curve.gradients, gradients)
    first = y[:, 0]
    left = np.broadcast_to(np.ptp(factors, axis=0) < _SAME, found.shape)
    if method == "auto":
        left = left | ~_promising(found, first, gradients, errors, limits, reaches)
    return Extrapolated(np.where(left, first, found), np.where(left, AS_MEASURED, kinds))


def _promising(
    found: NDArray[np.float64],
    first: NDArray[np.float64],
    gradients: NDArray[np.float64],
    errors: NDArray[np.float64],
    limits: NDArray[np.float64],
    reaches: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Tell where an extrapolated value is expected to have a smaller error than the measured one."""
    error = _error(gradients, errors)
    difference = gradients.copy()
    difference[:, 0] -= 1.0
    removed = (found - first) ** 2 - _error(difference, errors) ** 2
    inside = np.abs(found - limits) <= reaches + 2.0 * error
    result: NDArray[np.bool_] = inside & (removed > error**2 - errors[0] ** 2)
    return result


def _error(gradients: NDArray[np.float64], errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard error of what depends on independent values with some gradient."""
    result: NDArray[np.float64] = np.sqrt(((gradients * errors) ** 2).sum(axis=1))
    return result
