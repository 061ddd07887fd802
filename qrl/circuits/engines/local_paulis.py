"""X, Y and Z of every qubit from shots: what an agent sees of a state that is only measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.engines.probabilities import outcomes_of, read_out, readout_errors
from qrl.circuits.measurement import Group, diagonalise, outcome_values
from qrl.circuits.pauli import letter_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.noise import NoiseModel
    from qrl.circuits.objectives import Objective


class LocalPaulis:
    """Three settings that read all qubits in the basis of X, Y or Z.

    Args:
        objective: gives the inputs; what is read is the mean over them, with the weights of its head.
        noise: what follows the gates and spoils the readout; None: nothing.
        threads: see `CompiledEngine`.
    """

    def __init__(self, objective: Objective, noise: NoiseModel | None, threads: int | None) -> None:
        head = objective.head()
        n = head.n_qubits
        self._shares = np.ones(1)
        states = None
        if head.inputs is not None:
            squares = np.linalg.norm(head.inputs, axis=1) ** 2
            self._shares, states = squares / squares.sum(), objective.inputs
        self._outcomes = outcomes_of(states, n, noise, threads)
        self._errors = readout_errors(noise, n)
        singles = [tuple(letter_on(p, (q,), n) for q in range(n)) for p in "XYZ"]
        groups = [Group(labels, (1.0,) * n) for labels in singles]
        self._settings = [diagonalise(g) for g in groups]
        self._tables = np.array(
            [[outcome_values(replace(s, weights=row)) for row in np.eye(n)] for s in self._settings]
        )

    def measure(
        self, circuit: Circuit, shots: int, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Run each setting `shots` times and return the estimates, shape (n, 3)."""
        rows = [
            self._shares @ self._outcomes.probabilities(circuit, s.circuit) for s in self._settings
        ]
        counts = rng.multinomial(shots, read_out(np.array(rows), self._errors))
        means: NDArray[np.float64] = np.einsum("pqb,pb->qp", self._tables, counts) / shots
        return means
