"""The base of engines that score one circuit at a time: a subclass gives `value`, this the rest."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.gates import gate_spec
from qrl.circuits.program import lift
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.noise import NoiseModel
    from qrl.circuits.objectives import Head, Objective
    from qrl.circuits.tuned import Tuned, TuneOptions


class PlainEngine(ABC):
    """An engine whose subclasses need one method, the cost of a circuit.

        class Mine(PlainEngine):
            name = "mine"

            def value(self, circuit):
                self.check_size(circuit)
                return my_simulator(circuit.qiskit())

    Override `outputs` where another simulator shall make the states, `value_and_gradient` where
    there is a cheaper gradient than many values.

    Args:
        objective: what is scored.

    Attributes:
        name: what the engine is called in settings and results.
        shots: measurements behind one value; 0 where the cost is exact.
        noise: the noise of the circuits; None without.
        step: turn in radians of the central differences of `value_and_gradient`. An engine with
            shots needs a far larger one than the default, about 0.1.
    """

    name: str = "plain"
    shots: int = 0
    noise: NoiseModel | None = None
    step: float = 1e-5

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.n_qubits = objective.n_qubits
        self._head = objective.head()

    @abstractmethod
    def value(self, circuit: Circuit) -> float:
        """Return the cost of a circuit at its angles."""

    def check_size(self, circuit: Circuit) -> None:
        """Refuse a circuit of another size than the objective.

        Raises:
            InputError: the numbers of qubits differ.
        """
        if circuit.n_qubits != self.n_qubits:
            raise InputError(
                f"The objective has {self.n_qubits} qubits and needs circuits of as many; "
                f"got one of {circuit.n_qubits}."
            )

    def outputs(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the noiseless output state for each input of the objective, shape (inputs, 2**n)."""
        self.check_size(circuit)
        return output_states(circuit, self.objective.inputs)

    def statevector(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the final state without noise, shape (2**n,), little-endian.

        For an objective with several inputs: that of each, shape (inputs, 2**n), scaled as its head is.
        """
        states = self.outputs(circuit)
        if len(states) == 1:
            scaled: NDArray[np.complex128] = states[0] * input_norms(self._head)[0]
            return scaled
        return states * input_norms(self._head)[:, None]

    def value_and_gradient(self, circuit: Circuit) -> tuple[float, NDArray[np.float64]]:
        """Return the cost and its derivative by each angle, shape (rotations,), per radian.

        Exact where the cost is a trigonometric polynomial in each angle, by the parameter-shift
        rule: of degree 1 for heads "linear" and "overlap" (two values an angle; Schuld et al.,
        arXiv 1811.11184), of degree 2 for "dephasing" and the squared loss (four values an angle;
        the rule for equidistant frequencies of Wierichs et al., arXiv 2107.12390). Central
        differences otherwise (two values an angle, `step`).
        """
        value = self.value(circuit)
        degree = _degree(self._head)
        gradient = np.zeros(len(circuit.angles))
        shifts, factors = _shift_rule(degree) if degree else _difference(self.step)
        for p in range(gradient.size):
            for shift, factor in zip(shifts, factors, strict=True):
                angles = list(circuit.angles)
                angles[p] += shift
                gradient[p] += factor * self.value(circuit.with_angles(angles))
        return value, gradient

    def tune(
        self,
        circuit: Circuit,
        *,
        fresh: int | None = None,
        target: float = math.inf,
        options: TuneOptions | None = None,
    ) -> Tuned:
        """Lower the cost from the circuit's own angles.

        Args:
            circuit: the circuit; its angles are the start.
            fresh: index of the first angle that has no meaning yet; see `tuners.run.tune_with`.
            target: not used; tuners of single circuits make no second descent.
            options: how, and how far to go; "lbfgs" is SciPy's "l-bfgs-b".
        """
        from qrl.circuits.tuners.run import tune_with

        self.check_size(circuit)
        return tune_with(self, circuit, _for_tuners(options), fresh=fresh)

    def tune_arrays(
        self,
        ops: NDArray[np.int32],
        n_ops: NDArray[np.int64],
        theta: NDArray[np.float64],
        n_theta: NDArray[np.int64],
        fresh: NDArray[np.int64],
        target: NDArray[np.float64],
        options: TuneOptions,
    ) -> NDArray[np.float64]:
        """Tune many lowered circuits one by one, their angles in place.

        Args and result as `CompiledEngine.tune_arrays`; `target` is not used.
        """
        from qrl.circuits.tuners.run import tune_rows

        return tune_rows(self, ops, n_ops, theta, n_theta, fresh, _for_tuners(options))

    def local_paulis(
        self, ops: NDArray[np.int32], n_ops: NDArray[np.int64], theta: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the expectation values of X, Y, Z on each qubit, shape (circuits, qubits, 3).

        Of an objective with several inputs: their mean, with the weights that they have in its head.
        """
        out = np.empty((len(ops), self.n_qubits, 3))
        for k in range(len(ops)):
            rows = ops[k, : n_ops[k]]
            circuit = lift(self.n_qubits, rows, theta[k, : np.count_nonzero(rows[:, 3] >= 0)])
            out[k] = bloch_vectors(self._reduced(circuit))
        return out

    def _reduced(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the density matrix of each qubit, shape (qubits, 2, 2), averaged over inputs."""
        return reduced_states(np.sqrt(input_shares(self._head))[:, None] * self.outputs(circuit))


def output_states(circuit: Circuit, inputs: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Apply a circuit to states gate by gate, in plain NumPy.

    Args:
        circuit: the circuit, on n qubits.
        inputs: shape (inputs, 2**n), little-endian.

    Returns:
        The outputs, of the same shape.
    """
    n = circuit.n_qubits
    states = np.asarray(inputs, dtype=np.complex128).reshape(-1, *(2,) * n)
    for gate, angle in circuit.placed():
        matrix = gate_spec(gate.name).matrix(0.0 if angle is None else angle)
        width = len(gate.qubits)
        # Qubit 0 is the last axis; of a matrix's index the gate's first qubit is the lowest bit.
        axes = [n - q for q in reversed(gate.qubits)]
        columns = list(range(width, 2 * width))
        turned = np.tensordot(matrix.reshape((2,) * (2 * width)), states, axes=(columns, axes))
        states = np.moveaxis(turned, range(width), axes)
    return np.ascontiguousarray(states).reshape(-1, 1 << n)


def reduced_states(states: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return the density matrix of each qubit, added up over states of shape (states, 2**n).

    Returns:
        Shape (n, 2, 2).
    """
    n = int(states.shape[1]).bit_length() - 1
    result = np.empty((n, 2, 2), dtype=np.complex128)
    for q in range(n):
        parts = states.reshape(len(states), -1, 2, 1 << q)
        result[q] = np.einsum("khal,khbl->ab", parts, parts.conj())
    return result


def bloch_vectors(reduced: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return <X>, <Y>, <Z> of density matrices of single qubits, shape (qubits, 3)."""
    cross, populations = reduced[:, 1, 0], reduced[:, 0, 0] - reduced[:, 1, 1]
    return np.stack([2.0 * cross.real, 2.0 * cross.imag, populations.real], axis=1)


def input_norms(head: Head) -> NDArray[np.float64]:
    """Return the norms of a head's inputs, shape (inputs,)."""
    if head.inputs is None:
        return np.ones(1)
    norms: NDArray[np.float64] = np.linalg.norm(head.inputs, axis=1)
    return norms


def input_shares(head: Head) -> NDArray[np.float64]:
    """Return the squared norms of a head's inputs, scaled to add up to 1, shape (inputs,)."""
    squares = input_norms(head) ** 2
    shares: NDArray[np.float64] = squares / squares.sum()
    return shares


def _degree(head: Head) -> int:
    """Return the degree of the cost as a trigonometric polynomial of one angle; 0: it is none."""
    if head.kind in ("linear", "overlap"):
        return 1
    return 2 if head.kind == "dephasing" or head.loss == "squared" else 0


def _shift_rule(degree: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return turns and factors of the rule that is exact up to a degree."""
    odd = 2 * np.arange(2 * degree) + 1
    shifts = odd * np.pi / (2 * degree)
    signs = 1.0 - 2.0 * (np.arange(2 * degree) % 2)
    return shifts, signs / (4 * degree * np.sin(shifts / 2) ** 2)


def _difference(step: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.array([step, -step]), np.array([0.5, -0.5]) / step


def _for_tuners(options: TuneOptions | None) -> TuneOptions:
    """Return options that name a tuner of `qrl.circuits.tuners`."""
    from qrl.circuits.tuned import TuneOptions

    options = options or TuneOptions()
    return replace(options, tuner="l-bfgs-b") if options.tuner == "lbfgs" else options
