"""Cost of a circuit with noise, on Pauli coefficients: everything is real and linear."""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels import losses, ptm
from qrl.circuits.kernels.apply import clear, copy
from qrl.circuits.kernels.closed_form import by_values
from qrl.circuits.kernels.compiled import inner
from qrl.circuits.kernels.lanes import LANES
from qrl.circuits.kernels.noisy_plan import CHANNEL, FIRST, KIND
from qrl.circuits.kernels.noisy_problem import LINEAR, SQUARES
from qrl.circuits.kernels.noisy_steps import SPARE, apply_pair, run_end, whole_matrix
from qrl.circuits.kernels.simd import address


@inner
def head(problem, state, co_state, mask, keep):
    """Return the cost, and write its derivative by the coefficients to `co_state` if `keep`."""
    if keep:
        clear(co_state, mask)
    inside = mask | LANES
    if problem.kind == LINEAR or problem.kind == SQUARES:
        result = problem.constants[0]
        for t in range(problem.terms):
            place, weight = problem.places[t], problem.coefficients[t]
            if np.uint64(place) & ~inside:
                continue  # zero for this circuit
            if problem.kind == LINEAR:
                result += weight * state[place]
                if keep:
                    co_state[place] += weight
            else:
                result -= weight * state[place] * state[place]
                if keep:
                    co_state[place] -= 2.0 * weight * state[place]
        return result
    m = np.zeros((problem.observables, problem.inputs))
    slope = np.zeros((problem.observables, problem.inputs))
    _quantities(problem, state, m)
    result = losses.evaluate(problem, m, slope, keep)
    if keep:
        for j in range(problem.observables):
            for t in range(problem.first[j], problem.first[j + 1]):
                place, weight = problem.places[t], problem.coefficients[t]
                for k in range(problem.inputs):
                    co_state[place + k] += weight * slope[j, k]
    return result


@inner
def _quantities(problem, state, m):
    for j in range(problem.observables):
        for k in range(problem.inputs):
            m[j, k] = 0.0
        for t in range(problem.first[j], problem.first[j + 1]):
            place, weight = problem.places[t], problem.coefficients[t]
            for k in range(problem.inputs):
                m[j, k] += weight * state[place + k]


@inner
def run(problem, program, theta, work):
    """Write the final state into `work` behind the spare numbers, and return its address."""
    matrix, state = address(work, 0), address(work, SPARE)
    copy(problem.start, state, program.mask)
    run_all(problem, program.rows, theta, program.mask, matrix, state)
    return state


@inner
def run_all(problem, rows, theta, mask, matrix, state):
    """Run all steps in place."""
    s = 0
    while s < rows.shape[0]:
        if rows[s, KIND] <= CHANNEL:
            end = run_end(rows, s)
            whole_matrix(problem, rows, s, end, theta, matrix)
            ptm.channel(state, state, rows[s, FIRST], mask, matrix)
            s = end
        else:
            apply_pair(problem, rows[s], mask, matrix, state)
            s += 1


@inner
def cost(problem, program, theta, work):
    """Return the cost of a circuit."""
    state = run(problem, program, theta, work)
    return head(problem, state, state, program.mask, False)


@inner
def quantities(problem):
    """Return how many numbers `measure` writes."""
    if problem.kind == LINEAR:
        return 1
    if problem.kind == SQUARES:
        return problem.terms
    return problem.observables * problem.inputs


@inner
def measure(problem, program, theta, work, m):
    """Write the numbers, each a sinusoid of every angle, that the cost is a function of."""
    state = run(problem, program, theta, work)
    if problem.kind == LINEAR:
        m[0] = head(problem, state, state, program.mask, False)
    elif problem.kind == SQUARES:
        for t in range(problem.terms):
            m[t] = state[problem.places[t]]
    else:
        _quantities(problem, state, m.reshape((problem.observables, problem.inputs)))


@inner
def combine(problem, m):
    """Return the cost from the numbers that `measure` wrote."""
    if problem.kind == LINEAR:
        return m[0]
    if problem.kind == SQUARES:
        result = problem.constants[0]
        for t in range(m.size):
            result -= problem.coefficients[t] * m[t] * m[t]
        return result
    rows = m.reshape((problem.observables, problem.inputs))
    return losses.evaluate(problem, rows, rows, False)


@inner
def _is_sinusoid(problem):
    return problem.kind == LINEAR


set_angle, sweep = by_values(measure, combine, quantities, _is_sinusoid)
