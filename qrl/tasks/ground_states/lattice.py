"""Spin chains of any length and field."""

from __future__ import annotations

import math

import numpy as np

from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.problem_file import EXACT_QUBIT_LIMIT, ground_energy
from qrl.tasks.task import Task

MOST_SITES = 1000
"""Far beyond what can be simulated; within reach of writing the terms down."""


def tfim(n_qubits: int, field: float = 0.05) -> Task:
    """Return the transverse-field Ising chain -sum Z Z - field * sum X, open ends.

    The reference is the free-fermion energy, minus the sum of the singular values of the bidiagonal
    matrix with `field` on its diagonal and 1 beside it (Pfeuty, Ann. Phys. 57, 79, 1970).

    Args:
        n_qubits: number of sites, at least 2.
        field: transverse field in units of the coupling.
    """
    _check(n_qubits, field)
    terms = _bonds("Z", n_qubits, -1.0) + _sites("X", n_qubits, -field)
    matrix = field * np.eye(n_qubits) + np.eye(n_qubits, k=-1)
    reference = -float(np.linalg.svd(matrix, compute_uv=False).sum())
    return _task(
        f"vqe/tfim-{n_qubits}q", 0.05, field, terms, reference, "Transverse-field Ising chain"
    )


def heisenberg(n_qubits: int, field: float = 1.0) -> Task:
    """Return the Heisenberg chain sum (XX + YY + ZZ) + field * sum Z, open ends.

    Args:
        n_qubits: number of sites, at least 2.
        field: field along z in units of the coupling.
    """
    _check(n_qubits, field)
    terms = [term for p in "XYZ" for term in _bonds(p, n_qubits, 1.0)] + _sites(
        "Z", n_qubits, field
    )
    return _task(f"vqe/heisenberg-{n_qubits}q", 1.0, field, terms, None, "Heisenberg chain")


def _task(
    name: str,
    usual_field: float,
    field: float,
    terms: list[tuple[str, float]],
    reference: float | None,
    what: str,
) -> Task:
    observable = PauliSum(tuple(label for label, _ in terms), tuple(weight for _, weight in terms))
    n_qubits = observable.n_qubits
    if reference is None and n_qubits <= EXACT_QUBIT_LIMIT:
        reference = ground_energy(observable)
    return Task(
        name=name if field == usual_field else f"{name}-{repr(float(field)).removesuffix('.0')}",
        objective=Expectation(observable),
        reference=reference,
        unit="J",
        description=f"{what} of {n_qubits} sites, open ends, field {field:g} J.",
        target_error=1e-3,
        metadata={"field": field},
    )


def _bonds(letter: str, n: int, weight: float) -> list[tuple[str, float]]:
    return [("I" * (n - 2 - q) + 2 * letter + "I" * q, weight) for q in range(n - 1)]


def _sites(letter: str, n: int, weight: float) -> list[tuple[str, float]]:
    return [("I" * (n - 1 - q) + letter + "I" * q, weight) for q in range(n)]


def _check(n_qubits: int, field: float) -> None:
    whole = isinstance(n_qubits, (int, np.integer)) and not isinstance(n_qubits, bool)
    if not whole or n_qubits < 2:
        raise InputError(f"A chain needs a whole number of at least 2 sites; got {n_qubits!r}.")
    if n_qubits > MOST_SITES:
        raise InputError(f"A chain may have up to {MOST_SITES} sites (qubits); got {n_qubits}.")
    number = isinstance(field, (int, float, np.number)) and not isinstance(field, bool)
    if not number or not math.isfinite(field):
        raise InputError(f"The field must be a finite number; got {field!r}.")
