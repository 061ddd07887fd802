"""Encoders of stabiliser codes as tasks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import shown
from qrl.circuits.objectives import CodeOverlap
from qrl.circuits.objectives.code_paulis import SignedPauli
from qrl.errors import InputError
from qrl.tasks.baseline import Baseline
from qrl.tasks.codes.stabiliser_code import StabiliserCode
from qrl.tasks.codes.symplectic import Group, distance
from qrl.tasks.task import Task, circuit_baseline, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.tasks.task import Apply

DISTANCE_QUBIT_LIMIT = 10
_EXACT = 1e-9


@dataclass(frozen=True, eq=True)
class CodeEncoder(Task):
    """The circuit that encodes the states of its data qubits in a stabiliser code.

    The other qubits come in as |0>. `code_from_stabilisers` builds it.

    Attributes:
        stabilisers: Pauli strings with an optional minus in front.
        logical_x, logical_z: the logical operators, likewise, one for each data qubit.
        data_qubits: where the states to encode come in; data qubit j becomes logical qubit j.
    """

    reference: float | None = 0.0
    family: str = "code"
    target_error: float = 1e-8
    gates: str = "clifford"
    stabilisers: tuple[str, ...] = ()
    logical_x: tuple[str, ...] = ()
    logical_z: tuple[str, ...] = ()
    data_qubits: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("stabilisers", "logical_x", "logical_z", "data_qubits"):
            if not isinstance(given := getattr(self, name), (list, tuple, np.ndarray)):
                raise InputError(f"{name} must be a list; got {shown(given)}.")
            object.__setattr__(self, name, tuple(given))
        built = CodeOverlap.encoder(
            self.stabilisers, self.logical_x, self.logical_z, self.data_qubits
        )
        cost = self.objective
        if not isinstance(cost, CodeOverlap) or not (
            cost.observables == built.observables and np.allclose(cost.states, built.states)
        ):
            raise InputError(
                "The objective of a CodeEncoder must be the encoder of its stabilisers and logical "
                "operators; use qrl.tasks.codes.code_from_stabilisers."
            )

    @property
    def code(self) -> StabiliserCode:
        """The code, with its operators as `SignedPauli`."""
        return StabiliserCode.read(self.stabilisers, self.logical_x, self.logical_z)

    def code_words(self) -> NDArray[np.complex128]:
        """Return what the encoder must make of each basis state of the data qubits.

        Returns:
            Shape (2**k, 2**n), up to one common phase; bit j of the row is data qubit j.
        """
        code = self.code
        zero = np.zeros(1 << code.n_qubits, dtype=np.complex128)
        for start in range(len(zero)):  # a basis state that is not orthogonal to the code word
            zero[:] = 0.0
            zero[start] = 1.0
            for pauli in (*code.stabilisers, *code.logical_z):
                zero = (zero + applied(pauli, zero)) / 2
            if (norm := np.linalg.norm(zero)) > _EXACT:
                zero /= norm
                break
        words = zero[None, :]
        for x in code.logical_x:
            words = np.concatenate([words, np.array([applied(x, word) for word in words])])
        return words

    def data_states(self) -> NDArray[np.complex128]:
        """Return the basis states of the data qubits, |0> on the others, shape (2**k, 2**n)."""
        count = 1 << len(self.data_qubits)
        states = np.zeros((count, 1 << self.n_qubits), dtype=np.complex128)
        for row in range(count):
            states[row, sum(1 << q for j, q in enumerate(self.data_qubits) if row >> j & 1)] = 1.0
        return states

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        """Return encoders that Qiskit's Clifford synthesis makes of the code's tableau.

        Returns:
            "qiskit-clifford-synthesis" with the generators as they are, and
            "qiskit-clifford-best-completion", the best of thousands of tableaux of the same code.
        """
        from qrl.tasks.codes.synthesis import best_completion, synthesised_encoder

        methods = {
            "qiskit-clifford-synthesis": synthesised_encoder,
            "qiskit-clifford-best-completion": best_completion,
        }
        return {
            name: circuit_baseline(self.objective, method, self.code, self.data_qubits)
            for name, method in methods.items()
        }

    def metrics(self, circuit: Circuit, apply: Apply | None = None) -> dict[str, Any]:
        """Return how well a circuit encodes.

        Args:
            circuit: the circuit.
            apply: its action on states; None: computed by dense matrices.

        Returns:
            "encodes": 1 where every stabiliser and every signed logical operator is 1 within 1e-9 for
            every input of the objective, else 0; "worst-stabiliser" and "worst-logical": the lowest
            of those expectation values; "encoding-fidelity": |Tr W^dagger V|^2 / 4^k of the circuit V
            and the right encoder W; "clifford-check": 1 or 0 for a Clifford circuit, by its tableau,
            None for others; "code-distance", None beyond 10 qubits.
        """
        act = apply or dense(circuit)
        stabilisers, logicals = self._expectations(act(self.objective.inputs))
        overlap = np.vdot(self.code_words(), act(self.data_states()))
        worst = float(min(stabilisers.min(), logicals.min()))
        return {
            "encodes": int(worst >= 1.0 - _EXACT),
            "worst-stabiliser": float(stabilisers.min()),
            "worst-logical": float(logicals.min()),
            "encoding-fidelity": float(abs(overlap) ** 2 / 4 ** len(self.data_qubits)),
            "clifford-check": clifford_check(self, circuit),
            "code-distance": code_distance(self.stabilisers, self.logical_x, self.logical_z),
        }

    def _expectations(
        self, outputs: NDArray[np.complex128]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return signed stabilisers and logical operators of each output, shapes (inputs, ...)."""
        objective = self.objective
        assert isinstance(objective, CodeOverlap)
        rows = []
        for observable, state in zip(objective.observables, outputs, strict=True):
            signed = [
                SignedPauli.read(label).signed(weight < 0) for label, weight in observable.terms()
            ]
            rows.append([np.vdot(state, applied(pauli, state)).real for pauli in signed])
        values, count = np.array(rows), len(self.stabilisers)
        return values[:, :count], values[:, count:]


