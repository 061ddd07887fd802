"""What is asked of the state that a circuit makes: the cost, and its co-state.

The co-state b of a head is half the derivative of the cost by the conjugate amplitudes, so that the
derivative by the angle of a rotation about P is Im <b|P|psi> after that rotation. For <H> it is
H psi; the other heads are expectation values of an operator that depends on the state.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels import losses, observable
from qrl.circuits.kernels.apply import clear
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import U0, U1
from qrl.circuits.kernels.problem import DEPHASING, LINEAR, OVERLAP
from qrl.circuits.kernels.simd import ahead


@inner
def begin(problem, program, state):
    """Write the input into `state`."""
    clear(state, program.mask)
    if problem.has_start:
        for k in range(problem.size + problem.size):
            state[k] = problem.start[k]
    else:
        state[0] = 1.0


@inner
def is_quadratic(problem):
    """Tell whether the cost is a quadratic form of the amplitudes."""
    return problem.kind == LINEAR or problem.kind == OVERLAP


@inner
def _overlap(problem, state, out, keep):
    """Return offset - sum of |<target|state>|^2, and write -<target|state> target to `out`."""
    size, target = problem.size, problem.target
    im, target_im, out_im = ahead(state, size), ahead(target, size), ahead(out, size)
    inputs = U1 << np.uint64(problem.shift)
    group = U1 << np.uint64(problem.group)
    result = 0.0
    for first in range(U0, inputs, group):
        x = y = 0.0
        for block in range(first, size, inputs):
            for i in range(block, block + group):
                x += target[i] * state[i] + target_im[i] * im[i]
                y += target[i] * im[i] - target_im[i] * state[i]
        result += x * x + y * y
        if keep:
            for block in range(first, size, inputs):
                for i in range(block, block + group):
                    out[i] = y * target_im[i] - x * target[i]
                    out_im[i] = -x * target_im[i] - y * target[i]
    return problem.constants[0] - result


@inner
def _dephasing(problem, state, out, keep):
    """Return offset - sum of p^2 over the outcomes, and write -2 p psi to `out`."""
    size = problem.size
    im, out_im = ahead(state, size), ahead(out, size)
    inputs = U1 << np.uint64(problem.shift)
    result = 0.0
    for block in range(U0, size, inputs):
        p = 0.0
        for i in range(block, block + inputs):
            p += state[i] * state[i] + im[i] * im[i]
        result += p * p
        if keep:
            for i in range(block, block + inputs):
                out[i] = -2.0 * p * state[i]
                out_im[i] = -2.0 * p * im[i]
    return problem.constants[0] - result


@inner
def _by_input(problem, state, other, values):
    """Write Re <state|other> of each input into `values`."""
    size = problem.size
    im, other_im = ahead(state, size), ahead(other, size)
    inputs = U1 << np.uint64(problem.shift)
    for k in range(inputs):
        values[k] = 0.0
    for block in range(U0, size, inputs):
        for k in range(inputs):
            i = block + k
            values[k] += state[i] * other[i] + im[i] * other_im[i]


@inner
def _smooth(problem, program, state, out, spare, keep):
    """Return the smooth function of all expectation values, and write its co-state to `out`."""
    stretch, mask, base = problem.size + problem.size, program.mask, program.base
    inputs = U1 << np.uint64(problem.shift)
    m = np.empty((problem.observables, np.int64(inputs)))
    slope = np.zeros((problem.observables, np.int64(inputs)))
    for j in range(problem.observables):
        observable.measure(problem, j, state, mask, base, spare, True)
        _by_input(problem, state, spare, m[j])
    value = losses.evaluate(problem, m, slope, keep)
    if keep:
        clear(out, mask)
        for j in range(problem.observables):
            if problem.observables > 1:  # the only one is still there
                observable.measure(problem, j, state, mask, base, spare, True)
            # Real and imaginary parts follow one another, each a whole number of inputs.
            for block in range(U0, stretch, inputs):
                for k in range(inputs):
                    out[block + k] += slope[j, k] * spare[block + k]
    return value


@inner
def cost(problem, program, state, out, spare, keep):
    """Return the cost of a state, and write its co-state to `out` if `keep`.

    `spare` is overwritten for smooth functions; it may be `out` where nothing is kept.
    """
    if problem.kind == LINEAR:
        mean = observable.measure(problem, 0, state, program.mask, program.base, out, keep)
        return problem.constants[0] + mean
    if problem.kind == OVERLAP:
        return _overlap(problem, state, out, keep)
    if problem.kind == DEPHASING:
        return _dephasing(problem, state, out, keep)
    return _smooth(problem, program, state, out, spare, keep)


@inner
def quantities(problem):
    """Return how many numbers `measure` writes, for a cost that is no quadratic form."""
    if problem.kind == DEPHASING:
        return np.int64(problem.size >> np.uint64(problem.shift))
    return problem.observables << problem.shift


@inner
def measure(problem, program, state, spare, m):
    """Write the numbers, each quadratic in the amplitudes, that the cost is a function of."""
    inputs = U1 << np.uint64(problem.shift)
    if problem.kind == DEPHASING:
        im = ahead(state, problem.size)
        for outcome in range(m.size):
            block = np.uint64(outcome) * inputs
            m[outcome] = 0.0
            for i in range(block, block + inputs):
                m[outcome] += state[i] * state[i] + im[i] * im[i]
    else:
        for j in range(problem.observables):
            observable.measure(problem, j, state, program.mask, program.base, spare, True)
            first = j << problem.shift
            _by_input(problem, state, spare, m[first : first + (1 << problem.shift)])


@inner
def combine(problem, m):
    """Return the cost from the numbers that `measure` wrote."""
    if problem.kind == DEPHASING:
        result = problem.constants[0]
        for k in range(m.size):
            result -= m[k] * m[k]
        return result
    rows = m.reshape((problem.observables, 1 << problem.shift))
    return losses.evaluate(problem, rows, rows, False)
