"""State preparation: a circuit that makes a wanted state from |0...0>."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import flag
from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives import Infidelity
from qrl.errors import InputError
from qrl.tasks.baseline import Baseline
from qrl.tasks.task import Task, basis_state, circuit_baseline, dense, dense_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.tasks.task import Apply

QISKIT_QUBIT_LIMIT = 10
"""Up to here Qiskit's circuit, about 2**n CNOTs, is read in a second or two."""
PRODUCT_QUBIT_LIMIT = 14
TUNED_QUBIT_LIMIT = 8
"""Up to here a layout of fixed size is tuned, five times, in seconds."""
_SMALLEST = 1e-12
"""A probability below counts as zero in the Kullback-Leibler divergence."""


@dataclass(frozen=True)
class StatePreparation(Task):
    """A state to be prepared from |0...0>, up to its global phase.

    The cost is the infidelity `1 - |<target|psi>|^2`.

    Attributes:
        objective: an `Infidelity` with one target.
        reference: 0, for there always is a circuit.
        target_error: infidelity at which the state counts as prepared.
        distribution: whether only the outcome probabilities are of interest; adds metrics.
        known: a circuit from the literature.
    """

    reference: float | None = 0.0
    family: str = "state"
    target_error: float = 1e-8
    distribution: bool = False
    known: Circuit | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        objective = self.objective
        if not isinstance(objective, Infidelity) or objective.states is not None:
            raise InputError(
                "State preparation needs qrl.Infidelity(target) with one target and no input "
                f"states; got {type(objective).__name__}. `state_from_vector` builds it."
            )
        flag("distribution", self.distribution)
        if self.known is not None and (
            not isinstance(self.known, Circuit) or self.known.n_qubits != self.n_qubits
        ):
            raise InputError(f"known must be a circuit of {self.n_qubits} qubits or None.")

    @property
    def target(self) -> NDArray[np.complex128]:
        """The wanted state, shape (2**n,), little-endian."""
        assert isinstance(self.objective, Infidelity)
        state: NDArray[np.complex128] = self.objective.target[0]
        return state

    def trivial(self) -> dict[str, Baseline]:
        """Return the empty circuit and the basis state of the target's largest amplitude."""
        found = super().trivial()
        label = format(int(np.abs(self.target).argmax().item()), f"0{self.n_qubits}b")
        if basis_state(label) != self.start:
            found["best-basis-state"] = self._baseline(basis_state(label))
        return found

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        """Return what other methods make, each up to the size where it takes seconds.

        Args:
            found: the circuit to compare with.

        Returns:
            "best-product-state" up to 14 qubits; "known-circuit" where there is one;
            "hardware-efficient", a fixed layout with as many CNOTs as `found`, if it has any, up to
            8 qubits; "qiskit-state-preparation", transpiled at level 3, up to 10 qubits.
        """
        rivals: dict[str, Baseline] = {}
        if self.n_qubits <= PRODUCT_QUBIT_LIMIT:
            from qrl.tasks.state_preparation.product_state import best_product_circuit

            rivals["best-product-state"] = circuit_baseline(
                self.objective, best_product_circuit, self.target
            )
        if self.known is not None:
            rivals["known-circuit"] = self._baseline(self.known)
        if found.two_qubit_count and self.n_qubits <= TUNED_QUBIT_LIMIT:
            from qrl.tasks.hardware_efficient import hardware_efficient_baseline

            rivals["hardware-efficient"] = hardware_efficient_baseline(
                self.objective, self.start, found.two_qubit_count
            )
        if self.n_qubits <= QISKIT_QUBIT_LIMIT:
            from qrl.tasks.qiskit_preparation import prepared_state

            rivals["qiskit-state-preparation"] = circuit_baseline(
                self.objective, prepared_state, self.target
            )
        return rivals

    def metrics(self, circuit: Circuit, apply: Apply | None = None) -> dict[str, Any]:
        """Return fidelity and trace distance, and for distributions how far the outcomes are.

        Returns:
            "fidelity" `|<t|psi>|^2`; "trace-distance" `sqrt(1 - fidelity)`. For distributions
            "total-variation-distance" `sum |p - q| / 2` and "kullback-leibler-divergence-nats"
            `sum p log(p / q)` with p of the target and q of the circuit, None where an outcome of
            the target never comes.
        """
        state = (apply or dense(circuit))(self.objective.inputs)[0]
        overlap = np.vdot(self.target, state)
        found: dict[str, Any] = {
            "fidelity": float(min(1.0, abs(overlap) ** 2)),
            # The part orthogonal to the target: exact also where the fidelity rounds to 1.
            "trace-distance": float(np.linalg.norm(state - overlap * self.target)),
        }
        if self.distribution:
            p, q = np.abs(self.target) ** 2, np.abs(state) ** 2
            found["total-variation-distance"] = float(np.abs(p - q).sum() / 2)
            found["kullback-leibler-divergence-nats"] = _divergence(p, q)
        return found

    def _baseline(self, circuit: Circuit) -> Baseline:
        return Baseline(dense_cost(self.objective, circuit), circuit)


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> float | None:
    seen = p > _SMALLEST
    if (q[seen] < _SMALLEST).any():
        return None
    return float(max(0.0, np.sum(p[seen] * np.log(p[seen] / q[seen]))))
