"""Ground states: the lowest energy of a Hamiltonian, and the state that has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qrl.circuits.objectives.base import expectation_values
from qrl.tasks.ground_states.spin_terms import spin_operators
from qrl.tasks.task import CHEMICAL_ACCURACY, Task, dense

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.tasks.baseline import Baseline
    from qrl.tasks.task import Apply

TUNED_QUBIT_LIMIT = 12
"""Up to here a layout of fixed size is tuned, five times, in seconds."""
_METRIC_QUBITS = 14
"""Up to here the state is written out to measure it."""


@dataclass(frozen=True)
class GroundState(Task):
    """A Hamiltonian whose lowest energy is to be reached (VQE).

    Attributes:
        unit: of the energy; hartree.
        target_error: chemical accuracy, 1.6e-3 hartree.
    """

    unit: str = "Ha"
    family: str = "vqe"
    target_error: float = CHEMICAL_ACCURACY

    def trivial(self) -> dict[str, Baseline]:
        """Return the initial state, "hartree-fock" for molecules, and the best basis state.

        The initial state of molecules is the mean-field determinant. Where the best basis state is
        the initial one, it is not repeated.
        """
        found = super().trivial()
        if "hf_energy" in self.metadata and "initial-state" in found:
            found = {"hartree-fock": found.pop("initial-state"), **found}
        return found

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        """Return chemistry's own circuits for molecules, and a hardware-efficient one of equal size.

        The latter up to 12 qubits.

        Args:
            found: gives the number of CNOTs of the hardware-efficient circuit.
        """
        from qrl.tasks.ground_states.rivals import molecular_rivals
        from qrl.tasks.hardware_efficient import hardware_efficient_baseline

        rivals = molecular_rivals(self)
        if self.n_qubits <= TUNED_QUBIT_LIMIT:
            rivals["hardware-efficient"] = hardware_efficient_baseline(
                self.objective, self.start, found.two_qubit_count
            )
        return rivals

    def metrics(self, circuit: Circuit, apply: Apply | None = None) -> dict[str, Any]:
        """Return the fidelity with the ground space; the spin of molecules and lattices; electrons.

        Returns:
            "fidelity" up to 12 qubits; up to 14 "particle-number" of molecules (electrons in the active
            space), and of molecules and lattice models "spin-z" (units of hbar) and "spin-squared"
            (hbar^2).
        """
        apply = apply or dense(circuit)
        measured = super().metrics(circuit, apply)
        if self.n_qubits > _METRIC_QUBITS:
            return measured
        from qrl.tasks.ground_states.fermions import molecular_operators

        operators = molecular_operators(self.metadata, self.n_qubits)
        if operators is None and _is_lattice(self.metadata):
            operators = spin_operators(self.n_qubits)
        if operators is not None:
            state = apply(self.objective.inputs)
            for name, operator in operators.items():
                measured[name] = float(expectation_values(operator, state)[0])
        return measured


def _is_lattice(metadata: Mapping[str, Any]) -> bool:
    """Tell whether metadata are those of a lattice model."""
    from qrl.tasks.ground_states.geometry import GEOMETRIES
    from qrl.tasks.ground_states.lattice import MODELS

    pairs = ((metadata.get("model"), MODELS), (metadata.get("geometry"), GEOMETRIES))
    return all(isinstance(name, str) and name in known for name, known in pairs)
