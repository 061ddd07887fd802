"""ADAPT-VQE: an ansatz grown by the excitation with the largest gradient.

Grimsley, Economou, Barnes and Mayhall, arXiv 1812.11173.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.engines import make_engine
from qrl.circuits.pauli import PauliSum
from qrl.tasks.baseline import Baseline
from qrl.tasks.ground_states.excitation_circuits import excitation_circuit
from qrl.tasks.task import plain_observable
from qrl.tasks.tied_circuit import minimise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.circuits.engines import Engine
    from qrl.tasks.ground_states.excitations import Excitation
    from qrl.tasks.ground_states.mappings import Electrons
    from qrl.tasks.task import Task

SMALLEST_GRADIENT = 1e-4
"""Hartree per radian; the ansatz is complete when no excitation has a larger gradient."""


def adapt_vqe(
    task: Task,
    electrons: Electrons,
    pool: Sequence[Excitation],
    *,
    most: int = 40,
    work: float = math.inf,
) -> list[Baseline]:
    """Grow an ansatz from the Hartree-Fock determinant, excitation by excitation.

    Args:
        task: the molecule.
        electrons: of the molecule.
        pool: excitations to choose from; each may be chosen again.
        most: excitations in the ansatz at most.
        work: largest number of amplitudes times gates times evaluations, after which no excitation
            is added; a limit on time that is the same on every machine.

    Returns:
        What was reached with 0, 1, 2, ... excitations; evaluations and seconds count from the start.
    """
    began = time.perf_counter()
    engine: Engine = make_engine("exact", task.objective)
    hamiltonian = plain_observable(task.objective).sparse()
    generators = [_matrix(move) for move in pool]
    chosen: list[Excitation] = []
    tied, parameters = excitation_circuit(electrons.label, chosen), np.zeros(0)
    rounds = [Baseline(engine.value(tied.circuit), tied.circuit, {}, 1, 0.0)]
    evaluations, done = 1, 0.0
    while pool and len(chosen) < most and done <= work:
        state = engine.statevector(tied.at(parameters))
        slopes = gradients(hamiltonian, generators, state)
        best = int(np.argmax(np.abs(slopes)))
        if abs(slopes[best]) < SMALLEST_GRADIENT:
            break
        chosen.append(pool[best])
        tied = excitation_circuit(electrons.label, chosen)
        found = minimise(engine, tied, np.append(parameters, 0.0))
        parameters = found.parameters
        evaluations += found.evaluations
        done += found.evaluations * len(tied.circuit) * len(state)
        seconds = time.perf_counter() - began
        rounds.append(Baseline(found.cost, tied.at(parameters), {}, evaluations, seconds))
    return rounds


def gradients(
    hamiltonian: Any, generators: Sequence[Any], state: NDArray[np.complex128]
) -> NDArray[np.float64]:
    """Return d<H>/d theta at 0 of exp(-i theta C) on a state, for each C; eq. 3 of the paper.

    Args:
        hamiltonian: sparse matrix, shape (2**n, 2**n), hartree.
        generators: sparse Hermitian matrices C of the same shape.
        state: shape (2**n,).
    """
    image = (hamiltonian @ state).conj()
    return np.array([2.0 * (image @ (matrix @ state)).imag for matrix in generators])


def _matrix(move: Excitation) -> Any:
    labels, weights = zip(*move.terms, strict=True)
    return PauliSum(labels, weights).sparse()
