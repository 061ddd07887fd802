"""What to measure on a device to get the cost of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from qrl.circuits.engines.expansion import expand
from qrl.circuits.measurement import group
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError
from qrl.tasks.outcomes import as_numbers, as_outcomes, dephased_purity, share_of_zeros
from qrl.tasks.qiskit_preparation import basis_label, bell_pairs, pauli_label, preparation
from qrl.tasks.stabiliser_preparation import stabiliser_preparation
from qrl.tasks.task import Task, check_objective

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.objectives import Head, Objective

Kind = Literal["estimator", "sampler"]


@dataclass(frozen=True, eq=False)
class MeasuredRun:
    """One circuit to run: prepare an input, apply the found circuit, measure.

    Attributes:
        kind: "estimator": expectation values of `observables`; "sampler": all qubits in the
            computational basis.
        n_qubits: of the device; twice those of the found circuit with `pairs`.
        share: weight of this run in the cost.
        prepare: normalised input state, shape (2**n,); None: |0...0>.
        observables: of an estimator.
        after: what is undone before the measurement: a state, shape (2**n,), so that |0...0> comes
            out where the output is that state; or, with `pairs`, a unitary, shape (2**n, 2**n).
        pairs: whether each qubit of the found circuit starts, and is undone, as half of a pair
            (|00> + |11>) / sqrt 2; qubit n + q is the other half of qubit q.
    """

    kind: Kind
    n_qubits: int
    share: float
    prepare: NDArray[np.complex128] | None = None
    observables: tuple[PauliSum, ...] = ()
    after: NDArray[np.complex128] | None = None
    pairs: bool = False

    def prepare_circuit(self) -> QuantumCircuit:
        """Return what makes the input from |0...0>: X gates where it is a basis state."""
        return bell_pairs(self.n_qubits) if self.pairs else preparation(self.prepare, self.n_qubits)

    def after_circuit(self) -> QuantumCircuit:
        """Return the gates behind the found circuit; none for an estimator."""
        if not self.pairs:
            known = None if self.after is None else stabiliser_preparation(self.after)
            made = preparation(self.after, self.n_qubits) if known is None else known
            return made.inverse()
        from qiskit.circuit.library import UnitaryGate

        assert self.after is not None
        circuit = bell_pairs(self.n_qubits).inverse()
        undone = circuit.copy_empty_like()
        undone.append(UnitaryGate(self.after.conj().T), range(self.n_qubits // 2))
        return undone.compose(circuit)

    def circuit(self, found: Circuit) -> QuantumCircuit:
        """Return the whole circuit; a sampler's with all qubits measured, into register "meas".

        Barriers keep a transpiler from cancelling the found circuit against what checks it: an exact one
        would leave nothing to measure.
        """
        whole = self.prepare_circuit()
        if self.pairs:
            whole.barrier()
        whole = whole.compose(found.qiskit(), range(found.n_qubits))
        if self.after is not None:
            whole.barrier()
            whole = whole.compose(self.after_circuit())
        if self.kind == "sampler":
            whole.measure_all()
        return whole


@dataclass(frozen=True, eq=False)
class MeasurementPlan:
    """The runs of an objective, and how their results make its cost.

    Attributes:
        objective: the cost.
        runs: circuits to run; inputs of weight 0 have none.
    """

    objective: Objective
    runs: tuple[MeasuredRun, ...]

    @property
    def kind(self) -> Kind:
        """Which of Qiskit's primitives runs it: "estimator" or "sampler"."""
        return self.runs[0].kind

    def circuits(self, circuit: Circuit) -> list[QuantumCircuit]:
        """Return the circuit of each run, to be transpiled for a device.

        Raises:
            InputError: the circuit has another number of qubits than the objective.
        """
        if circuit.n_qubits != self.objective.n_qubits:
            raise InputError(
                f"The plan is for circuits of {self.objective.n_qubits} qubits; "
                f"got {circuit.n_qubits}."
            )
        return [run.circuit(circuit) for run in self.runs]

    def pubs(self, circuit: Circuit) -> list[tuple[Any, ...]]:
        """Return what the `run` of Qiskit's primitives (version 2) takes.

        Returns:
            (circuit, observables) for an estimator, (circuit,) for a sampler.
        """
        circuits = self.circuits(circuit)
        if self.kind == "sampler":
            return [(c,) for c in circuits]
        known = {o: o.to_qiskit() for run in self.runs for o in run.observables}
        pairs = zip(circuits, self.runs, strict=True)
        return [(c, [known[o] for o in run.observables]) for c, run in pairs]

    def read(self, result: Any) -> list[Any]:
        """Return the results of one of Qiskit's primitives in the form that `cost` takes."""
        if self.kind == "sampler":
            return [pub.data.meas.get_counts() for pub in result]
        return [np.atleast_1d(pub.data.evs) for pub in result]

    def cost(self, results: Sequence[Any]) -> float:
        """Return the cost that results of the runs make.

        Args:
            results: one for each run. Of an estimator: the expectation value of each observable. Of a
                sampler: counts or probabilities, by bit string (leftmost letter: highest qubit), by
                number, or as an array of shape (2**n,); whole numbers are counts.

        Raises:
            InputError: another number of results, or results of another form.
        """
        if len(results) != len(self.runs):
            raise InputError(
                f"There must be one result for each of {len(self.runs)} runs; got {len(results)}."
            )
        head = self.objective.head()
        shares = np.array([run.share for run in self.runs])
        pairs = list(zip(results, self.runs, strict=True))
        if self.kind == "estimator":
            values = np.array([as_numbers(result, len(run.observables)) for result, run in pairs])
            return self._combined(head, shares, values)
        outcomes = [as_outcomes(result, run.n_qubits) for result, run in pairs]
        if head.kind == "dephasing":
            return float(head.offset - dephased_purity(outcomes, shares))
        return float(head.offset - shares @ [share_of_zeros(outcome) for outcome in outcomes])

    def _combined(
        self, head: Head, shares: NDArray[np.float64], values: NDArray[np.float64]
    ) -> float:
        if head.kind == "smooth":
            # Inputs of weight 0 are not measured, and count for nothing.
            every = np.zeros((head.n_inputs, values.shape[1]))
            every[head.weights > 0.0] = values
            return expand(head, head.weights, every).value
        return expand(head, shares, values).value

    def describe(self) -> list[dict[str, Any]]:
        """Return a row for people for each run.

        Returns:
            Dicts with "input", "share", "kind", "qubits", "measured" (in words), and of an estimator
            "strings", how many Pauli strings, and "settings", one string for each group that can be
            measured together by turning single qubits.
        """
        known: dict[tuple[PauliSum, ...], tuple[int, list[str]]] = {}
        rows = []
        for number, run in enumerate(self.runs):
            row = {
                "input": _input_in_words(run, number),
                "share": run.share,
                "kind": run.kind,
                "qubits": run.n_qubits,
                "measured": _measured_in_words(run),
            }
            if run.kind == "estimator":
                if run.observables not in known:
                    known[run.observables] = _settings(run.observables)
                row["strings"], row["settings"] = known[run.observables]
            rows.append(row)
        return rows


