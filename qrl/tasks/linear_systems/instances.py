"""Linear systems that have an id; in all of them b is the uniform vector, H on each qubit."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate
from qrl.circuits.pauli import PauliSum, letter_on
from qrl.errors import InputError, unknown_name
from qrl.tasks.ids import check_id
from qrl.tasks.linear_systems.pauli_decomposition import MOST_QUBITS
from qrl.tasks.linear_systems.task import LARGEST_CONDITION_NUMBER, LinearSystem, make_system

if TYPE_CHECKING:
    from numpy.typing import NDArray

IDS: tuple[str, ...] = (
    "linear/ising-4q",
    "linear/ising-4q-local",
    "linear/ising-chain-4q-20",
    "linear/poisson-3q",
)
HINT = (
    "Other sizes, condition numbers and the local cost have ids too: linear/poisson-4q-local, "
    "linear/ising-chain-5q-50."
)

_ID = re.compile(
    r"linear/(?P<kind>ising|ising-chain|poisson)-(?P<n>\d{1,9})q"
    r"(?:-(?P<condition>[-+.\deE]+))?(?P<local>-local)?"
)
_DEFAULT_CONDITION = 20.0
_COUPLING = 0.1
_LEAST = {"ising": 3, "ising-chain": 2, "poisson": 1}
_MOST = {"ising": MOST_QUBITS, "ising-chain": MOST_QUBITS, "poisson": 7}
"""Poisson matrices have condition numbers of 4^n 0.4, too large beyond 7 qubits."""


@cache
def make(name: str) -> LinearSystem:
    """Build a task from its id.

    Raises:
        InputError: there is no such task, or not of that size.
    """
    check_id(name)
    match = _ID.fullmatch(name)
    if match is None:
        raise unknown_name("task", name, IDS, HINT)
    kind, n = match["kind"], int(match["n"])
    if not _LEAST[kind] <= n <= _MOST[kind]:
        raise InputError(
            f"{name!r}: the size must be from {_LEAST[kind]} to {_MOST[kind]} qubits; got {n}."
        )
    if match["condition"] is not None and kind != "ising-chain":
        raise InputError(
            f"{name!r}: linear/{kind} takes no condition number; leave {match['condition']!r} out."
        )
    if kind == "ising-chain":
        condition = _condition(name, match["condition"])
        matrix = ising_chain_matrix(n, condition)
        text = f"Ising chain as a matrix of condition number {condition:g}, uniform right-hand side"
    elif kind == "ising":
        matrix = ising_matrix(n)
        text = (
            "1 + 0.1 X on all qubits but the last two + 0.2 Z Z on these, uniform right-hand side"
        )
    else:
        matrix = poisson_matrix(n)
        text = f"1-D Poisson equation on {1 << n} points, uniform source"
    hadamards = Circuit(n, tuple(Gate("h", (qubit,)) for qubit in range(n)))
    vector = np.full(1 << n, 0.5 ** (0.5 * n), dtype=np.complex128)
    local = match["local"] is not None
    task = make_system(name, matrix, vector, hadamards, local=local, description=f"{text}.")
    if (kind, n) == ("ising", 4):
        published = ("3 CNOTs (nested MCTS, arXiv 2207.00132)",)
        task = replace(task, metadata={**task.metadata, "published": published})
    return task


def ising_matrix(n_qubits: int) -> NDArray[np.complex128]:
    """Return `1 + 0.1 (X_0 + ... + X_{n-3}) + 0.2 Z_{n-2} Z_{n-1}`, shape (2**n, 2**n).

    At 4 qubits the example of Nested MCTS (arXiv 2207.00132), A = 1 + 0.1 X1 + 0.1 X2 + 0.2 Z3 Z4,
    whose qubits 1 to 4 are 0 to 3 here.
    """
    flips = [letter_on("X", (qubit,), n_qubits) for qubit in range(n_qubits - 2)]
    pair = letter_on("Z", (n_qubits - 2, n_qubits - 1), n_qubits)
    labels = ("I" * n_qubits, *flips, pair)
    return _dense(PauliSum(labels, (1.0, *(0.1 for _ in flips), 0.2)))


def ising_chain_matrix(n_qubits: int, condition: float) -> NDArray[np.complex128]:
    """Return `(sum X_j + 0.1 sum Z_j Z_{j+1} + eta) / zeta`, shape (2**n, 2**n).

    With eta and zeta such that the eigenvalues go from 1 / condition to 1 (Bravo-Prieto et al.,
    arXiv 1909.05820, the Ising-inspired problem).
    """
    flips = [letter_on("X", (qubit,), n_qubits) for qubit in range(n_qubits)]
    pairs = [letter_on("Z", (qubit, qubit + 1), n_qubits) for qubit in range(n_qubits - 1)]
    weights = (*(1.0 for _ in flips), *(_COUPLING for _ in pairs))
    chain = _dense(PauliSum((*flips, *pairs), weights))
    levels = np.linalg.eigvalsh(chain)
    zeta = (levels[-1] - levels[0]) / (1.0 - 1.0 / condition)
    eta = zeta - levels[-1]
    matrix: NDArray[np.complex128] = (chain + eta * np.eye(len(chain))) / zeta
    return matrix


def poisson_matrix(n_qubits: int) -> NDArray[np.complex128]:
    """Return the tridiagonal matrix -1, 2, -1: minus the second difference, zero at both ends."""
    size = 1 << n_qubits
    beside = np.eye(size, k=1)
    return (2.0 * np.eye(size) - beside - beside.T).astype(np.complex128)


def _condition(name: str, text: str | None) -> float:
    try:
        condition = _DEFAULT_CONDITION if text is None else float(text)
    except ValueError:
        condition = np.nan
    if not 1.0 < condition <= 0.1 * LARGEST_CONDITION_NUMBER:
        raise InputError(
            f"{name!r}: the condition number must be above 1 and at most "
            f"{0.1 * LARGEST_CONDITION_NUMBER:g}; got {text!r}."
        )
    return condition


def _dense(operator: PauliSum) -> NDArray[np.complex128]:
    matrix: NDArray[np.complex128] = operator.sparse().toarray()
    return matrix
