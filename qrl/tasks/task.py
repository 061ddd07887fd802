"""Tasks: what a circuit is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from qrl.checks import real_number, shown
from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import gate_set
from qrl.circuits.objectives import Expectation, Objective
from qrl.errors import InputError
from qrl.tasks.baseline import Baseline, timed
from qrl.tasks.fidelity import objective_fidelity
from qrl.tasks.spectrum import basis_energies

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Apply: TypeAlias = Callable[[NDArray[np.complex128]], NDArray[np.complex128]]
    """Maps input states, shape (states, 2**n), to the states that a circuit makes of them."""

CHEMICAL_ACCURACY = 1.6e-3
"""Hartree; 1 kcal/mol."""

SCAN_QUBIT_LIMIT = 20
"""Up to here all basis states are compared; beyond, the table of energies grows too large."""

_OBJECTIVE_PARTS = ("n_qubits", "lower_bound", "inputs", "cost", "head")


@dataclass(frozen=True)
class Task:
    """A problem to find a circuit for.

    A family of tasks is a subclass: it says what else to measure (`metrics`), what to compare with
    (`trivial`, `rivals`), and what to choose by (`held_out`).

    Attributes:
        name: its id, or a name of the user's own.
        objective: the cost of a circuit.
        reference: the lowest possible cost where known; used in reports, not while searching
            unless a configuration asks for it.
        unit: unit of the cost, such as "Ha"; "" for a plain number.
        family: which group of tasks it belongs to.
        description: one sentence.
        initial_state: basis label (leftmost letter: highest qubit) that circuits prepare first,
            with gates that are counted; None for |0...0>.
        target_error: error at which the task counts as solved, in the unit of the cost.
        gates: gate set of searches that name no other.
        metadata: where the problem came from.
    """

    name: str
    objective: Objective
    reference: float | None = None
    unit: str = ""
    family: str = "custom"
    description: str = ""
    initial_state: str | None = None
    target_error: float = 1e-6
    gates: str = "cx+rotations"
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False, compare=False)

    def __post_init__(self) -> None:
        check_objective(self.objective)
        for name in ("name", "unit", "family", "description"):
            if not isinstance(getattr(self, name), str):
                raise InputError(f"{name} must be a text; got {shown(getattr(self, name))}.")
        if not isinstance(self.metadata, Mapping):
            raise InputError(f"metadata must be a dictionary; got {shown(self.metadata)}.")
        real_number("target_error", self.target_error, least=0)
        if self.reference is not None:
            real_number("reference", self.reference)
        label = self.initial_state
        if label is not None and (
            not isinstance(label, str) or len(label) != self.n_qubits or set(label) - {"0", "1"}
        ):
            raise InputError(
                f"initial_state must be a label of {self.n_qubits} letters 0 and 1; got {shown(label)}."
            )
        gate_set(self.gates)
        if not isinstance(self.metadata, Mapping):
            raise InputError(f"metadata must be a dict; got {type(self.metadata).__name__}.")

    @property
    def n_qubits(self) -> int:
        """Number of qubits of its circuits."""
        return self.objective.n_qubits

    @property
    def start(self) -> Circuit:
        """The circuit from which a search starts: an X on each qubit that `initial_state` sets."""
        return basis_state(self.initial_state or "0" * self.n_qubits)

    @property
    def held_out(self) -> Objective | None:
        """Cost on data held back from the search, by which the best circuit found is chosen."""
        return None

    def trivial(self) -> dict[str, Baseline]:
        """Return answers that need no search, in a fraction of a second.

        Returns:
            "initial-state" where the task has one, else, for costs other than an energy, the
            "empty-circuit"; for energies up to 20 qubits the "best-basis-state", where it is
            another.
        """
        found: dict[str, Baseline] = {}
        start, observable = self.start, plain_observable(self.objective)
        if observable is None:
            name = "empty-circuit" if self.initial_state is None else "initial-state"
            return {name: Baseline(dense_cost(self.objective, start), start)}
        if self.initial_state is not None:
            found["initial-state"] = Baseline(self.basis_state_cost(self.initial_state), start)
        if self.n_qubits <= SCAN_QUBIT_LIMIT:
            label = self._best_label()
            if label != self.initial_state:
                cost = self.basis_state_cost(label)
                found["best-basis-state"] = Baseline(cost, basis_state(label))
        return found

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        """Return what other methods reach, in seconds of work.

        Args:
            found: the circuit to compare with; methods of free size get as many CNOTs.
        """
        return {}

    def metrics(self, circuit: Circuit, apply: Apply | None = None) -> dict[str, Any]:
        """Return figures that say how good a circuit is, beyond its cost.

        Args:
            circuit: the circuit.
            apply: its action on states; None: computed by dense matrices.

        Returns:
            Numbers, texts or nested lists of numbers by name; "fidelity" where the objective has one.
        """
        fidelity = objective_fidelity(self.objective, apply or dense(circuit))
        return {} if fidelity is None else {"fidelity": fidelity}

    def basis_state_cost(self, label: str) -> float:
        """Return the energy of a computational basis state.

        Args:
            label: letters 0 and 1; the leftmost belongs to the highest qubit.

        Raises:
            InputError: the cost is not a plain expectation value.
        """
        observable = plain_observable(self.objective)
        if observable is None:
            raise InputError("Only an expectation value in |0...0> gives basis states an energy.")
        total = 0.0
        for pauli, weight in observable.terms():
            if not set(pauli) & {"X", "Y"}:
                ones = sum(p == "Z" and bit == "1" for p, bit in zip(pauli, label, strict=True))
                total += -weight if ones % 2 else weight
        return total

    def _best_label(self) -> str:
        observable = plain_observable(self.objective)
        energies = basis_energies(observable.labels, observable.weights)
        if self.initial_state is not None:  # of equally good states the initial one is to be found
            index = int(self.initial_state, 2)
            if energies[index] <= energies.min() + 1e-12:
                return self.initial_state
        return format(int(energies.argmin()), f"0{self.n_qubits}b")


def check_objective(objective: object) -> None:
    """Check that an object has what an objective must have.

    Raises:
        InputError: it lacks a part.
    """
    # Of the class, and not of the object: input states of 40 qubits fit into no memory.
    if missing := [part for part in _OBJECTIVE_PARTS if not hasattr(type(objective), part)]:
        raise InputError(
            "An objective is needed, such as qrl.Expectation(pauli_sum); got "
            f"{type(objective).__name__}, which has no {', '.join(missing)}."
        )


def basis_state(label: str) -> Circuit:
    """Return the circuit that prepares a computational basis state.

    Args:
        label: letters 0 and 1; the leftmost belongs to the highest qubit.
    """
    circuit = Circuit(len(label))
    for qubit, bit in enumerate(reversed(label)):
        if bit == "1":
            circuit = circuit.append("x", qubit)
    return circuit


def plain_observable(objective: Objective) -> Any:
    """Return the Pauli sum of an expectation value in |0...0>, None for other objectives."""
    if isinstance(objective, Expectation) and objective.states is None:
        return objective.observable
    return None


def dense(circuit: Circuit) -> Apply:
    """Return a circuit's action on states, computed by dense matrices."""
    from qrl.circuits.engines.plain_engine import output_states

    return lambda states: output_states(circuit, states)


def dense_cost(objective: Objective, circuit: Circuit) -> float:
    """Return a circuit's cost by the objective's definition."""
    return float(objective.cost(dense(circuit)(objective.inputs)))


@timed
def circuit_baseline(
    objective: Objective, method: Callable[..., Circuit], *arguments: Any
) -> Baseline:
    """Return the circuit that a method makes of its arguments, with its cost and its time."""
    circuit = method(*arguments)
    return Baseline(dense_cost(objective, circuit), circuit)
