"""Compilation: a circuit of given gates for a wanted unitary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qrl.circuits.objectives import ProcessInfidelity
from qrl.errors import InputError
from qrl.tasks.baseline import Baseline
from qrl.tasks.compilation.distances import average_gate_fidelity, operator_norm_distance
from qrl.tasks.task import Task, circuit_baseline, dense

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.tasks.task import Apply

QISKIT_QUBIT_LIMIT = 6
"""Up to here Qiskit's circuit, about 4**n CNOTs at most, is made and read in seconds."""

TUNED_QUBIT_LIMIT = 5
"""Up to here a layout of fixed size is tuned, five times, in seconds."""


@dataclass(frozen=True)
class Compilation(Task):
    """A unitary to be written as a circuit, up to its global phase.

    The cost is the process infidelity `1 - |Tr V^dagger U|^2 / 4^n`.

    Attributes:
        objective: a `ProcessInfidelity`.
        reference: 0, for there always is a circuit.
        target_error: infidelity at which the unitary counts as compiled.
        gate: name of the unitary, such as "toffoli", for which compilers have a rule of their own;
            "" for others.
    """

    reference: float | None = 0.0
    family: str = "compile"
    target_error: float = 1e-8
    gate: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.objective, ProcessInfidelity):
            raise InputError(
                "Compilation needs qrl.ProcessInfidelity(unitary); got "
                f"{type(self.objective).__name__}. `compilation_of` builds it from a matrix."
            )
        if not isinstance(self.gate, str):
            raise InputError(f"gate must be a text; got {self.gate!r}.")

    @property
    def unitary(self) -> NDArray[np.complex128]:
        """The wanted unitary, shape (2**n, 2**n), little-endian."""
        assert isinstance(self.objective, ProcessInfidelity)
        matrix: NDArray[np.complex128] = self.objective.unitary
        return matrix

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        """Return what other methods make, each up to the size where it takes seconds.

        Args:
            found: the circuit to compare with.

        Returns:
            "single-qubit-gates"; "hardware-efficient", a fixed layout with as many CNOTs as `found`,
            if it has any, up to 5 qubits; "qiskit-level-3" up to 6 qubits, the better of two
            transpiled circuits: of the matrix, and of Qiskit's own gate of that name.
        """
        from qrl.tasks.compilation.local_gates import best_local_circuit
        from qrl.tasks.compilation.qiskit_compiler import qiskit_circuit

        local = circuit_baseline(self.objective, best_local_circuit, self.unitary)
        rivals = {"single-qubit-gates": local}
        if found.two_qubit_count and self.n_qubits <= TUNED_QUBIT_LIMIT:
            from qrl.tasks.hardware_efficient import hardware_efficient_baseline

            rivals["hardware-efficient"] = hardware_efficient_baseline(
                self.objective, self.start, found.two_qubit_count
            )
        if self.n_qubits <= QISKIT_QUBIT_LIMIT:
            rivals["qiskit-level-3"] = circuit_baseline(
                self.objective, qiskit_circuit, self.unitary, self.gate
            )
        return rivals

    def metrics(self, circuit: Circuit, apply: Apply | None = None) -> dict[str, Any]:
        """Return how near the circuit's unitary U is to the wanted one, V.

        Returns:
            "fidelity" and "process-fidelity", both `|Tr V^dagger U|^2 / 4^n`;
            "average-gate-fidelity"; "operator-norm-distance", the least spectral norm of
            `U - exp(i phi) V`.
        """
        inputs = self.objective.inputs
        columns = (apply or dense(circuit))(inputs)  # output k is column k of the circuit's unitary
        fidelity = min(1.0, 1.0 - self.objective.cost(columns))
        return {
            "fidelity": fidelity,
            "process-fidelity": fidelity,
            "average-gate-fidelity": average_gate_fidelity(fidelity, self.n_qubits),
            "operator-norm-distance": operator_norm_distance(columns.T, self.unitary),
        }
