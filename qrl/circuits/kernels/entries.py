"""The compiled functions that Python calls: the exact engine's, and the table of scores for all.

An objective travels as four arrays (`problem.py`), circuits as rows of opcodes (`opcodes.py`). All that
walks over states is one function with a number for what to do: it compiles and loads in a fraction
of the time of many.
"""

from __future__ import annotations

import numpy as np

from qrl.circuits.kernels import adjoint, branches, heads, table, tuning
from qrl.circuits.kernels import apply as gates
from qrl.circuits.kernels.compiled import entry, inner
from qrl.circuits.kernels.lanes import U0, U1
from qrl.circuits.kernels.plan import prepare
from qrl.circuits.kernels.problem import unpack
from qrl.circuits.kernels.simd import address, ahead, next_index

TUNE, GRADIENT, STATE, PAULIS, INSERT = range(5)
"""What `run` does with each circuit: tune it; cost and gradient; leave the final state in `work`;
expectation values of X, Y, Z on each qubit; score insertions."""

_tune = tuning.tuner(adjoint.cost, adjoint.cost_and_gradient, branches.set_angle, branches.sweep)


@inner
def _local_paulis(state, size, shift, out):
    """Write the expectation values of X, Y and Z on each qubit, three numbers a qubit."""
    im = ahead(state, size)
    norm = 0.0  # of all inputs together
    for i in range(size):
        norm += state[i] * state[i] + im[i] * im[i]
    for q in range(out.size // 3):
        stride = U1 << np.uint64(q + shift)
        x = y = z = 0.0
        for block in range(U0, size, stride << U1):
            for i in range(block, min(block + stride, size)):
                j = i + stride
                z += state[i] * state[i] + im[i] * im[i]
                if j < size:
                    x += state[i] * state[j] + im[i] * im[j]
                    y += state[i] * im[j] - im[i] * state[j]
                    z -= state[j] * state[j] + im[j] * im[j]
        out[3 * q], out[3 * q + 1], out[3 * q + 2] = 2.0 * x / norm, 2.0 * y / norm, z / norm


@entry
def run(
    job, layout, index, numbers, tables,
    ops, n_ops, theta, n_theta, fresh, target, options, candidates, todo, counter, work, out,
):  # fmt: skip
    """Do one thing with many circuits; several threads may share `todo` and `counter`.

    Args:
        job: TUNE and the names after it.
        layout, index, numbers, tables: the objective.
        ops: shape (circuits, gates, 4). n_ops: how many of those rows each circuit uses.
        theta: shape (circuits, angles); TUNE changes them. n_theta: how many are used.
        fresh, target, options: see `tuning.py`; shape (circuits, angles), (circuits,) and (7,).
        candidates: shape (gates, 4), of INSERT; `target` then holds the first place.
        todo: numbers of the circuits to work on. counter: shape (1,), how many are taken.
        work: room for states, of this thread alone.
        out: shape (circuits, ...), results.
    """
    problem = unpack(layout, index, numbers, tables, work)
    while True:
        taken = next_index(counter)
        if taken >= todo.size:
            break
        k = todo[taken]
        circuit, angles, result = ops[k, : n_ops[k]], theta[k, : n_theta[k]], out[k]
        whole = job in (STATE, PAULIS, INSERT)
        program = prepare(problem, circuit, whole)
        if job == TUNE:
            _tune(problem, program, angles, work, fresh[k], target[k], options, result)
        elif job == GRADIENT:
            result[0] = adjoint.cost_and_gradient(
                problem, program, angles, work, result[1 : 1 + angles.size]
            )
        elif job == INSERT:
            branches.insertions(
                problem, program, angles, candidates, np.int64(target[k]), work, result
            )
        else:
            state = address(work, 0)
            heads.begin(problem, program, state)
            half = gates.half_angles(angles)
            gates.run_gates(program.rows, half, 0, program.rows.shape[0], U0, state, problem.size)
            if job == PAULIS:
                _local_paulis(state, problem.size, problem.shift, result)


@entry
def order(
    ops, n_ops, theta, n_theta, fresh, target, salt, keep_order,
    ordered, ordered_theta, ordered_fresh, parameters, digests, counter,
):  # fmt: skip
    """See `table.order`."""
    table.order(
        ops, n_ops, theta, n_theta, fresh, target, salt, keep_order,
        ordered, ordered_theta, ordered_fresh, parameters, digests, counter,
    )  # fmt: skip


@entry
def find(digests, source, todo, keys):
    """See `table.find`."""
    return table.find(digests, source, todo, keys)


@entry
def hand_out(
    theta, n_theta, ordered_theta, parameters, digests, source, out, keys, results, angles, ages
):
    """See `table.hand_out`."""
    table.hand_out(
        theta, n_theta, ordered_theta, parameters, digests, source, out, keys, results, angles, ages
    )
