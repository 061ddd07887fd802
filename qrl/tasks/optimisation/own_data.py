"""QUBO and Ising problems, from arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.objectives import Expectation
from qrl.circuits.objectives.base import checked_numbers
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.optimisation.max_cut import RELATIVE_TARGET
from qrl.tasks.optimisation.task import MOST_VARIABLES, BinaryOptimisation
from qrl.tasks.optimisation.values import all_values, scale_of, spin_sum_terms
from qrl.tasks.task import SCAN_QUBIT_LIMIT

if TYPE_CHECKING:
    from numpy.typing import NDArray


def qubo(
    matrix: Any,
    *,
    constant: float = 0.0,
    variables: Sequence[str] | None = None,
    name: str = "qubo",
    description: str = "",
) -> BinaryOptimisation:
    """Return the problem to minimise `constant + x^T Q x` over bits x, each 0 or 1.

    With `x_k = (1 - Z_k) / 2`. All entries of Q count, so a symmetric Q weighs each pair twice; the
    diagonal holds the linear terms.

    Args:
        matrix: Q, shape (n, n), real.
        constant: added to every value.
        variables: names of the bits, in the order of the rows; None: "x0", "x1", ...
        name: the task's name.
        description: one sentence.

    Raises:
        InputError: no square matrix of finite real numbers with 1 to 24 rows, names that do not fit,
            or the same value for every assignment.
    """
    q = _square(matrix, "QUBO matrix")
    pairs = np.triu(q + q.T, 1)
    linear = np.diag(q).copy()
    quarter = 0.25 * pairs
    fields = -0.5 * linear - quarter.sum(axis=0) - quarter.sum(axis=1)
    offset = _constant(constant) + 0.5 * float(linear.sum()) + float(quarter.sum())
    size = float(np.abs(q).max())
    fields[np.abs(fields) <= 1e-15 * size * len(q)] = 0.0  # what is left of terms that cancel
    return _task(
        offset, fields, quarter, variables or [f"x{k}" for k in range(len(q))],
        name=name, family="qubo", description=description or f"QUBO of {len(q)} bits",
    )  # fmt: skip


def ising(
    fields: Any,
    couplings: Any,
    *,
    constant: float = 0.0,
    variables: Sequence[str] | None = None,
    name: str = "ising",
    description: str = "",
) -> BinaryOptimisation:
    """Return the problem to minimise `constant + sum h_i s_i + sum_{i<j} J_ij s_i s_j`.

    The spins s are +1 (measured as 0) or -1 (measured as 1).

    Args:
        fields: h, shape (n,), real.
        couplings: J, shape (n, n), real, with entries above the diagonal alone.
        constant: added to every value.
        variables: names of the spins; None: "s0", "s1", ...
        name: the task's name.
        description: one sentence.

    Raises:
        InputError: other shapes, numbers that are not finite, entries on or below the diagonal of J,
            names that do not fit, or the same value for every assignment.
    """
    j = _square(couplings, "couplings J")
    h = checked_numbers(fields, "fields h", np.float64)
    if h.shape != (len(j),):
        raise InputError(
            f"The fields h must have shape ({len(j)},), as many as J has rows; got {h.shape}."
        )
    if np.tril(j).any():
        raise InputError(
            "The couplings J must be 0 on and below the diagonal, so that each pair is given once. "
            "From a symmetric matrix that gives each pair twice, use numpy.triu(J, 1)."
        )
    return _task(
        _constant(constant), h, j, variables or [f"s{k}" for k in range(len(j))],
        name=name, family="ising", description=description or f"Ising problem of {len(j)} spins",
    )  # fmt: skip


def _task(
    constant: float,
    fields: NDArray[np.float64],
    couplings: NDArray[np.float64],
    variables: Sequence[str],
    *,
    name: str,
    family: str,
    description: str,
) -> BinaryOptimisation:
    names = tuple(map(str, variables))
    if len(names) != len(fields) or len(set(names)) != len(names):
        raise InputError(
            f"There must be {len(fields)} different names of variables; got {', '.join(names)}."
        )
    observable = PauliSum(*spin_sum_terms(constant, fields, couplings))
    scan = observable.n_qubits <= SCAN_QUBIT_LIMIT and scale_of(observable) > 0.0
    return BinaryOptimisation(
        name, Expectation(observable), family=family, description=description,
        reference=float(all_values(observable).min()) if scan else None,
        target_error=RELATIVE_TARGET * scale_of(observable), metadata={"variables": names},
    )  # fmt: skip


def _square(matrix: Any, what: str) -> NDArray[np.float64]:
    array: NDArray[np.float64] = checked_numbers(matrix, what, np.float64)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or not len(array):
        raise InputError(f"The {what} must have shape (n, n); got {array.shape}.")
    if len(array) > MOST_VARIABLES:
        raise InputError(f"At most {MOST_VARIABLES} variables can be simulated; got {len(array)}.")
    return array


def _constant(value: Any) -> float:
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not real or not math.isfinite(value):
        raise InputError(f"The constant must be a finite number; got {value!r}.")
    return float(value)
