"""The exact engine: state vectors, adjoint gradients and tuners in compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.engines import memory
from qrl.circuits.engines.compiled_engine import NO_OPTIONS, CompiledEngine
from qrl.circuits.engines.pack import BLOCK_QUBITS, is_term_wise, pack
from qrl.circuits.kernels import entries
from qrl.circuits.kernels.problem import STATES
from qrl.circuits.kernels.simd import WIDTH
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.objectives import Head, Objective

MOST_QUBITS = 24
PRECISIONS = {"double": np.float64, "single": np.float32}


class ExactEngine(CompiledEngine):
    """Scores circuits by their exact state vector, up to 24 qubits.

    Args:
        objective: what is scored.
        precision: "double", or "single": half the memory, costs to about 1e-6 of the weights' sum.
        threads, table_bytes: see `CompiledEngine`.

    Raises:
        InputError: more qubits than fit, or an unknown precision.
    """

    name = "exact"

    def __init__(
        self,
        objective: Objective,
        *,
        precision: str = "double",
        threads: int | None = None,
        table_bytes: int = 1 << 21,
    ) -> None:
        super().__init__(objective, threads=threads, table_bytes=table_bytes)
        if precision not in PRECISIONS:
            raise unknown_name("precision", str(precision), PRECISIONS)
        kind = PRECISIONS[precision]
        _check_size(objective.n_qubits)
        head = objective.head()
        self._fit_threads(_check_memory(head, np.dtype(kind).itemsize))
        self._head, self._packed = head, pack(head, kind)

    def statevector(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the final state, shape (2**n,), little-endian.

        For an objective with several inputs: that of each, shape (inputs, 2**n), scaled as its head is.
        """
        out = np.empty((1, 1))
        work = self._one(entries.STATE, circuit, out, NO_OPTIONS)
        size = 1 << (self.n_qubits + self._packed.shift)
        im = max(size, WIDTH)
        state: NDArray[np.complex128] = np.empty(size, dtype=np.complex128)
        state.real, state.imag = work[:size], work[im : im + size]
        if self._packed.shift == 0:
            return state
        count = self._head.n_inputs
        return state.reshape(1 << self.n_qubits, -1).T[:count]

    @property
    def _has_branches(self) -> bool:
        return self._head.kind in ("linear", "overlap")

    @property
    def _stiffness(self) -> float:
        return self._packed.stiffness

    def _room(self, gates: int) -> int:
        return self._packed.room

    def _new_work(self, gates: int) -> NDArray[Any]:
        return np.zeros(self._packed.room, dtype=self._packed.tables.dtype)

    def _run(self, job: int, arguments: tuple[Any, ...], work: NDArray[Any], out: Any) -> None:
        run: Any = entries.run
        run(job, *self._packed.arrays, *arguments, work, out)

    def _fit_threads(self, fitting: int) -> None:
        self.threads = max(1, min(self.threads, fitting))


def _check_size(n_qubits: int) -> None:
    if n_qubits > MOST_QUBITS:
        raise InputError(
            f"The exact engine holds up to {MOST_QUBITS} qubits in memory; this problem has "
            f"{n_qubits} qubits. Use fewer: a smaller active space, tapering, or a part of the problem."
        )


def _check_memory(head: Head, item: int) -> int:
    """Refuse a problem that does not fit, saying what would; return for how many threads there is room."""
    qubits = head.n_qubits + (head.n_inputs - 1).bit_length()
    states = item * 2 * STATES  # bytes an amplitude
    tables = 0
    if not is_term_wise(head):
        flips = {
            tuple(letter in "XY" for letter in label)
            for observable in head.observables
            for label in observable.labels
        }
        # While they are built the diagonals are complex and held twice; then real ones remain.
        tables = 8 * 6 * len(flips) * max(1, len(head.observables))
    free = memory.available()
    needed = (states + tables << qubits) + (item << BLOCK_QUBITS)
    if needed > free:
        fits = (free // (states + tables)).bit_length() - 1 - (qubits - head.n_qubits)
        raise InputError(
            f"The exact engine needs {memory.gibibytes(needed)} for {head.n_qubits} qubits and "
            f"{head.n_inputs} input(s), and {memory.gibibytes(free)} are available; "
            f"{fits} qubits would fit."
        )
    return 1 + (free - needed) // (states << qubits)
