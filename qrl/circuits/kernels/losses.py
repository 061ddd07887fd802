"""Smooth functions of expectation values, with their derivatives.

Each takes `m`, shape (observables, inputs), and adds up over the inputs in use: an input has its
weight and, for each observable, a label.
"""

from __future__ import annotations

import math

from qrl.circuits.kernels.compiled import inner

SQUARED, LOGISTIC, SOFTMAX, RATIO = range(4)
"""sum of (m - label)^2; of log(1 + exp(-scale * label * m)); cross-entropy of softmax(scale * m)
against the labels; offset - m_0 / m_1."""


@inner
def evaluate(problem, m, slope, keep):
    """Return the value, and write the derivative by each entry of `m` into `slope` if `keep`."""
    offset, scale = problem.constants[0], problem.constants[1]
    n = problem.observables
    if problem.loss == RATIO:
        ratio = m[0, 0] / m[1, 0]
        if keep:
            slope[0, 0] = -1.0 / m[1, 0]
            slope[1, 0] = ratio / m[1, 0]
        return offset - ratio
    value = offset
    for k in range(problem.inputs):
        weight = problem.weights[k]
        if problem.loss == SOFTMAX:
            largest = m[0, k]
            for j in range(1, n):
                largest = max(largest, m[j, k])
            total = 0.0
            for j in range(n):
                total += math.exp(scale * (m[j, k] - largest))
            for j in range(n):
                label = problem.labels[k * n + j]
                value += weight * label * (math.log(total) - scale * (m[j, k] - largest))
                if keep:
                    share = math.exp(scale * (m[j, k] - largest)) / total
                    slope[j, k] = weight * scale * (share - label)
            continue
        for j in range(n):
            label = problem.labels[k * n + j]
            if problem.loss == SQUARED:
                value += weight * (m[j, k] - label) ** 2
                if keep:
                    slope[j, k] = 2.0 * weight * (m[j, k] - label)
            else:
                x = -scale * label * m[j, k]
                # log(1 + e^x) without overflow
                value += weight * (max(x, 0.0) + math.log1p(math.exp(-abs(x))))
                if keep:
                    share = 1.0 / (1.0 + math.exp(-x))
                    slope[j, k] = -weight * scale * label * share
    return value