def measurements(objective: Objective | Task) -> MeasurementPlan:
    """Return what to measure for an objective.

    - Costs of expectation values (energies, code overlaps, classifiers, ratios): for each input the
      observables, with Qiskit's Estimator.
    - Infidelity: the inverse of the target's preparation behind the circuit; the share of |0...0> is
      the fidelity.
    - Process infidelity: the same on both halves of Bell pairs, 2 n qubits, where the share of |0...0>
      is |Tr V^dagger U|^2 / 4^n.
    - Dephasing gap: the output of each eigenvector of the density matrix in the computational basis.

    Args:
        objective: one of `qrl.circuits.objectives`, or one of a user's own with such a head; of a task
            its objective is taken.

    Raises:
        InputError: something else.
    """
    if isinstance(objective, Task):
        objective = objective.objective
    check_objective(objective)
    head = objective.head()
    n = head.n_qubits
    if head.kind == "overlap" and head.coherent:
        return MeasurementPlan(objective, (_process_run(head),))
    inputs = [None] * head.n_inputs if head.inputs is None else list(head.inputs)
    sizes = [1.0 if state is None else float(np.vdot(state, state).real) for state in inputs]
    shares = list(head.weights) if head.kind == "smooth" else sizes
    runs = []
    for k, (state, size, share) in enumerate(zip(inputs, sizes, shares, strict=True)):
        prepare = None if state is None else _frozen(state, size)
        target = None
        if head.target is not None:
            weight = float(np.vdot(head.target[k], head.target[k]).real)
            share *= weight
            target = _frozen(head.target[k], weight)
        if share <= 0.0:
            continue
        if head.kind in ("overlap", "dephasing"):
            runs.append(MeasuredRun("sampler", n, float(share), prepare, after=target))
            continue
        own = head.observables
        if head.kind == "linear":
            own = (own[k if len(own) > 1 else 0],)
        runs.append(MeasuredRun("estimator", n, float(share), prepare, own))
    return MeasurementPlan(objective, tuple(runs))


def _process_run(head: Head) -> MeasuredRun:
    """Return the run of a process: rows of the target are the columns of its unitary, scaled."""
    assert head.target is not None
    assert head.inputs is not None
    # With inputs b_k / sqrt d the target is V b_k / sqrt d: V = d sum_k |target_k><input_k|.
    unitary = head.target.T @ head.inputs.conj() * len(head.inputs)
    return MeasuredRun("sampler", 2 * head.n_qubits, 1.0, after=unitary, pairs=True)


def _frozen(state: NDArray[np.complex128], size: float) -> NDArray[np.complex128] | None:
    """Return a state divided by the root of its squared norm; None for |0...0>."""
    if size == 0.0:
        return None
    normalised: NDArray[np.complex128] = state / np.sqrt(size)
    normalised.setflags(write=False)
    label = basis_label(normalised)
    return None if label is not None and "1" not in label else normalised


def _input_in_words(run: MeasuredRun, number: int) -> str:
    if run.pairs:
        return "Bell pairs (q, n + q)"
    label = "0" * run.n_qubits if run.prepare is None else pauli_label(run.prepare)
    return f"state {number}" if label is None else f"|{label}>"


def _measured_in_words(run: MeasuredRun) -> str:
    if run.kind == "estimator":
        count = len(run.observables)
        return "the observable" if count == 1 else f"{count} observables"
    if run.pairs:
        return "all bits 0 after undoing the unitary and the pairs"
    if run.after is None:
        return "all bits"
    return "all bits 0 after undoing the target"


def _settings(observables: tuple[PauliSum, ...]) -> tuple[int, list[str]]:
    """Return the number of strings and the setting of each qubit-wise group."""
    size: dict[str, float] = {}
    for observable in observables:
        for label, weight in observable.terms():
            size[label] = size.get(label, 0.0) + abs(weight)
    groups = group(PauliSum(tuple(size), tuple(size.values())), "qubit-wise")
    letters = [[set(column) - {"I"} for column in zip(*g.labels, strict=True)] for g in groups]
    settings = ["".join(min(found, default="I") for found in setting) for setting in letters]
    return sum(len(g) for g in groups), settings
