"""Costs of estimated expectation values, to second order in their errors.

For estimates m of means z, unbiased and with covariance C, a cost f has
`E[f(m)] = f(z) + tr(H C) / 2` up to third moments, with H the matrix of second derivatives. What is
reported is `f(m) - tr(H C) / 2`: unbiased for quadratic f, and with a bias that falls as 1/shots^2
for smooth ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.objectives import Head


class Reading(NamedTuple):
    """Estimates of expectation values; those of different inputs are independent.

    Attributes:
        mean: shape (inputs, observables).
        covariance: of the means, shape (inputs, observables, observables).
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


class Expansion(NamedTuple):
    """A cost around some expectation values.

    Attributes:
        value: the cost.
        slope: first derivatives, shape (inputs, observables).
        curvature: second derivatives, shape (inputs, observables, observables); those between
            inputs are 0. None where all are.
    """

    value: float
    slope: NDArray[np.float64]
    curvature: NDArray[np.float64] | None


def expand(head: Head, weights: NDArray[np.float64], m: NDArray[np.float64]) -> Expansion:
    """Return the cost of a linear or smooth head at expectation values, with two derivatives.

    Args:
        head: what is scored.
        weights: of the inputs, shape (inputs,).
        m: shape (inputs, observables), of normalised states.
    """
    if head.kind == "linear":
        return Expansion(head.offset + float(weights @ m[:, 0]), weights[:, None], None)
    if head.loss == "ratio":
        return _ratio(head, m)
    scale, labels, w = head.scale, head.labels, weights[:, None]
    if head.loss == "softmax":
        return _softmax(head, weights, m)
    if head.loss == "squared":
        each = (m - labels) ** 2
        slope, second = 2.0 * w * (m - labels), 2.0 * w * np.ones_like(m)
    else:
        x = -scale * labels * m
        each = np.logaddexp(0.0, x)
        share = np.exp(x - each)
        slope, second = -scale * w * labels * share, scale**2 * w * share * (1.0 - share)
    # Labels of the logistic loss are +1 and -1: their squares are 1.
    value = head.offset + float(weights @ each.sum(axis=1))
    return Expansion(value, slope, second[:, :, None] * np.eye(m.shape[1]))


def _softmax(head: Head, weights: NDArray[np.float64], m: NDArray[np.float64]) -> Expansion:
    x = head.scale * (m - m.max(axis=1, keepdims=True))
    log_sum = np.log(np.exp(x).sum(axis=1, keepdims=True))
    share = np.exp(x - log_sum)
    value = head.offset + float(weights @ (head.labels * (log_sum - x)).sum(axis=1))
    slope = head.scale * weights[:, None] * (share - head.labels)
    matrix = share[:, :, None] * (np.eye(m.shape[1]) - share[:, None, :])
    return Expansion(value, slope, head.scale**2 * weights[:, None, None] * matrix)


def _ratio(head: Head, m: NDArray[np.float64]) -> Expansion:
    above, below = m[0]
    # Few shots may measure a denominator of 0; a tuner is to see that the cost is not finite.
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, inverse = above / below, 1.0 / below
        slope = np.array([[-inverse, ratio * inverse]])
        curvature = inverse**2 * np.array([[[0.0, 1.0], [1.0, -2.0 * ratio]]])
    return Expansion(head.offset - float(ratio), slope, curvature)


def value_of(at: Expansion, covariance: NDArray[np.float64]) -> tuple[float, float]:
    """Return the cost of estimates without the bias of their spread, and its variance.

    To second order the variance is `g C g + tr(H C H C) / 2`. The slope g is known from the same
    estimates, which adds `tr(H C H C)` to the mean of the first term; it is taken off again, as far as
    the second term is left.

    Args:
        at: the cost at the estimates.
        covariance: C, shape (inputs, observables, observables).
    """
    first = np.einsum("ki,kij,kj->", at.slope, covariance, at.slope)
    if at.curvature is None:
        return at.value, float(first)
    product = at.curvature @ covariance
    second = 0.5 * float(np.einsum("kij,kji->", product, product))
    bias = 0.5 * float(np.einsum("kii->", product))
    return at.value - bias, max(float(first) - second, second)


def derivative_of(
    at: Expansion, covariance: NDArray[np.float64], ahead: Reading, behind: Reading
) -> tuple[float, float]:
    """Return a derivative of the cost by the parameter-shift rule, and its variance.

    The expectation values are sinusoids of the angle whatever the cost is, so that the rule
    (Schuld et al., arXiv 1811.11184) gives their derivatives, independent of the slope
    that they are multiplied with: unbiased where the cost is at most quadratic.

    Args:
        at: the cost at estimates for the circuit itself.
        covariance: of those, shape (inputs, observables, observables).
        ahead, behind: with the angle turned by pi / 2 and by -pi / 2.
    """
    change = 0.5 * (ahead.mean - behind.mean)
    spread = 0.25 * (ahead.covariance + behind.covariance)
    derivative = float(np.sum(at.slope * change))
    variance = float(np.einsum("ki,kij,kj->", at.slope, spread, at.slope))
    if at.curvature is None:
        return derivative, variance
    of_slope = at.curvature @ covariance @ at.curvature
    both = float(np.einsum("kij,kji->", of_slope, spread))
    variance += float(np.einsum("ki,kij,kj->", change, of_slope, change)) - both
    return derivative, max(variance, both)
