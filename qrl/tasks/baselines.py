"""Trivial answers that every result is shown beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.tasks.spectrum import basis_energies
from qrl.tasks.task import basis_state

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.tasks.task import Task

SCAN_QUBIT_LIMIT = 20
"""Up to here all basis states are compared; beyond, the table of energies grows too large."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A cost reached without a search, and what its circuit takes."""

    cost: float
    circuit: Circuit
    evaluations: int | None = None
    seconds: float | None = None

    @property
    def cnots(self) -> int:
        """CNOTs of its circuit."""
        return self.circuit.two_qubit_count

    @property
    def depth(self) -> int:
        """Depth of its circuit."""
        return self.circuit.depth


def basis_state_energy(task: Task, label: str) -> float:
    """Return the energy of a computational basis state.

    Args:
        task: a ground-state task.
        label: letters 0 and 1; the leftmost belongs to the highest qubit.
    """
    total = 0.0
    for pauli, weight in task.objective.observable.terms():
        if not set(pauli) & {"X", "Y"}:
            ones = sum(p == "Z" and bit == "1" for p, bit in zip(pauli, label, strict=True))
            total += -weight if ones % 2 else weight
    return total


def baselines(task: Task) -> dict[str, Baseline]:
    """Return what needs no search: the initial state and the best computational basis state.

    Returns:
        "hartree-fock" for molecules (their initial state is the mean-field determinant),
        "initial-state" for other tasks that have one, and "best-basis-state" up to 20 qubits; where
        two are the same circuit, the first alone.
    """
    found: dict[str, Baseline] = {}
    if task.initial_state is not None:
        name = "hartree-fock" if "hf_energy" in task.metadata else "initial-state"
        found[name] = _baseline(task, task.initial_state)
    if task.n_qubits <= SCAN_QUBIT_LIMIT:
        label = _best_label(task)
        if label != task.initial_state:
            found["best-basis-state"] = _baseline(task, label)
    return found


def _baseline(task: Task, label: str) -> Baseline:
    return Baseline(basis_state_energy(task, label), basis_state(label))


def _best_label(task: Task) -> str:
    observable = task.objective.observable
    energies = basis_energies(observable.labels, observable.weights)
    if task.initial_state is not None:  # of equally good states the initial one is to be found
        index = int(task.initial_state, 2)
        if energies[index] <= energies.min() + 1e-12:
            return task.initial_state
    return format(int(energies.argmin()), f"0{task.n_qubits}b")
