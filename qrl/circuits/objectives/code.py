"""Stabiliser and logical overlaps: encoders of quantum codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.objectives.base import (
    Head,
    SameValues,
    checked_observable,
    checked_states,
    checked_weights,
    expectation_values,
)
from qrl.circuits.pauli import PauliSum
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class CodeOverlap(SameValues):
    """`1 - sum_k w_k <O_k>_k`: how far each input's output is from its own set of signs.

    For an encoder, input k is a logical state before encoding, and O_k the mean of the code's
    stabilisers and of the logical operator whose eigenvalue on it is +1 (`encoder` makes them);
    the cost is 0 where every input becomes its code word.

    Attributes:
        states: normalised inputs, shape (inputs, 2**n).
        observables: O_k, one Pauli sum for each input.
        weights: of the inputs, scaled to add up to 1; None: equal.
    """

    states: Any
    observables: tuple[PauliSum, ...]
    weights: Any = None

    def __post_init__(self) -> None:
        given: Any = self.observables
        if isinstance(given, PauliSum):
            raise InputError("CodeOverlap needs a tuple of observables, one for each input.")
        observables = tuple(checked_observable(o, "CodeOverlap") for o in given)
        if not observables or len({o.n_qubits for o in observables}) > 1:
            raise InputError(
                "CodeOverlap needs observables on the same qubits, one for each input."
            )
        object.__setattr__(self, "observables", observables)
        states = checked_states(self.states, self.n_qubits, "input states")
        if len(states) != len(observables):
            raise InputError(
                f"There must be one observable for each of {len(states)} inputs; got {len(observables)}."
            )
        object.__setattr__(self, "states", states)
        object.__setattr__(self, "weights", checked_weights(self.weights, len(states)))

    @staticmethod
    def encoder(
        stabilisers: tuple[str, ...], logical_x: str, logical_z: str, data_qubit: int = 0
    ) -> CodeOverlap:
        """Return the objective of an encoder of one logical qubit.

        The inputs are the six eigenstates of X, Y, Z on the data qubit, |0> on the others.

        Args:
            stabilisers: Pauli strings with an optional sign in front, "-XZZXI".
            logical_x, logical_z: the logical operators, likewise.
            data_qubit: where the state to encode comes in.
        """
        x, z = _signed(logical_x), _signed(logical_z)
        n = len(x[0])
        if len(z[0]) != n:
            raise InputError(
                "The logical X and Z must act on the same qubits; got "
                f"{logical_x!r} and {logical_z!r}."
            )
        if not 0 <= data_qubit < n:
            raise InputError(f"The data qubit must be 0 to {n - 1}; got {data_qubit}.")
        logical_y = _product(x, z)
        root = np.sqrt(0.5)
        single = {
            ("Z", 1): (1, 0), ("Z", -1): (0, 1), ("X", 1): (root, root), ("X", -1): (root, -root),
            ("Y", 1): (root, 1j * root), ("Y", -1): (root, -1j * root),
        }  # fmt: skip
        logical = {"X": x, "Y": logical_y, "Z": z}
        checks = [_signed(label) for label in stabilisers]
        states, observables = [], []
        for (axis, sign), (zero, one) in single.items():
            state = np.zeros(1 << n, dtype=np.complex128)
            state[0], state[1 << data_qubit] = zero, one
            label, factor = logical[axis]
            share = 1.0 / (len(checks) + 1)
            labels = [check for check, _ in checks] + [label]
            factors = [share * s for _, s in checks] + [share * sign * factor]
            states.append(state)
            observables.append(PauliSum(tuple(labels), tuple(factors)))
        return CodeOverlap(np.array(states), tuple(observables))

    @property
    def n_qubits(self) -> int:
        """Qubits of the circuits that it scores."""
        return self.observables[0].n_qubits

    @property
    def lower_bound(self) -> float:
        """A cost that no circuit is below, known without solving the problem."""
        above = [o.identity_weight - o.lower_bound for o in self.observables]
        means = [o.identity_weight for o in self.observables]
        return float(1.0 - self.weights @ (np.array(means) + np.array(above)))

    @property
    def inputs(self) -> NDArray[np.complex128]:
        """Normalised input states, shape (inputs, 2**n)."""
        states: NDArray[np.complex128] = self.states
        return states

    def cost(self, outputs: NDArray[np.complex128]) -> float:
        """Return the cost of output states, shape (inputs, 2**n)."""
        pairs = zip(self.observables, outputs, strict=True)
        values = [expectation_values(o, state[None, :])[0] for o, state in pairs]
        return float(1.0 - self.weights @ np.array(values))

    def head(self) -> Head:
        """Return what a kernel computes."""
        negated = tuple(PauliSum(o.labels, tuple(-w for w in o.weights)) for o in self.observables)
        inputs = np.sqrt(self.weights)[:, None] * self.states
        return Head("linear", self.n_qubits, inputs=inputs, observables=negated, offset=1.0)


def _signed(label: str) -> tuple[str, float]:
    """Split '-XZI' into label and sign."""
    if not isinstance(label, str):
        raise InputError(f"A stabiliser must be a text such as '-XZZXI'; got {label!r}.")
    return label.lstrip("+-"), -1.0 if label.startswith("-") else 1.0


_TIMES = {
    ("X", "Y"): (1j, "Z"), ("Y", "Z"): (1j, "X"), ("Z", "X"): (1j, "Y"),
    ("Y", "X"): (-1j, "Z"), ("Z", "Y"): (-1j, "X"), ("X", "Z"): (-1j, "Y"),
}  # fmt: skip


def _product(x: tuple[str, float], z: tuple[str, float]) -> tuple[str, float]:
    """Return the logical Y, i X Z."""
    phase, letters = 1j * x[1] * z[1], []
    for a, b in zip(x[0], z[0], strict=True):
        if a == "I" or b == "I" or a == b:
            letters.append("I" if a == b else (b if a == "I" else a))
            continue
        factor, letter = _TIMES[a, b]
        phase *= factor
        letters.append(letter)
    if abs(phase.imag) > 1e-12:
        raise InputError("The logical X and Z must anticommute.")
    return "".join(letters), phase.real
