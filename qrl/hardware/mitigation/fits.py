"""Least-squares fits of many quantities at once, read off at 0, with their gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS = 20
_LEAST_DECAY = 1e-6
_SMALL = 1e-12


@dataclass(frozen=True, eq=False)
class Fit:
    """Values of fits at 0.

    Attributes:
        values: shape (draws, quantities).
        gradients: their derivatives by the values that were fitted, shape (draws, points, quantities).
        usable: where the fit could be made, shape (draws, quantities).
    """

    values: NDArray[np.float64]
    gradients: NDArray[np.float64]
    usable: NDArray[np.bool_]


def polynomial(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64], degree: int
) -> Fit:
    """Fit polynomials by weighted least squares: c0 = e0 (X^T W^2 X)^-1 X^T W^2 y.

    Args:
        x: shape (points, quantities).
        y: shape (draws, points, quantities).
        weights: 1 over the standard error, shape (points, quantities).
        degree: below the number of points.
    """
    rows = np.stack([x**k * weights for k in range(degree + 1)])  # (powers, points, quantities)
    # Where all points are one, the pseudo-inverse gives their mean a slope of its own; callers look.
    inverse = np.linalg.pinv(np.moveaxis(rows, (0, 1), (2, 1)))  # (quantities, powers, points)
    gradient = inverse[:, 0].T * weights
    values = np.einsum("pq,dpq->dq", gradient, y)
    usable = np.ones(values.shape, dtype=bool)
    return Fit(values, np.broadcast_to(gradient, y.shape).copy(), usable)


def exponential(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]
) -> Fit:
    """Fit a exp(-c x), c above 0, in y itself: Gauss-Newton from a line through the logarithms.

    A fit of the logarithms alone is biased where the errors are no longer small.

    Args:
        x: shape (points, quantities).
        y: shape (draws, points, quantities).
        weights: 1 over the standard error, shape (points, quantities).
    """
    sign = np.sign(y[:, :1])
    usable = np.asarray((y * sign > 0).all(axis=1))
    size = np.where(usable[:, None], np.abs(y), 1.0)
    a, c = _line_of_logarithms(x, np.log(size), size * weights)
    for _ in range(_STEPS if len(x) > 2 else 0):
        shape = np.exp(-np.clip(c, -5.0, 50.0)[:, None] * x)
        da, dc = _step(shape, -a[:, None] * x * shape, size - a[:, None] * shape, weights)
        # Values that are mostly scatter would send the steps anywhere; none may be larger than these.
        a, c = a + np.clip(da, -0.5 * a, a), c + np.clip(dc, -0.5, 0.5)
    usable &= np.isfinite(a) & (a > 0) & (c > _LEAST_DECAY)
    a, c = np.where(usable, a, 1.0), np.where(usable, c, 1.0)
    shape = np.exp(-c[:, None] * x)
    gradients = _gradients(shape, -a[:, None] * x * shape, weights)
    usable &= np.isfinite(gradients).all(axis=1)
    return Fit(sign[:, 0] * a, np.where(usable[:, None], gradients, 0.0), usable)


def _line_of_logarithms(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a and c of the weighted line log a - c x, shape (draws, quantities)."""
    w = weights**2
    total = w.sum(axis=1)
    x_mean, y_mean = (w * x).sum(axis=1) / total, (w * y).sum(axis=1) / total
    dx = x - x_mean[:, None]
    spread = (w * dx**2).sum(axis=1)
    slope = (w * dx * (y - y_mean[:, None])).sum(axis=1) / np.where(spread > 0, spread, 1.0)
    return np.exp(np.clip(y_mean - slope * x_mean, -50.0, 50.0)), -slope


def _step(
    by_a: NDArray[np.float64],
    by_c: NDArray[np.float64],
    residual: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a Gauss-Newton step of both parameters."""
    w = weights**2
    aa, ac, cc = (w * by_a**2).sum(1), (w * by_a * by_c).sum(1), (w * by_c**2).sum(1)
    ra, rc = (w * by_a * residual).sum(1), (w * by_c * residual).sum(1)
    scale = np.maximum(aa * cc - ac**2, np.maximum(_SMALL * aa * cc, 1e-300))
    return (cc * ra - ac * rc) / scale, (aa * rc - ac * ra) / scale


def _gradients(
    by_a: NDArray[np.float64], by_c: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the derivative of a by the fitted values: the first row of (J^T W J)^-1 J^T W."""
    w = weights**2
    aa, ac, cc = (w * by_a**2).sum(1), (w * by_a * by_c).sum(1), (w * by_c**2).sum(1)
    scale = aa * cc - ac**2
    told = scale > _SMALL * aa * cc  # else the points are one, and tell no slope
    rows = (cc[:, None] * by_a - ac[:, None] * by_c) * w
    result: NDArray[np.float64] = np.where(
        told[:, None], rows / np.where(told, scale, 1.0)[:, None], np.nan
    )
    return result
