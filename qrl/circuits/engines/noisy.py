"""The noisy engine: density matrices as Pauli coefficients, gradients and tuners in compiled code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.engines import memory
from qrl.circuits.engines.compiled_engine import NO_OPTIONS, CompiledEngine
from qrl.circuits.engines.pack import Packed
from qrl.circuits.engines.pack_noisy import input_count, pack_noisy, tape_length
from qrl.circuits.engines.pauli_vectors import diagonal
from qrl.circuits.kernels import entries, noisy_entries
from qrl.circuits.kernels.noisy_problem import SLOTS
from qrl.circuits.kernels.noisy_steps import SPARE
from qrl.circuits.kernels.simd import WIDTH
from qrl.circuits.noise import NoiseModel, noise_model
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.objectives import Head, Objective

MOST_QUBITS = 10


class NoisyEngine(CompiledEngine):
    """Scores circuits by their exact density matrix under a noise model, up to 10 qubits.

    The state is the vector of its 4**n Pauli coefficients, each gate with its noise one sweep over it.
    The gradient undoes weak noise going backward; states before strong noise are kept or made again.

    Readout errors change every letter P that is measured on a qubit into (1 - p - q) P + (q - p) I,
    with p = p(1|0) and q = p(0|1). They do not enter infidelities, which are not measured letter by
    letter.

    Args:
        objective: what is scored.
        noise: a noise model, or what `qrl.circuits.noise.noise_model` reads.
        threads, table_bytes: see `CompiledEngine`.

    Raises:
        InputError: more qubits than fit, or than the noise model describes.
    """

    name = "noisy"

    def __init__(
        self,
        objective: Objective,
        noise: NoiseModel | str,
        *,
        threads: int | None = None,
        table_bytes: int = 1 << 21,
    ) -> None:
        super().__init__(objective, threads=threads, table_bytes=table_bytes, keep_order=True)
        self.noise = noise if isinstance(noise, NoiseModel) else noise_model(noise)
        if objective.n_qubits > MOST_QUBITS:
            raise InputError(
                f"The noisy engine holds up to {MOST_QUBITS} qubits; this problem has "
                f"{objective.n_qubits}. Use fewer, or the exact engine without noise."
            )
        self.noise.check_size(objective.n_qubits)
        head = objective.head()
        self.threads = max(1, min(self.threads, _check_memory(head)))
        self._head = head
        self._packed = pack_noisy(head, self.noise)
        self._basis: Any = None
        self._last: tuple[Circuit, NDArray[Any]] | None = None

    def statevector(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Refuse: a circuit with noise has no state vector; see `coefficients`.

        Raises:
            InputError: always.
        """
        raise InputError(
            "A circuit with noise makes a mixed state, which has no state vector; use `coefficients` "
            "or `probabilities`, or the exact engine for the state without noise."
        )

    def coefficients(self, circuit: Circuit) -> NDArray[np.float64]:
        """Return `Tr(P rho)` of the final state for all Pauli strings P, shape (rows, 4**n).

        Each qubit has two bits in the index of P: codes 0 I, 1 X, 2 Z, 3 Y. There
        is a row for each input, one for an ensemble, and one for each Pauli string for a process.
        Readout errors are in it, but for infidelities.
        """
        work = self._one(entries.STATE, circuit, np.empty((1, 1)), NO_OPTIONS)
        return self._vectors(work[SPARE:])

    def probabilities(self, circuit: Circuit, basis: Circuit | None = None) -> NDArray[np.float64]:
        """Return the probabilities of the basis states, without readout errors, shape (rows, 2**n).

        Args:
            circuit: the circuit, with noise.
            basis: gates that turn another basis into the computational one, without noise.
        """
        if self._basis is None:
            from qrl.circuits.noise import NoiseModel

            # One set of arrays with the noise of gates alone, one without any.
            gates_only = NoiseModel(self.noise.name, self.noise.rules, ())
            self._basis = (
                pack_noisy(self._head, gates_only),
                pack_noisy(self._head, NoiseModel("none", (), ())),
            )
        noisy, plain = self._basis
        size = self._size
        if self._last is None or self._last[0] is not circuit:
            state = self._run_with(noisy, circuit)[SPARE : SPARE + size].copy()
            self._last = circuit, state
        state = self._last[1]
        vectors = self._vectors(state)
        if basis is not None and basis.gates:
            begin = plain.layout[SLOTS.index("start")]
            plain.tables[begin : begin + size] = state
            vectors = self._vectors(self._run_with(plain, basis)[SPARE:])
        found = np.maximum(diagonal(vectors), 0.0)
        total: NDArray[np.float64] = found / found.sum(axis=1, keepdims=True)
        return total

    def _run_with(self, packed: Packed, circuit: Circuit) -> NDArray[Any]:
        """Run a circuit with other arrays, and return where it worked."""
        kept, self._packed = self._packed, packed
        try:
            work: NDArray[Any] = self._one(entries.STATE, circuit, np.empty((1, 1)), NO_OPTIONS)
            return work
        finally:
            self._packed = kept

    @property
    def _size(self) -> int:
        return max(1 << 2 * self.n_qubits + self._packed.shift, WIDTH)

    def _vectors(self, state: NDArray[Any]) -> NDArray[np.float64]:
        count = input_count(self._head)
        whole = 4**self.n_qubits << self._packed.shift
        vectors = state[:whole].reshape(4**self.n_qubits, -1).T
        return vectors[:count].copy()

    @property
    def _stiffness(self) -> float:
        return self._packed.stiffness

    def _room(self, gates: int) -> int:
        stretches = gates // (tape_length(self._size) - 1) + 2
        room: int = self._packed.room + self._size * stretches
        return room

    def _new_work(self, gates: int) -> NDArray[Any]:
        return np.zeros(self._room(gates))

    def _run(self, job: int, arguments: tuple[Any, ...], work: NDArray[Any], out: Any) -> None:
        run: Any = noisy_entries.run
        run(job, *self._packed.arrays, *arguments, work, out)


def _check_memory(head: Head) -> int:
    """Refuse a problem that does not fit; return for how many threads there is room."""
    bits = 2 * head.n_qubits + (input_count(head) - 1).bit_length()
    size = 1 << bits
    free = memory.available()
    needed = 8 * size * (tape_length(size) + 4)
    if needed > free:
        raise InputError(
            f"The noisy engine needs {memory.gibibytes(needed)} for {head.n_qubits} qubits and "
            f"{input_count(head)} input(s), and {memory.gibibytes(free)} are available."
        )
    return max(1, free // needed)
