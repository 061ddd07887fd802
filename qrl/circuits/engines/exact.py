"""The exact engine: state vectors, adjoint gradients and L-BFGS in compiled code."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.program import lower
from qrl.circuits.tuned import Status, Tuned, TuneOptions
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.objective import Expectation


class ExactEngine:
    """Scores circuits by their exact state vector.

    One engine serves one objective; its buffers make it unfit for use by several threads at once.
    """

    name = "exact"

    def __init__(self, objective: Expectation) -> None:
        self.objective = objective
        self.n_qubits = objective.n_qubits
        _check_memory(objective)
        diagonals = objective.observable.diagonals()
        self._masks = np.array([x for x, _ in diagonals], dtype=np.int64)
        table = np.array([d for _, d in diagonals])
        self._diag_re = np.ascontiguousarray(table.real)
        real = not table.imag.any()
        self._diag_im = (
            np.zeros((0, 1 << self.n_qubits)) if real else np.ascontiguousarray(table.imag)
        )
        rest = [w for label, w in objective.observable.terms() if set(label) != {"I"}]
        # Root of the mean square eigenvalue: how far the cost of a random state strays.
        self._stiffness = float(np.linalg.norm(rest)) or 1.0
        self._work = np.zeros((4, 1 << self.n_qubits))

    def statevector(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the final state, shape (2**n,), little-endian."""
        from qrl.circuits.kernels import entries

        self._check(circuit)
        entries.statevector(*lower(circuit), self._work)
        state: NDArray[np.complex128] = self._work[0] + 1j * self._work[1]
        return state

    def value(self, circuit: Circuit) -> float:
        """Return the cost of a circuit at its angles."""
        from qrl.circuits.kernels import entries

        self._check(circuit)
        ham = (self._masks, self._diag_re, self._diag_im)
        return float(entries.expectation(*lower(circuit), *ham, self._work))

    def value_and_gradient(self, circuit: Circuit) -> tuple[float, NDArray[np.float64]]:
        """Return the cost and its derivative by each angle, shape (rotations,), per radian."""
        from qrl.circuits.kernels import entries

        self._check(circuit)
        ops, theta = lower(circuit)
        grad = np.zeros(theta.size)
        ham = (self._masks, self._diag_re, self._diag_im)
        value = entries.value_and_gradient(ops, theta, *ham, self._work, grad)
        return float(value), grad

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
            fresh: index of the first angle that has no meaning yet; it and those after it are
                first set to their best in closed form, one by one. None: all angles have.
            target: a cost known to be within reach: where L-BFGS ends above it, a closed-form sweep
                over all angles and a second descent follow.
            options: how far to go.

        Returns:
            The tuned circuit with status and counts.
        """
        self._check(circuit)
        ops, theta = lower(circuit)
        shape = np.array([len(ops)]), np.array([theta.size])
        start = np.array([-1 if fresh is None else fresh])
        theta = theta[None, :].copy()
        goal = np.array([float(target)])
        options = options or TuneOptions()
        out = self.tune_arrays(ops[None], shape[0], theta, shape[1], start, goal, options)[0]
        return Tuned(
            circuit=circuit.with_angles(theta[0]),
            cost=float(out[0]),
            status=Status(int(out[1])),
            evaluations=int(out[2] + out[3]),
            gradients=int(out[3]),
            slope=float(out[4]),
        )

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
        """Tune many lowered circuits in one compiled call, their angles in place.

        Args:
            ops: shape (circuits, gates, 4), rows as `qrl.circuits.program.lower` makes them.
            n_ops: shape (circuits,), rows in use.
            theta: shape (circuits, angles), start and result, radians.
            n_theta: shape (circuits,), angles in use.
            fresh: shape (circuits,), first angle without a meaning yet, or -1.
            target: shape (circuits,), a cost known to be within reach; a circuit that L-BFGS leaves
                above it gets a closed-form sweep over all angles and a second descent.
            options: how far to go.

        Returns:
            Shape (circuits, 5): cost, status, plain evaluations, gradient evaluations, slope.
        """
        from qrl.circuits.kernels import entries

        out = np.empty((len(ops), 5))
        ham = (self._masks, self._diag_re, self._diag_im)
        entries.tune_batch(
            ops, n_ops, theta, n_theta, fresh, target, *ham,
            self._stiffness, float(options.tolerance), int(options.max_gradients), self._work, out,
        )  # fmt: skip
        return out

    def local_paulis(
        self, ops: NDArray[np.int32], n_ops: NDArray[np.int64], theta: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the expectation values of X, Y, Z on each qubit, shape (circuits, qubits, 3)."""
        from qrl.circuits.kernels import entries

        out = np.empty((len(ops), self.n_qubits, 3))
        entries.local_paulis(ops, n_ops, theta, self._work, out)
        return out

    def _check(self, circuit: Circuit) -> None:
        if circuit.n_qubits != self.n_qubits:
            raise InputError(
                f"The objective has {self.n_qubits} qubits and needs circuits of as many; "
                f"got one of {circuit.n_qubits}."
            )


def _check_memory(objective: Expectation) -> None:
    """Refuse a problem whose tables do not fit, saying what would."""
    observable = objective.observable
    flips = {tuple(letter in "XY" for letter in label) for label in observable.labels}
    real = all(label.count("Y") % 2 == 0 for label in observable.labels)
    # While they are built the diagonals are complex and held twice; then real ones remain.
    bytes_per_amplitude = 8 * (4 + len(flips) * (5 if real else 6))
    available = _available_memory()
    needed = bytes_per_amplitude << observable.n_qubits
    if needed > available:
        fits = (available // bytes_per_amplitude).bit_length() - 1
        raise InputError(
            f"The exact engine needs {_gibibytes(needed)} for {observable.n_qubits} qubits and "
            f"{len(flips)} sets of flipped qubits, and {_gibibytes(available)} are available; "
            f"{fits} qubits would fit."
        )


def _gibibytes(count: int) -> str:
    """Return a number of bytes in words, also one too large for a float."""
    return f"{count / 2**30:.3g} GiB" if count < 2**100 else f"2^{count.bit_length() - 31} GiB"


def _available_memory() -> int:
    """Bytes that can be used without swapping, a tenth kept back."""
    try:
        pages = os.sysconf("SC_AVPHYS_PAGES")
        with Path("/proc/meminfo").open(encoding="ascii") as info:
            for line in info:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024 * 9 // 10
        return pages * os.sysconf("SC_PAGE_SIZE") * 9 // 10
    except (OSError, ValueError, AttributeError):
        return 4 * 2**30
