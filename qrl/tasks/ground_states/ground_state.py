"""Ground states: the lowest energy of a Hamiltonian, and the state that has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.tasks.task import CHEMICAL_ACCURACY, Task

if TYPE_CHECKING:
    from qrl.tasks.baseline import Baseline


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
