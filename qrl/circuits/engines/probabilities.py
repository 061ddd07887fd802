"""Outcome probabilities of measured circuits: what shots are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.kernels import entries
from qrl.circuits.kernels.simd import WIDTH
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.circuits.program import lower
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.noise import NoiseModel
    from qrl.circuits.objectives import Objective

_NEGATIVE = 1e-9
_SUM = 1e-6


class Outcomes(Protocol):
    """What gives the outcome probabilities of circuits, before errors of the readout."""

    def probabilities(self, circuit: Circuit, basis: Circuit | None = None) -> NDArray[np.float64]:
        """Return the probabilities after a circuit and a basis change, shape (inputs, 2**n)."""
        ...


class Scores(Protocol):
    """What gives the exact cost of circuits, under noise or without."""

    def value(self, circuit: Circuit) -> float:
        """Return the cost of a circuit at its angles."""
        ...


class ExactOutcomes(ExactEngine):
    """Outcome probabilities without noise, from the state vector of every input of an objective.

    Args:
        inputs: normalised states, shape (inputs, 2**n); None: |0...0>.
        n_qubits: n.
        threads: see `CompiledEngine`.
    """

    def __init__(
        self, inputs: NDArray[np.complex128] | None, n_qubits: int, threads: int | None = None
    ) -> None:
        super().__init__(_any_objective(inputs, n_qubits), threads=threads, table_bytes=0)
        self._count = 1 if inputs is None else len(inputs)
        self._basis_rows: dict[int, tuple[Circuit, NDArray[np.int32]]] = {}

    def probabilities(self, circuit: Circuit, basis: Circuit | None = None) -> NDArray[np.float64]:
        """Return the probabilities after a circuit and a basis change, shape (inputs, 2**n).

        Args:
            circuit: what makes the state.
            basis: gates without angles to append; None: none. The engine remembers each.
        """
        self._check(circuit)
        ops, theta = lower(circuit)
        if basis is not None and basis.gates:
            ops = np.concatenate([ops, self._rows(basis)])
        work = self._rooms(1, len(ops))[0]
        # As `_one`, on rows: to append the basis to a circuit would check all its gates again.
        arguments = (
            ops[None], np.array([len(ops)]), theta[None], np.array([theta.size]),
            np.zeros((1, theta.size), dtype=np.bool_),
            np.zeros(1), np.zeros(7), np.zeros((0, 4), dtype=np.int32),
            np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64),
        )  # fmt: skip
        self._run(entries.STATE, arguments, work, np.empty((1, 1)))
        size = 1 << (self.n_qubits + self._packed.shift)
        im = max(size, WIDTH)
        # Inputs carry the root of their equal weights.
        squares = (work[:size] ** 2 + work[im : im + size] ** 2) * self._count
        result: NDArray[np.float64] = squares.reshape(1 << self.n_qubits, -1).T[: self._count]
        return result

    def _rows(self, basis: Circuit) -> NDArray[np.int32]:
        known = self._basis_rows.get(id(basis))
        if known is None or known[0] is not basis:
            known = self._basis_rows[id(basis)] = basis, lower(basis)[0]
        return known[1]


def outcomes_of(
    inputs: NDArray[np.complex128] | None,
    n_qubits: int,
    noise: NoiseModel | None = None,
    threads: int | None = None,
) -> Outcomes:
    """Return what gives the outcome probabilities of circuits on given inputs.

    Args:
        inputs: normalised states, shape (inputs, 2**n); None: |0...0>.
        n_qubits: n.
        noise: what follows the gates; None: nothing.
        threads: see `CompiledEngine`.
    """
    if noise is None:
        return ExactOutcomes(inputs, n_qubits, threads)
    from qrl.circuits.engines.noisy import NoisyEngine

    objective = _any_objective(inputs, n_qubits)
    return NoisyEngine(objective, noise, threads=threads, table_bytes=0)


def scores_of(
    objective: Objective, noise: NoiseModel | None = None, threads: int | None = None
) -> Scores:
    """Return what gives the exact cost of circuits, under noise or without."""
    if noise is None:
        return ExactEngine(objective, threads=threads, table_bytes=0)
    from qrl.circuits.engines.noisy import NoisyEngine

    return NoisyEngine(objective, noise, threads=threads, table_bytes=0)


def _any_objective(inputs: NDArray[np.complex128] | None, n_qubits: int) -> Expectation:
    """Return an objective with these inputs; what it observes is never asked for."""
    return Expectation(PauliSum(("Z" + "I" * (n_qubits - 1),), (1.0,)), inputs)


def readout_errors(noise: NoiseModel | None, n_qubits: int) -> NDArray[np.float64] | None:
    """Return p(1|0) and p(0|1) of each qubit, shape (n, 2); None where all are 0."""
    if noise is None:
        return None
    errors = np.array([noise.readout_error(q) for q in range(n_qubits)], dtype=np.float64)
    return errors if errors.any() else None


def read_out(p: NDArray[np.float64], errors: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return the probabilities of what is read, row by row.

    Args:
        p: of the true outcomes, shape (rows, 2**n); rounding is repaired as in
            `qrl.circuits.measurement.sample.checked_probabilities`.
        errors: of the readout, shape (n, 2), as from `readout_errors`.

    Returns:
        Shape (rows, 2**n), not negative, rows with sum 1 to rounding.

    Raises:
        InputError: NaN, an entry below -1e-9, or a sum further than 1e-6 from 1.
    """
    total = p.sum(axis=1, keepdims=True)
    if not (np.abs(total - 1.0) <= _SUM).all() or p.min() < -_NEGATIVE:
        raise InputError(
            "Outcome probabilities must be at least 0 and sum to 1; the lowest is "
            f"{p.min():.3g} and they sum to {total.ravel()[np.argmax(np.abs(total - 1.0))]:.9g}. "
            "Check the angles and the noise that gave them."
        )
    p = np.maximum(p, 0.0)
    for qubit, (one_for_zero, zero_for_one) in enumerate(() if errors is None else errors):
        pairs: Any = p.reshape(len(p), -1, 2, 1 << qubit)
        flow = one_for_zero * pairs[:, :, 0] - zero_for_one * pairs[:, :, 1]
        p = np.stack([pairs[:, :, 0] - flow, pairs[:, :, 1] + flow], axis=2).reshape(len(p), -1)
    result: NDArray[np.float64] = p / p.sum(axis=1, keepdims=True)
    return result


def read_success(
    p: NDArray[np.float64], errors: NDArray[np.float64] | None, n_outcomes: int
) -> NDArray[np.float64]:
    """Return the probability to read 0...0 where it is true with probability p.

    How the other outcomes share 1 - p depends on the circuit that turns the target into |0...0>.
    Each trial is taken to be followed by a random permutation of them, so that they are equally
    likely. With e the probability to read 1 for 0 on a qubit and d that to read 0 for 1,
    0...0 is then read right with `s = prod (1 - e)`, and wrongly with the mean over the others,
    `(prod (1 - e + d) - s) / (n_outcomes - 1)`.

    Args:
        p: of the true outcome, any shape.
        errors: of the readout, shape (n, 2); qubits beyond these n are read without error.
        n_outcomes: how many there are: 2**n, or 4**n where a reference register is read too.
    """
    p = np.clip(p, 0.0, 1.0)
    if errors is None:
        return p
    right = np.prod(1.0 - errors[:, 0])
    wrong = (np.prod(1.0 - errors[:, 0] + errors[:, 1]) - right) / (n_outcomes - 1)
    result: NDArray[np.float64] = p * right + (1.0 - p) * wrong
    return result