def clifford_check(task: CodeEncoder, circuit: Circuit) -> int | None:
    """Return whether a Clifford circuit encodes, by Qiskit's tableau and no state at all.

    Z of every other qubit must become a stabiliser, and X and Z of every data qubit its logical
    operator times a stabiliser, signs included.

    Returns:
        1 or 0; None where the circuit is no Clifford circuit.
    """
    from qiskit.exceptions import QiskitError
    from qiskit.quantum_info import Clifford

    try:
        clifford = Clifford(circuit.qiskit())
    except QiskitError:
        return None
    code = task.code
    images_x = [SignedPauli.read(label) for label in clifford.to_labels(mode="D")]
    images_z = [SignedPauli.read(label) for label in clifford.to_labels(mode="S")]
    group = Group(code.n_qubits, code.stabilisers)
    others = set(range(code.n_qubits)) - set(task.data_qubits)
    right = [group.holds(images_z[q]) for q in others]
    for place, x, z in zip(task.data_qubits, code.logical_x, code.logical_z, strict=True):
        right += [group.holds(x.times(images_x[place])), group.holds(z.times(images_z[place]))]
    return int(all(right))


def applied(pauli: SignedPauli, state: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return a Pauli string times a state, shape (2**n,)."""
    index = np.arange(len(state))
    source = index ^ pauli.x
    odd = np.bitwise_count(source & pauli.z) & 1
    phase = pauli.sign * 1j ** (pauli.x & pauli.z).bit_count()
    result: NDArray[np.complex128] = phase * (1.0 - 2.0 * odd) * state[source]
    return result


@lru_cache(maxsize=64)
def code_distance(
    stabilisers: tuple[str, ...], logical_x: tuple[str, ...], logical_z: tuple[str, ...]
) -> int | None:
    """Return the distance of a code by brute force, None beyond 10 qubits."""
    code = StabiliserCode.read(stabilisers, logical_x, logical_z)
    return distance(code) if code.n_qubits <= DISTANCE_QUBIT_LIMIT else None
