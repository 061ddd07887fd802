"""The compiled function that Python calls for the noisy engine."""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels import noisy, noisy_adjoint, tuning
from qrl.circuits.kernels.compiled import entry
from qrl.circuits.kernels.entries import GRADIENT, PAULIS, STATE, TUNE
from qrl.circuits.kernels.lanes import LANES, U0
from qrl.circuits.kernels.noisy_plan import prepare
from qrl.circuits.kernels.noisy_problem import unpack
from qrl.circuits.kernels.simd import next_index

_tune = tuning.tuner(noisy.cost, noisy_adjoint.cost_and_gradient, noisy.set_angle, noisy.sweep)


@entry
def run(
    job, layout, index, numbers, tables,
    ops, n_ops, theta, n_theta, fresh, target, options, candidates, todo, counter, work, out,
):  # fmt: skip
    """Do one thing with many circuits; arguments as `entries.run`. INSERT is not among the jobs."""
    problem = unpack(layout, index, numbers, tables)
    while True:
        taken = next_index(counter)
        if taken >= todo.size:
            break
        k = todo[taken]
        circuit, angles, result = ops[k, : n_ops[k]], theta[k, : n_theta[k]], out[k]
        program = prepare(problem, circuit, job == STATE)
        if job == TUNE:
            # What the circuit before left shows in the last digits of gradients, and which circuit that
            # was depends on the threads.
            noisy_adjoint.clean(problem, program, work)
            _tune(problem, program, angles, work, fresh[k], target[k], options, result)
        elif job == GRADIENT:
            result[0] = noisy_adjoint.cost_and_gradient(
                problem, program, angles, work, result[1 : 1 + angles.size]
            )
        else:
            state = noisy.run(problem, program, angles, work)
            if job == PAULIS:
                inside = program.mask | LANES
                for q in range(result.size // 3):
                    one = 1 << (2 * q + problem.shift)
                    reached = np.uint64(one) & ~inside == U0
                    x = y = z = norm = 0.0
                    for i in range(problem.inputs):  # weighted as the inputs are
                        norm += state[i]
                        z += state[2 * one + i]
                        if reached:
                            x += state[one + i]
                            y += state[3 * one + i]
                    result[3 * q], result[3 * q + 1] = x / norm, y / norm
                    result[3 * q + 2] = z / norm
