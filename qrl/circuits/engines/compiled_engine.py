"""What the engines with compiled kernels share: batches, threads and the table of known scores."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.insertions import candidate_rows, tuned_insertions
from qrl.circuits.engines.known_scores import KnownScores
from qrl.circuits.engines.threads import thread_count, together
from qrl.circuits.gates import Gate
from qrl.circuits.kernels import entries, tuning
from qrl.circuits.program import lower
from qrl.circuits.tuned import COMPILED_TUNERS, Status, Tuned, TuneOptions
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.objectives import Objective

_NOTHING = np.zeros((0, 4), dtype=np.int32)
_COLUMNS, NO_OPTIONS = tuning.COLUMNS, np.zeros(tuning.OPTIONS)


class CompiledEngine(ABC):
    """Scores circuits in compiled code, many at once over all cores.

    One engine serves one objective. Its buffers make it unfit for calls from several Python threads
    at once; it spreads a batch over cores by itself, and gives the same numbers however many there are.

    Args:
        objective: what is scored.
        threads: cores to use; None: all that the process may use, or `QRL_THREADS`.
        table_bytes: memory for scores of circuits seen before; 0 for none.
        keep_order: whether gates that share a qubit stay in their order, as noise demands.
    """

    name: str

    def __init__(
        self,
        objective: Objective,
        *,
        threads: int | None = None,
        table_bytes: int = 1 << 21,
        keep_order: bool = False,
    ) -> None:
        self.objective = objective
        self.n_qubits = objective.n_qubits
        self.threads = thread_count() if threads is None else threads
        if self.threads < 1:
            raise InputError(f"An engine needs at least one thread; got {self.threads}.")
        if table_bytes < 0:
            raise InputError(f"table_bytes must be 0 (no table) or positive; got {table_bytes}.")
        self.known = KnownScores(table_bytes, keep_order=keep_order)
        self._work: list[NDArray[Any]] = []

    @property
    def _has_branches(self) -> bool:
        """Whether the kernels score insertions by comparing two branches of a circuit."""
        return False

    @property
    @abstractmethod
    def _stiffness(self) -> float:
        """Typical second derivative of the cost."""

    @abstractmethod
    def _room(self, gates: int) -> int:
        """Return how many numbers a thread needs to work on circuits of up to so many gates."""

    @abstractmethod
    def _new_work(self, gates: int) -> NDArray[Any]:
        """Return room for one thread to work on circuits of up to so many gates."""

    @abstractmethod
    def _run(self, job: int, arguments: tuple[Any, ...], work: NDArray[Any], out: Any) -> None:
        """Call the compiled function."""

    def value(self, circuit: Circuit) -> float:
        """Return the cost of a circuit at its angles."""
        out = np.empty((1, _COLUMNS))
        self._one(entries.TUNE, circuit, out, self._packed_options(_VALUE))
        return float(out[0, 0])

    def value_and_gradient(self, circuit: Circuit) -> tuple[float, NDArray[np.float64]]:
        """Return the cost and its derivative by each angle, shape (rotations,), per radian."""
        out = np.empty((1, 1 + len(circuit.angles)))
        self._one(entries.GRADIENT, circuit, out, self._packed_options(_VALUE))
        return float(out[0, 0]), out[0, 1:]

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
            options: how, and how far to go.

        Returns:
            The tuned circuit with status and counts.
        """
        options = options or TuneOptions()
        self._check(circuit)
        if options.tuner not in COMPILED_TUNERS:
            from qrl.circuits.tuners.run import tune_with

            return tune_with(self, circuit, options, fresh=fresh)
        ops, theta = lower(circuit)
        theta = theta[None, :].copy()
        out = self.tune_arrays(
            ops[None],
            np.array([len(ops)]),
            theta,
            np.array([theta.shape[1]]),
            np.array([-1 if fresh is None else fresh]),
            np.array([float(target)]),
            options,
        )[0]
        return Tuned(
            circuit=circuit.with_angles(theta[0]),
            cost=float(out[tuning.VALUE]),
            status=Status(int(out[tuning.STATUS])),
            evaluations=int(out[tuning.VALUES] + out[tuning.GRADIENTS]),
            gradients=int(out[tuning.GRADIENTS]),
            slope=float(out[tuning.SLOPE]),
            restarts=int(out[tuning.RESTARTED]),
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
        """Tune many lowered circuits in one call over all cores, their angles in place.

        Each is tuned in the normal order of its gates, so that circuits which differ only in the
        order of commuting gates are scored alike, and once.

        Args:
            ops: shape (circuits, gates, 4), rows as `qrl.circuits.program.lower` makes them.
            n_ops: shape (circuits,), rows in use.
            theta: shape (circuits, angles), start and result, radians.
            n_theta: shape (circuits,), angles in use.
            fresh: shape (circuits,), first angle without a meaning yet, or -1.
            target: shape (circuits,), a cost known to be within reach; a circuit that L-BFGS leaves
                above it gets a closed-form sweep over all angles and a second descent.
            options: how, and how far to go.

        Returns:
            Shape (circuits, 6): cost, status, plain evaluations, gradient evaluations, slope, restarts.
            A circuit found in the table of known scores has the counts of when it was tuned.
        """
        if options.tuner not in COMPILED_TUNERS:
            from qrl.circuits.tuners.run import tune_rows

            return tune_rows(self, ops, n_ops, theta, n_theta, fresh, options)
        out = np.empty((len(ops), _COLUMNS))
        packed = self._packed_options(options)
        batch = self.known.look_up(ops, n_ops, theta, n_theta, fresh, target, packed, self.threads)
        arguments = (batch.ops, n_ops, batch.theta, n_theta, batch.fresh, target, packed, _NOTHING)
        self._spread(entries.TUNE, arguments, batch.todo, ops.shape[1], out)
        self.known.hand_out(batch, theta, n_theta, out)
        return out

    def local_paulis(
        self, ops: NDArray[np.int32], n_ops: NDArray[np.int64], theta: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the expectation values of X, Y, Z on each qubit, shape (circuits, qubits, 3)."""
        count = len(ops)
        out = np.empty((count, 3 * self.n_qubits))
        n_theta = np.full(count, theta.shape[1])
        arguments = (
            ops,
            n_ops,
            theta,
            n_theta,
            _UNUSED_FRESH,
            np.zeros(count),
            NO_OPTIONS,
            _NOTHING,
        )
        self._spread(entries.PAULIS, arguments, np.arange(count), ops.shape[1], out)
        return out.reshape(count, self.n_qubits, 3)

    def insertions(
        self, circuit: Circuit, gates: list[Gate], *, everywhere: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Score each gate at the end of a circuit, or at every place, a rotation at its best angle.

        Closed form: one run of the gates behind the place for each, whatever the angle (Rotosolve's
        rule; Ostaszewski, Grant and Benedetti, arXiv 1905.09692).

        Args:
            circuit: the circuit, at its angles.
            gates: what may be inserted.
            everywhere: also before each gate of the circuit, not only at its end.

        Returns:
            Costs and angles (radians), both of shape (places, gates); the last place is the end.
        """
        self._check(circuit)
        for gate in gates:
            Circuit(self.n_qubits).append(gate.name, *gate.qubits)  # refuses what does not fit
        first = 0 if everywhere else len(circuit)
        if not self._has_branches:
            return tuned_insertions(self, circuit, gates, first)
        rows = candidate_rows(gates)
        places = len(circuit) - first + 1
        out = np.empty((1, places * len(gates) * 2))
        ops, theta = lower(circuit)
        arguments = (
            ops[None], np.array([len(ops)]), theta[None], np.array([theta.size]),
            _UNUSED_FRESH,
            np.array([float(first)]), NO_OPTIONS, rows,
        )  # fmt: skip
        self._spread(entries.INSERT, arguments, np.zeros(1, dtype=np.int64), len(ops) + 1, out)
        both = out.reshape(places, len(gates), 2)
        return both[:, :, 0].copy(), both[:, :, 1].copy()

    def _check(self, circuit: Circuit) -> None:
        if circuit.n_qubits != self.n_qubits:
            raise InputError(
                f"The objective has {self.n_qubits} qubits and needs circuits of as many; "
                f"got one of {circuit.n_qubits}."
            )

    def _one(self, job: int, circuit: Circuit, out: NDArray[np.float64], options: Any) -> Any:
        """Run a job on one circuit in this thread, and return where it worked."""
        self._check(circuit)
        ops, theta = lower(circuit)
        work = self._rooms(1, len(ops))[0]
        arguments = (
            ops[None], np.array([len(ops)]), theta[None], np.array([theta.size]),
            np.zeros((1, theta.size), dtype=np.bool_),
            _NO_TARGET, options, _NOTHING, _TODO_FIRST, np.zeros(1, dtype=np.int64),
        )  # fmt: skip
        self._run(job, arguments, work, out)
        return work

    def _spread(
        self, job: int, arguments: tuple[Any, ...], todo: NDArray[np.int64], gates: int, out: Any
    ) -> None:
        """Run a job on the circuits of `todo`, over as many cores as there is work for."""
        if not todo.size:
            return
        shared = (*arguments, todo, np.zeros(1, dtype=np.int64))
        rooms = self._rooms(min(self.threads, todo.size), gates)
        together(self._run, [(job, shared, work, out) for work in rooms])

    def _rooms(self, count: int, gates: int) -> list[NDArray[Any]]:
        needed = self._room(gates)
        self._work = [work for work in self._work if work.size >= needed]
        while len(self._work) < count:
            self._work.append(self._new_work(gates))
        return self._work[:count]

    def _packed_options(self, options: TuneOptions) -> NDArray[np.float64]:
        packed = np.zeros(tuning.OPTIONS)
        packed[tuning.METHOD] = COMPILED_TUNERS.index(options.tuner)
        packed[tuning.TOLERANCE] = options.tolerance
        packed[tuning.MAX_GRADIENTS] = options.max_gradients
        packed[tuning.RESTARTS] = options.restart
        packed[tuning.SEED] = options.seed
        packed[tuning.RATE] = options.rate
        packed[tuning.STIFFNESS] = self._stiffness
        return packed


_VALUE = TuneOptions(tuner="none")
_NO_TARGET = np.zeros(1)
_UNUSED_FRESH = np.zeros((1, 1), dtype=np.bool_)
_TODO_FIRST = np.zeros(1, dtype=np.int64)
